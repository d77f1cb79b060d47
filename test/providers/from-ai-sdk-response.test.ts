/** What an AI SDK model answers, whole and in pieces, as completions. */
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { LanguageModelV2FinishReason } from "ai-sdk-provider-v2";
import type { LanguageModelV3FinishReason } from "ai-sdk-provider-v3";
import { fromAiSdk } from "headgate/from-ai-sdk";
import { describe, expect, it } from "vitest";
import {
  FINISH,
  MODEL,
  own,
  put,
  USAGE,
  type V2Result,
  type V3Result,
  type V4Result,
  v2,
  v3,
  v4,
  warningsIn,
} from "./from-ai-sdk-support.ts";
import { callOf } from "./replay.ts";

const bytes = new Uint8Array([1, 2, 3]);
const meta = (data: Record<string, string | number>) => ({ providerMetadata: { acme: data } });

describe("a whole answer", () => {
  it("V4: every kind of content", async () => {
    const { model } = v4({
      whole: {
        content: [
          { type: "reasoning", text: "Hm.", ...meta({ signature: "s" }) },
          {
            type: "text",
            text: "The sea.",
            citations: [
              {
                source: { type: "source", sourceType: "url", id: "1", url: "https://x.test", title: "X" },
                citedText: "sea",
              },
            ],
            ...meta({ itemId: "m1" }),
          },
          { type: "text", text: "" },
          { type: "file", mediaType: "image/png", data: { type: "data", data: bytes } },
          { type: "file", mediaType: "image/png", data: { type: "url", url: new URL("https://x.test/a") } },
          { type: "reasoning-file", mediaType: "image/png", data: { type: "data", data: "QQ==" } },
          { type: "custom", kind: "acme.compaction", ...meta({ z: 1 }) },
          { type: "source", sourceType: "document", id: "2", mediaType: "application/pdf", title: "Doc" },
          { type: "tool-call", toolCallId: "ws", toolName: "search", input: '{"q":1}', providerExecuted: true },
          { type: "tool-result", toolCallId: "ws", toolName: "search", result: [1], preliminary: true },
          { type: "tool-result", toolCallId: "ws", toolName: "search", result: { hits: 2 }, isError: true },
          { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"at":"it"}', ...meta({ thought: "t" }) },
          { type: "tool-call", toolCallId: "c2", toolName: "now", input: "" },
        ],
        finishReason: { unified: "tool-calls", raw: "tool_use" },
        providerMetadata: { acme: { tier: "fast" } },
        usage: { ...USAGE, raw: { prompt: 10 } },
        response: { id: "r1", modelId: "model-1-0927", headers: { "X-Request-Id": "req_1" } },
      },
    });
    const { parts, finish, facts, error } = await put(model);
    expect(error).toBeUndefined();
    expect(parts).toEqual([
      { type: "reasoning", text: "Hm.", state: own({ acme: { signature: "s" } }) },
      { type: "text", text: "The sea.", state: own({ acme: { itemId: "m1" } }) },
      { type: "source", url: "https://x.test", title: "X", quote: "sea", citedBy: 1 },
      { type: "file", mediaType: "image/png", data: { bytes } },
      { type: "file", mediaType: "image/png", data: { url: "https://x.test/a" } },
      { type: "file", mediaType: "image/png", data: { base64: "QQ==" }, state: own({}, { as: "reasoning-file" }) },
      { type: "reasoning", text: "", state: own({ acme: { z: 1 } }, { as: "custom", kind: "acme.compaction" }) },
      { type: "source", title: "Doc", mediaType: "application/pdf" },
      { type: "tool-call", id: "ws", name: "search", input: { q: 1 }, executor: "vendor", state: own({}) },
      {
        type: "tool-result",
        id: "ws",
        name: "search",
        output: { type: "json", value: { hits: 2 } },
        isError: true,
        executor: "vendor",
        state: own({}),
      },
      {
        type: "tool-call",
        id: "c1",
        name: "look",
        input: { at: "it" },
        executor: "caller",
        state: own({ acme: { thought: "t" } }),
      },
      { type: "tool-call", id: "c2", name: "now", input: {}, executor: "caller" },
    ]);
    expect(finish).toEqual({
      type: "finish",
      finishReason: "tool-calls",
      rawFinishReason: "tool_use",
      usage: {
        input: { total: 10, uncached: 10, cacheRead: 0, cacheWrite: 0 },
        output: { total: 5, reasoning: 0 },
        meters: {},
        source: "reported",
      },
      response: { id: "r1", model: "model-1-0927", requestId: "req_1" },
      providerMetadata: { acme: { tier: "fast" }, usage: { prompt: 10 } },
    });
    expect(facts.find(({ type }) => type === "response")).toMatchObject({ response: { requestId: "req_1" } });
  });

  it("V2 and V3: files are bare bytes or base64", async () => {
    const content = [
      { type: "file", mediaType: "image/png", data: bytes },
      { type: "file", mediaType: "image/png", data: "QQ==" },
    ] as const;
    for (const { model } of [v2({ whole: { content: [...content] } }), v3({ whole: { content: [...content] } })]) {
      expect((await put(model)).parts).toEqual([
        { type: "file", mediaType: "image/png", data: { bytes } },
        { type: "file", mediaType: "image/png", data: { base64: "QQ==" } },
      ]);
    }
  });

  it("an approval that is asked for is kept and told", async () => {
    const request = { type: "tool-approval-request", approvalId: "a1", toolCallId: "t1" } as const;
    const { finish, facts } = await put(v4({ whole: { content: [request] } }).model);
    expect(finish?.providerMetadata).toEqual({ toolApprovalRequests: [request] });
    expect(warningsIn(facts)).toMatchObject([{ code: "other" }]);
  });

  it("of drafts and an answer, the answer is what is checked", async () => {
    const whole: Partial<V4Result> = {
      content: [
        { type: "text", text: "a draft " },
        { type: "text", text: '{"a":1}' },
      ],
      structuredOutputText: '{"a":1}',
    };
    const output = { name: "answer", schema: { type: "object" } } as const;
    const { text, facts } = await put(v4({ whole }).model, { output });
    expect(text).toBe('{"a":1}');
    expect(warningsIn(facts)).toMatchObject([{ code: "part_dropped" }]);
    expect((await put(v4({ whole }).model)).text).toBe('a draft {"a":1}');
  });

  it("a call whose input is no JSON is no call", async () => {
    const content = [{ type: "tool-call", toolCallId: "c", toolName: "look", input: '{"at":' }] as const;
    const broken = await put(v4({ whole: { content: [...content] } }).model);
    expect(broken.error).toMatchObject({ code: "invalid_output" });
    const cut = await put(
      v4({ whole: { content: [...content], finishReason: { unified: "length", raw: "max" } } }).model,
    );
    expect(cut.parts).toEqual([]);
    expect(warningsIn(cut.facts)).toMatchObject([{ code: "tool_call_incomplete" }]);
  });

  it.each([
    undefined,
    {},
    { content: "x" },
    "text",
  ])("X6 an answer that is none (%j) is a protocol error", async (answer) => {
    const { model } = v4();
    const { error } = await put({ ...model, doGenerate: async () => answer as never });
    expect(error).toMatchObject({ code: "protocol" });
  });
});

