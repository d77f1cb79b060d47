/** What is sent for a request, field by field, in both of OpenAI's APIs. */
import { GatewayError, type GenerateRequest, type Message } from "headgate/kit";
import { openai } from "headgate/openai";
import { describe, expect, it } from "vitest";
import { type CallOptions, callOf, KEY, read, vendor } from "./openai-support.ts";

const RESPONSES = JSON.stringify({
  id: "resp_1",
  status: "completed",
  model: "gpt-6",
  output: [],
  usage: { input_tokens: 1, output_tokens: 1 },
});
const CHAT = JSON.stringify({
  id: "c",
  model: "gpt-6",
  choices: [{ index: 0, message: { content: "x" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});

const send = async (request: Partial<GenerateRequest>, options: CallOptions = {}) => {
  const api = options.api ?? "responses";
  const { provider, asked } = vendor({ body: api === "chat" ? CHAT : RESPONSES });
  const call = callOf({ ...options, request });
  const { error } = await read(provider, call);
  const warnings = call.facts.flatMap((fact) => (fact.type === "warning" ? [fact.warning] : []));
  return { body: (asked[0]?.body ?? {}) as Record<string, unknown>, asked: asked[0], error, warnings };
};

const tool = {
  type: "function",
  name: "look",
  description: "Looks",
  input: { name: "look", schema: { type: "object" } },
} as const;
const schema = {
  type: "object",
  properties: { a: { type: "string" } },
  required: ["a"],
  additionalProperties: false,
} as const;
const png = { type: "file", mediaType: "image/png", data: { base64: "AAAA" } } as const;
const own = (data: object) => ({ provider: "openai", model: "gpt-6", account: "openai", data: data as never });

const HISTORY: readonly Message[] = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "see" },
      { ...png, detail: "low" },
    ],
  },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "Hm.", state: own({ id: "rs_1", encrypted: "gAAA" }) },
      {
        type: "reasoning",
        text: "foreign",
        state: { provider: "anthropic", model: "x", account: "y", data: { signature: "s" } },
      },
      { type: "text", text: "I look." },
      { type: "tool-call", id: "call_1", name: "look", input: { at: "it" }, executor: "caller" },
    ],
  },
  {
    role: "tool",
    content: [{ type: "tool-result", id: "call_1", name: "look", output: { type: "json", value: { ok: true } } }],
  },
];

