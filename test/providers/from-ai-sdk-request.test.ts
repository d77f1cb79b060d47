/** What an AI SDK model is asked, in the words of each version of the specification. */
import { GatewayError, type GenerateRequest, type Message } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { type Asking, own, put, v2, v3, v4, warningsIn } from "./from-ai-sdk-support.ts";

const VERSIONS = { v2, v3, v4 };
type Version = keyof typeof VERSIONS;
const ALL = Object.keys(VERSIONS) as readonly Version[];

const send = async (
  version: Version,
  request: Partial<GenerateRequest>,
  { provider, urls, ...asking }: Asking & { provider?: string; urls?: Record<string, RegExp[]> } = {},
) => {
  const script = { ...(provider !== undefined && { provider }), ...(urls !== undefined && { urls }) };
  const { model, asked } = VERSIONS[version](script);
  const { error, facts } = await put(model, request, asking);
  if (error !== undefined && !GatewayError.is(error)) throw error;
  return { options: asked[0] as unknown as Record<string, unknown>, error, warnings: warningsIn(facts) };
};

const tool = {
  type: "function",
  name: "look",
  description: "Looks",
  input: { name: "look", schema: { type: "object", properties: { at: { type: "string" } } } },
} as const;
const bytes = new Uint8Array([1, 2, 3]);
const foreign = { provider: "other", model: "m", account: "x", data: { signature: "s" } } as const;

const HISTORY: readonly Message[] = [
  {
    role: "system",
    content: [
      { type: "text", text: "Be " },
      { type: "text", text: "brief." },
    ],
  },
  {
    role: "user",
    content: [
      { type: "text", text: "see" },
      { type: "text", text: "" },
      { type: "file", mediaType: "image/png", data: { base64: "AAAA" }, filename: "a.png" },
      { type: "file", mediaType: "application/pdf", data: { bytes } },
      { type: "file", mediaType: "image/gif", data: { url: "data:image/gif;base64,BBBB" } },
      { type: "file", mediaType: "image/jpeg", data: { url: "https://x.test/a.jpg" } },
    ],
  },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "Hm.", state: own({ acme: { signature: "sig" } }) },
      { type: "reasoning", text: "not ours", state: foreign },
      { type: "text", text: "I look.", state: foreign },
      {
        type: "tool-call",
        id: "call_1",
        name: "look",
        input: { at: "it" },
        executor: "caller",
        state: own({ acme: { x: 1 } }),
      },
      { type: "tool-call", id: "bad id!", name: "look", input: {}, executor: "caller" },
      { type: "tool-call", id: "ws_1", name: "search", input: {}, executor: "vendor", state: own({}) },
      {
        type: "tool-result",
        id: "ws_1",
        name: "search",
        output: { type: "json", value: [1] },
        executor: "vendor",
        state: own({ acme: { y: 2 } }),
      },
      { type: "tool-call", id: "ws_2", name: "search", input: {}, executor: "vendor", state: foreign },
      { type: "refusal", text: "No." },
    ],
  },
  {
    role: "tool",
    content: [
      { type: "tool-result", id: "call_1", name: "look", output: "seen" },
      { type: "tool-result", id: "bad id!", name: "look", output: { type: "json", value: { no: 1 } }, isError: true },
    ],
  },
];

