/** Golden bills: what a gateway writes down for an answer, against what is worked out by hand in each comment. */
import { createGateway, type Price } from "headgate";
import { openai } from "headgate/openai";
import { openaiCompatible, type PresetName } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { StubVendor } from "./replay.ts";

const USD = 1_000_000_000;

/** The cost of one answer of the vendor, in nano-dollars. */
const bill = async (answer: object, cost: Price | undefined, host: "openai" | "chat" | PresetName): Promise<number> => {
  const vendor = new StubVendor();
  vendor.reply = { headers: { "content-type": "application/json" }, chunks: [Buffer.from(JSON.stringify(answer))] };
  const provider =
    host === "openai" || host === "chat"
      ? openai({ apiKey: "k", transport: vendor, name: "v", api: host === "chat" ? "chat" : "responses" })
      : openaiCompatible({ preset: host, apiKey: "k", transport: vendor, name: "v" });
  await using gateway = createGateway({
    providers: [provider],
    registry: { models: { m: { provider: "v", ...(cost && { cost }) } } },
  });
  const { costUsd } = await gateway.complete({ model: "m", prompt: "x" });
  return Math.round((costUsd ?? Number.NaN) * USD);
};

const response = (usage: object, output: object[] = []) => ({
  id: "resp_1",
  status: "completed",
  output: [{ type: "message", content: [{ type: "output_text", text: "x" }] }, ...output],
  usage,
});
const chat = (usage: object) => ({ choices: [{ index: 0, message: { content: "x" }, finish_reason: "stop" }], usage });

describe("OpenAI", () => {
  it("cached read and write and reasoning, each at its price and once", async () => {
    // Input 10,000: 6,000 read at $0.125, 1,500 written at $1.5625, 2,500 neither at $1.25, a million.
    //   6,000 × 125 = 750,000   1,500 × 1,562.5 = 2,343,750   2,500 × 1,250 = 3,125,000   together 6,218,750 nano
    // Output 2,000: 1,200 of them reasoning at $8, 800 at $10: 9,600,000 + 8,000,000 = 17,600,000 nano
    const cost = { input: 1.25, output: 10, cache_read: 0.125, cache_write: 1.5625, reasoning: 8 };
    const usage = {
      input_tokens: 10_000,
      input_tokens_details: { cached_tokens: 6_000, cache_write_tokens: 1_500 },
      output_tokens: 2_000,
      output_tokens_details: { reasoning_tokens: 1_200 },
      total_tokens: 12_000,
    };
    expect(await bill(response(usage), cost, "openai")).toBe(23_818_750);
    const same = {
      prompt_tokens: 10_000,
      prompt_tokens_details: { cached_tokens: 6_000, cache_write_tokens: 1_500 },
      completion_tokens: 2_000,
      completion_tokens_details: { reasoning_tokens: 1_200 },
      total_tokens: 12_000,
    };
    expect(await bill(chat(same), cost, "chat")).toBe(23_818_750);
  });

  it("written for twelve hours, at a price of its own", async () => {
    // 1,000 in: 400 written, of which 300 for twelve hours at $2.5 and 100 for half an hour at $1.25; 600 at $1.
    //   300 × 2,500 = 750,000   100 × 1,250 = 125,000   600 × 1,000 = 600,000   and 10 out at $4: 40,000
    const cost: Price = {
      input: 1,
      output: 4,
      cache_write: 1.25,
      meters: { "cacheWrite.12h": { usd: 2.5e-6, meterOf: "cacheWrite" } },
    };
    const usage = {
      input_tokens: 1_000,
      input_tokens_details: {
        cached_tokens: 0,
        cache_write_tokens: 400,
        cache_write_tokens_details: { ttl_30m: 100, ttl_12h: 300 },
      },
      output_tokens: 10,
    };
    expect(await bill(response(usage), cost, "openai")).toBe(1_515_000);
  });

  it("a long prompt is billed whole at the price of its tier", async () => {
    // 272,000 is not above 272,000: × $0.25 = 68,000,000, and 100 out × $2 = 200,000.
    // 272,001 is: × $0.5 = 136,000,500, and 100 out × $3 = 300,000.
    const cost = { input: 0.25, output: 2, tiers: [{ above: 272_000, input: 0.5, output: 3 }] };
    expect(await bill(response({ input_tokens: 272_000, output_tokens: 100 }), cost, "openai")).toBe(68_200_000);
    expect(await bill(response({ input_tokens: 272_001, output_tokens: 100 }), cost, "openai")).toBe(136_300_500);
  });

  it("searches of the web, by the piece", async () => {
    // 100 in × $1 = 100,000; 10 out × $2 = 20,000; two searches at $0.01 = 20,000,000.
    const cost: Price = { input: 1, output: 2, meters: { webSearch: { usd: 0.01 } } };
    const search = (id: string) => ({ type: "web_search_call", id, status: "completed", action: { type: "search" } });
    const answer = response({ input_tokens: 100, output_tokens: 10 }, [search("ws_1"), search("ws_2")]);
    expect(await bill(answer, cost, "openai")).toBe(20_120_000);
  });

  it("sound in and out, by its own price", async () => {
    // 1,000 in, 800 of them sound at $32: 25,600,000, 200 at $2: 400,000. 500 out, 300 sound at $64: 19,200,000, 200 at $8: 1,600,000.
    const cost: Price = {
      input: 2,
      output: 8,
      meters: {
        "input.audio": { usd: 32e-6, meterOf: "uncached" },
        "output.audio": { usd: 64e-6, meterOf: "output" },
      },
    };
    const usage = {
      prompt_tokens: 1_000,
      prompt_tokens_details: { audio_tokens: 800 },
      completion_tokens: 500,
      completion_tokens_details: { audio_tokens: 300 },
    };
    expect(await bill(chat(usage), cost, "chat")).toBe(46_800_000);
  });
});

