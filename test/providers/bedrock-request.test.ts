import type { ConverseCommandInput, ConverseStreamCommandInput } from "@aws-sdk/client-bedrock-runtime";
import { bedrock } from "headgate/bedrock";
import { GatewayError, type GenerateRequest, type Message, type Part } from "headgate/kit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { buildRequest } from "../../providers/bedrock/request.ts";
import { callOf, KEY, LLAMA, MODEL, NOVA, provider, read, sent, vendor, whole } from "./bedrock-support.ts";

const user = (content: string | Extract<Message, { role: "user" }>["content"]): Message => ({ role: "user", content });
const assistant = (...content: Part[]): Message => ({ role: "assistant", content });
const call = (id: string, name = "look"): Part => ({
  type: "tool-call",
  id,
  name,
  input: { at: "sky" },
  executor: "caller",
});
const result = (id: string, output: Extract<Part, { type: "tool-result" }>["output"] = "blue", name = "look") =>
  ({ type: "tool-result", id, name, output }) as const;
const look = {
  type: "function",
  name: "look",
  description: "Looks.",
  input: { name: "look", schema: { type: "object" } },
} as const;
const state = (data: object, account = "bedrock") => ({ provider: "bedrock", model: "m", account, data }) as never;
const png = { type: "file", mediaType: "image/png", data: { base64: "iVBORw0KGgo=" } } as const;
const pdf = {
  type: "file",
  mediaType: "application/pdf",
  filename: "John's report_v2.pdf",
  data: { base64: "JVBERi0=" },
} as const;

const refused = async (request: Partial<GenerateRequest>, model = {}): Promise<GatewayError> => {
  const { transport, asked } = vendor({ body: whole([]) });
  const { error } = await read(provider(transport), callOf(request, { model }));
  if (!GatewayError.is(error)) throw error ?? new Error("it was sent");
  expect(asked).toHaveLength(0);
  return error;
};

describe("the request that Converse gets", () => {
  it("is typed by the SDK's own parameters", () => {
    expectTypeOf(buildRequest).returns.toExtend<ConverseStreamCommandInput>();
    expectTypeOf(buildRequest).returns.toExtend<ConverseCommandInput>();
    expect(buildRequest(callOf(), "bedrock").modelId).toBe(MODEL.id);
  });

  it("goes to the model's own address, its id encoded, with the key as a bearer", async () => {
    const { url, headers, body, connectMs } = await sent({});
    expect(url).toBe("https://bedrock.test/model/us.anthropic.claude-opus-5-v1%3A0/converse");
    expect(headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect(headers.get("content-type")).toBe("application/json");
    expect(connectMs).toBe(5_000);
    expect(body).toEqual({
      messages: [{ role: "user", content: [{ text: "Hello?" }] }],
      inferenceConfig: { maxTokens: 8_192 },
    });
  });

  it("limits the answer by the request, else by the registry, else not at all", async () => {
    expect((await sent({ maxOutputTokens: 100 })).body.inferenceConfig).toEqual({ maxTokens: 100 });
    expect((await sent({}, { limit: {} })).body.inferenceConfig).toBeUndefined();
  });

  it("system messages stand apart; a late one is moved there, and that is told", async () => {
    const messages: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "system", content: "  " },
      user("Hello?"),
      { role: "system", content: "The user is a child." },
      user("Why?"),
    ];
    const { body, warnings } = await sent({ messages });
    expect(body.system).toEqual([{ text: "Be brief." }, { text: "The user is a child." }]);
    expect(body.messages).toEqual([{ role: "user", content: [{ text: "Hello?" }, { text: "Why?" }] }]);
    expect(warnings.map(({ code }) => code)).toEqual(["other"]);
    const inPlace = await sent({ messages }, { options: { systemMessages: true } });
    expect(inPlace.body.messages.map(({ role }: { role: string }) => role)).toEqual(["user", "system", "user"]);
  });

  it("roles alternate and blank texts are gone", async () => {
    const messages = [
      user("One."),
      user([
        { type: "text", text: " \n" },
        { type: "text", text: "Two." },
      ]),
      assistant({ type: "text", text: "" }, { type: "text", text: "Three." }),
      user("Four."),
    ];
    expect((await sent({ messages })).body.messages).toEqual([
      { role: "user", content: [{ text: "One." }, { text: "Two." }] },
      { role: "assistant", content: [{ text: "Three." }] },
      { role: "user", content: [{ text: "Four." }] },
    ]);
  });

  it("begins with the user, or is refused before the wire", async () => {
    const error = await refused({ messages: [assistant({ type: "text", text: "Hi." }), user("Hello?")] });
    expect([error.code, error.scope]).toEqual(["unsupported", "model"]);
    expect((await refused({ messages: [user("  ")] })).code).toBe("unsupported");
  });

  it("an answer is begun for the model only where the registry says that it may be", async () => {
    const messages = [user("Count."), assistant({ type: "text", text: "One, two, " })];
    expect((await refused({ messages })).message).toContain("messages[1]");
    const { body } = await sent({ messages }, { options: { prefill: true } });
    expect(body.messages.at(-1)).toEqual({ role: "assistant", content: [{ text: "One, two," }] });
  });

  it("what Converse has not is dropped with a warning, or refused under strict", async () => {
    const request = { seed: 1, presencePenalty: 1, frequencyPenalty: 1, user: "u1" };
    expect((await sent(request)).warnings.map(({ path }) => path)).toEqual(Object.keys(request));
    expect((await refused({ ...request, strict: true })).code).toBe("unsupported");
  });
});

