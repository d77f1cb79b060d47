import { GatewayError, type Usage } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { costNanoUsd } from "../../src/policy/price.ts";
import {
  answer,
  callOf,
  encodeEvent,
  encodeMessage,
  MODEL,
  provider,
  read,
  STREAM,
  streamed,
  vendor,
  whole,
} from "./bedrock-support.ts";

const delta = (contentBlockIndex: number, given: object) =>
  ["contentBlockDelta", { contentBlockIndex, delta: given }] as const;
const start = (contentBlockIndex: number, given: object) =>
  ["contentBlockStart", { contentBlockIndex, start: given }] as const;
const stop = (contentBlockIndex: number) => ["contentBlockStop", { contentBlockIndex }] as const;
const messageStop = (stopReason = "end_turn") => ["messageStop", { stopReason, p: "abc" }] as const;
const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
const metadata = ["metadata", { usage, metrics: { latencyMs: 500 }, p: "abcdef" }] as const;
const end = [messageStop(), metadata] as const;

describe("parts of an answer, whole and streamed", () => {
  it("text, reasoning with its signature, and hidden reasoning", async () => {
    const state = (data: object) => ({ provider: "bedrock", model: MODEL.id, account: "bedrock", data });
    const expected = [
      { type: "reasoning", text: "Hm, so.", state: state({ signature: "c2ln" }) },
      { type: "reasoning", text: "", state: state({ redacted: "AQIDBA==" }) },
      { type: "text", text: "Blue." },
    ];
    const all = await answer(
      whole([
        { reasoningContent: { reasoningText: { text: "Hm, so.", signature: "c2ln" } } },
        { reasoningContent: { redactedContent: "AQIDBA==" } },
        { text: "Blue." },
      ]),
    );
    expect(all.parts).toEqual(expected);
    const pieces = await streamed([
      ["messageStart", { role: "assistant" }],
      delta(0, { reasoningContent: { text: "Hm, " } }),
      delta(0, { reasoningContent: { text: "so." } }),
      delta(0, { reasoningContent: { signature: "c2ln" } }),
      stop(0),
      delta(1, { reasoningContent: { redactedContent: "AQI=" } }),
      delta(1, { reasoningContent: { redactedContent: "AwQ=" } }),
      stop(1),
      delta(2, { text: "Bl" }),
      delta(2, { text: "ue." }),
      stop(2),
      ...end,
    ]);
    expect(pieces.parts).toEqual(expected);
    expect(pieces.finish).toEqual(all.finish);
  });

  it("tool calls, also without arguments; a vendor's own call and its result", async () => {
    const calls = await streamed([
      start(0, { toolUse: { toolUseId: "a", name: "look" } }),
      delta(0, { toolUse: { input: '{"at":' } }),
      delta(0, { toolUse: { input: '"sky"}' } }),
      stop(0),
      start(1, { toolUse: { toolUseId: "b", name: "list" } }),
      delta(1, { toolUse: { input: "" } }),
      stop(1),
      messageStop("tool_use"),
      metadata,
    ]);
    expect(calls.parts).toEqual([
      { type: "tool-call", id: "a", name: "look", executor: "caller", input: { at: "sky" } },
      { type: "tool-call", id: "b", name: "list", executor: "caller", input: {} },
    ]);
    expect(calls.finish?.finishReason).toBe("tool-calls");
    const own = [
      { toolUse: { toolUseId: "g", name: "nova_grounding", input: { q: "sea" }, type: "server_tool_use" } },
      { toolResult: { toolUseId: "g", content: [{ text: "wide" }], status: "success", type: "nova_grounding_result" } },
    ];
    const { parts } = await answer(whole(own));
    expect(parts).toMatchObject([
      { type: "tool-call", id: "g", executor: "vendor", state: { data: { type: "server_tool_use" } } },
      {
        type: "tool-result",
        id: "g",
        name: "nova_grounding",
        executor: "vendor",
        output: { value: [{ text: "wide" }] },
      },
    ]);
    // They go back as they came.
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content: parts },
      { role: "user", content: "!" },
    ] as const;
    const { transport, asked } = vendor({ body: whole([]) });
    await read(provider(transport), callOf({ messages }));
    expect(asked[0]?.body.messages[1].content).toEqual(own);
  });

  it("what an answer cites: pages of the web, places in documents", async () => {
    const citations = [
      {
        title: "Tides",
        sourceContent: [{ text: "The sea " }, { text: "is wide." }],
        location: { web: { url: "https://sea.example/t", domain: "sea.example" } },
      },
      { source: "manual", location: { documentPage: { documentIndex: 0, start: 3, end: 4 } } },
    ];
    const expected = [
      { type: "text", text: "It is wide." },
      { type: "source", url: "https://sea.example/t", title: "Tides", quote: "The sea is wide.", citedBy: 0 },
      { type: "source", title: "manual", citedBy: 0 },
    ];
    const all = await answer(
      whole([{ citationsContent: { content: [{ text: "It is " }, { text: "wide." }], citations } }]),
    );
    expect(all.parts).toEqual(expected);
    const pieces = await streamed([
      delta(0, { text: "It is " }),
      delta(0, { citation: citations[0] }),
      delta(0, { text: "wide." }),
      delta(0, { citation: citations[1] }),
      stop(0),
      ...end,
    ]);
    expect(pieces.parts).toEqual(expected);
  });

  it("images that a model made", async () => {
    const expected = [{ type: "file", mediaType: "image/png", data: { base64: "AQIDBA==" } }];
    expect((await answer(whole([{ image: { format: "png", source: { bytes: "AQIDBA==" } } }]))).parts).toEqual(
      expected,
    );
    const pieces = await streamed([
      start(0, { image: { format: "png" } }),
      delta(0, { image: { source: { bytes: "AQI=" } } }),
      delta(0, { image: { source: { bytes: "AwQ=" } } }),
      stop(0),
      ...end,
    ]);
    expect(pieces.parts).toEqual(expected);
  });

  it("unknown events, kinds of blocks and of deltas are passed by, unknown fields kept", async () => {
    const { parts, finish, error } = await streamed([
      ["messageStart", { role: "assistant" }],
      ["somethingNew", { contentBlockIndex: 0 }],
      start(0, {}),
      delta(0, { hologram: { x: 1 } }),
      delta(0, { text: "Hi." }),
      stop(0),
      ["messageStop", { stopReason: "end_turn", additionalModelResponseFields: { stop_sequence: null } }],
      [
        "metadata",
        { usage: { ...usage, serverToolUsage: { searches: 2 } }, serviceTier: { type: "flex" }, mood: "calm" },
      ],
    ]);
    expect(error).toBeUndefined();
    expect(parts).toEqual([{ type: "text", text: "Hi." }]);
    expect(finish?.providerMetadata).toEqual({
      additionalModelResponseFields: { stop_sequence: null },
      serviceTier: { type: "flex" },
      usage: { serverToolUsage: { searches: 2 } },
      mood: "calm",
    });
    const blocks = await answer(whole([{ hologram: { x: 1 } }, { text: "Hi." }], { mood: "calm" }));
    expect(blocks.parts).toEqual([{ type: "text", text: "Hi." }]);
    expect(blocks.finish?.providerMetadata).toEqual({ metrics: { latencyMs: 500 }, mood: "calm" });
  });
});