const PIECES: readonly LanguageModelV4StreamPart[] = [
  { type: "stream-start", warnings: [] },
  { type: "response-metadata", id: "r1", modelId: "model-1-0927" },
  { type: "raw", rawValue: { secret: 1 } },
  { type: "ping" },
  { type: "reasoning-start", id: "0" },
  { type: "text-start", id: "0", ...meta({ itemId: "m1" }) },
  { type: "reasoning-delta", id: "0", delta: "H" },
  { type: "text-delta", id: "0", delta: "The " },
  { type: "reasoning-delta", id: "0", delta: "m." },
  { type: "reasoning-delta", id: "0", delta: "", ...meta({ signature: "s" }) },
  { type: "text-delta", id: "0", delta: "sea." },
  { type: "reasoning-end", id: "0" },
  { type: "tool-input-start", id: "c1", toolName: "look" },
  { type: "tool-input-start", id: "c2", toolName: "say", inputEncoding: "text" },
  { type: "tool-input-delta", id: "c1", delta: '{"at":' },
  { type: "tool-input-delta", id: "c2", delta: "raw wo" },
  { type: "tool-input-delta", id: "c1", delta: '"it"}' },
  {
    type: "text-end",
    id: "0",
    citations: [{ source: { type: "source", sourceType: "url", id: "1", url: "https://x.test" } }],
  },
  { type: "tool-input-end", id: "c1" },
  { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"at":"it"}', ...meta({ thought: "t" }) },
  { type: "tool-call", toolCallId: "c2", toolName: "say", input: '"raw words"' },
  { type: "tool-call", toolCallId: "c3", toolName: "now", input: "{}" },
  { type: "file", mediaType: "image/png", data: { type: "data", data: "QQ==" } },
  { type: "source", sourceType: "url", id: "2", url: "https://y.test" },
  { type: "tool-input-start", id: "c4", toolName: "never" },
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "More." },
];

