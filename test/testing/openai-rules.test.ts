/** The simulators of OpenAI's APIs refuse what OpenAI refuses; a host of its own ways has its own rules. */
import { type Api, startVendor, type Vendor } from "headgate/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let vendor: Vendor;
beforeEach(async () => {
  vendor = await startVendor();
});
afterEach(() => vendor.close());

const post = async (at: Vendor, path: string, body: object): Promise<{ status: number; said: string }> => {
  const response = await fetch(`${at.baseURL}${path}`, {
    method: "POST",
    body: JSON.stringify({ model: "m", ...body }),
  });
  const told = (await response.json()) as { error?: { message: string } };
  return { status: response.status, said: told.error?.message ?? "" };
};

const user = { role: "user", content: "x" };
const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const open = { type: "object", properties: { a: { type: "string" } } };
const call = { id: "c1", type: "function", function: { name: "look", arguments: "{}" } };
const asks = { role: "assistant", content: null, tool_calls: [call] };
const answers = { role: "tool", tool_call_id: "c1", content: "seen" };
const fn = (more: object = {}) => ({ type: "function", function: { name: "look", parameters: open, ...more } });
const format = (schema: object, strict = true) => ({ type: "json_schema", json_schema: { name: "a", schema, strict } });

describe("Chat Completions", () => {
  it.each<readonly [string, object]>([
    ["a field that it does not know", { messages: [user], top_k: 5 }],
    ["no messages", { messages: [] }],
    ["a role that it does not know", { messages: [{ role: "model", content: "x" }] }],
    ["no content", { messages: [{ role: "user", content: null }] }],
    [
      "a part that is not of this role",
      { messages: [{ role: "system", content: [{ type: "image_url", image_url: {} }] }] },
    ],
    ["a call without its result", { messages: [user, asks, user] }],
    ["a call at the end", { messages: [user, asks] }],
    ["a result without its call", { messages: [user, answers] }],
    ["an id that is too long", { messages: [user, { ...asks, tool_calls: [{ ...call, id: "x".repeat(41) }] }] }],
    [
      "a name in a history",
      { messages: [user, { ...asks, tool_calls: [{ ...call, function: { name: "a.b", arguments: "{}" } }] }] },
    ],
    ["a name of a tool", { messages: [user], tools: [fn({ name: "a b" })] }],
    ["a strict tool that is open", { messages: [user], tools: [fn({ strict: true })] }],
    ["a tool whose input is no object", { messages: [user], tools: [fn({ parameters: { anyOf: [open] } })] }],
    ["a strict answer that is open", { messages: [user], response_format: format(open) }],
    [
      "a strict answer with a rule unknown",
      { messages: [user], response_format: format({ ...closed, properties: { a: { allOf: [] } } }) },
    ],
    ["a choice without tools", { messages: [user], tool_choice: "auto" }],
    ["the old limit, where the model reasons", { model: "o3", messages: [user], max_tokens: 5 }],
    ["temperature, where the model reasons", { model: "gpt-5", messages: [user], temperature: 1 }],
    ["stop, where the model reasons", { model: "gpt-6", messages: [user], stop: ["x"] }],
    ["five stops", { messages: [user], stop: ["1", "2", "3", "4", "5"] }],
    ["tools, where a new model reasons", { model: "gpt-5.6", messages: [user], tools: [fn()] }],
    ["options of a stream without one", { messages: [user], stream_options: { include_usage: true } }],
  ])("refuses %s", async (_what, body) => {
    const { status, said } = await post(vendor, "/chat/completions", body);
    expect([status, said.length > 10]).toEqual([400, true]);
  });

  it.each<readonly [string, object]>([
    ["a round of tools", { messages: [{ role: "developer", content: "x" }, user, asks, answers], tools: [fn()] }],
    [
      "strict schemas",
      { messages: [user], tools: [fn({ strict: true, parameters: closed })], response_format: format(closed) },
    ],
    ["an open answer that is not strict", { messages: [user], response_format: format(open, false) }],
    [
      "tools of a new model that does not reason",
      { model: "gpt-5.6", messages: [user], tools: [fn()], reasoning_effort: "none", temperature: 1 },
    ],
    ["tools of an older model that reasons", { model: "gpt-5", messages: [user], tools: [fn()] }],
  ])("takes %s", async (_what, body) => {
    expect(await post(vendor, "/chat/completions", body)).toEqual({ status: 200, said: "" });
  });
});