describe("Responses", () => {
  it("nothing is stored, nothing is retried, and the key is where it belongs", async () => {
    const { body, asked } = await send({});
    expect(body).toMatchObject({
      model: "gpt-6",
      store: false,
      include: ["reasoning.encrypted_content"],
      input: [{ role: "user", content: "Hello?" }],
    });
    expect(body).not.toHaveProperty("stream");
    expect(asked?.url).toBe("https://api.openai.com/v1/responses");
    expect(asked?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect(asked?.headers.get("x-stainless-retry-count")).toBe("0");
    // The SDK hands the call's own clock for connecting on to the transport.
    expect(asked?.connectMs).toBe(5_000);
  });

  it("a history: instructions, images, own reasoning, calls and results; foreign state is left out with a warning", async () => {
    const { body, warnings } = await send({ messages: HISTORY });
    expect(body["instructions"]).toBe("Be brief.");
    expect(body["input"]).toEqual([
      {
        role: "user",
        content: [
          { type: "input_text", text: "see" },
          { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
        ],
      },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }], encrypted_content: "gAAA" },
      { role: "assistant", content: "I look." },
      { type: "function_call", call_id: "call_1", name: "look", arguments: '{"at":"it"}' },
      { type: "function_call_output", call_id: "call_1", output: '{"ok":true}' },
    ]);
    expect(warnings).toMatchObject([{ code: "state_dropped" }]);
  });

  it.each<readonly [string, Partial<GenerateRequest>, object]>([
    [
      "tools",
      { tools: [tool] },
      {
        tools: [
          { type: "function", name: "look", description: "Looks", parameters: { type: "object" }, strict: false },
        ],
      },
    ],
    [
      "a forced tool",
      { tools: [tool], toolChoice: { tool: "look" } },
      { tool_choice: { type: "function", name: "look" } },
    ],
    [
      "any tool, one at a time",
      { tools: [tool], toolChoice: "required", parallelToolCalls: false },
      { tool_choice: "required", parallel_tool_calls: false },
    ],
    [
      "a vendor's tool",
      {
        tools: [{ type: "provider", provider: "openai", name: "web_search", options: { search_context_size: "low" } }],
      },
      { tools: [{ type: "web_search", search_context_size: "low" }] },
    ],
    [
      "an output schema, strict",
      { output: { name: "answer", schema } },
      { text: { format: { type: "json_schema", name: "answer", schema, strict: true } } },
    ],
    [
      "an open schema, not strict",
      { output: { name: "answer", schema: { type: "object", additionalProperties: { type: "number" } } } },
      { text: { format: { strict: false } } },
    ],
    ["the output limit", { maxOutputTokens: 100 }, { max_output_tokens: 100 }],
    [
      "reasoning",
      { reasoning: { effort: "high", summary: "auto" } },
      { reasoning: { effort: "high", summary: "auto" } },
    ],
    ["the user", { user: "u1" }, { safety_identifier: "u1" }],
    ["a conversation's cache", { conversation: "c1" }, { prompt_cache_key: "c1" }],
    ["a cache key", { promptCache: { key: "k" }, conversation: "c1" }, { prompt_cache_key: "k" }],
    [
      "options of its own",
      { providerOptions: { serviceTier: "flex", verbosity: "low", body: { truncation: "auto" } } },
      { service_tier: "flex", text: { verbosity: "low" }, truncation: "auto" },
    ],
    [
      "a PDF",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "file", mediaType: "application/pdf", filename: "a.pdf", data: { bytes: new Uint8Array([1]) } },
            ],
          },
        ],
      },
      {
        input: [
          { content: [{ type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AQ==" }] },
        ],
      },
    ],
  ])("%s", async (_what, request, expected) => {
    const { body, error } = await send(request);
    expect(error).toBeUndefined();
    expect(body).toMatchObject(expected);
  });

  it("promptCache off sends no key", async () => {
    expect((await send({ conversation: "c1", promptCache: "off" })).body).not.toHaveProperty("prompt_cache_key");
  });

  it.each([
    "stop",
    "seed",
    "topK",
    "presencePenalty",
    "frequencyPenalty",
    "temperature",
    "topP",
  ] as const)("%s is dropped with a warning, or refused where strict", async (name) => {
    const value = name === "stop" ? ["x"] : 1;
    const { body, warnings } = await send({ [name]: value });
    expect(JSON.stringify(body)).not.toContain(name === "topP" ? "top_p" : name);
    expect(warnings).toMatchObject([{ code: "parameter_dropped", path: name }]);
    const strict = await send({ [name]: value, strict: true });
    expect(GatewayError.is(strict.error, "unsupported")).toBe(true);
    expect(strict.asked).toBeUndefined();
  });

  it("temperature goes to a model that takes it", async () => {
    const { body, warnings } = await send(
      { temperature: 0.2, topP: 0.9 },
      { model: { capabilities: { temperature: true } } },
    );
    expect([body["temperature"], body["top_p"], warnings]).toEqual([0.2, 0.9, []]);
  });

  it("what cannot be sent is unsupported, before the wire", async () => {
    const file = (mediaType: string, data: object) =>
      ({ messages: [{ role: "user", content: [{ type: "file", mediaType, data: data as never }] }] }) as const;
    for (const request of [
      file("audio/wav", { base64: "x" }),
      file("image/png", { fileId: "f", provider: "anthropic" }),
      { tools: [{ type: "provider", provider: "x", name: "y" }] } as const,
    ]) {
      const { error, asked } = await send(request);
      expect(GatewayError.is(error, "unsupported")).toBe(true);
      expect(asked).toBeUndefined();
    }
  });
});

describe("Chat Completions", () => {
  const chat = { api: "chat" } as const;

  it("a history in its own shape", async () => {
    const { body, asked } = await send({ messages: HISTORY }, chat);
    expect(asked?.url).toBe("https://api.openai.com/v1/chat/completions");
    expect(body["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: "I look.",
        tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"it"}' } }],
      },
      { role: "tool", tool_call_id: "call_1", content: '{"ok":true}' },
    ]);
  });

  it.each<readonly [string, Partial<GenerateRequest>, object]>([
    [
      "tools",
      { tools: [tool], toolChoice: { tool: "look" } },
      {
        tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
        tool_choice: { type: "function", function: { name: "look" } },
      },
    ],
    [
      "an output schema",
      { output: { name: "answer", schema } },
      { response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } } },
    ],
    ["the output limit", { maxOutputTokens: 100 }, { max_completion_tokens: 100 }],
    ["reasoning", { reasoning: { effort: "low" } }, { reasoning_effort: "low" }],
    ["a seed", { seed: 7 }, { seed: 7 }],
    [
      "sound",
      { messages: [{ role: "user", content: [{ type: "file", mediaType: "audio/mpeg", data: { base64: "AA" } }] }] },
      { messages: [{ content: [{ type: "input_audio", input_audio: { data: "AA", format: "mp3" } }] }] },
    ],
    [
      "a call without words",
      {
        messages: [
          { role: "user", content: "x" },
          { role: "assistant", content: [{ type: "tool-call", id: "c", name: "look", input: {}, executor: "caller" }] },
        ],
      },
      { messages: [{}, { content: null }, { role: "tool", content: "Error: No result." }] },
    ],
  ])("%s", async (_what, request, expected) => {
    const { body, error } = await send(request, chat);
    expect(error).toBeUndefined();
    expect(body).toMatchObject(expected);
  });

  it("stop and penalties go to models that do not reason", async () => {
    const plain = { ...chat, model: { capabilities: {} } };
    const { body } = await send({ stop: ["x"], presencePenalty: 1, temperature: 1 }, plain);
    expect(body).toMatchObject({ stop: ["x"], presence_penalty: 1, temperature: 1 });
    expect((await send({ stop: ["x"] }, chat)).warnings).toMatchObject([{ code: "parameter_dropped", path: "stop" }]);
  });

  it("streams ask for usage", async () => {
    const { body } = await send({}, { ...chat, mode: "stream" });
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });
});

