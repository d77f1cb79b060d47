import { codeOfStatus, type ErrorCode } from "../../src/kit/index.ts";

/** By the vendor's own code, type or status word, which say more than the HTTP status. In lower case. */
const BY_NAME: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  // OpenAI's names, which most hosts have taken over.
  ["insufficient_quota", "quota_exhausted"],
  ["credit_balance_exhausted", "quota_exhausted"],
  ["billing_hard_limit_reached", "quota_exhausted"],
  ["billing_not_active", "quota_exhausted"],
  ["organization_spend_limit_exceeded", "quota_exhausted"],
  ["project_spend_limit_exceeded", "quota_exhausted"],
  ["organization_usage_limit_exceeded", "quota_exhausted"],
  ["insufficient_balance", "quota_exhausted"],
  ["rate_limit_exceeded", "rate_limited"],
  ["slow_down", "overloaded"],
  ["server_is_overloaded", "overloaded"],
  ["server_error", "server_error"],
  ["internal_server_error", "server_error"],
  ["context_length_exceeded", "context_overflow"],
  ["string_above_max_length", "context_overflow"],
  ["model_not_found", "model_not_found"],
  ["invalid_api_key", "credential_rejected"],
  ["account_deactivated", "credential_rejected"],
  ["unsupported_parameter", "unsupported"],
  ["unsupported_value", "unsupported"],
  ["content_filter", "refused"],
  ["content_policy_violation", "refused"],
  // Anthropic.
  ["authentication_error", "credential_rejected"],
  ["permission_error", "credential_rejected"],
  ["billing_error", "quota_exhausted"],
  ["rate_limit_error", "rate_limited"],
  ["overloaded_error", "overloaded"],
  ["not_found_error", "model_not_found"],
  ["request_too_large", "context_overflow"],
  ["api_error", "server_error"],
  ["timeout_error", "server_error"],
  // Google.
  ["api_key_invalid", "credential_rejected"],
  ["unauthenticated", "credential_rejected"],
  ["permission_denied", "credential_rejected"],
  ["resource_exhausted", "rate_limited"],
  ["unavailable", "overloaded"],
  ["internal", "server_error"],
  ["deadline_exceeded", "server_error"],
  // Bedrock.
  ["throttlingexception", "rate_limited"],
  ["servicequotaexceededexception", "quota_exhausted"],
  ["serviceunavailableexception", "overloaded"],
  ["modelnotreadyexception", "overloaded"],
  ["internalserverexception", "server_error"],
  ["modelstreamerrorexception", "server_error"],
  ["modelerrorexception", "server_error"],
  ["modeltimeoutexception", "server_error"],
  ["accessdeniedexception", "credential_rejected"],
  ["unrecognizedclientexception", "credential_rejected"],
  ["expiredtokenexception", "credential_rejected"],
  ["resourcenotfoundexception", "model_not_found"],
]);

/** What only the words tell, in lower case. Looked at where neither a name nor the status says more. */
const BY_WORDS: readonly (readonly [words: string, code: ErrorCode])[] = [
  ["maximum context length", "context_overflow"],
  ["context length", "context_overflow"],
  ["context window", "context_overflow"],
  ["prompt is too long", "context_overflow"],
  ["input is too long", "context_overflow"],
  ["too many tokens", "context_overflow"],
  ["token count exceeds", "context_overflow"],
  ["token limit", "context_overflow"],
  ["insufficient balance", "quota_exhausted"],
  ["insufficient credits", "quota_exhausted"],
  ["credit balance is too low", "quota_exhausted"],
  ["incorrect api key", "credential_rejected"],
  ["api key not valid", "credential_rejected"],
  ["invalid api key", "credential_rejected"],
  ["unsupported parameter", "unsupported"],
  ["unsupported value", "unsupported"],
  ["not supported", "unsupported"],
  ["does not support", "unsupported"],
];
/** Statuses that stand for many things. */
const VAGUE: ReadonlySet<number | undefined> = new Set([400, 422, undefined]);
const MAX_WORDS = 1_024;

/** What a vendor's failure is, whoever the vendor: by its names, its words where the status is vague, and the status. */
export const failureCode = (
  status: number | undefined,
  names: readonly (string | undefined)[],
  message: string,
): ErrorCode => {
  for (const name of names) {
    const code = BY_NAME.get(name?.toLowerCase() ?? "");
    if (code !== undefined) return code;
  }
  const words = VAGUE.has(status) ? message.slice(0, MAX_WORDS).toLowerCase() : "";
  const told = BY_WORDS.find(([part]) => words.includes(part));
  if (told !== undefined) return told[1];
  return status === undefined ? "server_error" : codeOfStatus(status);
};