describe.each(ALL)("%s: a history", (version) => {
  const data = (base64: string) => (version === "v4" ? { type: "data", data: base64 } : base64);

  it("every part in its place; own state goes back under its key; foreign reasoning and tools are left out and told", async () => {
    const { options, warnings } = await send(
      version,
      { messages: HISTORY },
      { urls: { "image/*": [/^https:\/\/x\.test\//] } },
    );
    const url = new URL("https://x.test/a.jpg");
    expect(options["prompt"]).toEqual([
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "file", mediaType: "image/png", data: data("AAAA"), filename: "a.png" },
          {
            type: "file",
            mediaType: "application/pdf",
            data: version === "v4" ? { type: "data", data: bytes } : bytes,
          },
          { type: "file", mediaType: "image/gif", data: data("BBBB") },
          { type: "file", mediaType: "image/jpeg", data: version === "v4" ? { type: "url", url } : url },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", providerOptions: { acme: { signature: "sig" } } },
          { type: "text", text: "I look." },
          {
            type: "tool-call",
            toolCallId: "call_1",
            toolName: "look",
            input: { at: "it" },
            providerOptions: { acme: { x: 1 } },
          },
          { type: "tool-call", toolCallId: "h00000001", toolName: "look", input: {} },
          { type: "tool-call", toolCallId: "ws_1", toolName: "search", input: {}, providerExecuted: true },
          {
            type: "tool-result",
            toolCallId: "ws_1",
            toolName: "search",
            output: { type: "json", value: [1] },
            providerOptions: { acme: { y: 2 } },
          },
          { type: "text", text: "No." },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "call_1", toolName: "look", output: { type: "text", value: "seen" } },
          {
            type: "tool-result",
            toolCallId: "h00000001",
            toolName: "look",
            output: { type: "error-json", value: { no: 1 } },
          },
        ],
      },
    ]);
    expect(warnings).toMatchObject([
      { code: "state_dropped", path: "messages[2].content[1]" },
      { code: "state_dropped", path: "messages[2].content[7]" },
    ]);
  });

  it("state of the same provider's other account is foreign", async () => {
    const state = { ...own({ acme: { signature: "sig" } }), account: "another" };
    const messages: Message[] = [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", state },
          { type: "text", text: "b", state },
        ],
      },
      { role: "user", content: "c" },
    ];
    const { options, warnings } = await send(version, { messages });
    expect(JSON.stringify(options["prompt"])).not.toMatch(/sig|Hm/);
    expect(warnings).toMatchObject([{ code: "state_dropped" }]);
  });

  it("results among an assistant's parts are a message of their own; nothing is left of an empty message", async () => {
    const messages: Message[] = [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: [
          { type: "tool-call", id: "c1", name: "look", input: {}, executor: "caller" },
          { type: "tool-result", id: "c1", name: "look", output: "x" },
          { type: "text", text: "done" },
        ],
      },
      { role: "assistant", content: "" },
      { role: "user", content: "b" },
    ];
    const { options } = await send(version, { messages });
    expect((options["prompt"] as { role: string }[]).map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "user",
    ]);
  });

  it.each<readonly [string, Message["content"][number] & object]>([
    [
      "an address that the model does not fetch",
      { type: "file", mediaType: "image/png", data: { url: "https://y.test/a" } },
    ],
    ["no address", { type: "file", mediaType: "image/png", data: { url: "not a url" } }],
    ["a file of another vendor", { type: "file", mediaType: "image/png", data: { fileId: "f", provider: "other" } }],
  ])("refuses %s", async (_what, part) => {
    const { error } = await send(
      version,
      { messages: [{ role: "user", content: [part] } as Message] },
      {
        urls: { "image/*": [/^https:\/\/x\.test\//] },
      },
    );
    expect(error).toMatchObject({ code: "unsupported", scope: "model" });
  });

  it("settings, schema, signal and headers", async () => {
    const { options, warnings } = await send(version, {
      maxOutputTokens: 7,
      temperature: 0.5,
      topP: 0.9,
      topK: 3,
      stop: ["x"],
      seed: 1,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      toolChoice: { tool: "look" },
      tools: [tool],
      output: { name: "answer", schema: { type: "object", properties: { a: { type: "string" } } } },
      providerOptions: { special: true },
    });
    expect(options).toMatchObject({
      maxOutputTokens: 7,
      temperature: 0.5,
      topP: 0.9,
      topK: 3,
      stopSequences: ["x"],
      seed: 1,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      toolChoice: { type: "tool", toolName: "look" },
      tools: [{ type: "function", name: "look", description: "Looks", inputSchema: tool.input.schema }],
      responseFormat: {
        type: "json",
        name: "answer",
        schema: {
          type: "object",
          properties: { a: { anyOf: [{ type: "string" }, { type: "null" }] } },
          required: ["a"],
          additionalProperties: false,
        },
      },
      providerOptions: { acme: { special: true } },
    });
    expect(options["abortSignal"]).toBeInstanceOf(AbortSignal);
    expect(warnings).toEqual([]);
  });

  it("a tool that the vendor runs", async () => {
    const tools = [
      { type: "provider", provider: "ai", name: "web_search", options: { most: 3 } },
      { type: "provider", provider: "ai", name: "acme.code_20260101" },
    ] as const;
    const { options } = await send(version, { tools });
    const type = version === "v2" ? "provider-defined" : "provider";
    expect(options["tools"]).toEqual([
      { type, id: "acme.web_search", name: "web_search", args: { most: 3 } },
      { type, id: "acme.code_20260101", name: "code_20260101", args: {} },
    ]);
  });

  it("what the AI SDK has no word for is told, and refused under `strict`", async () => {
    const request = {
      parallelToolCalls: false,
      tools: [tool],
      user: "u",
      reasoning: { budgetTokens: 9, summary: "auto" },
    } as const;
    const { warnings } = await send(version, request);
    expect(warnings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "parameter_dropped parallelToolCalls",
      "parameter_dropped reasoning.budgetTokens",
      "parameter_dropped reasoning.summary",
      "parameter_dropped user",
    ]);
    const { error, options } = await send(version, { user: "u", strict: true });
    expect(error).toMatchObject({ code: "unsupported" });
    expect(options).toBeUndefined();
  });

  it("what the registry says that the model does not take", async () => {
    const capabilities = { temperature: false, stop: false };
    const { options, warnings } = await send(
      version,
      { temperature: 1, topP: 1, topK: 1, stop: ["x"] },
      { model: { capabilities } },
    );
    expect(options).not.toHaveProperty("temperature");
    expect(options).not.toHaveProperty("stopSequences");
    expect(warnings).toHaveLength(4);
  });
});

