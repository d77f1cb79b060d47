import { anthropic } from "headgate/anthropic";
import { type ContentEvent, GatewayError, type ProviderFact } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { costNanoUsd } from "../../src/policy/price.ts";
import { answer, callOf, KEY, message, read, sse, vendor } from "./anthropic-support.ts";

const stream = { mode: "stream" } as const;
const state = (data: object) => ({ provider: "anthropic", model: "claude-opus-5", account: "anthropic", data });

const cited = {
  type: "web_search_result_location",
  url: "https://example.com",
  title: "A page",
  cited_text: "so it is",
  encrypted_index: "e1",
};
const found = [{ type: "web_search_result", url: "https://example.com", title: "A page", encrypted_content: "e2" }];

/** One block of each kind: whole, and as the pieces that it is streamed in. */
const BLOCKS: readonly { readonly whole: object; readonly start?: object; readonly deltas?: readonly object[] }[] = [
  {
    whole: { type: "thinking", thinking: "Let me see.", signature: "sig" },
    start: { type: "thinking", thinking: "", signature: "" },
    deltas: [
      { type: "thinking_delta", thinking: "Let me " },
      { type: "thinking_delta", thinking: "see." },
      { type: "signature_delta", signature: "sig" },
    ],
  },
  { whole: { type: "redacted_thinking", data: "dark" } },
  {
    whole: { type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "why" } },
    start: { type: "server_tool_use", id: "srv_1", name: "web_search", input: {} },
    deltas: [
      { type: "input_json_delta", partial_json: '{"query":' },
      { type: "input_json_delta", partial_json: '"why"}' },
    ],
  },
  { whole: { type: "web_search_tool_result", tool_use_id: "srv_1", content: found } },
  {
    whole: {
      type: "web_fetch_tool_result",
      tool_use_id: "srv_of_before",
      content: { type: "web_fetch_tool_result_error", error_code: "unavailable" },
    },
  },
  {
    whole: { type: "text", text: "So it is.", citations: [cited] },
    start: { type: "text", text: "", citations: [] },
    deltas: [
      { type: "text_delta", text: "So " },
      { type: "citations_delta", citation: cited },
      { type: "text_delta", text: "it is." },
    ],
  },
  { whole: { type: "something_new", text: "?" } },
  {
    whole: {
      type: "tool_use",
      id: "toolu_1",
      name: "weather",
      input: { city: "Rome" },
      caller: { type: "code_execution_20260521", tool_id: "srv_1" },
    },
    start: {
      type: "tool_use",
      id: "toolu_1",
      name: "weather",
      input: {},
      caller: { type: "code_execution_20260521", tool_id: "srv_1" },
    },
    deltas: [{ type: "input_json_delta", partial_json: '{"city":"Rome"}' }],
  },
  {
    whole: { type: "tool_use", id: "toolu_2", name: "now", input: {}, caller: { type: "direct" } },
    deltas: [{ type: "input_json_delta", partial_json: "" }],
  },
  { whole: { type: "container_upload", file_id: "file_1" } },
];

const PARTS = [
  { type: "reasoning", text: "Let me see.", state: state({ signature: "sig" }) },
  { type: "reasoning", text: "", state: state({ redacted: "dark" }) },
  {
    type: "tool-call",
    id: "srv_1",
    name: "web_search",
    input: { query: "why" },
    executor: "vendor",
    state: state({ type: "server_tool_use" }),
  },
  {
    type: "tool-result",
    id: "srv_1",
    name: "web_search",
    output: { type: "json", value: found },
    executor: "vendor",
    state: state({ type: "web_search_tool_result" }),
  },
  {
    type: "tool-result",
    id: "srv_of_before",
    name: "web_fetch",
    output: { type: "json", value: { type: "web_fetch_tool_result_error", error_code: "unavailable" } },
    isError: true,
    executor: "vendor",
    state: state({ type: "web_fetch_tool_result" }),
  },
  { type: "text", text: "So it is.", state: state({ citations: [cited] }) },
  { type: "source", url: "https://example.com", title: "A page", quote: "so it is", citedBy: 5 },
  {
    type: "tool-call",
    id: "toolu_1",
    name: "weather",
    input: { city: "Rome" },
    executor: "caller",
    state: state({ caller: { type: "code_execution_20260521", tool_id: "srv_1" } }),
  },
  { type: "tool-call", id: "toolu_2", name: "now", input: {}, executor: "caller" },
  { type: "file", mediaType: "application/octet-stream", data: { fileId: "file_1", provider: "anthropic" } },
];