describe("usage and refusals as OpenAI tells them", () => {
  it("cached, written and reasoning tokens are parts of the totals, each counted once", async () => {
    const usage = {
      input_tokens: 100,
      input_tokens_details: {
        cached_tokens: 60,
        cache_write_tokens: 20,
        cache_write_tokens_details: { ttl_30m: 15, ttl_12h: 5 },
      },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 30 },
    };
    const { provider } = vendor({ body: JSON.stringify({ status: "completed", output: [], usage }) });
    const { finish } = await read(provider, callOf());
    expect(finish?.usage).toEqual({
      input: { total: 100, uncached: 20, cacheRead: 60, cacheWrite: 20 },
      output: { total: 50, reasoning: 30 },
      meters: { "cacheWrite.30m": 15, "cacheWrite.12h": 5 },
      source: "reported",
    });
  });

  it.each([-5, 1e308, Number.NaN, "7", null, 1.5])("X6: input tokens of %s are not believed", async (tokens) => {
    const { provider } = vendor({
      body: JSON.stringify({ status: "completed", output: [], usage: { input_tokens: tokens, output_tokens: 1 } }),
    });
    const { finish } = await read(provider, callOf());
    expect(finish?.usage.source).toBe("estimated");
  });

  it.each([
    [400, { code: "context_length_exceeded", type: "invalid_request_error" }, "context_overflow", "model"],
    [400, { code: "unsupported_parameter", type: "invalid_request_error" }, "unsupported", "model"],
    [
      400,
      {
        code: null,
        type: "invalid_request_error",
        message: "Unsupported parameter: 'temperature' is not supported with this model.",
      },
      "unsupported",
      "model",
    ],
    [400, { code: "content_filter", type: "invalid_request_error" }, "refused", undefined],
    [400, { code: "invalid_value", type: "invalid_request_error" }, "invalid_request", undefined],
    [401, { code: "invalid_api_key", type: "invalid_request_error" }, "credential_rejected", "credential"],
    [
      403,
      { code: "unsupported_country_region_territory", type: "request_forbidden" },
      "credential_rejected",
      "credential",
    ],
    [404, { code: "model_not_found", type: "invalid_request_error" }, "model_not_found", "model"],
    [409, { code: null, type: "conflict" }, "server_error", "provider"],
    [429, { code: "rate_limit_exceeded", type: "tokens" }, "rate_limited", "account"],
    [429, { code: "insufficient_quota", type: "insufficient_quota" }, "quota_exhausted", "account"],
    [429, { code: "credit_balance_exhausted", type: "insufficient_quota" }, "quota_exhausted", "account"],
    [429, { code: "slow_down", type: "server_error" }, "overloaded", "model"],
    [500, { code: "server_error", type: "server_error" }, "server_error", "provider"],
    [503, { code: "server_is_overloaded", type: "service_unavailable_error" }, "overloaded", "model"],
    [520, {}, "server_error", "provider"],
  ])("%s %o → %s, reaching %s", async (status, error, code, scope) => {
    for (const mode of ["complete", "stream"] as const) {
      const { provider } = vendor({
        status,
        body: JSON.stringify({ error }),
        headers: { "retry-after": "3", "x-request-id": "req_9" },
      });
      const told = (await read(provider, callOf({ mode }))).error;
      if (!GatewayError.is(told)) throw told;
      expect([told.code, told.scope, told.status, told.retryAfterMs]).toEqual([code, scope, status, 3_000]);
      expect("requestId" in told.details && told.details.requestId).toBe("req_9");
    }
  });

  it("an SDK client of one's own is taken as it is, and is still not allowed to retry", async () => {
    const seen: { path: string; options: Record<string, unknown> }[] = [];
    const client = {
      get: () => ({ asResponse: async () => Response.json({ data: [] }) }),
      post(path: string, options: object) {
        seen.push({ path, options: options as Record<string, unknown> });
        return { asResponse: async () => Response.json(JSON.parse(RESPONSES)) };
      },
    };
    await read(openai({ client }), callOf());
    expect(seen).toMatchObject([{ path: "/responses", options: { maxRetries: 0 } }]);
  });
});