describe("tools", () => {
  it("are declared with their schemas; a choice is auto, any or one of them", async () => {
    const { body } = await sent({ tools: [look] });
    expect(body.toolConfig).toEqual({
      tools: [{ toolSpec: { name: "look", description: "Looks.", inputSchema: { json: { type: "object" } } } }],
    });
    const choose = async (toolChoice: GenerateRequest["toolChoice"] & {}) =>
      (await sent({ tools: [look], toolChoice })).body.toolConfig.toolChoice;
    expect(await choose("auto")).toEqual({ auto: {} });
    expect(await choose("required")).toEqual({ any: {} });
    expect(await choose({ tool: "look" })).toEqual({ tool: { name: "look" } });
  });

  it("none: they are left out; unless the history has calls, which must not stand without them", async () => {
    const first = await sent({ tools: [look], toolChoice: "none" });
    expect(first.body.toolConfig).toBeUndefined();
    expect(first.warnings).toEqual([]);
    const messages = [user("Look!"), assistant(call("a")), { role: "tool", content: [result("a")] } as const];
    const later = await sent({ messages, tools: [look], toolChoice: "none" });
    expect(later.body.toolConfig.tools).toHaveLength(1);
    expect(later.body.toolConfig.toolChoice).toBeUndefined();
    expect(later.warnings).toMatchObject([{ code: "parameter_dropped", path: "toolChoice" }]);
  });

  it("a history with calls and a request without tools: they are declared by their names, and that is told", async () => {
    const messages = [user("Look!"), assistant(call("a")), { role: "tool", content: [result("a")] } as const];
    const { body, warnings } = await sent({ messages });
    expect(body.toolConfig.tools).toEqual([{ toolSpec: { name: "look", inputSchema: { json: { type: "object" } } } }]);
    expect(warnings).toMatchObject([{ code: "other", path: "tools" }]);
  });

  it("strict ones have a schema that Bedrock can hold the model to, and what it cannot is told", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string", minLength: 2 }, days: { type: "array", items: { type: "integer" } } },
      required: ["city"],
    } as const;
    const { body, warnings } = await sent({ tools: [{ ...look, strict: true, input: { name: "look", schema } }] });
    const { toolSpec } = body.toolConfig.tools[0];
    expect(toolSpec.strict).toBe(true);
    expect(toolSpec.inputSchema.json).toEqual({
      type: "object",
      additionalProperties: false,
      required: ["city"],
      properties: {
        city: { type: "string", description: "{minLength: 2}" },
        days: { type: "array", items: { type: "integer" } },
      },
    });
    expect(warnings).toMatchObject([{ code: "schema_changed", path: "tools[0].input" }]);
  });

  it("results are the user's, merged into one turn, ahead of its text", async () => {
    const messages: Message[] = [
      user("Look!"),
      assistant({ type: "text", text: "I look." }, call("a"), call("b")),
      { role: "tool", content: [result("a")] },
      { role: "tool", content: [{ ...result("b", { type: "json", value: { wind: 3 } }), isError: true }] },
      user("And?"),
    ];
    const { body } = await sent({ messages, tools: [look] });
    expect(body.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          { text: "I look." },
          { toolUse: { toolUseId: "a", name: "look", input: { at: "sky" } } },
          { toolUse: { toolUseId: "b", name: "look", input: { at: "sky" } } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "a", content: [{ text: "blue" }] } },
          { toolResult: { toolUseId: "b", content: [{ json: { wind: 3 } }], status: "error" } },
          { text: "And?" },
        ],
      },
    ]);
  });

  it("results may hold images and documents, and be empty", async () => {
    const parts = [{ type: "text", text: "see" }, png, { ...pdf, filename: "a.pdf" }] as const;
    const messages: Message[] = [
      user("Look!"),
      assistant(call("a"), call("b"), call("c")),
      {
        role: "tool",
        content: [result("a", { type: "parts", parts }), result("b", ""), result("c", { type: "json", value: [1] })],
      },
    ];
    const { body } = await sent({ messages, tools: [look] });
    const [a, b, c] = body.messages[2].content.map(
      ({ toolResult }: { toolResult: { content: unknown } }) => toolResult.content,
    );
    expect(a).toEqual([
      { text: "see" },
      { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } },
      { document: { format: "pdf", name: "a", source: { bytes: "JVBERi0=" } } },
    ]);
    expect(b).toEqual([]);
    expect(c).toEqual([{ text: "[1]" }]);
  });

  it("ids and names that others gave are made to fit, the same for a call and its result", async () => {
    const id = "call|with:dots.and/slashes";
    const messages: Message[] = [
      user("Look!"),
      assistant(call(id, "$READ.FILE"), { ...call("ok_1-A"), input: "sky" } as Part),
      { role: "tool", content: [result(id, "x", "$READ.FILE"), result("ok_1-A")] },
    ];
    const { body } = await sent({ messages, tools: [look] });
    const [first, second] = body.messages[1].content;
    expect(first.toolUse).toMatchObject({
      toolUseId: expect.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/),
      name: "_READ_FILE",
    });
    expect(body.messages[2].content[0].toolResult.toolUseId).toBe(first.toolUse.toolUseId);
    expect(second.toolUse).toEqual({ toolUseId: "ok_1-A", name: "look", input: { value: "sky" } });
  });

  it("one at a time: Claude's own switch, whose type is said once; others are told that they cannot", async () => {
    const auto = await sent({ tools: [look], parallelToolCalls: false });
    expect(auto.body.additionalModelRequestFields).toEqual({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    const forced = await sent({ tools: [look], parallelToolCalls: false, toolChoice: "required" });
    expect(forced.body.additionalModelRequestFields).toEqual({ tool_choice: { disable_parallel_tool_use: true } });
    const nova = await sent({ tools: [look], parallelToolCalls: false }, NOVA);
    expect(nova.body.additionalModelRequestFields).toBeUndefined();
    expect(nova.warnings).toMatchObject([{ path: "parallelToolCalls" }]);
  });

  it("none can be forced on Llama, which is told", async () => {
    const { body, warnings } = await sent({ tools: [look], toolChoice: "required" }, LLAMA);
    expect(body.toolConfig.toolChoice).toBeUndefined();
    expect(warnings).toMatchObject([{ code: "parameter_dropped", path: "toolChoice" }]);
  });

  it("Bedrock's own are named; another vendor's are refused", async () => {
    const { body } = await sent({ tools: [{ type: "provider", provider: "bedrock", name: "nova_grounding" }] }, NOVA);
    expect(body.toolConfig.tools).toEqual([{ systemTool: { name: "nova_grounding" } }]);
    const call = { type: "tool-call", id: "g", name: "nova_grounding", input: {}, executor: "vendor" } as const;
    const ran = assistant({ ...call, state: state({ type: "server_tool_use" }) }, { type: "text", text: "So." });
    const later = await sent({ messages: [user("?"), ran, user("!")] }, NOVA);
    expect(later.body.toolConfig.tools).toEqual([{ systemTool: { name: "nova_grounding" } }]);
    expect((await refused({ tools: [{ type: "provider", provider: "openai", name: "web_search" }] })).code).toBe(
      "unsupported",
    );
  });
});