describe("hosts", () => {
  it("DeepSeek: hits at their price", async () => {
    // 339 in: 320 hits × $0.028 = 8,960; 19 × $0.28 = 5,320. 83 out × $0.42 = 34,860.
    const usage = {
      prompt_tokens: 339,
      completion_tokens: 83,
      total_tokens: 422,
      prompt_cache_hit_tokens: 320,
      prompt_cache_miss_tokens: 19,
      completion_tokens_details: { reasoning_tokens: 39 },
    };
    expect(await bill(chat(usage), { input: 0.28, output: 0.42, cache_read: 0.028 }, "deepseek")).toBe(49_140);
  });

  it("xAI: reasoning outside the completion is billed as output, and comes out as its own price says", async () => {
    // 12 in: 11 cached × $0.075 = 825; 1 × $0.3 = 300. Out: 2 + 340 = 342 × $0.5 = 171,000. Its own ticks: 1,721,250 = $0.000172125.
    const usage = {
      prompt_tokens: 12,
      completion_tokens: 2,
      total_tokens: 354,
      prompt_tokens_details: { cached_tokens: 11 },
      completion_tokens_details: { reasoning_tokens: 340 },
      cost_in_usd_ticks: 1_721_250,
    };
    expect(await bill(chat(usage), { input: 0.3, output: 0.5, cache_read: 0.075 }, "xai")).toBe(172_125);
    expect(await bill(chat(usage), undefined, "xai")).toBe(172_125);
  });

  it("OpenRouter: its own price where the registry has none", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, cost: 0.00042 };
    expect(await bill(chat(usage), undefined, "openrouter")).toBe(420_000);
    // 10 × $1 + 5 × $2: the registry's price comes first.
    expect(await bill(chat(usage), { input: 1, output: 2 }, "openrouter")).toBe(20_000);
  });

  it("X6: figures that cannot be meant move no money: what is charged is the gateway's own estimate", async () => {
    const cost = { input: 1, output: 2 };
    const honest = await bill(chat({}), cost, "groq");
    for (const tokens of [-1, 1e308, "9", 1.5, 2 ** 60]) {
      expect(await bill(chat({ prompt_tokens: tokens, completion_tokens: tokens }), cost, "groq")).toBe(honest);
    }
    expect(honest).toBeGreaterThan(0);
    expect(honest).toBeLessThan(1_000_000);
  });
});
