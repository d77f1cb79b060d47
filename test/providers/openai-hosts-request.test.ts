/** What is sent to hosts that speak Chat Completions: every feature carried as the preset has it, or its loss told. */
import { type Feature, GatewayError, type GenerateRequest, type Message, type Warning } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible, PRESETS, type PresetName } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { ask, StubVendor } from "./replay.ts";

const capable = { tool_call: true, reasoning: true, temperature: true, stop: true, structured_output: true };
const model = { name: "m", id: "m", capabilities: capable, limit: {}, options: {} };
type Body = Record<string, unknown>;

const hosted = (preset: PresetName | "openai" | "chat") => {
  const vendor = new StubVendor();
  const provider =
    preset === "openai" || preset === "chat"
      ? openai({ apiKey: "k", transport: vendor, api: preset === "chat" ? "chat" : "responses" })
      : openaiCompatible({ preset, apiKey: "k", transport: vendor });
  return { vendor, provider };
};

const send = async (preset: PresetName | "openai" | "chat", request: Partial<GenerateRequest>, more: object = {}) => {
  const { vendor, provider } = hosted(preset);
  const { error, facts } = await ask(provider, { mode: "complete", model: { ...model, ...more }, request });
  const warnings = facts.flatMap((fact): Warning[] => (fact.type === "warning" ? [fact.warning] : []));
  const [asked] = vendor.asked;
  return { body: asked && (JSON.parse(asked.body) as Body), warnings, error };
};

const schema = {
  type: "object",
  properties: { a: { type: "string" } },
  required: ["a"],
  additionalProperties: false,
} as const;
const tool = { type: "function", name: "look", input: { name: "look", schema } } as const;
const user = (...content: Extract<Message, { role: "user" }>["content"][number][]): Partial<GenerateRequest> => ({
  messages: [{ role: "user", content: content as never }],
});
const png = { type: "file", mediaType: "image/png", data: { base64: "AAAA" } } as const;
const called: Message = {
  role: "assistant",
  content: [{ type: "tool-call", id: "call_1", name: "look", input: {}, executor: "caller" }],
};
const result = (output: unknown, isError = false): Partial<GenerateRequest> => ({
  messages: [
    { role: "user", content: "x" },
    called,
    { role: "tool", content: [{ type: "tool-result", id: "call_1", name: "look", output: output as never, isError }] },
  ],
});

/** A wish for each feature, and where in the body it is seen. */
const WISHES: Readonly<Partial<Record<Feature, readonly [Partial<GenerateRequest>, RegExp]>>> = {
  image: [user(png), /image\/png;base64,AAAA/],
  pdf: [user({ type: "file", mediaType: "application/pdf", data: { base64: "JVBE" } }), /JVBE/],
  audio: [user({ type: "file", mediaType: "audio/wav", data: { base64: "UklG" } }), /UklG/],
  video: [user({ type: "file", mediaType: "video/mp4", data: { base64: "AAAA" } }), /video/],
  tools: [{ tools: [tool] }, /"name":"look"/],
  tool_choice: [{ tools: [tool], toolChoice: { tool: "look" } }, /"tool_choice":/],
  parallel_switch: [{ tools: [tool], parallelToolCalls: false }, /"parallel_tool_calls":false/],
  result_files: [result({ type: "parts", parts: [png] }), /image\/png;base64,AAAA/],
  result_errors: [result("gone", true), /Error: gone/],
  strict_tools: [{ tools: [{ ...tool, strict: true }] }, /"strict":true/],
  provider_tools: [{ tools: [{ type: "provider", provider: "openai", name: "web_search" }] }, /web_search/],
  output_schema: [{ output: { name: "answer", schema } }, /"json_schema"/],
  reasoning_effort: [{ reasoning: { effort: "high" } }, /"high"|"enabled"/],
  reasoning_budget: [{ reasoning: { budgetTokens: 2_048 } }, /2048/],
  prompt_cache: [{ promptCache: { key: "k1" } }, /"k1"/],
  temperature: [{ temperature: 0.2 }, /"temperature":0.2/],
  top_p: [{ topP: 0.9 }, /"top_p":0.9/],
  top_k: [{ topK: 40 }, /"top_k":40/],
  stop: [{ stop: ["END"] }, /"stop":\["END"\]/],
  seed: [{ seed: 7 }, /"(random_)?seed":7/],
  penalties: [{ presencePenalty: 0.1, frequencyPenalty: 0.2 }, /penalty":0.1.*penalty":0.2/],
  user: [{ user: "u-1" }, /"u-1"/],
};

