import {
  GatewayError,
  type GenerateRequest,
  type Json,
  type Message,
  type ProviderModel,
  type VendorState,
} from "headgate/kit";
import { describe, expect, it } from "vitest";
import { callOf, MODEL, sent } from "./anthropic-support.ts";

const user = (content: string): Message => ({ role: "user", content });
const png = { type: "file", mediaType: "image/png", data: { base64: "iVBORw0KGgo=" } } as const;
const pdf = { type: "file", mediaType: "application/pdf", data: { bytes: new Uint8Array([37, 80, 68, 70]) } } as const;
const weather = {
  type: "function",
  name: "weather",
  description: "of a city",
  input: { name: "weather", schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
} as const;
const call = (id: string, input: Json = { city: "Rome" }) =>
  ({ type: "tool-call", id, name: "weather", input, executor: "caller" }) as const;
const result = (id: string, output = "sunny") => ({ type: "tool-result", id, name: "weather", output }) as const;
const ours = (data: Json): VendorState => ({
  provider: "anthropic",
  model: "claude-opus-5",
  account: "anthropic",
  data,
});
const theirs = (data: Json): VendorState => ({ provider: "openai", model: "gpt-6", account: "openai", data });

type Row = readonly [what: string, request: Partial<GenerateRequest>, body: object, warned?: readonly string[]];
const model = (options: ProviderModel["options"], capabilities = {}): Partial<ProviderModel> => ({
  options,
  capabilities: { ...MODEL.capabilities, ...capabilities },
});

const expecting = ([what, request, body, warned = []]: Row) => [what, request, body, warned] as const;

/** What is sent, and the paths of what was warned of. */
const send = async (request: Partial<GenerateRequest>, more: Parameters<typeof callOf>[1] = {}, options = {}) => {
  const asked = callOf(request, more);
  const { body, headers } = await sent(asked, options);
  return {
    body,
    headers,
    warned: asked.warnings.map(({ path }) => path),
    codes: asked.warnings.map(({ code }) => code),
  };
};

describe("a prompt for Anthropic", () => {
  const rows: readonly Row[] = [
    [
      "has its system messages on top",
      { messages: [{ role: "system", content: "Be brief." }, { role: "system", content: "Be kind." }, user("Hi")] },
      {
        system: [
          { type: "text", text: "Be brief." },
          { type: "text", text: "Be kind." },
        ],
        messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      },
    ],
    [
      "moves a late system message to the top, with a warning",
      { messages: [user("Hi"), { role: "system", content: "Be brief." }, user("Bye")] },
      {
        system: [{ type: "text", text: "Be brief." }],
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "Hi" },
              { type: "text", text: "Bye" },
            ],
          },
        ],
      },
      ["messages[1].content"],
    ],
    [
      "merges neighbours of one role",
      {
        messages: [
          user("a"),
          user("b"),
          { role: "assistant", content: "c" },
          { role: "assistant", content: "d" },
          user("e"),
        ],
      },
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "a" },
              { type: "text", text: "b" },
            ],
          },
          {
            role: "assistant",
            content: [
              { type: "text", text: "c" },
              { type: "text", text: "d" },
            ],
          },
          { role: "user", content: [{ type: "text", text: "e" }] },
        ],
      },
    ],
    [
      "has all results of a turn in one user message, before any text",
      {
        messages: [
          user("Rome and Oslo?"),
          {
            role: "assistant",
            content: [{ type: "text", text: "Let me look." }, call("a"), call("b", { city: "Oslo" })],
          },
          user("Quick!"),
          { role: "tool", content: [result("a")] },
          { role: "tool", content: [{ ...result("b", ""), isError: true }] },
        ],
      },
      {
        messages: [
          { role: "user", content: [{ type: "text", text: "Rome and Oslo?" }] },
          {
            role: "assistant",
            content: [
              { type: "text", text: "Let me look." },
              { type: "tool_use", id: "a", name: "weather", input: { city: "Rome" } },
              { type: "tool_use", id: "b", name: "weather", input: { city: "Oslo" } },
            ],
          },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "a", content: "sunny" },
              { type: "tool_result", tool_use_id: "b", is_error: true },
              { type: "text", text: "Quick!" },
            ],
          },
        ],
      },
    ],
    [
      "drops blank text, and the turn that held nothing else",
      { messages: [user("a"), { role: "assistant", content: " \n" }, user("b"), user("")] },
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "a" },
              { type: "text", text: "b" },
            ],
          },
        ],
      },
    ],
    [
      "carries images, PDFs and text files, by bytes, URL and id",
      {
        messages: [
          {
            role: "user",
            content: [
              png,
              { ...png, data: { url: "https://example.com/a.png" } },
              { ...png, data: { fileId: "file_1", provider: "anthropic" } },
              { ...pdf, filename: "a.pdf" },
              { ...pdf, data: { url: "https://example.com/a.pdf" } },
              { type: "file", mediaType: "text/csv", data: { bytes: new TextEncoder().encode("a,b") } },
            ],
          },
        ],
      },
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
              { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
              { type: "image", source: { type: "file", file_id: "file_1" } },
              {
                type: "document",
                source: { type: "base64", media_type: "application/pdf", data: "JVBERg==" },
                title: "a.pdf",
              },
              { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
              { type: "document", source: { type: "text", media_type: "text/plain", data: "a,b" } },
            ],
          },
        ],
      },
    ],
    [
      "carries a tool's result as text, JSON, or parts with images",
      {
        messages: [
          user("a"),
          { role: "assistant", content: [call("a"), call("b"), call("c")] },
          {
            role: "tool",
            content: [
              { ...result("a"), output: { type: "text", text: "t" } },
              { ...result("b"), output: { type: "json", value: { n: 1 } } },
              { ...result("c"), output: { type: "parts", parts: [{ type: "text", text: "see" }, png] } },
            ],
          },
        ],
      },
      {
        messages: [
          {},
          {},
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "a", content: "t" },
              { type: "tool_result", tool_use_id: "b", content: '{"n":1}' },
              {
                type: "tool_result",
                tool_use_id: "c",
                content: [
                  { type: "text", text: "see" },
                  { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
                ],
              },
            ],
          },
        ],
      },
    ],
    [
      "changes the ids of another vendor's calls alike, and wraps input that is no object",
      {
        messages: [
          user("a"),
          { role: "assistant", content: [call("x:1", 7)] },
          { role: "tool", content: [result("x:1")] },
        ],
      },
      {
        messages: [
          {},
          { role: "assistant", content: [{ type: "tool_use", id: "h00000001", name: "weather", input: { value: 7 } }] },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "h00000001", content: "sunny" }] },
        ],
      },
    ],
    [
      "replays its own signed thinking in order, and drops another's",
      {
        messages: [
          user("a"),
          {
            role: "assistant",
            content: [
              { type: "reasoning", text: "hm", state: ours({ signature: "s1" }) },
              { type: "reasoning", text: "", state: ours({ redacted: "r1" }) },
              { type: "reasoning", text: "foreign", state: theirs({ encrypted: "x" }) },
              { type: "reasoning", text: "nobody's" },
              { type: "text", text: "b" },
            ],
          },
          user("c"),
        ],
      },
      {
        messages: [
          {},
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "hm", signature: "s1" },
              { type: "redacted_thinking", data: "r1" },
              { type: "text", text: "b" },
            ],
          },
          {},
        ],
      },
      ["messages[1].content[2]"],
    ],
    [
      "drops what another account of the same vendor signed, and keeps its words",
      {
        messages: [
          user("a"),
          {
            role: "assistant",
            content: [
              { type: "reasoning", text: "hm", state: { ...ours({ signature: "s1" }), account: "other" } },
              { type: "text", text: "b", state: { ...ours({ citations: [{ type: "x" }] }), account: "other" } },
            ],
          },
          user("c"),
        ],
      },
      { messages: [{}, { role: "assistant", content: [{ type: "text", text: "b" }] }, {}] },
      ["messages[1].content[0]"],
    ],
    [
      "keeps only the words of a failed tool's result",
      {
        messages: [
          user("a"),
          { role: "assistant", content: [call("a")] },
          {
            role: "tool",
            content: [
              {
                ...result("a"),
                isError: true,
                output: { type: "parts", parts: [{ type: "text", text: "broken" }, png] },
              },
            ],
          },
        ],
      },
      {
        messages: [
          {},
          {},
          {
            content: [
              { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "broken" }], is_error: true },
            ],
          },
        ],
      },
      ["messages[2].content[0].output.parts[1]"],
    ],
    [
      "sends a citation back without the file's id, which comes and is not taken",
      {
        messages: [
          user("a"),
          {
            role: "assistant",
            content: [
              {
                type: "text",
                text: "b",
                state: ours({
                  citations: [{ type: "char_location", cited_text: "x", document_index: 0, file_id: null }],
                }),
              },
            ],
          },
          user("c"),
        ],
      },
      {
        messages: [
          {},
          { content: [{ text: "b", citations: [{ type: "char_location", cited_text: "x", document_index: 0 }] }] },
          {},
        ],
      },
    ],
    [
      "replays what the vendor ran itself, and leaves out what another vendor ran",
      {
        messages: [
          user("a"),
          {
            role: "assistant",
            content: [
              { ...call("srv_1"), name: "web_search", executor: "vendor", state: ours({ type: "server_tool_use" }) },
              {
                type: "tool-result",
                id: "srv_1",
                name: "web_search",
                executor: "vendor",
                output: { type: "json", value: [{ type: "web_search_result", encrypted_content: "e" }] },
                state: ours({ type: "web_search_tool_result" }),
              },
              {
                type: "text",
                text: "b",
                state: ours({ citations: [{ type: "web_search_result_location", encrypted_index: "i" }] }),
              },
              { type: "source", url: "https://example.com" },
              { ...call("ws_2"), name: "web_search", executor: "vendor", state: theirs({}) },
            ],
          },
          user("c"),
        ],
      },
      {
        messages: [
          {},
          {
            role: "assistant",
            content: [
              { type: "server_tool_use", id: "srv_1", name: "web_search", input: { city: "Rome" } },
              {
                type: "web_search_tool_result",
                tool_use_id: "srv_1",
                content: [{ type: "web_search_result", encrypted_content: "e" }],
              },
              { type: "text", text: "b", citations: [{ type: "web_search_result_location", encrypted_index: "i" }] },
            ],
          },
          {},
        ],
      },
      ["messages[1].content[4]"],
    ],
    [
      "drops a file in the assistant's turn, and sends a refusal as text",
      { messages: [user("a"), { role: "assistant", content: [png, { type: "refusal", text: "No." }] }, user("b")] },
      { messages: [{}, { role: "assistant", content: [{ type: "text", text: "No." }] }, {}] },
      ["messages[1].content[0]"],
    ],
  ];

  it("begins an answer for the model only where the registry says that it may, and without white space", async () => {
    const begun = { messages: [user("a"), { role: "assistant", content: "Once upon " } as const] };
    const seen = await send(begun, { model: model({ prefill: true }) });
    expect((seen.body["messages"] as unknown[]).at(-1)).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "Once upon" }],
    });
    await expect(send(begun)).rejects.toMatchObject({ code: "unsupported" });
  });

  it.each(rows.map(expecting))("%s", async (_, request, body, warned) => {
    const seen = await send(request);
    expect(seen.body).toMatchObject(body);
    expect(seen.warned).toEqual(warned);
  });

  it("puts a late system message behind the user's turn it stands in, for a model that takes it there", async () => {
    const late: Message = { role: "system", content: "Be brief." };
    const brief = { role: "system", content: [{ type: "text", text: "Be brief." }] };
    const rolesOf = async (messages: Message[]) => {
      const { body, warned } = await send({ messages }, { model: model({ systemMessages: true }) });
      expect(warned).toEqual([]);
      return body["messages"] as { role: string }[];
    };
    const both = await rolesOf([user("Hi"), late, user("Bye")]);
    expect(both).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "text", text: "Bye" },
        ],
      },
      brief,
    ]);
    const said: Message = { role: "assistant", content: "Hello" };
    expect((await rolesOf([user("Hi"), late, late, said, user("Bye")])).map(({ role }) => role)).toEqual([
      "user",
      "system",
      "assistant",
      "user",
    ]);
    expect((await rolesOf([user("Hi"), said, late, user("Bye")])).at(-1)).toEqual(brief);
  });

  it("takes the bytes out of a `data:` URL, and knows JPEG by its other name", async () => {
    const content = [
      { type: "file", mediaType: "image/jpg", data: { url: "data:image/jpeg;base64,AA==" } },
      { type: "file", mediaType: "application/pdf", data: { url: "data:application/pdf;base64,AA==" } },
    ] as const;
    const { body } = await send({ messages: [{ role: "user", content }] });
    expect(body["messages"]).toMatchObject([
      {
        content: [
          { source: { type: "base64", media_type: "image/jpeg", data: "AA==" } },
          { source: { type: "base64", media_type: "application/pdf", data: "AA==" } },
        ],
      },
    ]);
  });

  it.each([
    ["an empty file", { ...pdf, data: { bytes: new Uint8Array() } }],
    ["an image of an unknown kind", { ...png, mediaType: "image/tiff" }],
    ["sound", { ...png, mediaType: "audio/wav" }],
    ["a file uploaded elsewhere", { ...pdf, data: { fileId: "file_1", provider: "openai" } }],
    ["plain text by URL", { type: "file", mediaType: "text/plain", data: { url: "https://example.com" } } as const],
  ])("refuses %s, since it cannot be left out unseen", async (_, part) => {
    const failed = send({ messages: [{ role: "user", content: [part] }] });
    await expect(failed).rejects.toSatisfy((error) => GatewayError.is(error, "unsupported"));
  });

  it.each([
    ["begins with the assistant", [{ role: "assistant", content: "Hi" }, user("Hi")] as Message[]],
    ["is blank", [user(" ")]],
  ])("refuses a conversation that %s", async (_, messages) => {
    await expect(send({ messages })).rejects.toSatisfy((error) => GatewayError.is(error, "unsupported"));
  });
});

