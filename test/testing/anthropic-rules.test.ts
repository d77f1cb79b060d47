/** The simulator of Anthropic answers 400 where the real API would, and takes what the real one takes. */
import { startVendor, type Vendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor({ api: "anthropic" });
});
afterAll(() => vendor.close());

type Body = Record<string, unknown>;
const hello = { role: "user", content: "hello" };

const post = async (body: Body, headers: Record<string, string> = {}, path = "/v1/messages") => {
  const response = await fetch(`${vendor.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2026-10-21", ...headers },
    body: JSON.stringify({ model: "claude-test", messages: [hello], ...body }),
  });
  const told = (await response.json()) as { error?: { type: string; message: string }; content?: Body[]; usage?: Body };
  return { status: response.status, told };
};
const create = (body: Body, headers?: Record<string, string>) => post({ max_tokens: 2_000, ...body }, headers);

const history = (...messages: readonly object[]): Body => ({ messages: [hello, ...messages] });
const said = (...content: readonly object[]) => ({ role: "assistant", content });
const asked = (...content: readonly object[]) => ({ role: "user", content });
const text = (words: string, more: object = {}) => ({ type: "text", text: words, ...more });
const use = (id: string, more: object = {}) => ({ type: "tool_use", id, name: "look", input: {}, ...more });
const result = (id: string, more: object = {}) => ({ type: "tool_result", tool_use_id: id, content: "x", ...more });
const tool = (more: object = {}) => ({ name: "look", input_schema: { type: "object", properties: {} }, ...more });
const closed = { type: "object", properties: {}, additionalProperties: false };
const format = (schema: object, more: object = {}) => ({
  output_config: { format: { type: "json_schema", schema, ...more } },
});
const mark = (ttl?: string) => ({ cache_control: { type: "ephemeral", ...(ttl !== undefined && { ttl }) } });
const png = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" } };

const REFUSED: Readonly<Record<string, readonly [body: Body, said: RegExp, headers?: Record<string, string>]>> = {
  "no limit": [{ max_tokens: undefined }, /max_tokens: Field required/],
  "an unknown field": [{ seed: 1 }, /seed: Extra inputs/],
  "a beta's field without the beta": [{ context_management: {} }, /context_management: Extra inputs/],
  "sampling in the newest version": [{ temperature: 1 }, /temperature: Extra inputs/],
  "sampling by a model that has none": [
    { model: "claude-opus-4-7", top_p: 0.5 },
    /top_p: Extra inputs/,
    { "anthropic-version": "2023-06-01" },
  ],
  "two ways of sampling": [{ temperature: 1, top_p: 1 }, /cannot both/, { "anthropic-version": "2023-06-01" }],
  "too much temperature": [{ temperature: 1.5 }, /range/, { "anthropic-version": "2023-06-01" }],
  "temperature while thinking": [
    { temperature: 0.5, thinking: { type: "adaptive" } },
    /only be set to 1/,
    { "anthropic-version": "2023-06-01" },
  ],
  "no version": [{}, /anthropic-version: header is required/, { "anthropic-version": "" }],
  "a first message of the assistant": [{ messages: [said(text("x")), hello] }, /first message/],
  "no messages": [{ messages: [] }, /at least one/],
  "a role that is none": [{ messages: [hello, { role: "tool", content: "x" }] }, /role/],
  "a field of a message": [{ messages: [{ ...hello, name: "x" }] }, /name: Extra inputs/],
  "empty content": [history(said(), hello), /non-empty content/],
  "empty text": [history(asked(text(""))), /non-empty/],
  "blank text": [history(asked(text(" \n"))), /non-whitespace/],
  "a system prompt of nothing": [{ system: [text(" ")] }, /system\.0/],
  "white space at the end of a begun answer": [history(said(text("Once "))), /trailing whitespace/],
  "a begun answer": [history(said(text("Once"))), /prefill/],
  "a call without a result": [history(said(use("a")), asked(text("x"))), /without `tool_result`/],
  "a call with half of its results": [history(said(use("a"), use("b")), asked(result("a"))), /without `tool_result`/],
  "a call at the end": [history(said(use("a"))), /without `tool_result`/],
  "a result without a call": [history(asked(result("a"))), /unexpected `tool_use_id`/],
  "a result given twice": [history(said(use("a")), asked(result("a"), result("a"))), /unexpected `tool_use_id`/],
  "a result behind text": [history(said(use("a")), asked(text("x"), result("a"))), /must come first/],
  "a result in the assistant's turn": [history(said(use("a"), result("a"))), /not permitted/],
  "an id used twice": [
    history(said(use("a")), asked(result("a")), said(use("a")), asked(result("a"))),
    /ids must be unique/,
  ],
  "an odd id": [history(said(use("a:b")), asked(result("a:b"))), /tool_use\.id/],
  "an odd name": [history(said(use("a", { name: "look.at" })), asked(result("a"))), /tool_use\.name/],
  "input that is no object": [history(said(use("a", { input: 7 })), asked(result("a"))), /tool_use\.input/],
  "an empty error": [history(said(use("a")), asked(result("a", { is_error: true, content: "" }))), /cannot be empty/],
  "an image in an error": [
    history(said(use("a")), asked(result("a", { is_error: true, content: [png] }))),
    /must be type "text"/,
  ],
  "foreign thinking": [
    history(said({ type: "thinking", thinking: "x", signature: "?" }), hello),
    /Invalid `signature`/,
  ],
  "foreign hidden thinking": [history(said({ type: "redacted_thinking", data: "?" }), hello), /Invalid `data`/],
  "a call of the vendor's without a result": [
    history(said({ type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }, text("x")), hello),
    /without a corresponding result/,
  ],
  "a result of the vendor's without a call": [
    history(said({ type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] }), hello),
    /must have a corresponding/,
  ],
  "a call of the vendor's with a foreign id": [
    history(said({ type: "server_tool_use", id: "ws_1", name: "web_search", input: {} })),
    /server_tool_use\.id/,
  ],
  "a foreign search": [
    history(
      said(
        { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
        { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [{ encrypted_content: "?" }] },
      ),
      hello,
    ),
    /encrypted_content/,
  ],
  "a document of the assistant's": [history(said(pdf, text("x")), hello), /`document` blocks are not permitted/],
  "an image of the assistant's": [history(said(png, text("x")), hello), /`image` blocks are not permitted/],
  "citations of the user's": [history(asked(text("x", { citations: [{ type: "char_location" }] }))), /citations/],
  "a citation's file_id": [
    history(said(text("x", { citations: [{ type: "char_location", file_id: null }] })), hello),
    /file_id: Extra inputs/,
  ],
  "an unknown field of a block": [history(asked(text("x", { id: "1" }))), /id: Extra inputs/],
  "an image of no known kind": [
    history(asked({ type: "image", source: { type: "base64", media_type: "image/tiff", data: "AA==" } })),
    /source/,
  ],
  "an image by a data URL": [
    history(asked({ type: "image", source: { type: "url", url: "data:image/png;base64,AA==" } })),
    /Invalid URL/,
  ],
  "a document of nothing": [
    history(asked({ type: "document", source: { type: "text", media_type: "text/plain", data: "" } })),
    /source/,
  ],
  "a system message behind the assistant's": [
    history(said(text("x")), { role: "system", content: "y" }),
    /must follow a user/,
  ],
  "a system message before the user's": [
    { messages: [hello, { role: "system", content: "y" }, hello] },
    /must precede an assistant/,
  ],
  "a system message for a model without": [
    { model: "claude-sonnet-4-5", messages: [hello, { role: "system", content: "y" }] },
    /not supported on this model/,
  ],
  "thinking by budget, where there is none": [
    { model: "claude-opus-5", thinking: { type: "enabled", budget_tokens: 1_024 } },
    /thinking\.type\.enabled/,
  ],
  "thinking by effort, where there is none": [
    { model: "claude-sonnet-4-5", thinking: { type: "adaptive" } },
    /thinking\.type\.adaptive/,
  ],
  "thinking that cannot be switched off": [
    { model: "claude-fable-5", thinking: { type: "disabled" } },
    /thinking\.type\.disabled/,
  ],
  "much effort without thinking": [
    { model: "claude-opus-5", thinking: { type: "disabled" }, output_config: { effort: "max" } },
    /effort/,
  ],
  "a small budget": [{ thinking: { type: "enabled", budget_tokens: 1_023 } }, /1024/],
  "a budget of all tokens": [{ thinking: { type: "enabled", budget_tokens: 2_000 } }, /must be greater/],
  "a budget beside effort": [{ thinking: { type: "adaptive", budget_tokens: 2_000 } }, /Extra inputs/],
  "an unknown display": [{ thinking: { type: "adaptive", display: "full" } }, /display/],
  "a forced tool while thinking": [
    { tools: [tool()], tool_choice: { type: "any" }, thinking: { type: "enabled", budget_tokens: 1_024 } },
    /forces tool use/,
  ],
  "thinking begun between a call and its result": [
    { ...history(said(use("a")), asked(result("a"))), thinking: { type: "enabled", budget_tokens: 1_024 } },
    /must start with a thinking block/,
  ],
  "thinking before an answer that is begun": [
    {
      model: "claude-sonnet-4-5",
      ...history(said(text("Once"))),
      thinking: { type: "enabled", budget_tokens: 1_024 },
    },
    /must start with a thinking block/,
  ],
  "an unknown effort": [{ output_config: { effort: "minimal" } }, /effort/],
  "a format with a name": [format(closed, { name: "x" }), /format\.name: Extra inputs/],
  "an open schema": [format({ type: "object", properties: {} }), /additionalProperties/],
  "an open schema inside": [
    format({ ...closed, properties: { a: { type: "array", items: { type: "object" } } } }),
    /items: .*additionalProperties/,
  ],
  "a range in a schema": [format({ ...closed, properties: { a: { type: "integer", minimum: 1 } } }), /minimum/],
  "a length in a schema": [
    format({ ...closed, properties: { a: { type: "array", items: {}, minItems: 2 } } }),
    /minItems/,
  ],
  "an alternative in a schema": [format({ ...closed, properties: { a: { oneOf: [{ type: "null" }] } } }), /oneOf/],
  "a schema without an end": [
    format({
      ...closed,
      properties: { a: { $ref: "#/$defs/a" } },
      $defs: { a: { ...closed, properties: { a: { $ref: "#/$defs/a" } } } },
    }),
    /Recursive/,
  ],
  "a schema elsewhere": [format({ ...closed, properties: { a: { $ref: "https://x" } } }), /External/],
  "a schema that says nothing": [format({ ...closed, properties: { a: {} } }), /type is required/],
  "an object as a literal": [format({ ...closed, properties: { a: { enum: [{}] } } }), /Complex types/],
  "a format for an answer that is begun": [
    { model: "claude-sonnet-4-5", ...history(said(text("{"))), ...format(closed) },
    /prefilling is incompatible/,
  ],
  "a format beside citations": [
    { ...history(asked({ ...pdf, citations: { enabled: true } })), ...format(closed) },
    /Citations cannot/,
  ],
  "a tool without a schema": [{ tools: [{ name: "look" }] }, /input_schema: Field required/],
  "a tool with an odd name": [{ tools: [tool({ name: "look at" })] }, /name/],
  "two tools of one name": [{ tools: [tool(), tool()] }, /unique/],
  "a tool's input that is a union": [
    { tools: [tool({ input_schema: { type: "object", anyOf: [closed] } })] },
    /at the top level/,
  ],
  "a strict tool with an open schema": [{ tools: [tool({ strict: true })] }, /additionalProperties/],
  "a field of a tool": [{ tools: [tool({ parameters: {} })] }, /parameters: Extra inputs/],
  "a tool that the vendor does not have": [{ tools: [{ type: "image_maker_20260101", name: "x" }] }, /does not match/],
  "a tool of the vendor's by another name": [
    { tools: [{ type: "web_search_20260318", name: "search" }] },
    /web_search/,
  ],
  "a choice without tools": [{ tool_choice: { type: "auto" } }, /while providing tools/],
  "a choice of no tool": [{ tools: [tool()], tool_choice: { type: "tool", name: "x" } }, /not found/],
  "a choice that is none": [{ tools: [tool()], tool_choice: { type: "required" } }, /tool_choice\.type/],
  "no tool, one at a time": [
    { tools: [tool()], tool_choice: { type: "none", disable_parallel_tool_use: true } },
    /Extra inputs/,
  ],
  "five breakpoints": [
    history(asked(...["a", "b", "c", "d", "e"].map((words) => text(words, mark())))),
    /maximum of 4/,
  ],
  "four breakpoints and one for all": [
    { ...history(asked(...["a", "b", "c", "d"].map((words) => text(words, mark())))), ...mark() },
    /maximum of 4/,
  ],
  "an hour after five minutes": [history(asked(text("a", mark()), text("b", mark("1h")))), /must not come after/],
  "two lifetimes at the end": [{ ...history(asked(text("b", mark("1h")))), ...mark() }, /another ttl|must not/],
  "an unknown lifetime": [history(asked(text("a", mark("2h")))), /cache_control/],
  "a breakpoint on thinking": [
    history(said({ type: "thinking", thinking: "x", signature: "?", ...mark() }), hello),
    /cache_control: Extra inputs/,
  ],
  "a blank stop": [{ stop_sequences: ["\n"] }, /stop_sequences/],
  "a field of the metadata": [{ metadata: { user: "x" } }, /metadata/],
  "an unknown tier": [{ service_tier: "flex" }, /service_tier/],
};

const TAKEN: Readonly<Record<string, readonly [body: Body, headers?: Record<string, string>]>> = {
  "neighbours of one role": [history(hello, said(text("x")), said(text("y")), hello)],
  "results in two messages": [history(said(use("a"), use("b")), asked(result("a")), asked(result("b"), text("x")))],
  "an empty result": [history(said(use("a")), asked({ type: "tool_result", tool_use_id: "a" }))],
  "an image in a result": [history(said(use("a")), asked(result("a", { content: [png, text("x")] })))],
  "a begun answer for an old model": [{ model: "claude-sonnet-4-5", ...history(said(text("Once"))) }],
  "sampling in an old version": [{ temperature: 0.5 }, { "anthropic-version": "2023-06-01" }],
  "a document of the assistant's in an old version": [
    history(said(pdf, text("x")), hello),
    { "anthropic-version": "2023-06-01" },
  ],
  "a turn of the vendor's tools that is to be continued": [
    history(said(text("x"), { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} })),
  ],
  "a turn of the vendor's tools that the caller's tool interrupts": [
    history(
      said({ type: "server_tool_use", id: "srvtoolu_1", name: "code_execution", input: {} }, use("a")),
      asked(result("a")),
      said({ type: "code_execution_tool_result", tool_use_id: "srvtoolu_1", content: {} }, text("x")),
      hello,
    ),
  ],
  "a late system message": [{ messages: [hello, { role: "system", content: "y" }] }],
  "four breakpoints": [
    history(asked(text("a", mark("1h")), text("b", mark("1h")), text("c", mark()), text("d", mark()))),
  ],
  "strict tools": [{ tools: [tool({ input_schema: closed, strict: true })], tool_choice: { type: "auto" } }],
  "tools of the vendor's": [{ tools: [{ type: "web_search_20260318", name: "web_search", max_uses: 2 }] }],
  "a format with a nested schema": [
    format({ ...closed, properties: { a: { anyOf: [{ type: "string", format: "date" }, { type: "null" }] } } }),
  ],
  "a schema that uses a definition twice": [
    format({
      ...closed,
      properties: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/b" } },
      $defs: { b: { type: "string" } },
    }),
  ],
  "a beta's field with the beta": [{ context_management: {} }, { "anthropic-beta": "context-management-2025-06-27" }],
};

describe("the simulator of Anthropic", () => {
  it.each(Object.entries(REFUSED))("answers 400 to %s", async (_, [body, message, headers]) => {
    const { status, told } = await create(body, headers);
    expect(told.error?.message).toMatch(message);
    expect([status, told.error?.type]).toEqual([400, "invalid_request_error"]);
  });

  it.each(Object.entries(TAKEN))("takes %s", async (_, [body, headers]) => {
    const { status, told } = await create(body, headers);
    expect([status, told.error]).toEqual([200, undefined]);
  });

  it("knows its own thinking again, and that it was changed", async () => {
    vendor.script([{ reply: { reasoning: "hm", hiddenReasoning: "dark", toolCalls: [{ name: "look", input: {} }] } }]);
    const { told } = await create({ thinking: { type: "enabled", budget_tokens: 1_024 } });
    const content = told.content as { type: string; id: string; thinking?: string }[];
    expect(content.map(({ type }) => type)).toEqual(["thinking", "redacted_thinking", "tool_use"]);
    const back = (turn: readonly object[]) =>
      create({
        ...history(said(...turn), asked(result(content[2]!.id))),
        thinking: { type: "enabled", budget_tokens: 1_024 },
      });
    expect((await back(content)).status).toBe(200);
    expect((await back([{ ...content[0], thinking: "hmm" }, ...content.slice(1)])).told.error?.message).toMatch(
      /modified/,
    );
    expect((await back(content.slice(2))).told.error?.message).toMatch(/must start with a thinking block/);
    expect((await back([content[2]!, content[0]!])).told.error?.message).toMatch(/must come first|must start/);
  });

  it("does not show its thoughts where it is asked not to, and takes them back unseen", async () => {
    vendor.script([{ reply: { reasoning: "hm", text: "x" } }]);
    const { told } = await create({ thinking: { type: "adaptive", display: "omitted" } });
    expect(told.content?.[0]).toMatchObject({ type: "thinking", thinking: "" });
    expect((await create(history(said(...(told.content ?? [])), hello))).status).toBe(200);
  });

  it("searches, pauses and cites, and takes what it found back", async () => {
    const search = { query: "why", found: [{ url: "https://example.com", title: "A page", quote: "so it is" }] };
    vendor.script([{ reply: { search, finish: "pause" } }, { reply: { search, text: "So it is." } }]);
    const paused = await create({});
    expect(paused.told).toMatchObject({ stop_reason: "pause_turn", content: [{ type: "server_tool_use" }] });
    const { told } = await create(history(said(...(paused.told.content ?? []))));
    expect(told.usage).toMatchObject({ server_tool_use: { web_search_requests: 1 } });
    expect(told.content).toMatchObject([
      { type: "web_search_tool_result", tool_use_id: paused.told.content?.[0]?.["id"] },
      { type: "text", citations: [{ cited_text: "so it is" }] },
    ]);
    const both = [...(paused.told.content ?? []), ...(told.content ?? [])];
    expect((await create(history(said(...both), hello))).status).toBe(200);
  });

  it("bills what is written to the cache by its lifetime, and then what is read", async () => {
    const system = (ttl?: string) => [text(`${ttl} ${"You know the manual. ".repeat(100)}`, mark(ttl))];
    const written = async (ttl?: string) => (await create({ system: system(ttl) })).told.usage;
    const short = await written();
    const share = short?.["cache_creation_input_tokens"];
    expect(share).toBeGreaterThan(0);
    expect(short?.["cache_creation"]).toEqual({ ephemeral_5m_input_tokens: share, ephemeral_1h_input_tokens: 0 });
    const long = await written("1h");
    const longShare = long?.["cache_creation_input_tokens"];
    expect(long?.["cache_creation"]).toEqual({ ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: longShare });
    expect(await written("1h")).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: longShare });
  });

  it("holds counts of tokens to the same rules", async () => {
    const count = (body: Body) => post(body, {}, "/v1/messages/count_tokens");
    expect((await count({})).status).toBe(200);
    expect((await count({ max_tokens: 1 })).told.error?.message).toMatch(/max_tokens: Extra inputs/);
    expect((await count(history(said(use("a"))))).status).toBe(400);
  });
});