const start = (usage: object = { input_tokens: 10, output_tokens: 1 }) => ({
  type: "message_start",
  message: { ...message([]), stop_reason: null, usage },
});
const stop = (reason: string | null, usage: object = { output_tokens: 5 }, more: object = {}) => ({
  type: "message_delta",
  delta: { stop_reason: reason, stop_sequence: null, ...more },
  usage,
});
const end = { type: "message_stop" };
const pieces = BLOCKS.flatMap(({ whole, start: opening, deltas = [] }, index) => [
  { type: "content_block_start", index, content_block: opening ?? whole },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index },
]);
const text = (words: string, index = 0) => [
  { type: "content_block_start", index, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index, delta: { type: "text_delta", text: words } },
  { type: "content_block_stop", index },
];
const cutCall = [
  { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", name: "n", input: {} } },
  { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"a":' } },
  { type: "content_block_stop", index: 0 },
];

const indexes = (events: readonly ContentEvent[], type: string): number[] =>
  events.flatMap((event) => (event.type === type && "index" in event ? [event.index] : []));

describe("an answer of Anthropic", () => {
  it("has the same parts whole and streamed", async () => {
    const whole = await answer({ body: JSON.stringify(message(BLOCKS.map((block) => block.whole))) });
    const streamed = await answer({ body: sse([start(), ...pieces, stop("end_turn"), end]) }, callOf({}, stream));
    expect(whole.parts).toEqual(PARTS);
    expect(streamed.parts).toEqual(PARTS);
    expect(streamed.finish).toEqual(whole.finish);
  });

  it("numbers its parts in their order, without gaps", async () => {
    const { events } = await answer({ body: sse([start(), ...pieces, stop("end_turn"), end]) }, callOf({}, stream));
    expect(indexes(events, "part-start")).toEqual(PARTS.map((_, index) => index));
    expect(indexes(events, "part-end")).toEqual(PARTS.map((_, index) => index));
  });

  it("goes back into the history as it came", async () => {
    const { parts } = await answer({ body: JSON.stringify(message(BLOCKS.map((block) => block.whole))) });
    const { transport, asked } = vendor({ body: JSON.stringify(message([])) });
    const call = callOf({
      messages: [
        { role: "user", content: "Why?" },
        { role: "assistant", content: parts },
        { role: "user", content: "Go on." },
      ],
    });
    await read(anthropic({ apiKey: KEY, transport }).generate(call));
    const [, turn, results] = asked[0]!.body["messages"] as { content: object[] }[];
    expect(results?.content.map((block) => "type" in block && block.type)).toEqual([
      "tool_result",
      "tool_result",
      "text",
    ]);
    const known = BLOCKS.map((block) => block.whole as { type: string; caller?: { type: string } });
    const expected = known
      // The fetch's call was in an earlier answer, which is not in this history: the vendor refuses a result alone.
      .filter(({ type }) => !["something_new", "container_upload", "web_fetch_tool_result"].includes(type))
      .map((block) => (block.caller?.type === "direct" ? { ...block, caller: undefined } : block));
    expect(turn!.content).toEqual(expected.map((block) => JSON.parse(JSON.stringify(block))));
  });

  it("takes whole blocks that come with the beginning", async () => {
    const opening = start();
    const content = [{ type: "tool_use", id: "t", name: "n", input: { a: 1 } }];
    const body = sse([{ ...opening, message: { ...opening.message, content } }, stop("tool_use"), end]);
    const { parts } = await answer({ body }, callOf({}, stream));
    expect(parts).toEqual([{ type: "tool-call", id: "t", name: "n", input: { a: 1 }, executor: "caller" }]);
  });

  it("takes a call's input that came whole with its beginning", async () => {
    const block = { type: "tool_use", id: "t", name: "n", input: { a: 1 } };
    const body = sse([
      start(),
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_stop", index: 0 },
      stop("tool_use"),
      end,
    ]);
    expect((await answer({ body }, callOf({}, stream))).parts).toMatchObject([{ input: { a: 1 } }]);
  });

  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["tool_use", "tool-calls"],
    ["refusal", "refusal"],
    ["pause_turn", "other"],
    ["constructor", "other"],
    ["something_new", "other"],
  ])("that stops for %s finishes with %s", async (raw, finishReason) => {
    const whole = await answer({ body: JSON.stringify(message([], { stop_reason: raw })) });
    const streamed = await answer({ body: sse([start(), stop(raw), end]) }, callOf({}, stream));
    expect(whole.finish).toMatchObject({ finishReason, rawFinishReason: raw });
    expect(streamed.finish).toMatchObject({ finishReason, rawFinishReason: raw });
  });

  it("that is refused says the category", async () => {
    const details = { type: "refusal", category: "bio", explanation: "Not this." };
    const { parts, finish } = await answer({
      body: JSON.stringify(message([], { stop_reason: "refusal", stop_details: details })),
    });
    expect(parts).toEqual([{ type: "refusal", text: "Not this.", category: "bio" }]);
    expect(finish?.providerMetadata).toEqual({ stop_details: details });
  });

  it("that was cut by its length loses the call that was cut, with a warning", async () => {
    const call = callOf({}, stream);
    const { parts, finish, error } = await answer({ body: sse([start(), ...cutCall, stop("max_tokens"), end]) }, call);
    expect(error).toBeUndefined();
    expect(parts).toEqual([]);
    expect(finish?.finishReason).toBe("length");
    expect(call.warnings.map(({ code }) => code)).toEqual(["tool_call_incomplete"]);
  });

  it("with a call that is not JSON for no reason is invalid_output", async () => {
    const { error } = await answer({ body: sse([start(), ...cutCall, stop("tool_use"), end]) }, callOf({}, stream));
    expect(GatewayError.is(error, "invalid_output")).toBe(true);
  });

  it("ignores pings and events of unknown kinds, and reports the vendor alive", async () => {
    const call = callOf({}, stream);
    const odd = [
      { type: "ping" },
      { type: "something_new", index: 0 },
      { type: "content_block_delta", index: 7, delta: { type: "text_delta", text: "x" } },
    ];
    const { text: said, error } = await answer(
      { body: sse([start(), ...odd, ...text("Hi"), stop("end_turn"), end]) },
      call,
    );
    expect([said, error]).toEqual(["Hi", undefined]);
    expect(call.facts.filter(({ type }) => type === "alive")).toHaveLength(1);
  });

  it("keeps what the vendor says and nobody knows, of the message and of its usage", async () => {
    const news = { context_management: { applied_edits: [] }, container: { id: "c_1" }, mood: "good" };
    const used = { input_tokens: 1, output_tokens: 2, service_tier: "priority", gpu_seconds: 3 };
    const whole = await answer({ body: JSON.stringify(message([], { ...news, usage: used })) });
    expect(whole.finish?.providerMetadata).toEqual({ ...news, service_tier: "priority", gpu_seconds: 3 });
    const { mood, ...late } = news;
    const opening = start(used);
    const body = sse([
      { ...opening, message: { ...opening.message, mood } },
      stop("end_turn", { output_tokens: 2 }, late),
      end,
    ]);
    expect((await answer({ body }, callOf({}, stream))).finish?.providerMetadata).toEqual(
      whole.finish?.providerMetadata,
    );
  });

  it("that says at its beginning why it will stop is whole only once it has stopped", async () => {
    const opening = start();
    const body = sse([{ ...opening, message: { ...opening.message, stop_reason: "end_turn" } }, ...text("Hi")]);
    expect(GatewayError.is((await answer({ body }, callOf({}, stream))).error, "stream_truncated")).toBe(true);
  });

  it("has the tools of a server of MCP's and of code that ran among its parts, and takes them back", async () => {
    const blocks = [
      { type: "mcp_tool_use", id: "mcptoolu_1", name: "read", server_name: "files", input: { path: "/a" } },
      { type: "mcp_tool_result", tool_use_id: "mcptoolu_1", is_error: true, content: [{ type: "text", text: "no" }] },
      { type: "server_tool_use", id: "srvtoolu_1", name: "bash_code_execution", input: { command: "ls" } },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_1",
        content: { type: "bash_code_execution_result", stdout: "a", stderr: "", return_code: 0, content: [] },
      },
      { type: "text", text: "There is a." },
    ];
    const { parts } = await answer({ body: JSON.stringify(message(blocks)) });
    expect(parts.map((part) => [part.type, "executor" in part && part.executor, "isError" in part])).toEqual([
      ["tool-call", "vendor", false],
      ["tool-result", "vendor", true],
      ["tool-call", "vendor", false],
      ["tool-result", "vendor", false],
      ["text", false, false],
    ]);
    const { transport, asked } = vendor({ body: JSON.stringify(message([])) });
    const user = (content: string) => ({ role: "user", content }) as const;
    const messages = [user("a"), { role: "assistant", content: parts } as const, user("b")];
    await read(anthropic({ apiKey: KEY, transport }).generate(callOf({ messages })));
    expect(asked[0]?.body["messages"]).toMatchObject([{}, { content: blocks }, {}]);
  });

  it("that begins a second time after text is no answer", async () => {
    const second = { ...start(), message: { ...start().message, id: "msg_2" } };
    const { error, text: said } = await answer(
      { body: sse([start(), ...text("Hel"), second, ...text("Hello"), stop("end_turn"), end]) },
      callOf({}, stream),
    );
    expect(GatewayError.is(error, "protocol")).toBe(true);
    expect(said).toBe("Hel");
  });

  it("whose body ends without message_stop is whole if the model had said why it stopped", async () => {
    const { finish, error } = await answer(
      { body: sse([start(), ...text("Hi"), stop("end_turn")]) },
      callOf({}, stream),
    );
    expect([error, finish?.finishReason]).toEqual([undefined, "stop"]);
  });

  it("that goes on after its end is not read further", async () => {
    const { events, error } = await answer(
      { body: `${sse([start(), ...text("Hi"), stop("end_turn"), end])}data: nonsense\n\n` },
      callOf({}, stream),
    );
    expect(error).toBeUndefined();
    expect(events.at(-1)?.type).toBe("finish");
  });

  it.each([
    ["no JSON", "event: x\ndata: nonsense\n\n"],
    ["no object", "event: x\ndata: 7\n\n"],
  ])("with an event that is %s is a protocol error that quotes nothing", async (_, body) => {
    const { error } = await answer({ body }, callOf({}, stream));
    expect(GatewayError.is(error, "protocol")).toBe(true);
    expect(String(error)).not.toContain("nonsense");
  });

  it.each(["7", "{}", '{"type":"message","content":"x"}'])("whose body is %s is a protocol error", async (body) => {
    expect(GatewayError.is((await answer({ body })).error, "protocol")).toBe(true);
  });

  it("whose body breaks off is stream_truncated", async () => {
    const body = JSON.stringify(message([{ type: "text", text: "Hi" }])).slice(0, -30);
    expect(GatewayError.is((await answer({ body })).error, "stream_truncated")).toBe(true);
  });

  it("that is a proxy's page is a protocol error", async () => {
    for (const mode of ["complete", "stream"] as const) {
      const { error } = await answer(
        { body: "<html>Sign in</html>", headers: { "content-type": "text/html" } },
        callOf({}, { mode }),
      );
      expect(GatewayError.is(error, "protocol")).toBe(true);
    }
  });

  it("is streamed in complete mode where the caller wants more than an idle connection outlasts", async () => {
    const { transport, asked } = vendor({ body: sse([start(), ...text("Hi"), stop("end_turn"), end]) });
    const { text: said } = await read(
      anthropic({ apiKey: KEY, transport }).generate(callOf({ maxOutputTokens: 100_000 })),
    );
    expect(said).toBe("Hi");
    expect(asked[0]!.body).toMatchObject({ stream: true, max_tokens: 100_000 });
  });

  it("is not streamed for a large limit of the registry's", async () => {
    const { transport, asked } = vendor({ body: JSON.stringify(message([])) });
    const { error } = await read(
      anthropic({ apiKey: KEY, transport }).generate(callOf({}, { model: { limit: { output: 128_000 } } })),
    );
    expect(error).toBeUndefined();
    expect(asked[0]!.body).not.toHaveProperty("stream");
  });
});

