import {
  bytes,
  type Dialect,
  type Fields,
  type Frame,
  type Invalid,
  isFields,
  list,
  type Spoken,
  type Tokens,
  text,
  type Wire,
  words,
} from "./dialect.ts";
import { googleOthers, modelIn } from "./google-endpoints.ts";
import { errorFrame, refuse } from "./google-errors.ts";
import { wrongBody } from "./google-rules.ts";
import type { Ask } from "./script.ts";

/** Google's generateContent: the Gemini API, and Vertex's form of it. */
export const googleDialect: Dialect = {
  path: /\/models\/[^/:]+:(generateContent|streamGenerateContent)$/,
  key({ headers }) {
    const bearer = text(headers["authorization"]);
    return (
      text(headers["x-goog-api-key"]) || (bearer.startsWith("Bearer ") ? bearer.slice("Bearer ".length) : undefined)
    );
  },
  asked: (wire) => ({ model: modelIn(wire), stream: wire.path.endsWith(":streamGenerateContent") }),
  read,
  whole: (spoken) =>
    isBlocked(spoken)
      ? piece(spoken, undefined, usage(spoken.tokens))
      : piece(spoken, { parts: parts(spoken), finishReason: finishReason(spoken) }, usage(spoken.tokens)),
  frames,
  refuse,
  errorFrame,
  keepAlive: ": keep-alive\r\n\r\n",
  brokenFrame: "data: {broken\r\n\r\n",
  streamType: "text/event-stream",
  requestIdHeader: "x-goog-request-id",
  headers: () => ({ vary: "Origin, X-Origin, Referer", server: "scaffolding on HTTPServer2" }),
  others: googleOthers,
};

function read(wire: Wire, isOwn: (seal: string) => boolean): Ask | Invalid {
  const { body, query } = wire;
  if (googleDialect.key(wire) === undefined) {
    return {
      invalid: "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer identity.",
    };
  }
  const { model, stream } = googleDialect.asked(wire);
  if (stream && query.get("alt") !== "sse") return { invalid: "This simulator streams as SSE alone (?alt=sse)." };
  const wrong = wrongBody(body, model, isOwn);
  if (wrong !== undefined) return { invalid: wrong };
  const contents = list(body["contents"]);
  const system = list(fields(body["systemInstruction"])["parts"]).map((part) => text(part["text"]));
  const config = fields(body["generationConfig"]);
  const tools = list(body["tools"])
    .flatMap((tool) => list(tool["functionDeclarations"]))
    .map((each) => ({ name: text(each["name"]), schema: each["parametersJsonSchema"] ?? each["parameters"] }));
  return {
    api: "google",
    model,
    stream,
    prompt: list(contents.findLast(({ role }) => role !== "model")?.["parts"])
      .map((part) => text(part["text"]))
      .join(""),
    system: system.join(""),
    inputBytes: bytes(JSON.stringify([system, contents, body["tools"] ?? []])),
    maxTokens: typeof config["maxOutputTokens"] === "number" ? config["maxOutputTokens"] : undefined,
    tools,
    forcedTool: forced(fields(fields(body["toolConfig"])["functionCallingConfig"]), tools),
    schema: config["responseJsonSchema"],
    cache: "automatic",
    body,
  };
}

const fields = (value: unknown): Fields => (isFields(value) ? value : {});

const forced = ({ mode, allowedFunctionNames }: Fields, tools: Ask["tools"]): string | undefined => {
  if (mode !== "ANY") return undefined;
  return Array.isArray(allowedFunctionNames) ? text(allowedFunctionNames[0]) : tools[0]?.name;
};

/** The filter's word, before the model has said any. */
const isBlocked = ({ reply }: Spoken): boolean => reply.refusal !== undefined;

const finishReason = ({ reply }: Spoken): string => (reply.finish === "length" ? "MAX_TOKENS" : "STOP");

/** Thoughts are shown to who asks for them. */
const thoughts = ({ ask, reply }: Spoken): readonly string[] => {
  const { includeThoughts } = fields(fields(ask.body["generationConfig"])["thinkingConfig"]);
  return includeThoughts === true && reply.reasoning !== undefined ? [reply.reasoning] : [];
};

/** Of several calls the first is signed. */
const calls = ({ reply, seal }: Spoken): readonly Fields[] =>
  (reply.toolCalls ?? []).map(({ name, input }, index) => ({
    functionCall: { name, args: input },
    ...(index === 0 && { thoughtSignature: seal(reply.reasoning ?? name) }),
  }));

/** What was thought about is signed at its end. */
const sealed = ({ reply, seal }: Spoken): Fields =>
  reply.reasoning === undefined || reply.toolCalls !== undefined ? {} : { thoughtSignature: seal(reply.reasoning) };

const parts = (spoken: Spoken): readonly Fields[] => [
  ...thoughts(spoken).map((said) => ({ text: said, thought: true })),
  ...(spoken.reply.text === undefined ? [] : [{ text: spoken.reply.text, ...sealed(spoken) }]),
  ...calls(spoken),
];

/** `candidatesTokenCount` leaves out what was thought. */
const usage = ({ input, cached, output, reasoning }: Tokens): Fields => ({
  ...usageSoFar(input, cached),
  candidatesTokenCount: output - reasoning,
  totalTokenCount: input + output,
  ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
});

const usageSoFar = (input: number, cached: number): Fields => ({
  promptTokenCount: input,
  totalTokenCount: input,
  ...(cached > 0 && { cachedContentTokenCount: cached }),
  promptTokensDetails: [{ modality: "TEXT", tokenCount: input }],
});

const piece = (
  { ask, reply, id }: Spoken,
  said: { readonly parts: readonly Fields[]; readonly finishReason?: string } | undefined,
  used: Fields,
): Fields => ({
  ...(said === undefined
    ? { promptFeedback: { blockReason: "PROHIBITED_CONTENT", blockReasonMessage: reply.refusal } }
    : {
        candidates: [
          {
            content: { parts: said.parts, role: "model" },
            ...(said.finishReason !== undefined && { finishReason: said.finishReason }),
            index: 0,
          },
        ],
      }),
  usageMetadata: used,
  modelVersion: ask.model,
  responseId: id("resp"),
});

const frame = (event: Fields, generated = 0): Frame => ({
  wire: `data: ${JSON.stringify(event)}\r\n\r\n`,
  generated,
});

function frames(spoken: Spoken): readonly Frame[] {
  const { tokens, reply } = spoken;
  if (isBlocked(spoken)) return [frame(piece(spoken, undefined, usage(tokens)))];
  const so = (part: Fields, generated: number): Frame =>
    frame(piece(spoken, { parts: [part] }, usageSoFar(tokens.input, tokens.cached)), generated);
  const last = { parts: [{ text: "", ...sealed(spoken) }], finishReason: finishReason(spoken) };
  return [
    ...thoughts(spoken)
      .flatMap(words)
      .map((said) => so({ text: said, thought: true }, bytes(said))),
    ...words(reply.text ?? "").map((said) => so({ text: said }, bytes(said))),
    ...calls(spoken).map((call) => so(call, bytes(JSON.stringify(fields(call["functionCall"])["args"])))),
    frame(piece(spoken, last, usage(tokens))),
  ];
}