describe("Responses", () => {
  const asked = { type: "function_call", call_id: "c1", name: "look", arguments: "{}" };
  const answered = { type: "function_call_output", call_id: "c1", output: "seen" };
  const tool = { type: "function", name: "look", parameters: closed };

  it.each<readonly [string, object]>([
    ["a field that it does not know", { input: "x", stop: ["x"] }],
    ["a field of an item that it does not know", { input: [{ ...user, name: "x" }] }],
    ["a part of the other API", { input: [{ role: "user", content: [{ type: "text", text: "x" }] }] }],
    ["a part of the other role", { input: [{ role: "assistant", content: [{ type: "input_text", text: "x" }] }] }],
    ["a call without its output", { input: [user, asked] }],
    ["an output without its call", { input: [user, answered] }],
    [
      "an id that is too long",
      { input: [user, { ...asked, call_id: "x".repeat(65) }, { ...answered, call_id: "x".repeat(65) }] },
    ],
    ["a name", { input: [user, { ...asked, name: "a.b" }, answered] }],
    ["a strict tool that is open", { input: "x", tools: [{ ...tool, parameters: open, strict: true }] }],
    ["an open tool that does not say that it is not strict", { input: "x", tools: [{ ...tool, parameters: open }] }],
    [
      "a strict answer that is open",
      { input: "x", text: { format: { type: "json_schema", name: "a", schema: open, strict: true } } },
    ],
    ["a tool that must be called and is not there", { input: "x", tool_choice: "required" }],
    ["a limit that is too low", { input: "x", max_output_tokens: 15 }],
    ["temperature, where the model reasons", { model: "gpt-6", input: "x", temperature: 1 }],
    [
      "reasoning that is not kept",
      { input: [user, { type: "reasoning", id: "rs", summary: [] }, { role: "assistant", content: "x" }] },
    ],
    [
      "foreign reasoning",
      {
        input: [
          user,
          { type: "reasoning", id: "rs", summary: [], encrypted_content: "g" },
          { role: "assistant", content: "x" },
        ],
      },
    ],
  ])("refuses %s", async (_what, body) => {
    const { status, said } = await post(vendor, "/responses", body);
    expect([status, said.length > 10]).toEqual([400, true]);
  });

  it("encrypted reasoning is there for those who ask for it, goes back before what it led to, and nowhere else", async () => {
    const ask = async (body: object) => {
      vendor.script([{ reply: { reasoning: "Hm.", text: "So." } }]);
      const response = await fetch(`${vendor.baseURL}/responses`, {
        method: "POST",
        body: JSON.stringify({ model: "m", ...body }),
      });
      return (await response.json()) as { output: { type: string; encrypted_content?: string }[] };
    };
    const bare = await ask({ input: "x", store: false });
    expect(bare.output[0]).not.toHaveProperty("encrypted_content");
    const { output } = await ask({ input: "x", store: false, include: ["reasoning.encrypted_content"] });
    expect(output[0]).toHaveProperty("encrypted_content");
    const [thought, said] = output;
    expect((await post(vendor, "/responses", { input: [user, thought, said, user] })).status).toBe(200);
    expect((await post(vendor, "/responses", { input: [user, thought, user] })).said).toContain(
      "required following item",
    );
    expect((await post(vendor, "/responses", { input: [user, thought] })).status).toBe(400);
    expect((await post(vendor, "/responses", { input: [user, asked, answered] })).status).toBe(200);
  });
});

describe("a host with ways of its own", () => {
  it("takes fields of its own, the old limit and the old role alone, and shows its reasoning", async () => {
    const api: Api = "openai-compatible";
    await using host = await startVendor({ api });
    host.script((_ask, index) => (index === 0 ? { reply: { reasoning: "Hm.", text: "So." } } : undefined));
    const response = await fetch(`${host.baseURL}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "m", messages: [user], top_k: 5, max_tokens: 50 }),
    });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { reasoning_content: "Hm.", content: "So." } }],
      usage: { prompt_cache_hit_tokens: 0 },
    });
    const refused = [{ max_completion_tokens: 50 }, { messages: [{ role: "developer", content: "x" }, user] }];
    for (const body of refused) {
      expect((await post(host, "/chat/completions", { messages: [user], ...body })).status).toBe(400);
    }
  });
});
