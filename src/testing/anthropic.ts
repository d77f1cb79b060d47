import {
  askedInBody,
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
import { anthropicOthers } from "./other-endpoints.ts";
import type { Ask, ErrorName } from "./script.ts";

const ERRORS: Readonly<Record<ErrorName, readonly [status: number, type: string, message: string]>> = {
  invalid_request: [400, "invalid_request_error", "messages: invalid"],
  bad_key: [401, "authentication_error", "invalid x-api-key"],
  forbidden: [403, "permission_error", "Your API key does not have permission to use the specified resource."],
  model_not_found: [404, "not_found_error", "model: not found"],
  too_large: [413, "request_too_large", "Request exceeds the maximum size"],
  context_overflow: [400, "invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum"],
  rate_limited: [
    429,
    "rate_limit_error",
    "This request would exceed your organization's rate limit of 50 requests per minute.",
  ],
  insufficient_quota: [402, "billing_error", "Your credit balance is too low to access the Anthropic API."],
  spend_limit: [
    400,
    "invalid_request_error",
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
  ],
  server_error: [500, "api_error", "Internal server error"],
  overloaded: [529, "overloaded_error", "Overloaded"],
  timed_out: [504, "timeout_error", "Request timed out"],
};

const errorBody = (error: ErrorName, message: string | undefined, requestId: string): Fields => {
  const [, type, usual] = ERRORS[error];
  return { type: "error", error: { type, message: message ?? usual }, request_id: requestId };
};

const frame = (event: Fields, generated = 0): Frame => ({
  wire: `event: ${text(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`,
  generated,
});

/** Anthropic's Messages API. */
export const anthropicDialect: Dialect = {
  path: /\/v1\/messages$/,
  key({ headers }) {
    const bearer = text(headers["authorization"]);
    return bearer.startsWith("Bearer ") ? bearer.slice("Bearer ".length) : text(headers["x-api-key"]) || undefined;
  },
  asked: askedInBody,
  read,
  whole: (spoken) => message(spoken, blocks(spoken), usage(spoken.tokens, spoken.tokens.output)),
  frames,
  refuse: (error, said, requestId) => ({ status: ERRORS[error][0], body: errorBody(error, said, requestId) }),
  errorFrame: (error, id) => `event: error\ndata: ${JSON.stringify(errorBody(error, undefined, id))}\n\n`,
  keepAlive: 'event: ping\ndata: {"type":"ping"}\n\n',
  brokenFrame: "data: {broken\n\n",
  streamType: "text/event-stream",
  requestIdHeader: "request-id",
  headers: () => ({
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-tokens-limit": "400000",
    "anthropic-ratelimit-tokens-remaining": "399000",
  }),
  others: anthropicOthers,
};

function read({ body }: Wire, isOwn: (seal: string) => boolean): Ask | Invalid {
  const messages = list(body["messages"]);
  if (!Number.isInteger(body["max_tokens"])) return { invalid: "max_tokens: Field required" };
  if (messages.length === 0) return { invalid: "messages: at least one message is required" };
  if (messages[0]?.["role"] !== "user") return { invalid: "messages: first message must use the user role" };
  const wrong = messages.map((each, index) => wrongMessage(each, messages[index - 1], index, isOwn)).find(Boolean);
  if (wrong !== undefined) return { invalid: wrong };
  const system =
    typeof body["system"] === "string"
      ? body["system"]
      : list(body["system"])
          .map((block) => text(block["text"]))
          .join("");
  const last = messages.at(-1);
  const choice = isFields(body["tool_choice"]) ? body["tool_choice"] : {};
  const tools = list(body["tools"]).map((tool) => ({ name: text(tool["name"]), schema: tool["input_schema"] }));
  const config = isFields(body["output_config"]) ? body["output_config"] : {};
  return {
    api: "anthropic",
    model: text(body["model"]),
    stream: body["stream"] === true,
    prompt: last === undefined ? "" : contentText(last["content"]),
    system,
    inputBytes: bytes(JSON.stringify([system, messages, body["tools"] ?? []])),
    maxTokens: Number(body["max_tokens"]),
    tools,
    forcedTool:
      choice["type"] === "tool" ? text(choice["name"]) : choice["type"] === "any" ? tools[0]?.name : undefined,
    schema: isFields(config["format"]) ? config["format"]["schema"] : undefined,
    cache: JSON.stringify(body).includes('"cache_control"') ? "asked" : "none",
    body,
  };
}

const contentText = (content: unknown): string =>
  typeof content === "string"
    ? content
    : list(content)
        .map((block) => text(block["text"]))
        .join("");

/** Rules that the real API enforces with a 400. */
const wrongMessage = (
  { role, content }: Fields,
  before: Fields | undefined,
  index: number,
  isOwn: (seal: string) => boolean,
): string | undefined => {
  const called = new Set(
    list(before?.["content"])
      .filter((block) => block["type"] === "tool_use")
      .map((block) => block["id"]),
  );
  if (role !== "user" && role !== "assistant" && role !== "system") return `messages.${index}.role: invalid`;
  if (content === "") return `messages.${index}: content must not be empty`;
  let seenText = false;
  for (const block of list(content)) {
    if (block["type"] === "text") {
      seenText = true;
      if (text(block["text"]) === "") return `messages.${index}: text content blocks must be non-empty`;
    }
    if (block["type"] === "tool_result") {
      if (!called.delete(block["tool_use_id"])) return `messages.${index}: unexpected tool_use_id in tool_result`;
      if (seenText) return `messages.${index}: tool_result blocks must come first`;
    }
    if (block["type"] === "thinking" && !isOwn(text(block["signature"])))
      return `messages.${index}: Invalid signature in thinking block`;
  }
  return called.size > 0 ? `messages.${index}: tool_use ids were found without tool_result blocks` : undefined;
};

const blocks = ({ reply, id, seal }: Spoken): readonly Fields[] => [
  ...(reply.reasoning === undefined
    ? []
    : [{ type: "thinking", thinking: reply.reasoning, signature: seal(reply.reasoning) }]),
  ...(reply.text === undefined ? [] : [{ type: "text", text: reply.text }]),
  ...(reply.toolCalls ?? []).map(({ name, input }) => ({ type: "tool_use", id: id("toolu"), name, input })),
];

/** Anthropic's `input_tokens` leaves the cached ones out. */
const usage = ({ input, cached, cacheWrite, reasoning }: Tokens, output: number): Fields => ({
  input_tokens: input - cached - cacheWrite,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cached,
  output_tokens: output,
  ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
  service_tier: "standard",
});

const stopReason = ({ reply }: Spoken): string => {
  if (reply.refusal !== undefined) return "refusal";
  if (reply.finish === "length") return "max_tokens";
  return reply.toolCalls === undefined ? "end_turn" : "tool_use";
};

const message = (spoken: Spoken, content: readonly Fields[], used: Fields): Fields => ({
  id: spoken.id("msg"),
  type: "message",
  role: "assistant",
  model: spoken.ask.model,
  content,
  stop_reason: stopReason(spoken),
  stop_sequence: null,
  usage: used,
});

function frames(spoken: Spoken): readonly Frame[] {
  const start = { ...message(spoken, [], usage({ ...spoken.tokens, reasoning: 0 }, 1)), stop_reason: null };
  const all: Frame[] = [frame({ type: "message_start", message: start }), frame({ type: "ping" })];
  for (const [index, block] of blocks(spoken).entries()) all.push(...blockFrames(block, index));
  const { output, reasoning } = spoken.tokens;
  all.push(
    frame({
      type: "message_delta",
      delta: { stop_reason: stopReason(spoken), stop_sequence: null },
      usage: { output_tokens: output, ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }) },
    }),
    frame({ type: "message_stop" }),
  );
  return all;
}