describe("what versions differ in", () => {
  it.each([
    ["v2", undefined, 1],
    ["v3", undefined, 1],
    ["v4", "high", 0],
  ] as const)("%s: reasoning by effort", async (version, sent, told) => {
    const { options, warnings } = await send(version, { reasoning: { effort: "high" } });
    expect(options["reasoning"]).toBe(sent);
    expect(warnings).toHaveLength(told);
  });

  it.each([
    ["v2", undefined, ["schema_changed"]],
    ["v3", true, []],
    ["v4", true, []],
  ] as const)("%s: strict tools", async (version, strict, codes) => {
    const { options, warnings } = await send(version, { tools: [{ ...tool, strict: true }] });
    const [sent] = options["tools"] as { strict?: boolean; inputSchema: object }[];
    expect(sent?.strict).toBe(strict);
    if (strict) expect(sent?.inputSchema).toMatchObject({ additionalProperties: false, required: ["at"] });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it("a tool whose schema no strict mode can say is not held to it, and that is told", async () => {
    const open = {
      ...tool,
      strict: true,
      input: { name: "look", schema: { type: "object", additionalProperties: true } },
    } as const;
    const { options, warnings } = await send("v4", { tools: [open] });
    expect(options["tools"]).toMatchObject([{ strict: false, inputSchema: { additionalProperties: true } }]);
    expect(warnings).toMatchObject([{ code: "schema_changed", path: "tools[0].input" }]);
  });

  const results: readonly Message[] = [
    { role: "user", content: "a" },
    { role: "assistant", content: [{ type: "tool-call", id: "c1", name: "look", input: {}, executor: "caller" }] },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          id: "c1",
          name: "look",
          isError: true,
          output: {
            type: "parts",
            parts: [
              { type: "text", text: "t" },
              { type: "file", mediaType: "image/png", data: { bytes } },
              { type: "file", mediaType: "application/pdf", data: { base64: "QQ==" }, filename: "a.pdf" },
            ],
          },
        },
      ],
    },
  ];
  it.each([
    [
      "v2",
      { type: "media", data: "AQID", mediaType: "image/png" },
      { type: "media", data: "QQ==", mediaType: "application/pdf" },
    ],
    [
      "v3",
      { type: "image-data", data: "AQID", mediaType: "image/png" },
      { type: "file-data", data: "QQ==", mediaType: "application/pdf", filename: "a.pdf" },
    ],
    [
      "v4",
      { type: "file", data: { type: "data", data: bytes }, mediaType: "image/png" },
      { type: "file", data: { type: "data", data: "QQ==" }, mediaType: "application/pdf", filename: "a.pdf" },
    ],
  ] as const)("%s: files in a tool's result, and its error in words", async (version, image, pdf) => {
    const { options } = await send(version, { messages: results });
    const [, , message] = options["prompt"] as { content: { output: unknown }[] }[];
    expect(message?.content[0]?.output).toEqual({
      type: "content",
      value: [{ type: "text", text: "Error:" }, { type: "text", text: "t" }, image, pdf],
    });
  });

  it.each([
    ["v2", undefined],
    ["v3", { type: "image-url", url: "https://x.test/a" }],
    ["v4", { type: "file", data: { type: "url", url: new URL("https://x.test/a") }, mediaType: "image/png" }],
  ] as const)("%s: a result's file by its address", async (version, sent) => {
    const file = { type: "file", mediaType: "image/png", data: { url: "https://x.test/a" } } as const;
    const content = [
      { type: "tool-result", id: "c1", name: "look", output: { type: "parts", parts: [file] } },
    ] as const;
    const messages: Message[] = [...results.slice(0, 2), { role: "tool", content }];
    const { options, error } = await send(version, { messages }, { urls: { "*": [/x\.test/g] } });
    if (sent === undefined) return expect(error).toMatchObject({ code: "unsupported" });
    const [, , message] = options["prompt"] as { content: { output: unknown }[] }[];
    expect(message?.content[0]?.output).toEqual({ type: "content", value: [sent] });
  });

  it("V4 takes own file ids, files of its reasoning, and content that only its vendor knows", async () => {
    const messages: Message[] = [
      { role: "user", content: [{ type: "file", mediaType: "image/png", data: { fileId: "f1", provider: "ai" } }] },
      {
        role: "assistant",
        content: [
          { type: "file", mediaType: "image/png", data: { base64: "QQ==" }, state: own({}, { as: "reasoning-file" }) },
          { type: "reasoning", text: "", state: own({ acme: { z: 1 } }, { as: "custom", kind: "acme.compaction" }) },
          { type: "file", mediaType: "image/png", data: { base64: "QQ==" } },
          { type: "source", url: "https://x.test" },
        ],
      },
    ];
    const { options, error } = await send("v4", { messages });
    expect(error).toBeUndefined();
    expect(options["prompt"]).toEqual([
      {
        role: "user",
        content: [{ type: "file", mediaType: "image/png", data: { type: "reference", reference: { acme: "f1" } } }],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning-file", mediaType: "image/png", data: { type: "data", data: "QQ==" } },
          { type: "custom", kind: "acme.compaction", providerOptions: { acme: { z: 1 } } },
          { type: "file", mediaType: "image/png", data: { type: "data", data: "QQ==" } },
        ],
      },
    ]);
    expect((await send("v3", { messages })).error).toMatchObject({ code: "unsupported" });
  });
});