describe("tools for Anthropic", () => {
  const rows: readonly Row[] = [
    ["are absent without tools", {}, {}],
    [
      "have a name, a description and a schema",
      { tools: [weather] },
      { tools: [{ name: "weather", description: "of a city", input_schema: weather.input.schema }] },
    ],
    [
      "are held to their schema where that is asked",
      { tools: [{ ...weather, strict: true }] },
      {
        tools: [
          { name: "weather", strict: true, input_schema: { ...weather.input.schema, additionalProperties: false } },
        ],
      },
    ],
    ["may be chosen freely", { tools: [weather], toolChoice: "auto" }, { tool_choice: { type: "auto" } }],
    ["may be forbidden", { tools: [weather], toolChoice: "none" }, { tool_choice: { type: "none" } }],
    ["may be required", { tools: [weather], toolChoice: "required" }, { tool_choice: { type: "any" } }],
    [
      "may be forced",
      { tools: [weather], toolChoice: { tool: "weather" } },
      { tool_choice: { type: "tool", name: "weather" } },
    ],
    [
      "may be called one at a time",
      { tools: [weather], parallelToolCalls: false },
      { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
    ],
    [
      "may be forced and called one at a time",
      { tools: [weather], toolChoice: "required", parallelToolCalls: false },
      { tool_choice: { type: "any", disable_parallel_tool_use: true } },
    ],
    [
      "of the vendor are passed through",
      { tools: [{ type: "provider", provider: "anthropic", name: "web_search", options: { max_uses: 3 } }] },
      { tools: [{ type: "web_search_20260318", name: "web_search", max_uses: 3 }] },
    ],
    [
      "of the vendor may be named by version",
      { tools: [{ type: "provider", provider: "anthropic", name: "web_search_20250305" }] },
      { tools: [{ type: "web_search_20250305", name: "web_search" }] },
    ],
    [
      "of the vendor are of the newest kind",
      {
        tools: ["web_fetch", "code_execution", "text_editor_20250728"].map(
          (name) => ({ type: "provider", provider: "anthropic", name }) as const,
        ),
      },
      {
        tools: [
          { type: "web_fetch_20260318", name: "web_fetch" },
          { type: "code_execution_20260521", name: "code_execution" },
          { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
        ],
      },
    ],
  ];

  it("of the vendor, named by version, are chosen by their own name; a set of tools cannot be chosen", async () => {
    const tools = [{ type: "provider", provider: "anthropic", name: "web_search_20250305" } as const];
    const { body } = await send({ tools, toolChoice: { tool: "web_search_20250305" } });
    expect(body["tool_choice"]).toEqual({ type: "tool", name: "web_search" });
    const set = [{ type: "provider", provider: "anthropic", name: "mcp_toolset" } as const];
    await expect(send({ tools: set, toolChoice: { tool: "mcp_toolset" } })).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("of a server of MCP's have no name of their own, and the server stands beside them", async () => {
    const options = { mcp_server_name: "files" };
    const mcp_servers = [{ type: "url", url: "https://mcp.example", name: "files" }];
    const { body, headers } = await send({
      tools: [{ type: "provider", provider: "anthropic", name: "mcp_toolset", options }],
      providerOptions: { betas: ["mcp-client-2025-11-20"], body: { mcp_servers } },
    });
    expect(body["tools"]).toEqual([{ type: "mcp_toolset", mcp_server_name: "files" }]);
    expect(body["mcp_servers"]).toEqual(mcp_servers);
    expect(headers.get("anthropic-beta")).toBe("mcp-client-2025-11-20");
  });

  it.each(rows.map(expecting))("%s", async (_, request, body) => {
    const seen = await send(request);
    expect(seen.body).toMatchObject(body);
    if (request.tools === undefined) expect(seen.body).not.toHaveProperty("tools");
    expect(seen.warned).toEqual([]);
  });

  it("whose input is a union become one object, since Anthropic takes no union there", async () => {
    const dog = {
      type: "object",
      properties: { kind: { const: "dog" }, name: { type: "string" } },
      required: ["kind"],
    };
    const cat = {
      type: "object",
      properties: { kind: { const: "cat" }, lives: { type: "integer" } },
      required: ["kind"],
    };
    const schema = { description: "A pet", anyOf: [{ $ref: "#/$defs/dog" }, cat], $defs: { dog } };
    const tools = [{ ...weather, input: { name: "weather", schema } }];
    const { body, codes } = await send({ tools });
    expect(body["tools"]).toEqual([
      {
        name: "weather",
        description: "of a city",
        input_schema: {
          type: "object",
          properties: {
            kind: { anyOf: [{ const: "dog" }, { const: "cat" }] },
            name: { type: "string" },
            lives: { type: "integer" },
          },
          required: ["kind"],
          description: expect.stringMatching(/^A pet\n\n\{anyOf: \[/),
          $defs: { dog },
        },
      },
    ]);
    expect(codes).toEqual(["schema_changed"]);
    const strict = await send({ tools: tools.map((tool) => ({ ...tool, strict: true })) });
    expect(strict.body["tools"]).toMatchObject([{ strict: true, input_schema: { additionalProperties: false } }]);
  });

  it.each(["another's", "unknown"])("that are %s are refused", async (which) => {
    const tool = { type: "provider", provider: which === "unknown" ? "anthropic" : "openai", name: "x" } as const;
    await expect(send({ tools: [tool] })).rejects.toSatisfy((error) => GatewayError.is(error, "unsupported"));
  });
});

describe("reasoning at Anthropic", () => {
  type Case = readonly [
    what: string,
    options: ProviderModel["options"],
    request: Partial<GenerateRequest>,
    body: { thinking?: unknown; output_config?: unknown; tool_choice?: unknown },
    warned?: readonly string[],
  ];
  const adaptive = { thinking: "adaptive" };
  const budget = { thinking: "enabled" };
  const cases: readonly Case[] = [
    ["unasked for, is the model's own affair", adaptive, {}, {}],
    [
      "adaptive, by effort",
      adaptive,
      { reasoning: { effort: "xhigh" } },
      { thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } },
    ],
    [
      "takes the nearest effort",
      { ...adaptive, effort: ["low", "medium", "high"] },
      { reasoning: { effort: "max" } },
      { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
    ],
    [
      "minimal is low",
      adaptive,
      { reasoning: { effort: "minimal" } },
      { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
    ],
    [
      "summarised",
      adaptive,
      { reasoning: { summary: "auto" } },
      { thinking: { type: "adaptive", display: "summarized" } },
    ],
    ["unseen", adaptive, { reasoning: { summary: "none" } }, { thinking: { type: "adaptive", display: "omitted" } }],
    [
      "takes no budget",
      adaptive,
      { reasoning: { budgetTokens: 2048 } },
      { thinking: { type: "adaptive" } },
      ["reasoning.budgetTokens"],
    ],
    ["switched off", adaptive, { reasoning: { effort: "none" } }, { thinking: { type: "disabled" } }],
    ["cannot be switched off", { thinking: "always" }, { reasoning: { effort: "none" } }, {}, ["reasoning.effort"]],
    [
      "by budget",
      budget,
      { reasoning: { budgetTokens: 2000 } },
      { thinking: { type: "enabled", budget_tokens: 2000 } },
    ],
    [
      "by budget, from an effort",
      budget,
      { reasoning: { effort: "low" } },
      { thinking: { type: "enabled", budget_tokens: 2048 } },
    ],
    [
      "a budget is at least 1,024",
      budget,
      { reasoning: { budgetTokens: 1 } },
      { thinking: { type: "enabled", budget_tokens: 1024 } },
    ],
    [
      "a budget is less than all of the output",
      budget,
      { reasoning: { effort: "max" } },
      { thinking: { type: "enabled", budget_tokens: 8191 } },
    ],
    [
      "no room for it",
      budget,
      { maxOutputTokens: 1000, reasoning: { effort: "low" } },
      { thinking: { type: "disabled" } },
      ["reasoning"],
    ],
    ["of a model that has none", { thinking: "none" }, { reasoning: { effort: "high" } }, {}, ["reasoning"]],
    [
      "gives way to a forced tool",
      adaptive,
      { tools: [weather], toolChoice: "required", reasoning: { effort: "high" } },
      { thinking: { type: "disabled" }, output_config: { effort: "high" }, tool_choice: { type: "any" } },
      ["reasoning"],
    ],
    [
      "that gives way takes effort with it, which is at most high then",
      adaptive,
      { tools: [weather], toolChoice: "required", reasoning: { effort: "max" } },
      { thinking: { type: "disabled" }, output_config: { effort: "high" }, tool_choice: { type: "any" } },
      ["reasoning"],
    ],
    [
      "that never stops makes a forced tool free",
      { thinking: "always" },
      { tools: [weather], toolChoice: { tool: "weather" }, parallelToolCalls: false, reasoning: { effort: "high" } },
      {
        thinking: { type: "adaptive" },
        output_config: { effort: "high" },
        tool_choice: { type: "auto", disable_parallel_tool_use: true },
      },
      ["toolChoice"],
    ],
    [
      "does not go with an answer that is begun",
      { ...budget, prefill: true },
      { reasoning: { budgetTokens: 2048 }, messages: [user("a"), { role: "assistant", content: "Once" }] },
      { thinking: { type: "disabled" } },
      ["reasoning"],
    ],
    [
      "by budget cannot begin inside a tool loop that another vendor began",
      budget,
      {
        reasoning: { budgetTokens: 2048 },
        messages: [user("a"), { role: "assistant", content: [call("a")] }, { role: "tool", content: [result("a")] }],
      },
      { thinking: { type: "disabled" } },
      ["reasoning"],
    ],
  ];

  it.each(
    cases.map(([what, options, request, body, warned = []]) => [what, options, request, body, warned] as const),
  )("%s", async (_, options, request, expected, warned) => {
    const { body, warned: seen } = await send(request, { model: model(options) });
    const { thinking, output_config, tool_choice } = body;
    expect({ thinking, output_config, tool_choice }).toEqual({
      thinking: undefined,
      output_config: undefined,
      tool_choice: undefined,
      ...expected,
    });
    expect(seen).toEqual(warned);
  });
});

describe("parameters at Anthropic", () => {
  it.each([
    ["the request's own", { maxOutputTokens: 99 }, { output: 8192 }, 99],
    ["the registry's limit", {}, { output: 8192 }, 8192],
    ["4,096", {}, {}, 4096],
  ])("max_tokens is always sent: %s", async (_, request, limit, expected) => {
    expect((await send(request, { model: { limit } })).body).toMatchObject({
      model: "claude-opus-5",
      max_tokens: expected,
    });
  });

  it("of sampling are dropped with a warning from 2026-10-21 on, and by models that do not take them", async () => {
    const asked = { temperature: 0.5, topP: 0.9, topK: 10 };
    for (const [version, temperature] of [
      [undefined, true],
      ["2026-10-21", true],
      ["2023-06-01", false],
    ] as const) {
      const { body, warned } = await send(asked, { model: model({}, { temperature }) }, version && { version });
      expect(Object.keys(body)).not.toEqual(expect.arrayContaining(["temperature"]));
      expect(warned).toEqual(["temperature", "topP", "topK"]);
    }
  });

  it("of sampling are sent in an earlier version, one of temperature and topP", async () => {
    const { body, headers, warned } = await send(
      { temperature: 1.5, topP: 0.9, topK: 10 },
      {},
      { version: "2023-06-01" },
    );
    expect(headers.get("anthropic-version")).toBe("2023-06-01");
    expect(body).toMatchObject({ temperature: 1, top_k: 10 });
    expect(body).not.toHaveProperty("top_p");
    expect(warned).toEqual(["topP", "temperature"]);
    expect((await send({ topP: 0.9 }, { model: model({ version: "2023-06-01" }) })).body).toMatchObject({ top_p: 0.9 });
  });

  it("of sampling are not sent to a model that thinks", async () => {
    const request = { temperature: 0.5, reasoning: { effort: "high" } } as const;
    const { body, warned } = await send(request, {}, { version: "2023-06-01" });
    expect(body).not.toHaveProperty("temperature");
    expect(warned).toEqual(["temperature"]);
  });

  it("that Anthropic does not have are dropped, each with a warning", async () => {
    const { body, warned } = await send({ seed: 1, presencePenalty: 0.1, frequencyPenalty: 0.1, stop: ["END", " \n"] });
    expect(body).toMatchObject({ stop_sequences: ["END"] });
    expect(warned.sort()).toEqual(["frequencyPenalty", "presencePenalty", "seed", "stop"]);
    for (const name of ["seed", "presence_penalty", "frequency_penalty"]) expect(body).not.toHaveProperty(name);
  });

  it.each([
    { seed: 1 },
    { temperature: 0.5 },
    { stop: [" "] },
    { reasoning: { effort: "none" } },
  ] as const)("are refused instead of dropped under strict: %j", async (request) => {
    const failed = send({ ...request, strict: true }, { model: model({ thinking: "always" }) });
    await expect(failed).rejects.toSatisfy((error) => GatewayError.is(error, "unsupported"));
  });

  it("strict does not refuse a history for the sake of another vendor's state", async () => {
    const messages: Message[] = [
      user("a"),
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "x" },
          { type: "text", text: "b" },
        ],
      },
      user("c"),
    ];
    expect((await send({ messages, strict: true })).codes).toEqual(["state_dropped"]);
  });

  it("carry the user, and the vendor's own settings as they are", async () => {
    const { body, headers } = await send({
      user: "u1",
      providerOptions: {
        serviceTier: "standard_only",
        speed: "fast",
        inferenceGeo: "us",
        betas: ["a-1", "b-2"],
        body: { container: "c_1" },
      },
    });
    expect(body).toMatchObject({
      metadata: { user_id: "u1" },
      service_tier: "standard_only",
      speed: "fast",
      inference_geo: "us",
      container: "c_1",
    });
    expect(headers.get("anthropic-beta")).toBe("a-1,b-2");
    const added = await send(
      { providerOptions: { betas: ["b-2", "c-3"] } },
      {},
      { headers: { "Anthropic-Beta": "a-1, b-2" } },
    );
    expect(added.headers.get("anthropic-beta")).toBe("a-1,b-2,c-3");
  });

  it("ask for citations of documents, but not of an answer that is JSON", async () => {
    const request: Partial<GenerateRequest> = {
      messages: [{ role: "user", content: [pdf] }],
      providerOptions: { citations: true },
    };
    expect((await send(request)).body).toMatchObject({ messages: [{ content: [{ citations: { enabled: true } }] }] });
    const { body, warned } = await send({
      ...request,
      output: { name: "x", schema: { type: "object", properties: {} } },
    });
    expect(JSON.stringify(body)).not.toContain("citations");
    expect(warned).toEqual(["providerOptions.citations"]);
  });
});

describe("an output schema for Anthropic", () => {
  const send_ = (schema: Record<string, Json>) => send({ output: { name: "answer", schema } });

  it("closes objects and keeps what is optional", async () => {
    const { body, warned } = await send_({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        a: { type: "string", format: "date", default: "x" },
        b: { type: ["object", "null"], properties: {} },
      },
      required: ["a"],
    });
    expect(body["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            a: { type: "string", format: "date" },
            b: { type: ["object", "null"], properties: {}, additionalProperties: false },
          },
          required: ["a"],
          additionalProperties: false,
        },
      },
    });
    expect(warned).toEqual([]);
  });

  it("tells the model what the vendor does not enforce, and says so", async () => {
    const { body, codes } = await send_({
      type: "object",
      properties: {
        n: { type: "integer", minimum: 1, description: "how many" },
        list: { type: "array", items: { oneOf: [{ const: 1 }, { enum: ["a"] }] }, minItems: 2 },
      },
      $defs: { d: { type: "string", pattern: "^a$" } },
    });
    expect(body["output_config"]).toMatchObject({
      format: {
        schema: {
          properties: {
            n: { type: "integer", description: "how many\n\n{minimum: 1}" },
            list: { type: "array", items: { anyOf: [{ const: 1 }, { enum: ["a"] }] }, description: "{minItems: 2}" },
          },
          $defs: { d: { type: "string", description: '{pattern: "^a$"}' } },
        },
      },
    });
    expect(codes).toEqual(["schema_changed"]);
  });

  const string = { type: "string" };
  const tree = { type: "object", properties: { left: { $ref: "#/$defs/tree" } } };
  it.each<readonly [what: string, schema: Record<string, Json>]>([
    ["a map", { type: "object", properties: { all: { type: "object", additionalProperties: string } } }],
    ["an object of any kind", { type: "object", properties: { any: { type: "object" } } }],
    ["a value of any kind", { type: "object", properties: { any: {} } }],
    ["names by a pattern", { type: "object", properties: {}, patternProperties: { "^x": string } }],
    ["itself", { $ref: "#/$defs/tree", $defs: { tree } }],
    ["a schema elsewhere", { type: "object", properties: { a: { $ref: "https://example.com/a.json" } } }],
    ["a list as a literal", { type: "object", properties: { a: { const: [{ deep: 1 }] } } }],
  ])("with %s in it, which a closed one would forbid, is told in words", async (_, schema) => {
    const { body, codes } = await send({
      messages: [{ role: "system", content: "Be brief." }, user("Hi")],
      output: { name: "answer", schema },
    });
    expect(body).not.toHaveProperty("output_config");
    expect(body["system"]).toEqual([
      { type: "text", text: "Be brief." },
      { type: "text", text: `Answer with JSON alone, of this JSON Schema:\n${JSON.stringify(schema)}` },
    ]);
    expect(codes).toEqual(["schema_changed"]);
    const tool = {
      ...weather,
      strict: true,
      input: { name: "weather", schema: { type: "object", properties: { a: schema } } },
    };
    const strict = await send({
      tools: [schema["$defs"] === undefined ? tool : { ...tool, input: { name: "weather", schema } }],
    });
    expect(JSON.stringify(strict.body["tools"])).not.toMatch(/"strict"|"additionalProperties":false/);
    expect(strict.codes).toEqual(["schema_changed"]);
  });

  it("is told in words where the answer is begun for the model", async () => {
    const messages: Message[] = [user("a"), { role: "assistant", content: "{" }];
    const output = { name: "answer", schema: { type: "object", properties: { a: string } } };
    const { body, codes } = await send({ messages, output }, { model: model({ prefill: true }) });
    expect(body).not.toHaveProperty("output_config");
    expect(JSON.stringify(body["system"])).toContain("JSON Schema");
    expect(codes).toEqual(["schema_changed"]);
  });

  it("stands beside the effort", async () => {
    const request = {
      output: { name: "x", schema: { type: "object", properties: {} } },
      reasoning: { effort: "high" },
    } as const;
    expect((await send(request)).body["output_config"]).toMatchObject({
      effort: "high",
      format: { type: "json_schema" },
    });
  });
});

