import { bedrockOthers } from "./bedrock-others.ts";
import { wrongRequest } from "./bedrock-rules.ts";
import {
  bytes,
  type Dialect,
  type Fields,
  type Frame,
  type Invalid,
  isFields,
  list,
  type Refusal,
  type Spoken,
  text,
  type Wire,
  words,
} from "./dialect.ts";
import { encodeEvent, encodeException } from "./event-stream.ts";
import type { Ask, ErrorName } from "./script.ts";

const ERRORS: Readonly<Record<ErrorName, readonly [status: number, name: string, message: string]>> = {
  invalid_request: [400, "ValidationException", "The request is not valid."],
  bad_key: [403, "UnrecognizedClientException", "The security token included in the request is invalid."],
  forbidden: [403, "AccessDeniedException", "User is not authorized to perform: bedrock:InvokeModel"],
  model_not_found: [
    404,
    "ResourceNotFoundException",
    "Could not resolve the foundation model from the model identifier.",
  ],
  too_large: [413, "RequestEntityTooLargeException", "The request body is too large."],
  context_overflow: [400, "ValidationException", "Input is too long for requested model."],
  rate_limited: [429, "ThrottlingException", "Too many requests, please wait before trying again."],
  insufficient_quota: [
    400,
    "ServiceQuotaExceededException",
    "Your request exceeds the service quota for your account.",
  ],
  spend_limit: [400, "ServiceQuotaExceededException", "Your request exceeds the service quota for your account."],
  server_error: [500, "InternalServerException", "The system encountered an unexpected error during processing."],
  overloaded: [503, "ServiceUnavailableException", "Bedrock is unable to process your request."],
  timed_out: [408, "ModelTimeoutException", "The request took too long to process."],
};

/** Amazon Bedrock's Converse and ConverseStream. */
export const bedrockDialect: Dialect = {
  path: /\/model\/[^/]+\/converse(-stream)?$/,
  key({ headers }) {
    const authorization = text(headers["authorization"]);
    if (authorization.startsWith("Bearer ")) return authorization.slice("Bearer ".length);
    return /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization)?.[1];
  },
  asked: ({ path }) => ({ model: modelIn(path), stream: path.endsWith("-stream") }),
  read,
  whole,
  frames,
  refuse,
  errorFrame(error) {
    const [, name, message] = ERRORS[error];
    return encodeException(name.charAt(0).toLowerCase() + name.slice(1), { message });
  },
  keepAlive: undefined,
  brokenFrame: broken(),
  streamType: "application/vnd.amazon.eventstream",
  requestIdHeader: "x-amzn-requestid",
  headers: () => ({}),
  others: bedrockOthers,
};

const modelIn = (path: string): string => decodeURIComponent(/\/model\/([^/]+)\//.exec(path)?.[1] ?? "");

function refuse(error: ErrorName, said: string | undefined): Refusal {
  const [status, name, message] = ERRORS[error];
  const headers = { "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
  return { status, headers, body: { message: said ?? message } };
}

function broken(): Uint8Array {
  const message = Buffer.from(encodeEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "?" } }));
  message[message.length - 1] = (message.at(-1) ?? 0) ^ 0xff;
  return message;
}

function read({ path, body }: Wire, isOwn: (seal: string) => boolean): Ask | Invalid {
  const wrong = wrongRequest(body, isOwn);
  if (wrong !== undefined) return { invalid: wrong };
  const messages = list(body["messages"]);
  const config = isFields(body["toolConfig"]) ? body["toolConfig"] : {};
  const choice = isFields(config["toolChoice"]) ? config["toolChoice"] : {};
  const tools = list(config["tools"]).flatMap(({ toolSpec }) =>
    isFields(toolSpec)
      ? [
          {
            name: text(toolSpec["name"]),
            schema: isFields(toolSpec["inputSchema"]) ? toolSpec["inputSchema"]["json"] : {},
          },
        ]
      : [],
  );
  const inference = isFields(body["inferenceConfig"]) ? body["inferenceConfig"] : {};
  const said = JSON.stringify(body);
  return {
    api: "bedrock",
    model: modelIn(path),
    stream: path.endsWith("-stream"),
    prompt: textOf(list(messages.at(-1)?.["content"])),
    system: textOf(list(body["system"])),
    inputBytes: bytes(JSON.stringify([body["system"] ?? [], messages, config])),
    maxTokens: typeof inference["maxTokens"] === "number" ? inference["maxTokens"] : undefined,
    tools,
    forcedTool: isFields(choice["tool"]) ? text(choice["tool"]["name"]) : choice["any"] ? tools[0]?.name : undefined,
    schema: schemaIn(body["outputConfig"]),
    cache: said.includes('"cachePoint"') ? "asked" : "none",
    body,
  };
}