describe("words of one provider's own", () => {
  it.each([
    ["v4", "acme.chat", "acme"],
    ["v4", "my-host.chat", "myHost"],
    ["v3", "my-host.chat", "my-host"],
    ["v4", "anthropic.messages", "anthropic"],
    ["v4", "vertex.anthropic.messages", "anthropic"],
    ["v4", "amazon-bedrock", "bedrock"],
    ["v2", "azure-openai.chat", "openai"],
    ["v4", "openai.responses", "openai"],
  ] as const)("%s %s reads its options under %s", async (version, provider, key) => {
    const { options } = await send(version, { providerOptions: { a: 1 } }, { provider });
    expect(options["providerOptions"]).toEqual({ [key]: { a: 1 } });
  });

  it("or under the key that it was given", async () => {
    const { options } = await send("v4", { providerOptions: { a: 1 } }, { optionsKey: "mine" });
    expect(options["providerOptions"]).toEqual({ mine: { a: 1 } });
  });

  const hinted: readonly Message[] = [
    {
      role: "system",
      content: [
        { type: "text", text: "long", promptCache: { ttlMs: 3_600_000 } },
        { type: "text", text: "short" },
      ],
    },
    { role: "user", content: [{ type: "text", text: "a", promptCache: {} }] },
  ];

  it("cache breakpoints where the provider has some", async () => {
    const { options, warnings } = await send("v4", { messages: hinted }, { provider: "anthropic.messages" });
    expect(options["prompt"]).toEqual([
      {
        role: "system",
        content: "long",
        providerOptions: { anthropic: { cacheControl: { type: "ephemeral", ttl: "1h" } } },
      },
      { role: "system", content: "short" },
      {
        role: "user",
        content: [{ type: "text", text: "a", providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } }],
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it("elsewhere the hint is left out and told once; `off` asks for nothing", async () => {
    const { options, warnings } = await send("v4", { messages: hinted });
    expect(JSON.stringify(options["prompt"])).not.toContain("providerOptions");
    expect(warnings).toMatchObject([{ code: "other" }]);
    const off = await send("v4", { messages: hinted, promptCache: "off" }, { provider: "anthropic.messages" });
    expect(JSON.stringify(off.options["prompt"])).not.toContain("providerOptions");
    expect(off.warnings).toEqual([]);
  });

  it("an image's detail that the provider has no word for is told of", async () => {
    const image = { type: "file", mediaType: "image/png", data: { base64: "QQ==" }, detail: "low" } as const;
    const { warnings } = await send(
      "v4",
      { messages: [{ role: "user", content: [image] }] },
      { provider: "mistral.chat" },
    );
    expect(warnings).toMatchObject([{ code: "other", path: "messages[0].content[0].detail" }]);
  });

  it("a call that was never answered has an error for its result", async () => {
    const call = { type: "tool-call", id: "c", name: "look", input: {}, executor: "caller" } as const;
    const { options } = await send("v4", {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: [call] },
        { role: "user", content: "b" },
      ],
    });
    expect((options["prompt"] as readonly { readonly role: string }[]).map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "user",
    ]);
  });

  it("a cache key, an image's detail; the caller's own word wins", async () => {
    const messages: Message[] = [
      { role: "user", content: [{ type: "file", mediaType: "image/png", data: { base64: "QQ==" }, detail: "low" }] },
    ];
    const request = { messages, promptCache: { key: "k" }, providerOptions: { promptCacheKey: "mine" } };
    const { options } = await send("v4", request, { provider: "openai.responses" });
    expect(options["providerOptions"]).toEqual({ openai: { promptCacheKey: "mine" } });
    expect(options["prompt"]).toMatchObject([{ content: [{ providerOptions: { openai: { imageDetail: "low" } } }] }]);
    expect((await send("v4", { promptCache: { key: "k" } })).warnings).toMatchObject([{ path: "promptCache.key" }]);
  });

  it("late system messages come first where nothing else is taken; ids of Mistral's are nine letters", async () => {
    const messages: Message[] = [
      { role: "user", content: "a" },
      { role: "system", content: "late" },
      { role: "user", content: "b" },
    ];
    const google = await send("v4", { messages }, { provider: "google.generative-ai" });
    expect((google.options["prompt"] as { role: string }[]).map(({ role }) => role)).toEqual([
      "system",
      "user",
      "user",
    ]);
    expect(google.warnings).toMatchObject([{ code: "other" }]);
    const acme = await send("v4", { messages });
    expect((acme.options["prompt"] as { role: string }[]).map(({ role }) => role)).toEqual(["user", "system", "user"]);
    const mistral = await send("v4", { messages: HISTORY.slice(2) }, { provider: "mistral.chat" });
    expect(JSON.stringify(mistral.options["prompt"])).toContain('"toolCallId":"h00000001"');
    expect(JSON.stringify(mistral.options["prompt"])).not.toContain("call_1");
  });
});
