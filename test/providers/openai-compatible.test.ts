/** What hosts that speak Chat Completions do otherwise than OpenAI, one test for each. */
import { GatewayError, type GenerateRequest, type Json } from "headgate/kit";
import { type ChatQuirks, openaiCompatible, PRESETS, type PresetName } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { type Answer, ask, callOf, StubVendor } from "./replay.ts";

const model = {
  name: "m",
  id: "m",
  capabilities: { tool_call: true, reasoning: true, temperature: true, stop: true },
  limit: {},
  options: {},
};

interface Hosted {
  readonly preset?: PresetName;
  readonly quirks?: Partial<ChatQuirks>;
}

const hosted = ({ preset, quirks = {} }: Hosted) => {
  const vendor = new StubVendor();
  const known = preset === undefined ? { name: "host", baseURL: "http://host.test/v1" } : { preset };
  return { vendor, provider: openaiCompatible({ ...known, apiKey: "key", quirks, transport: vendor }) };
};

type Chunk = Readonly<Record<string, Json>> | string;

const streamed = async (chunks: readonly Chunk[], host: Hosted = {}, done = true): Promise<Answer> => {
  const { vendor, provider } = hosted(host);
  const events = chunks.map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`);
  vendor.reply = {
    headers: { "content-type": "text/event-stream" },
    chunks: [Buffer.from(events.join("") + (done ? "data: [DONE]\n\n" : ""))],
  };
  return ask(provider, { mode: "stream", model });
};

const whole = async (body: object, host: Hosted = {}): Promise<Answer> => {
  const { vendor, provider } = hosted(host);
  vendor.reply = { headers: { "content-type": "application/json" }, chunks: [Buffer.from(JSON.stringify(body))] };
  return ask(provider, { mode: "complete", model });
};

const delta = (delta: Json, finish_reason: string | null = null, more: object = {}): Chunk =>
  ({ id: "c1", model: "m-1", choices: [{ index: 0, delta, finish_reason }], ...more }) as Chunk;
const say = (content: string): Chunk => delta({ content });
const stop = (more: object = {}): Chunk => delta({}, "stop", more);
const usage = (usage: Json): Chunk => ({ choices: [], usage });
const calls = (...tool_calls: Json[]): Chunk => delta({ tool_calls });
const called = (answer: Answer) =>
  answer.parts.flatMap((part) => (part.type === "tool-call" ? [[part.id, part.name, part.input]] : []));

describe("tool calls in pieces", () => {
  const read = async (...chunks: Chunk[]) => {
    const answer = await streamed([...chunks, delta({}, "tool_calls")]);
    expect(answer.error).toBeUndefined();
    expect(answer.finish?.finishReason).toBe("tool-calls");
    return called(answer);
  };
  const a = { arguments: '{"a":1}' };
  const b = { arguments: '{"b":2}' };

  it.each<readonly [string, readonly Chunk[], readonly unknown[]]>([
    [
      "as OpenAI sends them, two at once",
      [
        calls({ index: 0, id: "c1", type: "function", function: { name: "one", arguments: "" } }),
        calls({ index: 0, function: { arguments: '{"a"' } }),
        calls({ index: 0, function: { arguments: ":1}" } }),
        calls({ index: 1, id: "c2", type: "function", function: { name: "two", arguments: "" } }),
        calls({ index: 1, function: b }),
      ],
      [
        ["c1", "one", { a: 1 }],
        ["c2", "two", { b: 2 }],
      ],
    ],
    [
      "without an index",
      [calls({ id: "c1", function: { name: "one", ...a } }), calls({ id: "c2", function: { name: "two", ...b } })],
      [
        ["c1", "one", { a: 1 }],
        ["c2", "two", { b: 2 }],
      ],
    ],
    [
      "with one index for all",
      [
        calls({ index: 0, id: "c1", function: { name: "one", ...a } }),
        calls({ index: 0, id: "c2", function: { name: "one", ...b } }),
      ],
      [
        ["c1", "one", { a: 1 }],
        ["c2", "one", { b: 2 }],
      ],
    ],
    [
      "all in one chunk, counted from 1",
      [
        calls(
          { index: 1, id: "c1", function: { name: "one", ...a } },
          { index: 2, id: "c2", function: { name: "two", ...b } },
        ),
      ],
      [
        ["c1", "one", { a: 1 }],
        ["c2", "two", { b: 2 }],
      ],
    ],
    [
      "with the id again in every piece",
      [
        calls({ index: 0, id: "c1", function: { name: "one", arguments: '{"a"' } }),
        calls({ index: 0, id: "c1", function: { arguments: ":1}" } }),
      ],
      [["c1", "one", { a: 1 }]],
    ],
    [
      "with an id that is empty, and a name that is empty or null, after the first",
      [
        calls({ index: 0, id: "c1", function: { name: "one", arguments: '{"a"' } }),
        calls({ index: 0, id: "", function: { name: "", arguments: ":" } }),
        calls({ index: 0, id: null, function: { name: null, arguments: "1}" } }),
      ],
      [["c1", "one", { a: 1 }]],
    ],
    [
      "with a name in pieces",
      [
        calls({ index: 0, id: "c1", function: { name: "get_", arguments: "" } }),
        calls({ index: 0, function: { name: "weather", arguments: "" } }),
        calls({ index: 0, function: a }),
      ],
      [["c1", "get_weather", { a: 1 }]],
    ],
    [
      "with the whole name again in every piece",
      [
        calls({ index: 0, id: "c1", function: { name: "one", arguments: '{"a"' } }),
        calls({ index: 0, function: { name: "one", arguments: ":1}" } }),
      ],
      [["c1", "one", { a: 1 }]],
    ],
    [
      "with an id that comes late",
      [calls({ index: 0, function: { name: "one", arguments: "" } }), calls({ index: 0, id: "c1", function: a })],
      [["c1", "one", { a: 1 }]],
    ],
    [
      "with a name that comes late",
      [
        calls({ index: 0, id: "c1", function: { arguments: '{"a"' } }),
        calls({ index: 0, function: { name: "one", arguments: ":1}" } }),
      ],
      [["c1", "one", { a: 1 }]],
    ],
    [
      "without arguments: none, empty, or null",
      [
        calls({ index: 0, id: "c1", function: { name: "one" } }),
        calls({ index: 1, id: "c2", function: { name: "two", arguments: "" } }),
        calls({ index: 2, id: "c3", function: { name: "three", arguments: null } }),
      ],
      [
        ["c1", "one", {}],
        ["c2", "two", {}],
        ["c3", "three", {}],
      ],
    ],
    [
      "with arguments that are no text",
      [calls({ index: 0, id: "c1", function: { name: "one", arguments: { a: 1 } } })],
      [["c1", "one", { a: 1 }]],
    ],
  ])("%s", async (_what, chunks, expected) => {
    expect(await read(...chunks)).toEqual(expected);
  });

  it("without ids and indexes: two calls, also of the same tool, each with an id of our own", async () => {
    const names = [
      ["one", "two"],
      ["one", "one"],
    ] as const;
    for (const [first, second] of names) {
      const told = await read(calls({ function: { name: first, ...a } }), calls({ function: { name: second, ...b } }));
      expect(told).toEqual([
        [expect.stringMatching(/^\w{9}$/), first, { a: 1 }],
        [expect.stringMatching(/^\w{9}$/), second, { b: 2 }],
      ]);
    }
  });

  it("arguments that are no JSON never become a call", async () => {
    const broken = calls({ index: 0, id: "c1", function: { name: "one", arguments: '{"a":' } });
    expect((await streamed([broken, delta({}, "tool_calls")])).error).toMatchObject({ code: "invalid_output" });
    const cut = await streamed([broken, delta({}, "length")]);
    expect(cut.finish?.finishReason).toBe("length");
    expect(called(cut)).toEqual([]);
    expect(cut.facts).toMatchObject([{}, { type: "warning", warning: { code: "tool_call_incomplete" } }]);
  });

  it("a call without a name is none that anybody could run", async () => {
    const nameless = calls({ index: 0, id: "c1", function: { arguments: "{}" } });
    expect((await streamed([nameless, delta({}, "tool_calls")])).error).toMatchObject({ code: "protocol" });
  });

  it("`stop` beside tool calls is a call of tools", async () => {
    const call = { id: "c1", type: "function", function: { name: "one", arguments: "{}" } };
    const answer = await streamed([calls({ index: 0, ...call }), stop()]);
    expect([answer.finish?.finishReason, answer.finish?.rawFinishReason]).toEqual(["tool-calls", "stop"]);
    const unary = await whole({ choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: "stop" }] });
    expect(unary.finish?.finishReason).toBe("tool-calls");
  });
});

describe("content", () => {
  it.each([
    ["reasoning_content", delta({ reasoning_content: "Hm." })],
    ["reasoning", delta({ reasoning: "Hm." })],
    ["both, which say the same", delta({ reasoning: "Hm.", reasoning_content: "Hm." })],
    ["thinking in a list", delta({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }] })],
    ["thinking as text", delta({ content: [{ type: "thinking", thinking: "Hm." }] })],
  ])("reasoning by the name of %s", async (_what, chunk) => {
    const { parts } = await streamed([chunk, say("Yes."), stop()], { preset: "groq" });
    expect(parts).toEqual([
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Yes." },
    ]);
  });

  it("a list in place of text; an unknown kind in it is passed over", async () => {
    const content = [{ type: "text", text: "Yes" }, { type: "new_kind" }, { type: "text", text: "." }];
    expect((await streamed([delta({ content }), stop()])).parts).toEqual([{ type: "text", text: "Yes." }]);
    expect((await whole({ choices: [{ message: { content }, finish_reason: "stop" }] })).text).toBe("Yes.");
  });

  it("a refusal, pages cited, images drawn", async () => {
    const refused = await streamed([delta({ refusal: "No." }), stop()]);
    expect([refused.finish?.finishReason, refused.parts]).toEqual(["refusal", [{ type: "refusal", text: "No." }]]);
    const url_citation = { url: "https://a.test", title: "A", content: "words" };
    const image_url = { url: "data:image/png;base64,AAAA" };
    const rich = await streamed([
      delta({ content: "See.", annotations: [{ type: "url_citation", url_citation }] }),
      delta({ images: [{ type: "image_url", image_url }, { image_url: { url: "https://a.test/b.png" } }] }),
      stop(),
    ]);
    expect(rich.parts).toEqual([
      { type: "text", text: "See." },
      { type: "file", mediaType: "image/png", data: { base64: "AAAA" } },
      { type: "file", mediaType: "image/*", data: { url: "https://a.test/b.png" } },
      { type: "source", url: "https://a.test", title: "A", quote: "words" },
    ]);
  });

  it("empty choices, null fields, other choices, and events of no kind known are passed over", async () => {
    const { parts, finish } = await streamed([
      { id: "", model: "", object: "", choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      { choices: null, usage: null },
      delta({ role: "assistant", content: null, tool_calls: null, refusal: null }),
      { choices: [{ index: 1, delta: { content: "other" }, finish_reason: "stop" }] },
      { object: "new.kind", x: 1 },
      say("Yes."),
      stop({ service_tier: "flex" }),
    ]);
    expect(parts).toEqual([{ type: "text", text: "Yes." }]);
    expect(finish).toMatchObject({ response: { id: "c1", model: "m-1" } });
    expect(finish?.providerMetadata).toMatchObject({
      prompt_filter_results: [{ prompt_index: 0 }],
      service_tier: "flex",
    });
  });

  it.each([
    ["stop", "stop"],
    ["eos", "stop"],
    ["length", "length"],
    ["model_length", "length"],
    ["content_filter", "content-filter"],
    ["weird", "other"],
  ])("the reason %s is %s", async (raw, reason) => {
    const { finish } = await streamed([say("x"), delta({}, raw)]);
    expect([finish?.finishReason, finish?.rawFinishReason]).toEqual([reason, raw]);
  });
});

describe("what shows that an answer is whole", () => {
  it("a reason to stop does, with [DONE] or without, and with usage behind it", async () => {
    for (const done of [true, false]) {
      const { finish, error } = await streamed(
        [say("x"), stop(), usage({ prompt_tokens: 3, completion_tokens: 1 })],
        {},
        done,
      );
      expect(error).toBeUndefined();
      expect(finish?.usage.input.total).toBe(3);
    }
  });

  it("[DONE] without a reason does only where the host is known for it", async () => {
    expect((await streamed([say("x")])).error).toMatchObject({ code: "stream_truncated" });
    const known = await streamed([say("x")], { quirks: { end: "done" } });
    expect([known.error, known.finish?.finishReason, known.text]).toEqual([undefined, "stop", "x"]);
    expect((await streamed([say("x")], { quirks: { end: "done" } }, false)).error).toMatchObject({
      code: "stream_truncated",
    });
  });

  it("an empty reason is none; an end without one is a cut", async () => {
    expect((await streamed([say("x"), delta({}, "")], {}, false)).error).toMatchObject({ code: "stream_truncated" });
    expect((await streamed([], {}, false)).error).toMatchObject({ code: "stream_truncated" });
  });
});

describe("usage", () => {
  const told = async (figures: Json, host: Hosted = {}) => {
    const { finish } = await streamed([say("x"), stop(), usage(figures)], host);
    return finish?.usage;
  };

  it.each<readonly [string, Json, readonly [number, number, number, number, number]]>([
    [
      "OpenAI's",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      [10, 4, 2, 5, 3],
    ],
    [
      "Mistral's num_cached_tokens",
      { prompt_tokens: 10, completion_tokens: 5, num_cached_tokens: 4 },
      [10, 4, 0, 5, 0],
    ],
    [
      "DeepSeek's hits and misses",
      { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 },
      [10, 4, 0, 5, 0],
    ],
    [
      "xAI's reasoning outside the completion",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      [10, 0, 0, 105, 100],
    ],
    [
      "reasoning outside it, told by the total alone",
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 22 },
      [10, 0, 0, 12, 7],
    ],
    [
      "more cached than there is",
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 40 } },
      [10, 10, 0, 5, 0],
    ],
    [
      "more reasoning than there is",
      { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 40 } },
      [10, 0, 0, 5, 5],
    ],
    [
      "null details",
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: null, completion_tokens_details: null },
      [10, 0, 0, 5, 0],
    ],
  ])("%s", async (_what, figures, [input, cacheRead, cacheWrite, output, reasoning]) => {
    expect(await told(figures)).toEqual({
      input: { total: input, uncached: input - cacheRead - cacheWrite, cacheRead, cacheWrite },
      output: { total: output, reasoning },
      meters: {},
      source: "reported",
    });
  });

  it("in a chunk that also has choices, in every chunk, or under x_groq", async () => {
    const figures = { prompt_tokens: 7, completion_tokens: 2 };
    const growing = delta({ content: "x" }, null, { usage: { prompt_tokens: 7, completion_tokens: 1 } });
    for (const chunks of [
      [say("x"), stop({ usage: figures })],
      [growing, stop({ usage: figures })],
      [say("x"), stop({ x_groq: { usage: figures } })],
    ]) {
      const { finish } = await streamed(chunks);
      expect([finish?.usage.input.total, finish?.usage.output.total, finish?.usage.source]).toEqual([7, 2, "reported"]);
    }
  });

  it("sound has meters of its own", async () => {
    const figures = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { audio_tokens: 80 },
      completion_tokens_details: { audio_tokens: 40 },
    };
    expect((await told(figures))?.meters).toEqual({ "input.audio": 80, "output.audio": 40 });
  });

  it.each([-1, 1e308, 1.5, "7", null, {}, 2 ** 60])("X6: %s tokens are not believed", async (tokens) => {
    expect((await told({ prompt_tokens: tokens, completion_tokens: 1 }))?.source).toBe("estimated");
    const partly = await told({
      prompt_tokens: 5,
      completion_tokens: tokens,
      total_tokens: tokens,
      prompt_tokens_details: { cached_tokens: tokens },
    });
    expect(partly).toMatchObject({ input: { total: 5, cacheRead: 0 }, output: { total: 0 } });
  });

  it("a reported price is used where the host has one, if it can be meant", async () => {
    const figures = { prompt_tokens: 1, completion_tokens: 1 };
    const price = async (more: object, preset: PresetName): Promise<number | undefined> => {
      const { finish } = await streamed([stop(), usage({ ...figures, ...more })], { preset });
      return finish?.reportedCostUsd;
    };
    expect(await price({ cost: 0.0123 }, "openrouter")).toBe(0.0123);
    expect(await price({ cost_in_usd_ticks: 1_721_250 }, "xai")).toBeCloseTo(0.000172125, 12);
    expect(await price({ cost: 0.0123 }, "groq")).toBeUndefined();
    for (const cost of [-1, "1", null]) expect(await price({ cost }, "openrouter")).toBeUndefined();
  });
});

describe("reasoning goes back where a host wants it", () => {
  const tool = { name: "look", input: { type: "object" } };
  const details = [
    { type: "reasoning.text", index: 0, text: "Let me", format: "x" },
    { type: "reasoning.text", index: 0, text: " see.", signature: "sig" },
    { type: "reasoning.encrypted", index: 1, data: "gAAA" },
  ];
  const round = async (preset: PresetName, first: Chunk[], elsewhere = preset) => {
    const { parts } = await streamed(first, { preset });
    const { vendor, provider } = hosted({ preset: elsewhere });
    const messages: GenerateRequest["messages"] = [
      { role: "user", content: "x" },
      { role: "assistant", content: parts },
      { role: "tool", content: [{ type: "tool-result", id: "c1", name: tool.name, output: "seen" }] },
    ];
    const { facts } = await ask(provider, { mode: "complete", model, request: { messages } });
    const sent = JSON.parse(vendor.asked[0]?.body ?? "{}").messages[1];
    return { sent, warned: facts.some((fact) => fact.type === "warning") };
  };
  const call = calls({ index: 0, id: "c1", function: { name: "look", arguments: "{}" } });
  const end = delta({}, "tool_calls");

  it("DeepSeek: as text, beside the calls that it led to", async () => {
    const { sent, warned } = await round("deepseek", [delta({ reasoning_content: "Hm." }), call, end]);
    expect(sent).toMatchObject({ role: "assistant", reasoning_content: "Hm.", tool_calls: [{ id: "c1" }] });
    expect(warned).toBe(false);
    const plain = await round("deepseek", [delta({ reasoning_content: "Hm." }), say("Yes."), stop()]);
    expect(plain.sent).toEqual({ role: "assistant", content: "Yes." });
  });

  it("OpenRouter: its details, put together and otherwise as they came", async () => {
    const chunks = details.map((detail) =>
      delta({ reasoning: detail.text ?? null, reasoning_details: [detail] } as Json),
    );
    const { sent, warned } = await round("openrouter", [...chunks, call, end]);
    expect(sent.reasoning_details).toEqual([
      { type: "reasoning.text", index: 0, text: "Let me see.", format: "x", signature: "sig" },
      { type: "reasoning.encrypted", index: 1, data: "gAAA" },
    ]);
    expect(warned).toBe(false);
  });

  it("nowhere else, and the loss is told", async () => {
    const { sent, warned } = await round("deepseek", [delta({ reasoning_content: "Hm." }), call, end], "openrouter");
    expect(sent).not.toHaveProperty("reasoning_content");
    expect(sent).not.toHaveProperty("reasoning_details");
    expect(warned).toBe(true);
  });

  it("a conversation is bound to an account only where state goes back", () => {
    const state = { provider: "openrouter", model: "m", account: "acme", data: { details: [] } };
    const messages = [{ role: "assistant", content: [{ type: "reasoning", text: "", state }] }] as const;
    expect(hosted({ preset: "openrouter" }).provider.affinity?.({ messages })).toBe("acme");
    expect(hosted({ preset: "groq" }).provider.affinity?.({ messages })).toBeUndefined();
  });
});

describe("a host's other doors", () => {
  const json = (body: unknown) => ({
    headers: { "content-type": "application/json" },
    chunks: [Buffer.from(JSON.stringify(body))],
  });

  it("embeddings in any order; figures that are none are refused", async () => {
    const { vendor, provider } = hosted({ preset: "together" });
    const { call } = callOf(provider, { mode: "complete", model });
    const embed = (data: unknown, usage: unknown = { prompt_tokens: 4 }) => {
      vendor.reply = json({ data, model: "e", usage });
      return provider.embed?.({ ...call, input: ["a", "b"], dimensions: 2 });
    };
    const [one, two] = [
      { index: 1, embedding: [0.5, 1] },
      { index: 0, embedding: [0.25, 2] },
    ];
    const result = await embed([one, two]);
    expect(result?.vectors.map((vector) => [...vector])).toEqual([
      [0.25, 2],
      [0.5, 1],
    ]);
    expect(result?.usage.input.total).toBe(4);
    expect(JSON.parse(vendor.asked[0]?.body ?? "{}")).toEqual({
      model: "m",
      input: ["a", "b"],
      encoding_format: "float",
      dimensions: 2,
    });
    expect((await embed([one, two], null))?.usage.source).toBe("estimated");
    for (const data of [[one], null, [one, { index: 0, embedding: ["x"] }], [one, { index: 0, embedding: [] }], "no"]) {
      await expect(embed(data)).rejects.toMatchObject({ code: "protocol" });
    }
  });

  it("the list of models, in a wrapper or bare; what is none is refused", async () => {
    const { vendor, provider } = hosted({ preset: "ollama" });
    for (const body of [{ data: [{ id: "a" }, { id: 7 }, { id: "b" }] }, [{ id: "a" }, { id: "b" }]]) {
      vendor.reply = json(body);
      expect(await provider.models?.(new AbortController().signal)).toEqual(["a", "b"]);
    }
    vendor.reply = json({});
    await expect(provider.models?.(new AbortController().signal)).rejects.toMatchObject({ code: "protocol" });
    vendor.reply = { ...json({ error: { message: "no" } }), status: 401 };
    await expect(provider.models?.(new AbortController().signal)).rejects.toMatchObject({
      code: "credential_rejected",
    });
  });

  it("limits in the headers, and the request's id, are told", async () => {
    const { vendor, provider } = hosted({ preset: "groq" });
    vendor.reply = {
      headers: {
        "content-type": "application/json",
        "x-request-id": "req_1",
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "999",
        "x-ratelimit-reset-requests": "2m59.56s",
        "x-ratelimit-limit-tokens": "-5",
        "x-ratelimit-remaining-tokens": "1e9",
      },
      chunks: [Buffer.from(JSON.stringify({ choices: [{ message: { content: "x" }, finish_reason: "stop" }] }))],
    };
    const { facts } = await ask(provider, { mode: "complete", model });
    expect(facts[0]).toEqual({
      type: "response",
      response: { requestId: "req_1" },
      rateLimits: [{ name: "requests", limit: 1_000, remaining: 999, resetAfterMs: 179_560 }],
    });
  });
});

describe("a host is named, or described", () => {
  it("every preset asks its own address with its own key", async () => {
    for (const preset of Object.keys(PRESETS) as PresetName[]) {
      const { vendor, provider } = hosted({ preset });
      await ask(provider, { mode: "complete", model });
      expect(provider.name).toBe(preset);
      expect(vendor.asked[0]?.url).toBe(`${PRESETS[preset].baseURL}/chat/completions`);
      expect(vendor.asked[0]?.headers.get("authorization")).toBe("Bearer key");
    }
  });

  it("without a preset it needs a name and an address", () => {
    expect(() => openaiCompatible({ baseURL: "http://x" } as never)).toThrow(GatewayError);
    expect(() => openaiCompatible({ name: "x" })).toThrow(/baseURL/);
  });

  it("a server of one's own takes no key; a vendor without one is refused before the wire", async () => {
    const vendor = new StubVendor();
    await ask(openaiCompatible({ preset: "vllm", transport: vendor }), { mode: "complete", model });
    expect(vendor.asked[0]?.headers.get("authorization")).toBe("Bearer none");
    const { error } = await ask(openaiCompatible({ preset: "cerebras", transport: vendor }), {
      mode: "complete",
      model,
    });
    expect(error).toMatchObject({ code: "credential_rejected", details: { sent: false } });
    expect(vendor.asked).toHaveLength(1);
  });
});
