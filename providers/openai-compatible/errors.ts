import {
  type Asking,
  codeOfStatus,
  type ErrorCode,
  type FailureOf,
  type GatewayError,
  type HeadersLike,
  isObject,
  type Json,
  type JsonObject,
  refilledAfterMs,
  retryAfterMs,
  thrownError,
  vendorError,
} from "../../src/kit/index.ts";
import { rateLimits } from "./rate-limits.ts";

/**
 * By `error.code` or `error.type`, which say more than the status: a 429 is a rate limit, or a bill that was not paid.
 * OpenAI's and Azure's names, and those that other hosts use for the same.
 */
const BY_NAME: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["insufficient_quota", "quota_exhausted"],
  ["credit_balance_exhausted", "quota_exhausted"],
  ["organization_spend_limit_exceeded", "quota_exhausted"],
  ["project_spend_limit_exceeded", "quota_exhausted"],
  ["organization_usage_limit_exceeded", "quota_exhausted"],
  ["billing_hard_limit_reached", "quota_exhausted"],
  ["billing_not_active", "quota_exhausted"],
  ["insufficient_balance", "quota_exhausted"],
  ["exceeded_current_quota_error", "quota_exhausted"],
  ["rate_limit_exceeded", "rate_limited"],
  ["rate_limit_error", "rate_limited"],
  ["slow_down", "overloaded"],
  ["server_is_overloaded", "overloaded"],
  ["engine_overloaded_error", "overloaded"],
  ["overloaded_error", "overloaded"],
  ["capacity_exceeded", "overloaded"],
  ["server_error", "server_error"],
  ["internal_server_error", "server_error"],
  ["context_length_exceeded", "context_overflow"],
  ["string_above_max_length", "context_overflow"],
  ["model_not_found", "model_not_found"],
  ["DeploymentNotFound", "model_not_found"],
  ["model_not_available", "model_not_found"],
  ["invalid_api_key", "credential_rejected"],
  ["authentication_error", "credential_rejected"],
  ["account_deactivated", "credential_rejected"],
  ["unsupported_country_region_territory", "credential_rejected"],
  ["unsupported_parameter", "unsupported"],
  ["unsupported_value", "unsupported"],
  ["unsupported_file", "unsupported"],
  ["content_filter", "refused"],
  ["content_policy_violation", "refused"],
  ["ResponsibleAIPolicyViolation", "refused"],
  ["vector_store_timeout", "server_error"],
]);

/** What only the words tell, in lower case. Looked at where neither a name nor the status says more. */
const BY_WORDS: readonly (readonly [words: string, code: ErrorCode])[] = [
  ["unsupported parameter", "unsupported"],
  ["unsupported value", "unsupported"],
  ["not supported", "unsupported"],
  ["does not support", "unsupported"],
  ["extra inputs are not permitted", "unsupported"],
  ["maximum context length", "context_overflow"],
  ["context length", "context_overflow"],
  ["context window", "context_overflow"],
  ["prompt is too long", "context_overflow"],
  ["too many tokens", "context_overflow"],
  ["insufficient balance", "quota_exhausted"],
  ["insufficient credits", "quota_exhausted"],
  ["incorrect api key", "credential_rejected"],
];
/** Statuses that stand for many things. */
const VAGUE: ReadonlySet<number | undefined> = new Set([400, 422, undefined]);
const MAX_WORDS = 1_024;

/** The error of a request, from whatever the SDK threw. */
export const requestError = (of: FailureOf<Asking>, thrown: unknown): GatewayError =>
  thrownError(of, thrown, (body, status, headers) => toldError(of, body, status, headers));

/**
 * The error that a body, an event or a failed response tells. `{ error: { code, type, message, param } }` at most hosts;
 * others leave the wrapper out, or have only words where the object should be.
 */
export const toldError = (
  of: FailureOf<Asking>,
  body: JsonObject,
  status?: number,
  headers?: HeadersLike,
): GatewayError => {
  const told = inner(body);
  const vendorCode = word(told["code"]);
  const vendorType = word(told["type"]);
  const innerCode = isObject(told["innererror"]) ? word(told["innererror"]["code"]) : undefined;
  const message = messageOf(told);
  const requestId = headers?.get("x-request-id") ?? headers?.get("apim-request-id");
  // A router in front of vendors puts the vendor's status in the place of the code.
  const said = status ?? (typeof told["code"] === "number" ? told["code"] : undefined);
  const code = failureCode(said, [innerCode, vendorCode, vendorType], message);
  const nowMs = of.call.clock.now();
  const waitMs = headers && (retryAfterMs(headers, nowMs) ?? refilledAfterMs(rateLimits(headers)));
  return vendorError(of.call, {
    provider: of.provider,
    code,
    secrets: of.secrets,
    ...(said !== undefined && said >= 400 && said < 600 && { status: said }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(vendorType !== undefined && { vendorType }),
    ...(message !== undefined && { message }),
    ...(typeof requestId === "string" && { requestId }),
    ...(headers !== undefined && { headers }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
};

const inner = (body: JsonObject): JsonObject => {
  const { error } = body;
  if (isObject(error)) return error;
  return typeof error === "string" ? { ...body, message: error } : body;
};

const word = (value: Json | undefined): string | undefined => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** `message`; or what validators of requests say instead (`detail: [{ msg, loc }]`). */
const messageOf = ({ message, detail }: JsonObject): string | undefined => {
  if (typeof message === "string") return message;
  if (message === undefined && detail === undefined) return undefined;
  return typeof detail === "string" ? detail : JSON.stringify(message ?? detail);
};

const failureCode = (
  status: number | undefined,
  names: readonly (string | undefined)[],
  message: string | undefined,
): ErrorCode => {
  for (const name of names) {
    const code = BY_NAME.get(name ?? "");
    if (code !== undefined) return code;
  }
  const words = VAGUE.has(status) ? (message?.slice(0, MAX_WORDS).toLowerCase() ?? "") : "";
  const told = BY_WORDS.find(([part]) => words.includes(part));
  if (told !== undefined) return told[1];
  return status === undefined ? "server_error" : codeOfStatus(status);
};