describe("why it stopped", () => {
  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["tool_use", "tool-calls"],
    ["content_filtered", "content-filter"],
    ["guardrail_intervened", "content-filter"],
    ["refusal", "refusal"],
    ["malformed_model_output", "other"],
    ["malformed_tool_use", "other"],
    ["something_new", "other"],
  ])("%s is %s, and the vendor's word is kept", async (stopReason, finishReason) => {
    const { finish } = await answer(whole([{ text: "Hi." }], { stopReason }));
    expect(finish).toMatchObject({ finishReason, rawFinishReason: stopReason });
    const pieces = await streamed([delta(0, { text: "Hi." }), messageStop(stopReason), metadata]);
    expect(pieces.finish).toMatchObject({ finishReason, rawFinishReason: stopReason });
  });

  it("a call that the limit cut is left out with a warning; a broken one without such a reason is no answer", async () => {
    const cut = (stopReason: string, call = callOf({}, { mode: "stream" })) =>
      streamed(
        [
          start(0, { toolUse: { toolUseId: "a", name: "look" } }),
          delta(0, { toolUse: { input: '{"at' } }),
          messageStop(stopReason),
          metadata,
        ],
        call,
      );
    const call = callOf({}, { mode: "stream" });
    const limited = await cut("max_tokens", call);
    expect([limited.parts, limited.finish?.finishReason]).toEqual([[], "length"]);
    expect(call.warnings.map(({ code }) => code)).toEqual(["tool_call_incomplete"]);
    expect(GatewayError.is((await cut("malformed_tool_use")).error, "invalid_output")).toBe(true);
  });

  it("the model that a prompt router chose is the one that answered", async () => {
    const trace = { promptRouter: { invokedModelId: "arn:aws:bedrock:us-east-1::foundation-model/x" } };
    const { finish } = await answer(whole([{ text: "Hi." }], { trace }));
    expect(finish?.response.model).toBe(trace.promptRouter.invokedModelId);
    expect(finish?.providerMetadata?.["trace"]).toEqual(trace);
  });
});