describe("a streamed answer", () => {
  it("parts whose pieces alternate, metadata that comes late, calls in pieces and whole", async () => {
    const finish: LanguageModelV4StreamPart = { ...FINISH, finishReason: { unified: "length", raw: "max_tokens" } };
    const answer = await put(v4({ parts: [...PIECES, finish] }).model, {}, { mode: "stream" });
    expect(answer.error).toBeUndefined();
    const ends = answer.events.flatMap((event) => (event.type === "part-end" ? [[event.index, event.part]] : []));
    expect(ends.sort((one, other) => Number(one[0]) - Number(other[0]))).toEqual([
      [0, { type: "reasoning", text: "Hm.", state: own({ acme: { signature: "s" } }) }],
      [1, { type: "text", text: "The sea.", state: own({ acme: { itemId: "m1" } }) }],
      [
        2,
        {
          type: "tool-call",
          id: "c1",
          name: "look",
          input: { at: "it" },
          executor: "caller",
          state: own({ acme: { thought: "t" } }),
        },
      ],
      [3, { type: "tool-call", id: "c2", name: "say", input: "raw words", executor: "caller" }],
      [4, { type: "source", url: "https://x.test", citedBy: 1 }],
      [5, { type: "tool-call", id: "c3", name: "now", input: {}, executor: "caller" }],
      [6, { type: "file", mediaType: "image/png", data: { base64: "QQ==" } }],
      [7, { type: "source", url: "https://y.test" }],
      [9, { type: "text", text: "More." }],
    ]);
    const deltas = answer.events.flatMap((event) =>
      event.type === "part-delta" ? [`${event.index} ${event.delta}`] : [],
    );
    expect(deltas).toEqual(["0 H", "1 The ", "0 m.", "1 sea.", '2 {"at":', '2 "it"}', "9 More."]);
    expect(answer.finish).toMatchObject({ finishReason: "length", response: { id: "r1", model: "model-1-0927" } });
    expect(answer.facts).toContainEqual({ type: "alive" });
    expect(warningsIn(answer.facts)).toMatchObject([{ code: "tool_call_incomplete" }]);
    expect(JSON.stringify(answer.events)).not.toContain("secret");
  });

  it("S1 cut after every part: never a normal end", async () => {
    for (let length = 0; length <= PIECES.length; length += 1) {
      for (const breaks of [undefined, Object.assign(new TypeError("terminated"), { code: "ECONNRESET" })]) {
        const { model } = v4({ parts: PIECES.slice(0, length), breaks });
        const { error, finish } = await put(model, {}, { mode: "stream" });
        expect({ code: (error as { code?: string }).code, finish }, `${length}`).toEqual({
          code: "stream_truncated",
          finish: undefined,
        });
      }
    }
  });

  it("what breaks behind `finish` hurts nobody, and nothing follows it", async () => {
    const { model } = v4({ parts: [FINISH, { type: "text-start", id: "x" }], breaks: new Error("late") });
    const { error, events } = await put(model, {}, { mode: "stream" });
    expect(error).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["finish"]);
  });

  it("unknown parts and values that are no parts are ignored", async () => {
    const parts = [null, 7, "x", {}, { type: "new-thing" }, { type: "text-delta", id: 3, delta: 4 }, FINISH];
    const { error, finish } = await put(v4({ parts: parts as never }).model, {}, { mode: "stream" });
    expect(error).toBeUndefined();
    expect(finish?.finishReason).toBe("stop");
  });

  it("its reader is let go when nobody reads on", async () => {
    let cancelled = 0;
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      pull: (controller) => controller.enqueue({ type: "text-delta", id: "0", delta: "x" }),
      cancel() {
        cancelled += 1;
      },
    });
    const provider = fromAiSdk({ name: "ai", model: { ...v4().model, doStream: async () => ({ stream }) } });
    for await (const _ of await provider.generate(callOf(provider, { mode: "stream", model: MODEL }).call)) break;
    expect(cancelled).toBe(1);
  });
});