const blockFrames = (block: Fields, index: number): readonly Frame[] => {
  const delta = (fields: Fields, generated: number): Frame =>
    frame({ type: "content_block_delta", index, delta: fields }, generated);
  const open = (content_block: Fields): Frame => frame({ type: "content_block_start", index, content_block });
  const close = frame({ type: "content_block_stop", index });
  switch (block["type"]) {
    case "thinking":
      return [
        open({ type: "thinking", thinking: "", signature: "" }),
        ...words(text(block["thinking"])).map((thinking) =>
          delta({ type: "thinking_delta", thinking }, bytes(thinking)),
        ),
        delta({ type: "signature_delta", signature: block["signature"] }, 0),
        close,
      ];
    case "text":
      return [
        open({ type: "text", text: "" }),
        ...words(text(block["text"])).map((piece) => delta({ type: "text_delta", text: piece }, bytes(piece))),
        close,
      ];
    default: {
      const json = JSON.stringify(block["input"]);
      const half = Math.ceil(json.length / 2);
      const pieces = ["", json.slice(0, half), json.slice(half)];
      return [
        open({ ...block, input: {} }),
        ...pieces.map((partial_json) => delta({ type: "input_json_delta", partial_json }, bytes(partial_json))),
        close,
      ];
    }
  }
};