describe("usage", () => {
  const usageOf = async (told: object): Promise<Usage | undefined> =>
    (await answer(whole([{ text: "Hi." }], { usage: told }))).finish?.usage;

  it("is inclusive: Bedrock's inputTokens leave the cached ones out; what was written is metered by its lifetime", async () => {
    const told = {
      inputTokens: 100,
      outputTokens: 50,
      totalTokens: 5_150,
      cacheReadInputTokens: 2_000,
      cacheWriteInputTokens: 3_000,
      cacheDetails: [
        { ttl: "1h", inputTokens: 1_000 },
        { ttl: "5m", inputTokens: 2_000 },
      ],
    };
    expect(await usageOf(told)).toEqual({
      input: { total: 5_100, uncached: 100, cacheRead: 2_000, cacheWrite: 3_000 },
      output: { total: 50, reasoning: 0 },
      meters: { "cacheWrite.5m": 2_000, "cacheWrite.1h": 1_000 },
      source: "reported",
    });
    const { cacheDetails, ...undetailed } = told;
    expect((await usageOf(undetailed))?.meters).toEqual({ "cacheWrite.5m": 3_000 });
  });

  it("X6: figures that cannot be meant are not there", async () => {
    const nonsense = {
      inputTokens: 3,
      outputTokens: 7,
      cacheReadInputTokens: 1e308,
      cacheWriteInputTokens: 1.5,
      cacheDetails: [{ ttl: "1h", inputTokens: 9e9 }, null, "x"],
    };
    expect(await usageOf(nonsense)).toMatchObject({ input: { total: 3 }, output: { total: 7 }, meters: {} });
    expect(
      (
        await usageOf({
          inputTokens: 1,
          outputTokens: 1,
          cacheWriteInputTokens: 10,
          cacheDetails: [{ ttl: "1h", inputTokens: 9e9 }],
        })
      )?.meters,
    ).toEqual({ "cacheWrite.1h": 10 });
    expect((await usageOf({ inputTokens: "many" }))?.source).toBe("estimated");
    // Input that was not told is not free.
    expect((await usageOf({ inputTokens: -5, outputTokens: 7 }))?.source).toBe("estimated");
  });

  it("comes before the reason to stop, or after it; or never, and is then an estimate", async () => {
    const text = delta(0, { text: "Hi." });
    const before = await streamed([text, metadata, messageStop()]);
    const after = await streamed([text, messageStop(), metadata]);
    const never = await streamed([text, messageStop()]);
    expect(before.finish?.usage).toEqual(after.finish?.usage);
    expect([before.error, before.finish?.usage.source, never.finish?.usage.source]).toEqual([
      undefined,
      "reported",
      "estimated",
    ]);
  });

  it("is reported as soon as it is known", async () => {
    const call = callOf({}, { mode: "stream" });
    const { error } = await streamed([delta(0, { text: "Hi." }), metadata], call);
    expect(GatewayError.is(error, "stream_truncated")).toBe(true);
    expect(call.facts.filter(({ type }) => type === "usage")).toMatchObject([
      { usage: { input: { total: 10 }, output: { total: 5 } } },
    ]);
  });

  it("golden bill: cached reads, and writes of two lifetimes", async () => {
    // Claude on Bedrock at $3 in, $15 out, $0.30 read, $3.75 written for 5 minutes, $6 for an hour, a million each:
    //     100 uncached          ×  3.00 =      300
    //   2,000 read              ×  0.30 =      600
    //   2,000 written for 5 min ×  3.75 =    7,500
    //   1,000 written for 1 h   ×  6.00 =    6,000
    //      50 out               × 15.00 =      750
    //                                      15,150 millionths of a dollar = 15,150,000 nano-dollars.
    const used = await usageOf({
      inputTokens: 100,
      outputTokens: 50,
      cacheReadInputTokens: 2_000,
      cacheWriteInputTokens: 3_000,
      cacheDetails: [
        { ttl: "1h", inputTokens: 1_000 },
        { ttl: "5m", inputTokens: 2_000 },
      ],
    });
    const price = {
      input: 3,
      output: 15,
      cache_read: 0.3,
      cache_write: 3.75,
      meters: { "cacheWrite.1h": { usd: 0.000006, meterOf: "cacheWrite" } },
    } as const;
    expect(used && costNanoUsd(used, price)).toBe(15_150_000);
  });

  it("golden bill: beyond a tier, the whole prompt at the tier's price", async () => {
    // $1 in and $4 out; above 200,000 tokens of input $2 and $6, read at $0.20:
    //   150,000 uncached × 2.00 = 300,000
    //   100,000 read     × 0.20 =  20,000
    //     1,000 out      × 6.00 =   6,000
    //                             326,000 millionths = 326,000,000 nano-dollars.
    const used = await usageOf({ inputTokens: 150_000, outputTokens: 1_000, cacheReadInputTokens: 100_000 });
    const price = {
      input: 1,
      output: 4,
      cache_read: 0.1,
      tiers: [{ above: 200_000, input: 2, output: 6, cache_read: 0.2 }],
    };
    expect(used && costNanoUsd(used, price)).toBe(326_000_000);
  });
});