describe("how it ended", () => {
  const v2Reasons: readonly (readonly [LanguageModelV2FinishReason, whole: string, streamed: string])[] = [
    ["stop", "stop", "stop"],
    ["length", "length", "length"],
    ["content-filter", "content-filter", "content-filter"],
    ["tool-calls", "tool-calls", "tool-calls"],
    ["error", "server_error", "server_error"],
    ["other", "other", "other"],
    ["unknown", "other", "stream_truncated"],
  ];
  it.each(v2Reasons)("V2 %s", async (finishReason, whole, streamed) => {
    const { usage } = { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } };
    const one = await put(v2({ whole: { finishReason } }).model);
    const other = await put(v2({ parts: [{ type: "finish", finishReason, usage }] }).model, {}, { mode: "stream" });
    expect(outcome(one)).toBe(whole);
    expect(outcome(other)).toBe(streamed);
  });

  const v3Reasons: readonly (readonly [LanguageModelV3FinishReason, whole: string, streamed: string])[] = [
    [{ unified: "stop", raw: undefined }, "stop", "stop"],
    [{ unified: "content-filter", raw: "refusal" }, "refusal", "refusal"],
    [{ unified: "content-filter", raw: "SAFETY" }, "content-filter", "content-filter"],
    [{ unified: "other", raw: "pause_turn" }, "other", "other"],
    [{ unified: "other", raw: undefined }, "other", "stream_truncated"],
    [{ unified: "error", raw: "MALFORMED_FUNCTION_CALL" }, "server_error", "server_error"],
  ];
  const v4Reasons: readonly (readonly [LanguageModelV4FinishReason, whole: string, streamed: string])[] = [
    [{ unified: "interrupted", raw: undefined }, "stream_truncated", "stream_truncated"],
    [{ unified: "interrupted", raw: "stop" }, "stream_truncated", "stream_truncated"],
    [{ unified: "other", raw: undefined }, "other", "stream_truncated"],
    [{ unified: "length", raw: "max_tokens" }, "length", "length"],
  ];
  it.each(v3Reasons)("V3 %j", async (finishReason, whole, streamed) => {
    const one = await put(v3({ whole: { finishReason } }).model);
    const other = await put(
      v3({ parts: [{ type: "finish", finishReason, usage: USAGE }] }).model,
      {},
      { mode: "stream" },
    );
    expect(outcome(one)).toBe(whole);
    expect(outcome(other)).toBe(streamed);
  });
  it.each(v4Reasons)("S1 V4 %j", async (finishReason, whole, streamed) => {
    const one = await put(v4({ whole: { finishReason } }).model);
    const other = await put(v4({ parts: [{ ...FINISH, finishReason }] }).model, {}, { mode: "stream" });
    expect(outcome(one)).toBe(whole);
    expect(outcome(other)).toBe(streamed);
    // What the vendor billed so far is known all the same.
    expect(other.facts).toContainEqual(expect.objectContaining({ type: "usage" }));
  });

  it("`stop` beside a call of the caller's tool is a call", async () => {
    const content = [{ type: "tool-call", toolCallId: "c", toolName: "look", input: "{}" }] as const;
    expect(outcome(await put(v4({ whole: { content: [...content] } }).model))).toBe("tool-calls");
    const vendors = content.map((call) => ({ ...call, providerExecuted: true }));
    expect(outcome(await put(v4({ whole: { content: vendors } }).model))).toBe("stop");
  });
});

