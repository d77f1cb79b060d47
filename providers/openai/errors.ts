import {
  codeOfStatus,
  type ErrorCode,
  type FailureOf,
  type GatewayError,
  type HeadersLike,
  type Json,
  type JsonObject,
  thrownError,
  vendorError,
} from "../../src/kit/index.ts";

/** By `error.code` or `error.type`, which say more than the status: a 429 is a rate limit, or a bill that was not paid. */
const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  insufficient_quota: "quota_exhausted",
  credit_balance_exhausted: "quota_exhausted",
  organization_spend_limit_exceeded: "quota_exhausted",
  project_spend_limit_exceeded: "quota_exhausted",
  organization_usage_limit_exceeded: "quota_exhausted",
  billing_hard_limit_reached: "quota_exhausted",
  billing_not_active: "quota_exhausted",
  rate_limit_exceeded: "rate_limited",
  slow_down: "overloaded",
  server_is_overloaded: "overloaded",
  server_error: "server_error",
  context_length_exceeded: "context_overflow",
  string_above_max_length: "context_overflow",
  model_not_found: "model_not_found",
  invalid_api_key: "credential_rejected",
  account_deactivated: "credential_rejected",
  unsupported_parameter: "unsupported",
  unsupported_value: "unsupported",
  unsupported_file: "unsupported",
  content_filter: "refused",
  content_policy_violation: "refused",
  vector_store_timeout: "server_error",
};

/** What only the words tell, in lower case. */
const BY_WORDS: readonly (readonly [words: string, code: ErrorCode])[] = [
  ["unsupported parameter", "unsupported"],
  ["unsupported value", "unsupported"],
  ["maximum context length", "context_overflow"],
  ["exceeds the context window", "context_overflow"],
];

/** The error of a request, from whatever the SDK threw. */
export const requestError = (of: FailureOf, thrown: unknown): GatewayError =>
  thrownError(of, thrown, (told, status, headers) => toldError(of, told, status, headers));

/** The error that a body, an event or a failed response tells: `{ code, type, message, param }`. */
export const toldError = (of: FailureOf, told: JsonObject, status?: number, headers?: HeadersLike): GatewayError => {
  const vendorCode = string(told["code"]);
  const vendorType = string(told["type"]);
  const message = string(told["message"]);
  const requestId = headers?.get("x-request-id");
  return vendorError(of.call, {
    provider: of.provider,
    code: failureCode(status, vendorCode, vendorType, message),
    secrets: of.secrets,
    ...(status !== undefined && { status }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(vendorType !== undefined && { vendorType }),
    ...(message !== undefined && { message }),
    ...(typeof requestId === "string" && { requestId }),
    ...(headers !== undefined && { headers }),
  });
};

const failureCode = (
  status: number | undefined,
  code: string | undefined,
  type: string | undefined,
  message: string | undefined,
): ErrorCode => {
  const named = BY_NAME[code ?? ""] ?? BY_NAME[type ?? ""];
  if (named !== undefined) return named;
  const words = message?.slice(0, 1_024).toLowerCase() ?? "";
  const told = BY_WORDS.find(([part]) => words.includes(part));
  if (told !== undefined) return told[1];
  return status === undefined ? "server_error" : codeOfStatus(status);
};

const string = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);
