/** The simulated Bedrock answers 400 where the real one would. */
import { startVendor, type Vendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const user = (...content: readonly object[]) => ({ role: "user", content });
const assistant = (...content: readonly object[]) => ({ role: "assistant", content });
const hello = user({ text: "Hello?" });
const call = (toolUseId: string, name = "look") => ({ toolUse: { toolUseId, name, input: {} } });
const result = (toolUseId: string) => ({ toolResult: { toolUseId, content: [{ text: "blue" }] } });
const toolConfig = { tools: [{ toolSpec: { name: "look", inputSchema: { json: { type: "object" } } } }] };
const pdf = (name: string) => ({ document: { format: "pdf", name, source: { bytes: "JVBERi0=" } } });
const point = { cachePoint: { type: "default" } };

const WRONG: Readonly<Record<string, readonly [body: object, message: RegExp]>> = {
  "no messages": [{ messages: [] }, /at least one message/],
  "the assistant first": [{ messages: [assistant({ text: "Hi." })] }, /start with a user message/],
  "one role twice": [{ messages: [hello, hello] }, /alternate/],
  "a blank text": [{ messages: [user({ text: " " })] }, /blank/],
  "no content": [{ messages: [user()] }, /empty/],
  "an unknown field": [{ messages: [hello], max_tokens: 5 }, /extraneous key \[max_tokens\]/],
  "an unknown block": [{ messages: [user({ type: "text", text: "Hi." })] }, /not allowed/],
  "a call without a result": [
    { messages: [hello, assistant(call("a")), user({ text: "?" })], toolConfig },
    /Expected toolResult/,
  ],
  "a result without a call": [{ messages: [user(result("a"))], toolConfig }, /exceeds the number of toolUse/],
  "calls without tools": [
    { messages: [hello, assistant(call("a")), user(result("a"))] },
    /toolConfig field must be defined/,
  ],
  "an id beyond the pattern": [
    { messages: [hello, assistant(call("a|b")), user(result("a|b"))], toolConfig },
    /toolUseId/,
  ],
  "a name beyond the pattern": [
    { messages: [hello, assistant(call("a", "$x")), user(result("a"))], toolConfig },
    /toolUse.name/,
  ],
  "a document alone": [{ messages: [user(pdf("a"))] }, /text block/],
  "a document's bad name": [{ messages: [user({ text: "?" }, pdf("a.pdf"))] }, /file name can only contain/],
  "two documents of one name": [{ messages: [user({ text: "?" }, pdf("a"), pdf("a"))] }, /duplicate document names/],
  "an image by address": [{ messages: [user({ image: { format: "png", source: { url: "https://x" } } })] }, /source/],
  "a foreign signature": [
    {
      messages: [
        hello,
        assistant({ reasoningContent: { reasoningText: { text: "Hm.", signature: "x" } } }, { text: "So." }),
        hello,
      ],
    },
    /Invalid `signature`/,
  ],
  "no tools in toolConfig": [{ messages: [hello], toolConfig: { tools: [] } }, /at least one tool/],
  "a choice that is none": [
    { messages: [hello], toolConfig: { ...toolConfig, toolChoice: { none: {} } } },
    /toolChoice/,
  ],
  "a choice said twice": [
    {
      messages: [hello],
      toolConfig: { ...toolConfig, toolChoice: { any: {} } },
      additionalModelRequestFields: { tool_choice: { type: "auto" } },
    },
    /tool_choice/,
  ],
  "a schema that is no text": [
    {
      messages: [hello],
      outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: { type: "object" } } } } },
    },
    /JSON in a string/,
  ],
  "a temperature of 2": [{ messages: [hello], inferenceConfig: { temperature: 2 } }, /between 0 and 1/],
  "five cache points": [{ messages: [user({ text: "a" }, point, point, point, point, point)] }, /maximum of 4/],
  "a blank system": [{ messages: [hello], system: [{ text: "" }] }, /blank/],
};

describe("the simulated Bedrock", () => {
  let vendor: Vendor;
  beforeAll(async () => {
    vendor = await startVendor({ api: "bedrock" });
  });
  afterAll(() => vendor.close());

  const post = (body: object, path = "converse") =>
    fetch(`${vendor.url}/model/anthropic.x%3A0/${path}`, {
      method: "POST",
      headers: { authorization: "Bearer k", "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it.each(Object.entries(WRONG))("answers 400 to %s", async (_name, [body, message]) => {
    for (const path of ["converse", "converse-stream"]) {
      const response = await post(body, path);
      expect(response.status).toBe(400);
      expect(response.headers.get("x-amzn-errortype")).toMatch(/^ValidationException/);
      expect(((await response.json()) as { message: string }).message).toMatch(message);
    }
  });

  it("answers a conversation that keeps the rules, and knows the model by its path", async () => {
    const messages = [
      hello,
      assistant({ text: "I look." }, call("a"), call("b")),
      user(result("b"), result("a"), { text: "?" }),
    ];
    const response = await post({ messages, toolConfig, system: [{ text: "Be brief." }, point] });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ stopReason: "end_turn", output: { message: { role: "assistant" } } });
    expect(vendor.hits.at(-1)?.model).toBe("anthropic.x:0");
  });

  it("knows a key by its bearer or by its signature", async () => {
    await using closed = await startVendor({ api: "bedrock", keys: ["AKID"] });
    const ask = async (authorization: string) => {
      const init = { method: "POST", headers: { authorization }, body: JSON.stringify({ messages: [hello] }) };
      return (await fetch(`${closed.url}/model/m/converse`, init)).status;
    };
    expect(await ask("Bearer AKID")).toBe(200);
    expect(await ask("AWS4-HMAC-SHA256 Credential=AKID/20261125/us-east-1/bedrock/aws4_request, Signature=0")).toBe(
      200,
    );
    expect(await ask("Bearer other")).toBe(403);
  });
});
