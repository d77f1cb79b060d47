import { lifetime } from "./anthropic-caching.ts";
import { wrongRequest } from "./anthropic-rules.ts";
import { blocks, frames, message, usage } from "./anthropic-speech.ts";
import {
  askedInBody,
  bytes,
  type Dialect,
  type Fields,
  type Invalid,
  isFields,
  list,
  text,
  type Wire,
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

/** Anthropic's Messages API. */
export const anthropicDialect: Dialect = {
  path: /\/v1\/messages$/,
  key({ headers }) {
    const bearer = text(headers["authorization"]);
    return bearer.startsWith("Bearer ") ? bearer.slice("Bearer ".length) : text(headers["x-api-key"]) || undefined;
  },
  asked: askedInBody,
  read,
  whole: (spoken) => message(spoken, blocks(spoken), usage(spoken.tokens, spoken.tokens.output, spoken)),
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

function read(wire: Wire, isOwn: (seal: string) => boolean): Ask | Invalid {
  const { body } = wire;
  const wrong = wrongRequest(wire, isOwn);
  if (wrong !== undefined) return { invalid: wrong };
  const messages = list(body["messages"]);
  const system =
    typeof body["system"] === "string"
      ? body["system"]
      : list(body["system"])
          .map((block) => text(block["text"]))
          .join("");
  const last = messages.findLast(({ role }) => role !== "system");
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
    cache: lifetime(body) === "none" ? "none" : "asked",
    body,
  };
}

const contentText = (content: unknown): string =>
  typeof content === "string"
    ? content
    : list(content)
        .map((block) => text(block["text"]))
        .join("");
