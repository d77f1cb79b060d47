import { startVendor, type Vendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor({ api: "google" });
});
afterAll(() => vendor.close());

const post = async (path: string, body: object, headers: Record<string, string> = { "x-goog-api-key": "k" }) => {
  const response = await fetch(`${vendor.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
};
const GEMINI_3 = "/v1beta/models/gemini-3-pro:generateContent";
const GEMINI_2 = "/v1beta/models/gemini-2.5-flash:generateContent";
const text = (said: string) => ({ text: said });
const user = (...parts: object[]) => ({ role: "user", parts });
const model = (...parts: object[]) => ({ role: "model", parts });
const called = (more: object = {}) => ({ functionCall: { name: "f", args: {} }, ...more });
const answered = { functionResponse: { name: "f", response: { output: 1 } } };
const SKIP = { thoughtSignature: "skip_thought_signature_validator" };

describe("the simulated Gemini", () => {
  it.each<[what: string, words: RegExp, body: object, path?: string]>([
    ["no contents", /contents is not specified/, { contents: [] }],
    ["no parts", /parts must not be empty/, { contents: [user()] }],
    ["a part of nothing", /required oneof field 'data'/, { contents: [user({})] }],
    ["a part of two things", /required oneof field 'data'/, { contents: [user({ text: "x", inlineData: {} })] }],
    ["another role", /valid role/, { contents: [{ role: "assistant", parts: [text("x")] }] }],
    ["an unknown field", /Unknown name "foo"/, { contents: [user(text("x"))], foo: 1 }],
    ["an unknown setting", /Unknown name "n"/, { contents: [user(text("x"))], generationConfig: { n: 1 } }],
    ["an unknown field of a part", /Unknown name "foo"/, { contents: [user({ text: "x", foo: 1 })] }],
    [
      "six stop sequences",
      /stop sequences/,
      { contents: [user(text("x"))], generationConfig: { stopSequences: [..."abcdef"] } },
    ],
    [
      "a schema without its type",
      /response_mime_type/,
      { contents: [user(text("x"))], generationConfig: { responseJsonSchema: {} } },
    ],
    [
      "a level and a budget",
      /only one of/,
      {
        contents: [user(text("x"))],
        generationConfig: { thinkingConfig: { thinkingLevel: "LOW", thinkingBudget: 1 } },
      },
    ],
    ["a call that comes first", /function call turn/, { contents: [model(called(SKIP)), user(answered)] }],
    [
      "a result of no call",
      /function response turn/,
      { contents: [user(text("x")), model(text("y")), user(answered)] },
    ],
    [
      "results that are too few",
      /number of function response parts/,
      { contents: [user(text("x")), model(called(SKIP), called()), user(answered)] },
    ],
    [
      "a call that is not answered",
      /number of function/,
      { contents: [user(text("x")), model(called(SKIP)), user(text("y"))] },
    ],
    [
      "a result that is no object",
      /function_response\.response/,
      { contents: [user(text("x")), model(called(SKIP)), user({ functionResponse: { name: "f", response: "1" } })] },
    ],
    [
      "a call that is not signed",
      /missing a thought_signature/,
      { contents: [user(text("x")), model(called()), user(answered)] },
    ],
    [
      "what another signed",
      /Corrupted thought signature/,
      { contents: [user(text("x")), model(called({ thoughtSignature: "Zm9v" })), user(answered)] },
      GEMINI_2,
    ],
    [
      "a function that cannot be named so",
      /function name/,
      { contents: [user(text("x"))], tools: [{ functionDeclarations: [{ name: "2nd" }] }] },
    ],
    [
      "a choice among unknown functions",
      /allowed_function_names/,
      {
        contents: [user(text("x"))],
        tools: [{ functionDeclarations: [{ name: "f" }] }],
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["g"] } },
      },
    ],
  ])("answers 400 to %s", async (_what, words, body, path = GEMINI_3) => {
    const { status, body: told } = await post(path, body);
    expect(told.error.message).toMatch(words);
    expect({ status, canonical: told.error.status }).toEqual({ status: 400, canonical: "INVALID_ARGUMENT" });
  });

  it("wants a key, in a header", async () => {
    const { status, text: told } = await post(`${GEMINI_3}?key=k`, { contents: [user(text("x"))] }, {});
    expect(status).toBe(400);
    expect(told).toMatch("unregistered callers");
  });

  it("takes the documented stand-in, models before Gemini 3 without a signature, and turns that are over", async () => {
    const turns = (more: object) => [user(text("x")), model(called(more), called()), user(answered, answered)];
    expect((await post(GEMINI_3, { contents: turns(SKIP) })).status).toBe(200);
    expect((await post(GEMINI_2, { contents: turns({}) })).status).toBe(200);
    const over = [...turns({}), model(text("done")), user(text("next"))];
    expect((await post(GEMINI_3, { contents: over })).status).toBe(200);
  });

  it("streams as SSE with CRLF, figures with every piece, the reason with the last", async () => {
    const path = GEMINI_3.replace("generateContent", "streamGenerateContent");
    expect((await post(path, { contents: [user(text("x"))] })).status).toBe(400);
    const { text: wire } = await post(`${path}?alt=sse`, { contents: [user(text("x"))] });
    const pieces = wire.split("\r\n\r\n").filter((each) => each !== "");
    const told = pieces.map((each) => JSON.parse(each.replace(/^data: /, "")));
    expect(told.every((each) => each.usageMetadata.promptTokenCount > 0)).toBe(true);
    expect(told.map((each) => each.candidates[0].finishReason).filter(Boolean)).toEqual(["STOP"]);
    expect(told.at(-1).candidates[0].finishReason).toBe("STOP");
    expect(new Set(told.map((each) => each.responseId)).size).toBe(1);
  });
});
