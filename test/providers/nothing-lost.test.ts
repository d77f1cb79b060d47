/** Every field of a request, and of each part, at every provider: it is sent, it is told of, or it is refused. */
import { GatewayError, type GenerateRequest, type Message, type Part, type ToolResultPart } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { answering, kindOf, modelOf, NAMES } from "./every-provider.ts";
import { callOf } from "./replay.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const schema = { type: "object", properties: {}, additionalProperties: false };
const look = { type: "function", name: "look", input: { name: "look", schema } } as const;

const text = { type: "text", text: "Look at the gate." } as const;
const image = { type: "file", mediaType: "image/png", data: { base64: PIXEL } } as const;
const pdf = { type: "file", mediaType: "application/pdf", data: { base64: "JVBERi0xLjQK" } } as const;
const call = { type: "tool-call", id: "call_1", name: "look", input: {}, executor: "caller" } as const;
const foreign = { provider: "elsewhere", model: "m", account: "a", data: { type: "server_tool_use" } } as const;

const user = (...content: readonly (typeof text | Part)[]): Message => ({ role: "user", content: content as never });
const said = (...content: readonly Part[]): Message => ({ role: "assistant", content });
const answered = (change: Partial<ToolResultPart>): Asked => ({
  messages: [
    user(text),
    said(call),
    { role: "tool", content: [{ type: "tool-result", id: "call_1", name: "look", output: "shut", ...change }] },
  ],
});
const holding = (part: typeof text | Part): Partial<ToolResultPart> => ({
  output: { type: "parts", parts: [text, part as typeof text] },
});

type Asked = Partial<GenerateRequest>;
const asking = (...messages: readonly Message[]): Asked => ({ messages });
const plain = asking(user(text));
const hour = { ttlMs: 3_600_000 };

/** Without and with what must not be lost. */
const FIELDS: Readonly<Record<string, readonly [Asked, Asked]>> = {
  "how closely to look at an image": [asking(user(text, image)), asking(user(text, { ...image, detail: "low" }))],
  "an image's name": [asking(user(text, image)), asking(user(text, { ...image, filename: "gate.png" }))],
  "a document's name": [asking(user(text, pdf)), asking(user(text, { ...pdf, filename: "gate.pdf" }))],
  "an image's name in a result": [answered(holding(image)), answered(holding({ ...image, filename: "gate.png" }))],
  "how closely to look, in a result": [answered(holding(image)), answered(holding({ ...image, detail: "low" }))],
  "the mark of a failed result": [answered({}), answered({ isError: true })],
  "an hour's cache, up to a text": [plain, asking(user({ ...text, promptCache: hour }))],
  "an hour's cache, up to a file": [asking(user(text, image)), asking(user(text, { ...image, promptCache: hour }))],
  "an hour's cache, up to a result": [answered({}), answered({ promptCache: hour })],
  "an hour's cache, inside a result": [answered(holding(text)), answered(holding({ ...text, promptCache: hour }))],
  "an hour's cache, up to an answer": [
    asking(user(text), said(text), user(text)),
    asking(user(text), said({ ...text, promptCache: hour }), user(text)),
  ],
  "a refusal beside words": [
    asking(user(text), said(text), user(text)),
    asking(user(text), said(text, { type: "refusal", text: "I will not." }), user(text)),
  ],
  "a file in an answer": [
    asking(user(text), said(text), user(text)),
    asking(user(text), said(text, image), user(text)),
  ],
  "reasoning of elsewhere": [
    asking(user(text), said(text), user(text)),
    asking(user(text), said({ type: "reasoning", text: "Hm.", state: foreign }, text), user(text)),
  ],
  "a call that another vendor ran": [
    asking(user(text), said(text), user(text)),
    asking(user(text), said(text, { ...call, executor: "vendor", state: foreign }), user(text)),
  ],
  "a result that another vendor's tool gave": [
    asking(user(text), said(text), user(text)),
    asking(
      user(text),
      said(text, { type: "tool-result", id: "x", name: "search", output: "found", executor: "vendor", state: foreign }),
      user(text),
    ),
  ],
  "a late system message": [
    asking(user(text), said(text), user(text)),
    asking(user(text), said(text), { role: "system", content: "Be brief." }, user(text)),
  ],
  "no tool": [plain, { ...plain, toolChoice: "none" }],
  "some tool": [plain, { ...plain, toolChoice: "required" }],
  "this tool": [plain, { ...plain, toolChoice: { tool: "look" } }],
  "one tool at a time": [plain, { ...plain, parallelToolCalls: false }],
  "a strict tool": [plain, { ...plain, tools: [{ ...look, strict: true }] }],
  "a tool's description": [plain, { ...plain, tools: [{ ...look, description: "Looks." }] }],
  "the end user": [plain, { ...plain, user: "user-1" }],
  "a seed": [plain, { ...plain, seed: 7 }],
  "more stop sequences than some take": [plain, { ...plain, stop: ["1", "2", "3", "4", "5", "6"] }],
  topK: [plain, { ...plain, topK: 3 }],
  topP: [plain, { ...plain, topP: 0.5 }],
  temperature: [plain, { ...plain, temperature: 0.5 }],
  "a penalty": [plain, { ...plain, presencePenalty: 0.5 }],
  "an output limit": [plain, { ...plain, maxOutputTokens: 77 }],
  effort: [plain, { ...plain, reasoning: { effort: "low" } }],
  "a budget": [
    { ...plain, reasoning: { effort: "low" } },
    { ...plain, reasoning: { effort: "low", budgetTokens: 3_000 } },
  ],
  "a summary": [plain, { ...plain, reasoning: { summary: "auto" } }],
  "a key of the prompt cache": [plain, { ...plain, promptCache: { key: "k" } }],
  "a lifetime of the prompt cache": [plain, { ...plain, promptCache: hour }],
  "a schema beside tools": [plain, { ...plain, output: { name: "answer", schema } }],
};

const send = async (name: string, request: Asked) => {
  const { transport, asked } = answering("{}", { status: 500 });
  const { call, facts } = callOf(kindOf(name).provide({ apiKey: "k", transport }), {
    mode: "stream",
    model: modelOf(name),
    request: { tools: [look], ...request },
  });
  const error: unknown = await Promise.resolve(kindOf(name).provide({ apiKey: "k", transport }).generate(call)).catch(
    (thrown: unknown) => thrown,
  );
  const warned = facts.flatMap((fact) => (fact.type === "warning" ? [fact.warning.message] : []));
  return { body: asked[0], warned, isRefused: GatewayError.is(error, "unsupported") };
};

describe.each(NAMES)("%s", (name) => {
  it.each(Object.entries(FIELDS))("%s: sent, told of, or refused", async (_field, [without, having]) => {
    const [before, after] = [await send(name, without), await send(name, having)];
    if (after.isRefused) return;
    const isTold = after.warned.some((message) => !before.warned.includes(message));
    expect(isTold || after.body !== before.body).toBe(true);
  });
});