describe("usage at Anthropic", () => {
  const usage = {
    input_tokens: 100,
    cache_read_input_tokens: 2_000,
    cache_creation_input_tokens: 700,
    cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 300 },
    output_tokens: 50,
    output_tokens_details: { thinking_tokens: 20 },
    server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
    service_tier: "standard",
    speed: "fast",
  };
  const expected = {
    // 100 + 2,000 + 700: Anthropic's own `input_tokens` leaves the cache out.
    input: { total: 2_800, uncached: 100, cacheRead: 2_000, cacheWrite: 700 },
    output: { total: 50, reasoning: 20 },
    meters: { "cacheWrite.5m": 400, "cacheWrite.1h": 300, webSearch: 2 },
    source: "reported",
  } as const;

  it("is inclusive, its parts disjoint, its lifetimes and searches metered", async () => {
    const { finish } = await answer({ body: JSON.stringify(message([], { usage })) });
    expect(finish?.usage).toEqual(expected);
    const { server_tool_use, service_tier, speed } = usage;
    expect(finish?.providerMetadata).toEqual({ server_tool_use, service_tier, speed });
  });

  it("costs what the vendor's price list says, worked by hand", async () => {
    const { finish } = await answer({ body: JSON.stringify(message([], { usage })) });
    // USD a million tokens: input 5, output 25, cache read 0.5, cache write 6.25 for five minutes and 10 for an hour;
    // a search costs USD 0.01.
    const price = {
      input: 5,
      output: 25,
      cache_read: 0.5,
      cache_write: 6.25,
      meters: { "cacheWrite.1h": { usd: 0.00001, meterOf: "cacheWrite" }, webSearch: { usd: 0.01 } },
    } as const;
    //   100 × 5      =      500 µ$
    // 2,000 × 0.5    =    1,000 µ$
    //   400 × 6.25   =    2,500 µ$
    //   300 × 10     =    3,000 µ$
    //    50 × 25     =    1,250 µ$ (reasoning is part of the 50)
    //     2 × 10,000 =   20,000 µ$
    //                    28,250 µ$ = 28,250,000 nano-dollars
    expect(costNanoUsd(finish!.usage, price)).toBe(28_250_000);
  });

  it("is told early, and is cumulative: the latest counts, nothing is added", async () => {
    const call = callOf({}, stream);
    const first = { ...usage, output_tokens: 1, output_tokens_details: null };
    const last = { output_tokens: 50, output_tokens_details: { thinking_tokens: 20 }, input_tokens: null };
    const { finish } = await answer(
      { body: sse([start(first), ...text("Hi"), stop(null, { output_tokens: 30 }), stop("end_turn", last), end]) },
      call,
    );
    expect(finish?.usage).toEqual(expected);
    const told = call.facts.filter((fact): fact is ProviderFact & { type: "usage" } => fact.type === "usage");
    expect(told.map((fact) => [fact.usage.input.total, fact.usage.output.total])).toEqual([
      [2_800, 1],
      [2_800, 30],
      [2_800, 50],
    ]);
  });

  it("in message_delta overrides the input of message_start", async () => {
    const body = sse([
      start({ input_tokens: 43, output_tokens: 1 }),
      stop("end_turn", { input_tokens: 61, output_tokens: 2 }),
      end,
    ]);
    expect((await answer({ body }, callOf({}, stream))).finish?.usage.input.total).toBe(61);
  });

  it("counts a summary of the context, which the totals leave out", async () => {
    const iterations = [
      { type: "compaction", input_tokens: 1_000, output_tokens: 200 },
      { type: "message", input_tokens: 100, output_tokens: 50 },
    ];
    const { finish } = await answer({
      body: JSON.stringify(message([], { usage: { input_tokens: 100, output_tokens: 50, iterations } })),
    });
    expect([finish?.usage.input.total, finish?.usage.output.total]).toEqual([1_100, 250]);
  });

  it.each([-1, 1e308, 1.5, "7", null, {}])("X6 a figure of %j moves nothing", async (figure) => {
    const odd = {
      input_tokens: 10,
      output_tokens: figure,
      cache_read_input_tokens: figure,
      cache_creation_input_tokens: figure,
    };
    const { finish } = await answer({ body: JSON.stringify(message([], { usage: odd })) });
    expect(finish?.usage).toMatchObject({ input: { total: 10, cacheRead: 0, cacheWrite: 0 }, output: { total: 0 } });
  });

  it("X6 parts never exceed their total", async () => {
    const odd = {
      input_tokens: 1,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 9 },
      cache_creation_input_tokens: 3,
      cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 8 },
    };
    const { finish } = await answer({ body: JSON.stringify(message([], { usage: odd })) });
    expect(finish?.usage.output).toEqual({ total: 5, reasoning: 5 });
    expect(finish?.usage.meters).toEqual({ "cacheWrite.1h": 3 });
  });

  it("that was never told is an estimate, not a fact", async () => {
    expect((await answer({ body: JSON.stringify(message([], { usage: undefined })) })).finish?.usage.source).toBe(
      "estimated",
    );
  });
});