describe("whose model it is", () => {
  it.each([
    ["anthropic.claude-haiku-4-5-20251001-v1:0", "thinking"],
    ["global.anthropic.claude-opus-5-v1:0", "thinking"],
    ["apac.anthropic.claude-sonnet-5-v1:0", "thinking"],
    ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-v1:0", "thinking"],
    ["arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-5-v1:0", "thinking"],
    ["eu.amazon.nova-pro-v1:0", "reasoningConfig"],
    ["openai.gpt-oss-20b-1:0", "reasoning_effort"],
    ["us.deepseek.r1-v1:0", undefined],
    ["my-imported-model", undefined],
  ])("%s is told by its id", async (id, field) => {
    const { body } = await sent({ reasoning: { effort: "high" } }, { id });
    expect(Object.keys(body.additionalModelRequestFields ?? {})).toEqual(field === undefined ? [] : [field]);
  });
});

describe("files", () => {
  it("images, documents, sound and video in their bytes, or in S3", async () => {
    const file = (mediaType: string, data: Extract<Part, { type: "file" }>["data"]) =>
      ({ type: "file", mediaType, data }) as const;
    const bytes = new Uint8Array([1, 2, 3]);
    const content = [
      { type: "text", text: "What is it?" },
      png,
      file("image/JPEG", { bytes }),
      file("image/webp", { url: "s3://bucket/a.webp" }),
      file("audio/mpeg", { bytes }),
      file("video/mp4", { fileId: "s3://bucket/b.mp4", provider: "bedrock" }),
      file("text/plain", { bytes }),
      file("text/csv", { bytes }),
    ] as const;
    const { body } = await sent({ messages: [user(content)] });
    expect(body.messages[0].content).toEqual([
      { text: "What is it?" },
      { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } },
      { image: { format: "jpeg", source: { bytes: "AQID" } } },
      { image: { format: "webp", source: { s3Location: { uri: "s3://bucket/a.webp" } } } },
      { audio: { format: "mp3", source: { bytes: "AQID" } } },
      { video: { format: "mp4", source: { s3Location: { uri: "s3://bucket/b.mp4" } } } },
      { document: { format: "txt", name: "document-1", source: { bytes: "AQID" } } },
      { document: { format: "csv", name: "document-2", source: { bytes: "AQID" } } },
    ]);
  });

  it("addresses, other vendors' files and unknown types are refused before the wire", async () => {
    for (const file of [
      { ...png, data: { url: "https://example.com/a.png" } },
      { ...png, data: { fileId: "file_1", provider: "openai" } },
      { ...png, mediaType: "image/tiff" },
      { ...png, mediaType: "application/zip" },
    ]) {
      const error = await refused({ messages: [user([{ type: "text", text: "?" }, file])] });
      expect([error.code, error.scope]).toEqual(["unsupported", "model"]);
      expect(error.message).toContain("messages[0].content[1]");
    }
  });

  it("documents' names fit, no two are alike, and a text stands beside them", async () => {
    const names = ["John's report_v2.pdf", "John's report_v2.pdf", "résumé  (final) [1].pdf", "分.pdf", undefined];
    const files = names.map((filename) => ({ ...pdf, filename }) as typeof pdf);
    const { body, warnings } = await sent({ messages: [user(files)] });
    const content: { document?: { name: string }; text?: string }[] = body.messages[0].content;
    const given = content.flatMap(({ document }) => (document === undefined ? [] : [document.name]));
    expect(given).toEqual([
      "John-s report-v2",
      "John-s report-v2 (2)",
      "r-sum- (final) [1]",
      "document-4",
      "document-5",
    ]);
    for (const name of given) expect(name).toMatch(/^(?!.*\s\s)[A-Za-z0-9\s()[\]-]{1,200}$/);
    expect(content.at(-1)).toEqual({ text: "See the document." });
    expect(warnings.map(({ code }) => code)).toEqual(["other"]);
  });

  it("are left out of the assistant's own turns, which is told; how closely to look is, too", async () => {
    const messages = [
      user("Draw."),
      assistant({ type: "text", text: "Here." }, png),
      user([
        { type: "text", text: "?" },
        { ...png, detail: "high" },
      ]),
    ];
    const { body, warnings } = await sent({ messages });
    expect(body.messages[1].content).toEqual([{ text: "Here." }]);
    expect(warnings.map(({ code }) => code)).toEqual(["part_dropped", "other"]);
  });
});

