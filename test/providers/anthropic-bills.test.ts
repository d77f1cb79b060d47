/** What Anthropic's answers cost by a price list, through the whole gateway; each bill worked by hand. */
import { createGateway, memoryLedger } from "headgate";
import { anthropic } from "headgate/anthropic";
import { describe, expect, it } from "vitest";
import { KEY, message, sse, vendor } from "./anthropic-support.ts";

/**
 * USD a million tokens: input 5, output 25, cache read 0.5, cache write 6.25 for five minutes and 10 for an hour; above
 * 200,000 tokens of input 10, 37.5, 1, 12.5. A search costs USD 0.01.
 */
const cost = {
  input: 5,
  output: 25,
  cache_read: 0.5,
  cache_write: 6.25,
  tiers: [{ above: 200_000, input: 10, output: 37.5, cache_read: 1, cache_write: 12.5 }],
  meters: { "cacheWrite.1h": { usd: 0.00001, meterOf: "cacheWrite" }, webSearch: { usd: 0.01 } },
} as const;

/** What the ledger says of one call, asked either way; both ways say the same. */
const billed = async (
  usage: object,
  streamed?: readonly [first: object, last: object],
): Promise<number | undefined> => {
  const [first, last] = streamed ?? [{ ...usage, output_tokens: 1 }, usage];
  const text = [
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
    { type: "content_block_stop", index: 0 },
  ];
  const stream = sse([
    { type: "message_start", message: { ...message([], { usage: first }), stop_reason: null } },
    ...text,
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: last },
    { type: "message_stop" },
  ]);
  const whole = JSON.stringify(message([{ type: "text", text: "Hi" }], { usage }));
  const { transport } = vendor(({ body }) => ({ body: body["stream"] === true ? stream : whole }));
  const ledger = memoryLedger();
  await using gateway = createGateway({
    providers: [anthropic({ apiKey: KEY, transport })],
    registry: {
      models: { smart: { provider: "anthropic", model: "claude-opus-5", limit: { output: 8_192 }, cost } },
    },
    ledger,
  });
  await gateway.complete({ prompt: "hello" });
  await gateway.stream({ prompt: "hello" }).completion();
  const [one, other] = ledger.entries().flatMap((entry) => (entry.type === "call" ? [entry.costNanoUsd] : []));
  expect(one).toBe(other);
  return one;
};

describe("the bill of Anthropic", () => {
  it("of plain tokens", async () => {
    //  1,000 × 5  =  5,000 µ$
    //    200 × 25 =  5,000 µ$
    //               10,000 µ$
    expect(await billed({ input_tokens: 1_000, output_tokens: 200 })).toBe(10_000_000);
  });

  it("of a prompt read from the cache, which Anthropic counts apart", async () => {
    //    100 × 5   =    500 µ$
    // 20,000 × 0.5 = 10,000 µ$
    //     10 × 25  =    250 µ$
    //                10,750 µ$
    expect(await billed({ input_tokens: 100, cache_read_input_tokens: 20_000, output_tokens: 10 })).toBe(10_750_000);
  });

  it("of a prompt written to the cache, for five minutes and for an hour", async () => {
    const usage = {
      input_tokens: 100,
      cache_creation_input_tokens: 5_000,
      cache_creation: { ephemeral_5m_input_tokens: 4_000, ephemeral_1h_input_tokens: 1_000 },
      output_tokens: 10,
    };
    //   100 × 5    =    500 µ$
    // 4,000 × 6.25 = 25,000 µ$
    // 1,000 × 10   = 10,000 µ$
    //    10 × 25   =    250 µ$
    //                35,750 µ$
    expect(await billed(usage)).toBe(35_750_000);
  });

  it("of a prompt written to the cache, whose lifetime is not told", async () => {
    //   100 × 5    =    500 µ$
    // 4,000 × 6.25 = 25,000 µ$
    //    10 × 25   =    250 µ$
    expect(await billed({ input_tokens: 100, cache_creation_input_tokens: 4_000, output_tokens: 10 })).toBe(25_750_000);
  });

  it("of thinking, which is output and counted once", async () => {
    //     20 × 5  =     100 µ$
    //  3,000 × 25 =  75,000 µ$, 2,500 of them thought
    //                75,100 µ$
    const usage = { input_tokens: 20, output_tokens: 3_000, output_tokens_details: { thinking_tokens: 2_500 } };
    expect(await billed(usage)).toBe(75_100_000);
  });

  it("of searches, a cent each; what was fetched is paid for as input", async () => {
    //  9,000 × 5      = 45,000 µ$
    //    100 × 25     =  2,500 µ$
    //      3 × 10,000 = 30,000 µ$
    //                   77,500 µ$
    const server_tool_use = { web_search_requests: 3, web_fetch_requests: 4 };
    expect(await billed({ input_tokens: 9_000, output_tokens: 100, server_tool_use })).toBe(77_500_000);
  });

  it("of a prompt above the tier, the cached part of it counted in", async () => {
    //  50,001 input and 150,000 from the cache: 200,001, one above the tier
    //  50,001 × 10   =  500,010 µ$
    // 150,000 × 1    =  150,000 µ$
    //     100 × 37.5 =    3,750 µ$
    //                   653,760 µ$
    expect(await billed({ input_tokens: 50_001, cache_read_input_tokens: 150_000, output_tokens: 100 })).toBe(
      653_760_000,
    );
    //  50,000 × 5    =  250,000 µ$
    // 150,000 × 0.5  =   75,000 µ$
    //     100 × 25   =    2,500 µ$
    //                   327,500 µ$
    expect(await billed({ input_tokens: 50_000, cache_read_input_tokens: 150_000, output_tokens: 100 })).toBe(
      327_500_000,
    );
  });

  it("of a stream that corrects its input at its end: the last figure counts", async () => {
    //  61 × 5  = 305 µ$
    //   2 × 25 =  50 µ$
    const last = { input_tokens: 61, output_tokens: 2 };
    expect(await billed(last, [{ input_tokens: 43, output_tokens: 1 }, last])).toBe(355_000);
  });

  it("of a summary of the context, which stands beside the totals", async () => {
    const iterations = [
      { type: "compaction", input_tokens: 1_000, output_tokens: 200 },
      { type: "message", input_tokens: 100, output_tokens: 50 },
    ];
    // (1,000 + 100) × 5  =  5,500 µ$
    //    (200 + 50) × 25 =  6,250 µ$
    //                      11,750 µ$
    expect(await billed({ input_tokens: 100, output_tokens: 50, iterations })).toBe(11_750_000);
  });
});