const outcome = ({ finish, error }: Awaited<ReturnType<typeof put>>): string | undefined =>
  finish?.finishReason ?? (error as { readonly code?: string }).code;

describe("usage", () => {
  const tokens = (total: number, cacheRead: number, cacheWrite: number, output: number, reasoning: number) => ({
    input: { total, uncached: total - cacheRead - cacheWrite, cacheRead, cacheWrite },
    output: { total: output, reasoning },
  });
  const none = { source: "estimated" };

  // Totals are inclusive: of 100 input tokens 60 came from the cache, 30 were written to it, 10 are neither.
  const nested: readonly (readonly [string, V3Result["usage"], object])[] = [
    [
      "all told",
      {
        inputTokens: { total: 100, noCache: 10, cacheRead: 60, cacheWrite: 30 },
        outputTokens: { total: 50, text: 20, reasoning: 30 },
      },
      tokens(100, 60, 30, 50, 30),
    ],
    [
      "a total that leaves its parts out is made whole: 10 + 60 + 30, and 20 + 30",
      {
        inputTokens: { total: 10, noCache: 10, cacheRead: 60, cacheWrite: 30 },
        outputTokens: { total: 20, text: 20, reasoning: 30 },
      },
      tokens(100, 60, 30, 50, 30),
    ],
    [
      "reasoning beside the output, which the vendor's own total counts: 354 - 12",
      {
        inputTokens: { total: 12, noCache: 12, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 2, text: 0, reasoning: 340 },
        raw: { prompt_tokens: 12, completion_tokens: 2, total_tokens: 354 },
      },
      tokens(12, 0, 0, 342, 340),
    ],
    [
      "parts without a total",
      {
        inputTokens: { total: undefined, noCache: 10, cacheRead: 60, cacheWrite: undefined },
        outputTokens: { total: undefined, text: 20, reasoning: undefined },
      },
      tokens(70, 60, 0, 20, 0),
    ],
    [
      "one direction alone tells nothing",
      {
        inputTokens: { total: 10, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: undefined, text: undefined, reasoning: undefined },
      },
      none,
    ],
    [
      "zeros tell nothing",
      {
        inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 0, text: 0, reasoning: 0 },
      },
      none,
    ],
    [
      "X6 figures that cannot be meant are not there",
      {
        inputTokens: { total: Number.NaN, noCache: -1, cacheRead: 1e300, cacheWrite: 0.5 },
        outputTokens: { total: 5, text: 5, reasoning: 0 },
      },
      none,
    ],
  ];
  it.each(nested)("V3 and V4: %s", async (_what, usage, expected) => {
    for (const { model } of [v3({ whole: { usage } }), v4({ whole: { usage } })]) {
      expect((await put(model)).finish?.usage).toMatchObject(expected);
    }
  });

  const flat: readonly (readonly [string, string, V2Result["usage"], V2Result["providerMetadata"], object])[] = [
    [
      "cached tokens are part of the input",
      "acme.chat",
      { inputTokens: 100, outputTokens: 50, totalTokens: 150, cachedInputTokens: 60, reasoningTokens: 30 },
      {},
      tokens(100, 60, 0, 50, 30),
    ],
    [
      "Anthropic's input has none of the cached: 10 + 60 read + 30 written",
      "anthropic.messages",
      { inputTokens: 10, outputTokens: 50, totalTokens: 60, cachedInputTokens: 60 },
      { anthropic: { cacheCreationInputTokens: 30 } },
      tokens(100, 60, 30, 50, 0),
    ],
    [
      "nor has Bedrock's",
      "amazon-bedrock",
      { inputTokens: 10, outputTokens: 50, totalTokens: 60, cachedInputTokens: 60 },
      { bedrock: { usage: { cacheWriteInputTokens: 30 } } },
      tokens(100, 60, 30, 50, 0),
    ],
    [
      "Gemini's output has no reasoning: 23 + 302",
      "google.generative-ai",
      { inputTokens: 9, outputTokens: 23, totalTokens: 334, reasoningTokens: 302 },
      {},
      tokens(9, 0, 0, 325, 302),
    ],
    ["untold", "acme.chat", { inputTokens: undefined, outputTokens: undefined, totalTokens: undefined }, {}, none],
  ];
  it.each(flat)("V2: %s", async (_what, provider, usage, providerMetadata, expected) => {
    const { finish } = await put(
      v2({ provider, whole: { usage, ...(providerMetadata && { providerMetadata }) } }).model,
    );
    expect(finish?.usage).toMatchObject(expected);
  });
});