describe("the stream's frames", () => {
  const stream = (body: readonly Uint8Array[], headers = {}) =>
    read(
      provider(vendor({ body, headers: { "content-type": STREAM, ...headers } }).transport),
      callOf({}, { mode: "stream" }),
    );
  const hi = encodeEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi." } });
  const stopped = encodeEvent("messageStop", { stopReason: "end_turn" });

  const spoilt = (at: number): Uint8Array => {
    const bytes = Uint8Array.from(hi);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };

  it("a wrong checksum anywhere is protocol, and nothing of the frame is handed out", async () => {
    for (let at = 0; at < hi.length; at += 1) {
      const { error, events, finish } = await stream([spoilt(at), stopped]);
      expect(GatewayError.is(error, "protocol"), `byte ${at}`).toBe(true);
      expect([events, finish]).toEqual([[], undefined]);
    }
  });

  it("S7: a frame beyond the cap is protocol before anything is kept for it", async () => {
    const { crc32 } = await import("node:zlib");
    const prelude = Buffer.alloc(12);
    prelude.writeUInt32BE(0xffff_fff0, 0);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    const { error } = await stream([hi, prelude]);
    if (!GatewayError.is(error, "protocol")) throw error;
    expect(error.message).toContain("larger than 16777216 bytes");
  });

  it("headers of other types are passed by, headers that lie are protocol", async () => {
    const { crc32 } = await import("node:zlib");
    const framed = (headers: Buffer, payload: string): Buffer => {
      const lengths = Buffer.alloc(8);
      lengths.writeUInt32BE(16 + headers.length + payload.length, 0);
      lengths.writeUInt32BE(headers.length, 4);
      const sum = (bytes: Buffer): Buffer => {
        const four = Buffer.alloc(4);
        four.writeUInt32BE(crc32(bytes));
        return four;
      };
      const all = Buffer.concat([lengths, sum(lengths), headers, Buffer.from(payload)]);
      return Buffer.concat([all, sum(all)]);
    };
    const text = (name: string, value: string): Buffer =>
      Buffer.from([name.length, ...Buffer.from(name), 7, 0, value.length, ...Buffer.from(value)]);
    // A boolean, a byte, a short, an integer, a long, bytes, a time and a UUID stand among the texts.
    const others = [
      [1, 97, 0],
      [1, 98, 2, 9],
      [1, 99, 3, 0, 9],
      [1, 100, 4, 0, 0, 0, 9],
      [1, 101, 5, ...Array(8).fill(0)],
      [1, 102, 6, 0, 2, 1, 2],
      [1, 103, 8, ...Array(8).fill(0)],
      [1, 104, 9, ...Array(16).fill(0)],
    ].map((bytes) => Buffer.from(bytes));
    const headers = Buffer.concat([...others, text(":message-type", "event"), text(":event-type", "messageStop")]);
    expect((await stream([hi, framed(headers, '{"stopReason":"end_turn"}')])).finish?.finishReason).toBe("stop");
    for (const lie of [
      [1, 97, 7, 255, 255, 1],
      [200, 97],
      [1, 97, 77],
      [1, 97, 7],
    ]) {
      expect(GatewayError.is((await stream([framed(Buffer.from(lie), "{}")])).error, "protocol"), String(lie)).toBe(
        true,
      );
    }
  });

  it("a payload that is no object is protocol, and its words are in no error", async () => {
    const bad = encodeMessage({ ":message-type": "event", ":event-type": "contentBlockDelta" }, "SECRETWORDS");
    const { error } = await stream([bad]);
    expect(GatewayError.is(error, "protocol")).toBe(true);
    expect(String(error)).not.toContain("SECRETWORDS");
  });

  it("a message that does not say what it is, is protocol", async () => {
    for (const headers of [
      { ":event-type": "messageStop" },
      { ":message-type": "rumour", ":event-type": "messageStop" },
    ]) {
      expect(GatewayError.is((await stream([hi, encodeMessage(headers, "{}")])).error, "protocol")).toBe(true);
    }
  });

  it("a page in place of a stream or of an answer is protocol", async () => {
    const page = [Buffer.from("<html>502</html>")];
    expect(GatewayError.is((await stream(page, { "content-type": "text/html" })).error, "protocol")).toBe(true);
    expect(GatewayError.is((await stream(page)).error, "protocol")).toBe(true);
    const { transport } = vendor({ body: "<html>502</html>", headers: { "content-type": "text/html" } });
    expect(GatewayError.is((await read(provider(transport), callOf())).error, "protocol")).toBe(true);
    expect(GatewayError.is((await answer({ message: "no output" })).error, "protocol")).toBe(true);
  });

  it("S1: a whole answer that breaks off is stream_truncated", async () => {
    const body = JSON.stringify(whole([{ text: "Hi." }]));
    for (const reset of [false, true]) {
      for (const at of [0, 1, 20, body.length - 3]) {
        const { transport } = vendor({
          body: [Buffer.from(body.slice(0, at))],
          reset,
          headers: { "content-type": "application/json" },
        });
        expect(GatewayError.is((await read(provider(transport), callOf())).error, "stream_truncated"), `at ${at}`).toBe(
          true,
        );
      }
    }
  });

  it("S6: mutated streams end in a typed error or an answer", async () => {
    const wire = Buffer.concat([hi, encodeEvent("contentBlockStop", { contentBlockIndex: 0 }), stopped]);
    let seed = 7;
    const chance = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return seed % below;
    };
    for (let run = 0; run < 1_000; run += 1) {
      const bytes = Buffer.from(wire);
      for (let change = 0; change <= chance(3); change += 1) bytes[chance(bytes.length)] = chance(256);
      const { error, finish } = await stream([bytes.subarray(0, 1 + chance(bytes.length))]);
      if (error === undefined) expect(finish).toBeDefined();
      else if (!GatewayError.is(error, "protocol", "stream_truncated")) throw error;
    }
  });
});