const textOf = (blocks: readonly Fields[]): string => blocks.map((block) => text(block["text"])).join("");

const schemaIn = (config: unknown): unknown => {
  const format = isFields(config) && isFields(config["textFormat"]) ? config["textFormat"] : {};
  const structure = isFields(format["structure"]) ? format["structure"]["jsonSchema"] : undefined;
  return isFields(structure) ? JSON.parse(text(structure["schema"])) : undefined;
};

const blocks = ({ reply, id, seal }: Spoken): readonly Fields[] => [
  ...(reply.reasoning === undefined
    ? []
    : [{ reasoningContent: { reasoningText: { text: reply.reasoning, signature: seal(reply.reasoning) } } }]),
  ...(reply.text === undefined ? [] : [{ text: reply.text }]),
  ...(reply.refusal === undefined ? [] : [{ text: reply.refusal }]),
  ...(reply.toolCalls ?? []).map(({ name, input }) => ({ toolUse: { toolUseId: id("tooluse"), name, input } })),
];

/** `inputTokens` leaves the cached ones out; reasoning is among `outputTokens`. */
const usage = ({ tokens, ask }: Spoken): Fields => {
  const { input, cached, cacheWrite, output } = tokens;
  const ttl = JSON.stringify(ask.body).includes('"ttl":"1h"') ? "1h" : "5m";
  return {
    inputTokens: input - cached - cacheWrite,
    outputTokens: output,
    totalTokens: input + output,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: cacheWrite,
    ...(cacheWrite > 0 && { cacheDetails: [{ ttl, inputTokens: cacheWrite }] }),
  };
};

const stopReason = ({ reply }: Spoken): string => {
  // Claude's own word, which Converse hands on.
  if (reply.refusal !== undefined) return "refusal";
  if (reply.finish === "length") return "max_tokens";
  return reply.toolCalls === undefined ? "end_turn" : "tool_use";
};

function whole(spoken: Spoken): Fields {
  return {
    metrics: { latencyMs: 412 },
    output: { message: { role: "assistant", content: blocks(spoken) } },
    stopReason: stopReason(spoken),
    usage: usage(spoken),
  };
}

const PADDING = "abcdefghijklmnopqrstuvwxyz";

/** Events are padded, so that nobody can tell from their length what they say. */
const event = (type: string, fields: Fields, generated = 0): Frame => ({
  wire: encodeEvent(type, { ...fields, p: PADDING.slice(0, 3 + (JSON.stringify(fields).length % 20)) }),
  generated,
});

function frames(spoken: Spoken): readonly Frame[] {
  return [
    event("messageStart", { role: "assistant" }),
    ...blocks(spoken).flatMap(blockFrames),
    event("messageStop", { stopReason: stopReason(spoken) }),
    event("metadata", { usage: usage(spoken), metrics: { latencyMs: 412 } }),
  ];
}

/** Text and reasoning have no beginning of their own. */
const blockFrames = (block: Fields, contentBlockIndex: number): readonly Frame[] => {
  const delta = (fields: Fields, generated: number): Frame =>
    event("contentBlockDelta", { contentBlockIndex, delta: fields }, generated);
  const stop = event("contentBlockStop", { contentBlockIndex });
  const { toolUse, reasoningContent } = block;
  if (isFields(toolUse)) {
    const { input, ...head } = toolUse;
    const json = JSON.stringify(input);
    const half = Math.ceil(json.length / 2);
    const pieces = ["", json.slice(0, half), json.slice(half)];
    return [
      event("contentBlockStart", { contentBlockIndex, start: { toolUse: head } }),
      ...pieces.map((piece) => delta({ toolUse: { input: piece } }, bytes(piece))),
      stop,
    ];
  }
  if (isFields(reasoningContent) && isFields(reasoningContent["reasoningText"])) {
    const { text: thought, signature } = reasoningContent["reasoningText"];
    return [
      ...words(text(thought)).map((piece) => delta({ reasoningContent: { text: piece } }, bytes(piece))),
      delta({ reasoningContent: { signature } }, 0),
      stop,
    ];
  }
  return [...words(text(block["text"])).map((piece) => delta({ text: piece }, bytes(piece))), stop];
};