describe("warnings of the model's own", () => {
  const v4Warnings: V4Result["warnings"] = [
    { type: "unsupported", feature: "topK" },
    { type: "unsupported", feature: "stopSequences", details: "Too many." },
    { type: "unsupported", feature: "responseFormat", details: "No schema." },
    { type: "compatibility", feature: "specificationVersion", details: "Old model." },
    { type: "deprecated", setting: "x", message: "Use y." },
    { type: "other", message: "Said." },
  ];
  const told = [
    { code: "parameter_dropped", path: "topK", message: "The model does not support topK." },
    { code: "parameter_dropped", path: "stop", message: "The model does not support stopSequences: Too many." },
    { code: "schema_changed", path: "output", message: "The model does not support responseFormat: No schema." },
    { code: "other", path: "specificationVersion", message: "Old model." },
    { code: "other", path: "x", message: "Use y." },
    { code: "other", path: "", message: "Said." },
  ];

  it("V3 and V4, whole and streamed", async () => {
    const whole = await put(v4({ whole: { warnings: v4Warnings } }).model);
    expect(warningsIn(whole.facts)).toEqual(told);
    const parts: LanguageModelV4StreamPart[] = [{ type: "stream-start", warnings: v4Warnings }, FINISH];
    const streamed = await put(v4({ parts }).model, {}, { mode: "stream" });
    expect(warningsIn(streamed.facts)).toEqual(told);
  });

  it("V2", async () => {
    const warnings: V2Result["warnings"] = [
      { type: "unsupported-setting", setting: "seed", details: "No seed." },
      { type: "unsupported-tool", tool: { type: "function", name: "look", inputSchema: {} } },
    ];
    const { facts } = await put(v2({ whole: { warnings } }).model);
    expect(warningsIn(facts)).toEqual([
      { code: "parameter_dropped", path: "seed", message: "The model does not support seed: No seed." },
      { code: "parameter_dropped", path: "tools look", message: "The model does not support tools look." },
    ]);
  });

  it("what was left out is refused under `strict`, and what it cost is known", async () => {
    const warnings: V4Result["warnings"] = [{ type: "unsupported", feature: "topK" }];
    const { error, finish, facts } = await put(v4({ whole: { warnings } }).model, { strict: true, topK: 3 });
    expect(error).toMatchObject({ code: "unsupported" });
    expect(finish).toBeUndefined();
    expect(facts).toContainEqual(expect.objectContaining({ type: "usage" }));
    const parts: LanguageModelV4StreamPart[] = [{ type: "stream-start", warnings }, ...PIECES, FINISH];
    const streamed = await put(v4({ parts }).model, { strict: true }, { mode: "stream" });
    expect(streamed.events).toEqual([]);
    expect(streamed.error).toMatchObject({ code: "unsupported" });
  });

  it("X1 its words are without the request's own", async () => {
    const warnings: V4Result["warnings"] = [{ type: "other", message: 'Cut "the merger closes on Friday" out.' }];
    const messages = [{ role: "user", content: "the merger closes on Friday" } as const];
    const { facts } = await put(v4({ whole: { warnings } }).model, { messages });
    expect(warningsIn(facts)).toMatchObject([{ message: 'Cut "[redacted]" out.' }]);
  });
});