describe("an answer held to a schema", () => {
  it("goes as text of JSON, closed, without what Bedrock cannot enforce", async () => {
    const schema = { type: "object", properties: { age: { type: "integer", minimum: 1 } }, required: ["age"] } as const;
    const { body, warnings } = await sent({ output: { name: "person", schema } });
    const { textFormat } = body.outputConfig;
    expect(textFormat.type).toBe("json_schema");
    expect(textFormat.structure.jsonSchema.name).toBe("person");
    expect(JSON.parse(textFormat.structure.jsonSchema.schema)).toEqual({
      type: "object",
      additionalProperties: false,
      properties: { age: { type: "integer", description: "{minimum: 1}" } },
      required: ["age"],
    });
    expect(warnings).toMatchObject([{ code: "schema_changed", path: "output" }]);
  });
});

describe("sampling", () => {
  const wish = { temperature: 0.5, topP: 0.9, topK: 40, stop: ["END", " "] };

  it("goes to models that take it; each vendor has its own place for topK", async () => {
    const capabilities = { temperature: true };
    const claude = await sent(wish, { capabilities });
    expect(claude.body.inferenceConfig).toEqual({ maxTokens: 8_192, temperature: 0.5, stopSequences: ["END"] });
    expect(claude.body.additionalModelRequestFields).toEqual({ top_k: 40 });
    expect(claude.warnings.map(({ path }) => path)).toEqual(["stop", "topP"]);
    const nova = await sent(wish, { ...NOVA, capabilities });
    expect(nova.body.inferenceConfig).toEqual({
      maxTokens: 8_192,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ["END", " "],
    });
    expect(nova.body.additionalModelRequestFields).toEqual({ inferenceConfig: { topK: 40 } });
    const llama = await sent(wish, LLAMA);
    expect(llama.warnings).toMatchObject([{ code: "parameter_dropped", path: "topK" }]);
  });

  it("is dropped with a warning for models that reason, and while Claude thinks", async () => {
    const dropped = ["temperature", "topP", "topK"];
    expect((await sent({ ...wish, stop: ["END"] })).warnings.map(({ path }) => path)).toEqual(dropped);
    const capabilities = { reasoning: true, temperature: true };
    const thinking = await sent({ ...wish, stop: ["END"], reasoning: { effort: "high" } }, { capabilities });
    expect(thinking.warnings.map(({ path }) => path)).toEqual(dropped);
    expect(thinking.body.inferenceConfig).toEqual({ maxTokens: 8_192, stopSequences: ["END"] });
  });

  it("a temperature above Bedrock's end is sent as its end, and that is told", async () => {
    const { body, warnings } = await sent({ temperature: 1.5 }, { capabilities: { temperature: true } });
    expect(body.inferenceConfig.temperature).toBe(1);
    expect(warnings).toMatchObject([{ code: "other", path: "temperature" }]);
  });
});