describe("prompt caching at Anthropic", () => {
  const hinted = (text: string, ttlMs?: number) =>
    ({ type: "text", text, promptCache: ttlMs === undefined ? {} : { ttlMs } }) as const;
  const HOUR = 3_600_000;
  const texts = (...parts: ReturnType<typeof hinted>[]): Message[] => [{ role: "user", content: parts }];
  const controls = (body: Record<string, unknown>): unknown[] => {
    const [turn] = body["messages"] as { content: { cache_control?: { ttl?: string } }[] }[];
    return turn!.content.map(({ cache_control }) => cache_control && (cache_control.ttl ?? "5m"));
  };

  it("is not asked for unless the caller does, since writing costs more", async () => {
    for (const promptCache of [undefined, "auto"] as const) {
      const { body } = await send(promptCache ? { promptCache } : {});
      expect(JSON.stringify(body)).not.toContain("cache_control");
    }
  });

  it("follows the hints of parts, in the system prompt too", async () => {
    const messages: Message[] = [
      { role: "system", content: [hinted("s", HOUR)] },
      ...texts(hinted("a", 1), { type: "text", text: "b" } as never),
    ];
    const { body } = await send({ messages });
    expect(body["system"]).toEqual([{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "1h" } }]);
    expect(controls(body)).toEqual(["5m", undefined]);
  });

  it("keeps at most four breakpoints: the first, and the last", async () => {
    const { body } = await send({ messages: texts(...["a", "b", "c", "d", "e", "f"].map((text) => hinted(text))) });
    expect(controls(body)).toEqual(["5m", undefined, undefined, "5m", "5m", "5m"]);
  });

  it("counts the breakpoint of the whole prompt among the four", async () => {
    const messages = texts(...["a", "b", "c", "d"].map((text) => hinted(text)));
    const { body } = await send({ messages, promptCache: { ttlMs: 1 } });
    expect(body["cache_control"]).toEqual({ type: "ephemeral" });
    expect(controls(body)).toEqual(["5m", "5m", "5m", undefined]);
    const five = await send({
      messages: texts(...["a", "b", "c", "d", "e"].map((text) => hinted(text))),
      promptCache: { ttlMs: 1 },
    });
    expect(controls(five.body)).toEqual(["5m", undefined, "5m", "5m", undefined]);
  });

  it("never has an hour behind five minutes, which the vendor refuses", async () => {
    const { body } = await send({ messages: texts(hinted("a"), hinted("b", HOUR), hinted("c")) });
    expect(controls(body)).toEqual(["1h", "1h", "5m"]);
    const whole = await send({ messages: texts(hinted("a"), hinted("b")), promptCache: { ttlMs: HOUR } });
    expect(controls(whole.body)).toEqual(["1h", undefined]);
  });

  it("of the whole prompt stands for the last block's own: two lifetimes there are refused", async () => {
    const { body } = await send({ messages: texts(hinted("a"), hinted("b", HOUR)), promptCache: { ttlMs: 1 } });
    expect(controls(body)).toEqual(["1h", undefined]);
    expect(body["cache_control"]).toEqual({ type: "ephemeral", ttl: "1h" });
  });

  it("off means off", async () => {
    const { body } = await send({ messages: texts(hinted("a")), promptCache: "off" });
    expect(JSON.stringify(body)).not.toContain("cache_control");
  });

  it("takes a hint inside a tool's result for one on the result", async () => {
    const output = { type: "parts", parts: [hinted("see")] } as const;
    const { body } = await send({
      messages: [
        user("a"),
        { role: "assistant", content: [call("a")] },
        { role: "tool", content: [{ ...result("a"), output }] },
      ],
    });
    expect(body["messages"]).toMatchObject([
      {},
      {},
      {
        content: [
          { type: "tool_result", cache_control: { type: "ephemeral" }, content: [{ type: "text", text: "see" }] },
        ],
      },
    ]);
  });

  it("counts the breakpoints of the vendor's tools too, which come first", async () => {
    const options = { cache_control: { type: "ephemeral" } };
    const tools = [{ type: "provider", provider: "anthropic", name: "web_search", options } as const];
    const { body } = await send({ tools, messages: texts(...["a", "b", "c", "d"].map((text) => hinted(text))) });
    expect(body["tools"]).toMatchObject([{ cache_control: { type: "ephemeral" } }]);
    expect(controls(body)).toEqual([undefined, "5m", "5m", "5m"]);
  });

  it("marks a tool's result and a file, never reasoning", async () => {
    const { body } = await send({
      messages: [
        { role: "user", content: [{ ...pdf, promptCache: {} }] },
        { role: "assistant", content: [call("a")] },
        { role: "tool", content: [{ ...result("a"), promptCache: {} }] },
      ],
    });
    expect(body["messages"]).toMatchObject([
      { content: [{ type: "document", cache_control: { type: "ephemeral" } }] },
      { content: [{ type: "tool_use" }] },
      { content: [{ type: "tool_result", cache_control: { type: "ephemeral" } }] },
    ]);
  });
});