describe.each([...(Object.keys(PRESETS) as PresetName[]), "openai", "chat"] as const)("%s", (preset) => {
  const { features = [] } = hosted(preset).provider;
  it.each(
    Object.entries(WISHES),
  )("%s: carried without a word where it is listed, told where it is not", async (feature, [request, seen]) => {
    const { body, warnings, error } = await send(preset, request);
    const isListed = features.includes(feature as Feature);
    const isRefused = GatewayError.is(error, "unsupported");
    if (isListed) {
      expect(isRefused).toBe(false);
      expect(warnings).toEqual([]);
      expect(JSON.stringify(body)).toMatch(seen);
    } else {
      expect(isRefused || warnings.length > 0, "lost unseen").toBe(true);
      if (isRefused) expect(body).toBeUndefined();
    }
  });
});

describe("every host's own way", () => {
  it.each<readonly [PresetName, Partial<GenerateRequest>, object]>([
    [
      "mistral",
      { tools: [tool], toolChoice: "required", seed: 7, maxOutputTokens: 9 },
      { tool_choice: "any", random_seed: 7, max_tokens: 9 },
    ],
    ["groq", { maxOutputTokens: 9 }, { max_completion_tokens: 9 }],
    ["deepseek", { reasoning: { effort: "none" } }, { thinking: { type: "disabled" } }],
    [
      "openrouter",
      { reasoning: { budgetTokens: 2_000, summary: "none" } },
      { reasoning: { max_tokens: 2_000, exclude: true }, usage: { include: true } },
    ],
    ["vllm", { topK: 5 }, { top_k: 5 }],
  ])("%s", async (preset, request, expected) => {
    expect((await send(preset, request)).body).toMatchObject(expected);
  });

  it("Mistral's ids of calls are nine letters and digits, the same for a call and its result", async () => {
    const { body } = await send("mistral", result("seen"));
    const [, asked, answered] = body?.["messages"] as readonly {
      tool_calls: { id: string }[];
      tool_call_id: string;
      content: unknown;
    }[];
    expect(asked?.tool_calls[0]?.id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(answered?.tool_call_id).toBe(asked?.tool_calls[0]?.id);
    // And it wants text where others take null.
    expect(asked?.content).toBe("");
  });

  it("OpenAI's ids are of at most 40 characters in one API, and of 64 in the other", async () => {
    const long = (length: number): Partial<GenerateRequest> =>
      JSON.parse(JSON.stringify(result("seen")).replaceAll("call_1", "x".repeat(length)));
    const ids = async (api: "openai" | "chat", length: number) =>
      JSON.stringify((await send(api, long(length))).body).match(/"(?:call_id|tool_call_id)":"(\w+)"/)?.[1]?.length;
    expect([await ids("chat", 40), await ids("chat", 41)]).toEqual([40, 9]);
    expect([await ids("openai", 64), await ids("openai", 65)]).toEqual([64, 9]);
  });

  it("DeepSeek is told of a schema in words, and held to JSON", async () => {
    const { body, warnings } = await send("deepseek", { output: { name: "answer", schema } });
    expect(body).toMatchObject({ response_format: { type: "json_object" } });
    expect(JSON.stringify(body?.["messages"])).toContain("JSON Schema");
    expect(warnings).toMatchObject([{ code: "schema_changed" }]);
  });

  it("a host that chooses by itself is not told of tools that must not be called", async () => {
    const { body, warnings } = await send("ollama", { tools: [tool], toolChoice: "none" });
    expect(body).not.toHaveProperty("tools");
    expect(warnings).toEqual([]);
  });

  it("what cannot be carried is refused where that was asked for", async () => {
    for (const request of [{ user: "u" }, { topK: 1 }, { seed: 1 }, { parallelToolCalls: false, tools: [tool] }]) {
      const { error, body } = await send("deepseek", { ...request, strict: true });
      expect(GatewayError.is(error, "unsupported"), JSON.stringify(request)).toBe(true);
      expect(body).toBeUndefined();
    }
  });

  it("files by address, by bytes, by another's id", async () => {
    const url = "https://a.test/b.png";
    const at = { ...png, data: { url } };
    expect(JSON.stringify((await send("groq", user(at))).body)).toContain(url);
    expect((await send("ollama", user(at))).error).toMatchObject({ code: "unsupported" });
    expect((await send("deepseek", user(png))).error).toMatchObject({ code: "unsupported" });
    const held = { ...png, data: { fileId: "f", provider: "openai" } } as const;
    expect(JSON.stringify((await send("openai", user(held))).body)).toContain('"file_id":"f"');
    expect((await send("chat", user(held))).error).toMatchObject({ code: "unsupported" });
    const pdf = { type: "file", mediaType: "application/pdf", data: { fileId: "f", provider: "openai" } } as const;
    expect(JSON.stringify((await send("chat", user(pdf))).body)).toContain('"file_id":"f"');
    const bytes = { type: "file", mediaType: "image/png", data: { bytes: new Uint8Array([0, 0, 0]) } } as const;
    expect(JSON.stringify((await send("chat", user(bytes))).body)).toContain("base64,AAAA");
  });

  it("options of the host's own, of the registry and of the call: the call's win", async () => {
    const options = { body: { top_logprobs: 2, custom: 1 } };
    const { body } = await send(
      "vllm",
      { providerOptions: { body: { custom: 2 }, serviceTier: "x", store: true, metadata: { a: "b" } } },
      { options },
    );
    expect(body).toMatchObject({ top_logprobs: 2, custom: 2, service_tier: "x", store: true, metadata: { a: "b" } });
  });
});

describe("OpenAI, both APIs", () => {
  it.each([
    "openai",
    "chat",
  ] as const)("%s: names of tools in a history are made to fit; schemas that are none are refused", async (api) => {
    const history = JSON.parse(JSON.stringify(result("seen")).replaceAll('"look"', '"my.tool/one"'));
    const { body } = await send(api, history);
    expect(JSON.stringify(body)).toContain('"name":"my_tool_one"');
    const union = { ...tool, input: { name: "look", schema: { anyOf: [schema, schema] } } };
    expect((await send(api, { tools: [union] })).error).toMatchObject({ code: "unsupported" });
    const open = { ...tool, input: { name: "look", schema: {} } };
    expect(JSON.stringify((await send(api, { tools: [open] })).body)).toContain('"parameters":{"type":"object"}');
  });

  it.each([
    "openai",
    "chat",
  ] as const)("%s: a schema that strict mode cannot express is sent without it, and told", async (api) => {
    const open = { type: "object", properties: {}, additionalProperties: { type: "string" } } as const;
    const { body, warnings } = await send(api, {
      tools: [{ ...tool, strict: true, input: { name: "look", schema: open } }],
    });
    expect(JSON.stringify(body)).not.toContain('"strict":true');
    expect(warnings).toMatchObject([{ code: "schema_changed", path: "tools[0].input" }]);
  });

  it("a cache's lifetime and its marks go where the model takes them", async () => {
    const marked: Partial<GenerateRequest> = {
      messages: [
        { role: "system", content: [{ type: "text", text: "Long.", promptCache: {} }] },
        { role: "user", content: [{ type: "text", text: "See.", promptCache: { ttlMs: 3_600_000 } }] },
      ],
      promptCache: { key: "k", ttlMs: 1_800_000 },
    };
    const { body, warnings } = await send("openai", marked, { options: { cacheOptions: true } });
    expect(warnings).toEqual([]);
    expect(body).toMatchObject({
      prompt_cache_key: "k",
      prompt_cache_options: { ttl: "30m" },
      input: [
        { role: "developer", content: [{ text: "Long.", prompt_cache_breakpoint: { mode: "explicit" } }] },
        { role: "user", content: [{ text: "See.", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }] },
      ],
    });
    const older = await send("openai", marked);
    expect(JSON.stringify(older.body)).not.toMatch(/prompt_cache_(options|breakpoint)/);
    expect(older.body).toMatchObject({ instructions: "Long.", prompt_cache_key: "k" });
    expect(older.warnings).toMatchObject([{ path: "promptCache.ttlMs" }]);
  });

  it("reasoning that led to nothing is left out, and so is that of another account", async () => {
    const state = (account: string) => ({
      provider: "openai",
      model: "m",
      account,
      data: { id: "rs_1", encrypted: "g" },
    });
    const history = (account: string, ...rest: object[]): Partial<GenerateRequest> => ({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: [{ type: "reasoning", text: "Hm.", state: state(account) }, ...rest] as never },
        { role: "user", content: "go on" },
      ],
    });
    const said = { type: "text", text: "So." };
    const kept = await send("openai", history("openai", said));
    expect([JSON.stringify(kept.body).includes("rs_1"), kept.warnings]).toEqual([true, []]);
    for (const request of [history("openai"), history("other", said)]) {
      const { body, warnings } = await send("openai", request);
      expect(JSON.stringify(body)).not.toContain("rs_1");
      expect(warnings).toMatchObject([{ code: "state_dropped" }]);
    }
  });

  it("a limit below what the API takes is raised to it, and told", async () => {
    const { body, warnings } = await send("openai", { maxOutputTokens: 5 });
    expect([body?.["max_output_tokens"], warnings[0]?.path]).toEqual([16, "maxOutputTokens"]);
  });

  it("an answer begun for the model is sent as a turn, and told", async () => {
    const messages: readonly Message[] = [
      { role: "user", content: "x" },
      { role: "assistant", content: "Dear" },
    ];
    for (const api of ["openai", "chat", "mistral"] as const) {
      const { body, warnings } = await send(api, { messages });
      expect(JSON.stringify(body)).toContain('"Dear"');
      expect(warnings).toMatchObject([{ path: "messages[1]" }]);
    }
  });
});
