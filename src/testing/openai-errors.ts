import type { Dialect, Refusal } from "./dialect.ts";
import type { ErrorName } from "./script.ts";

type Told = readonly [status: number, code: string | null, type: string, message: string];

const ERRORS: Readonly<Record<ErrorName, Told>> = {
  invalid_request: [400, null, "invalid_request_error", "Invalid request."],
  bad_key: [401, "invalid_api_key", "invalid_request_error", "Incorrect API key provided."],
  forbidden: [403, "insufficient_permissions", "invalid_request_error", "You have insufficient permissions."],
  model_not_found: [
    404,
    "model_not_found",
    "invalid_request_error",
    "The model does not exist or you do not have access to it.",
  ],
  context_overflow: [
    400,
    "context_length_exceeded",
    "invalid_request_error",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
  ],
  too_large: [413, null, "invalid_request_error", "Request body is too large."],
  rate_limited: [429, "rate_limit_exceeded", "requests", "Rate limit reached for requests per min (RPM)."],
  insufficient_quota: [
    429,
    "insufficient_quota",
    "insufficient_quota",
    "You exceeded your current quota, please check your plan and billing details.",
  ],
  spend_limit: [
    429,
    "project_spend_limit_exceeded",
    "insufficient_quota",
    "Your project has reached its monthly spend limit.",
  ],
  server_error: [500, "server_error", "server_error", "The server had an error while processing your request."],
  overloaded: [
    503,
    "server_is_overloaded",
    "service_unavailable_error",
    "Our servers are currently overloaded. Please try again later.",
  ],
  timed_out: [504, null, "server_error", "Gateway timeout."],
};

const told = (
  error: ErrorName,
  said?: string,
): { readonly message: string; readonly type: string; readonly param: null; readonly code: string | null } => {
  const [, code, type, message] = ERRORS[error];
  return { message: said ?? message, type, param: null, code };
};

export const refuse = (error: ErrorName, said?: string): Refusal => ({
  status: ERRORS[error][0],
  body: { error: told(error, said) },
});

export const chatErrorFrame = (error: ErrorName): string => `data: ${JSON.stringify({ error: told(error) })}\n\n`;

export const responsesErrorFrame = (error: ErrorName): string =>
  `event: error\ndata: ${JSON.stringify({ type: "error", sequence_number: 99, error: told(error) })}\n\n`;

export const bearer: Dialect["key"] = ({ headers }) => {
  const value = headers["authorization"];
  return typeof value === "string" && value.startsWith("Bearer ") ? value.slice("Bearer ".length) : undefined;
};

export const rateLimitHeaders = (): Readonly<Record<string, string>> => ({
  "x-ratelimit-limit-requests": "5000",
  "x-ratelimit-remaining-requests": "4999",
  "x-ratelimit-reset-requests": "12ms",
  "x-ratelimit-limit-tokens": "4000000",
  "x-ratelimit-remaining-tokens": "3999000",
  "x-ratelimit-reset-tokens": "1m3.5s",
});