describe("reasoning", () => {
  const fields = async (
    reasoning: GenerateRequest["reasoning"] & {},
    model = {},
    more: Partial<GenerateRequest> = {},
  ) => {
    const { body, warnings } = await sent({ reasoning, ...more }, model);
    return {
      ...body.additionalModelRequestFields,
      effort: body.outputConfig?.effort,
      warned: warnings.map(({ path }) => path),
    };
  };

  it("of Claude by its own judgement, guided by effort", async () => {
    expect(await fields({ effort: "minimal", summary: "none" })).toEqual({
      thinking: { type: "adaptive", display: "omitted" },
      effort: "low",
      warned: [],
    });
    expect(await fields({ budgetTokens: 2_000 })).toEqual({
      thinking: { type: "adaptive" },
      warned: ["reasoning.budgetTokens"],
    });
    expect(await fields({ effort: "none" })).toEqual({ thinking: { type: "disabled" }, warned: [] });
    expect(await fields({ effort: "none" }, { options: { thinking: "always" } })).toEqual({
      warned: ["reasoning.effort"],
    });
  });

  it("of older Claudes by a budget, below the answer's limit", async () => {
    const options = { thinking: "enabled" };
    expect(await fields({ effort: "high" }, { options })).toEqual({
      thinking: { type: "enabled", budget_tokens: 8_191 },
      warned: [],
    });
    expect(await fields({ budgetTokens: 10 }, { options })).toEqual({
      thinking: { type: "enabled", budget_tokens: 1_024 },
      warned: [],
    });
    expect(await fields({ budgetTokens: 2_000 }, { options }, { maxOutputTokens: 500 })).toEqual({
      thinking: { type: "disabled" },
      warned: ["reasoning"],
    });
  });

  it("of Claude not where a tool is forced, and not begun in the middle of a loop", async () => {
    expect(await fields({ effort: "high" }, {}, { tools: [look], toolChoice: "required" })).toEqual({
      thinking: { type: "disabled" },
      warned: ["reasoning"],
    });
    const messages = [user("Look!"), assistant(call("a")), { role: "tool", content: [result("a")] } as const];
    expect(
      await fields({ effort: "high" }, { options: { thinking: "enabled" } }, { messages, tools: [look] }),
    ).toMatchObject({
      thinking: { type: "disabled" },
      warned: ["reasoning"],
    });
  });

  it("of Nova and gpt-oss in their own fields, of others not at all, which is told", async () => {
    expect(await fields({ effort: "max" }, NOVA)).toEqual({
      reasoningConfig: { type: "enabled", maxReasoningEffort: "high" },
      warned: [],
    });
    expect(await fields({ effort: "none" }, NOVA)).toMatchObject({ reasoningConfig: { type: "disabled" } });
    expect(await fields({ effort: "low" }, { id: "openai.gpt-oss-120b-1:0" })).toEqual({
      reasoning_effort: "low",
      warned: [],
    });
    expect(await fields({ effort: "high" }, LLAMA)).toEqual({ warned: ["reasoning"] });
    // An ARN tells nothing of the model behind it: the registry does.
    const id = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
    expect(await fields({ effort: "high" }, { id })).toEqual({ warned: ["reasoning"] });
    expect(await fields({ effort: "high" }, { id, options: { family: "anthropic" } })).toMatchObject({
      effort: "high",
    });
  });

  it("goes back to the account that signed it, and to no other", async () => {
    const parts = [
      { type: "reasoning", text: "Hm.", state: state({ signature: "sig" }) },
      { type: "reasoning", text: "", state: state({ redacted: "AQID" }) },
      {
        type: "reasoning",
        text: "Foreign.",
        state: { ...(state({ signature: "x" }) as object), provider: "anthropic" },
      },
      { type: "reasoning", text: "Elsewhere.", state: state({ signature: "x" }, "other-account") },
      { type: "reasoning", text: "Unsigned." },
      { type: "text", text: "So." },
    ] as Part[];
    const { body, warnings } = await sent({ messages: [user("?"), assistant(...parts), user("Go on.")] });
    expect(body.messages[1].content).toEqual([
      { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig" } } },
      { reasoningContent: { redactedContent: "AQID" } },
      { text: "So." },
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(["state_dropped"]);
  });

  it("binds a conversation to the account that signed it", () => {
    const messages = [
      user("?"),
      assistant({ type: "reasoning", text: "Hm.", state: state({ signature: "s" }, "prod") }),
      user("!"),
    ];
    expect(bedrock().affinity?.({ messages })).toBe("prod");
    expect(bedrock({ name: "other" }).affinity?.({ messages })).toBeUndefined();
  });
});

describe("the prompt cache", () => {
  const hint = { ttlMs: 300_000 };
  const long = { ttlMs: 3_600_000 };

  it("is asked for where parts are marked, or for the whole prompt, and never by default", async () => {
    const messages: Message[] = [
      { role: "system", content: [{ type: "text", text: "The manual.", promptCache: long }] },
      user([
        { type: "text", text: "The book.", promptCache: hint },
        { type: "text", text: "?" },
      ]),
    ];
    const { body } = await sent({ messages });
    expect(body.system).toEqual([{ text: "The manual." }, { cachePoint: { type: "default", ttl: "1h" } }]);
    expect(body.messages[0].content).toEqual([
      { text: "The book." },
      { cachePoint: { type: "default" } },
      { text: "?" },
    ]);
    const all = await sent({ promptCache: { ttlMs: 300_000 } });
    expect(all.body.messages[0].content).toEqual([{ text: "Hello?" }, { cachePoint: { type: "default" } }]);
    expect(JSON.stringify((await sent({ messages, promptCache: "off" })).body)).not.toContain("cachePoint");
    expect(JSON.stringify((await sent({ promptCache: "auto" })).body)).not.toContain("cachePoint");
  });

  it("at most four points, and never an hour after five minutes", async () => {
    const part = (text: string, promptCache: object) => ({ type: "text", text, promptCache }) as const;
    const content = [
      part("a", hint),
      part("b", hint),
      part("c", hint),
      part("d", long),
      part("e", hint),
      part("f", hint),
    ];
    const { body } = await sent({ messages: [user(content)] });
    const blocks: { cachePoint?: { ttl?: string }; text?: string }[] = body.messages[0].content;
    expect(blocks.map(({ text, cachePoint }) => text ?? cachePoint?.ttl ?? "5m").join(" ")).toBe(
      "a 1h b c d 1h e 5m f 5m",
    );
  });

  it("lives five minutes at Nova, whatever is wished", async () => {
    const { body } = await sent({ promptCache: long }, NOVA);
    expect(body.messages[0].content.at(-1)).toEqual({ cachePoint: { type: "default" } });
  });

  it("is not asked of models that have none, and a key is told to be of no use", async () => {
    const { body, warnings } = await sent({ promptCache: { key: "docs" } }, LLAMA);
    expect(JSON.stringify(body)).not.toContain("cachePoint");
    expect(warnings.map(({ path }) => path)).toEqual(["promptCache", "promptCache.key"]);
  });
});

describe("providerOptions", () => {
  it("go where Converse has them, and win over what is made from the request", async () => {
    const guardrailConfig = { guardrailIdentifier: "g1", guardrailVersion: "1", trace: "enabled" } as const;
    const { body } = await sent({
      reasoning: { effort: "high" },
      providerOptions: {
        guardrailConfig,
        performanceConfig: { latency: "optimized" },
        serviceTier: "flex",
        requestMetadata: { team: "web" },
        additionalModelRequestFields: { thinking: { type: "disabled" }, anthropic_beta: ["x"] },
        additionalModelResponseFieldPaths: ["/stop_sequence"],
      },
    });
    expect(body).toMatchObject({
      guardrailConfig,
      performanceConfig: { latency: "optimized" },
      serviceTier: { type: "flex" },
      requestMetadata: { team: "web" },
      additionalModelRequestFields: { thinking: { type: "disabled" }, anthropic_beta: ["x"] },
      additionalModelResponseFieldPaths: ["/stop_sequence"],
    });
  });

  it("ask for citations of the documents that are sent", async () => {
    const messages = [user([{ type: "text", text: "?" }, pdf])];
    const { body } = await sent({ messages, providerOptions: { citations: true } });
    expect(body.messages[0].content[1].document.citations).toEqual({ enabled: true });
    const output = { name: "x", schema: { type: "object" } } as const;
    const held = await sent({ messages, output, providerOptions: { citations: true } });
    expect(held.body.messages[0].content[1].document.citations).toBeUndefined();
    expect(held.warnings).toMatchObject([{ code: "parameter_dropped", path: "providerOptions.citations" }]);
  });
});
