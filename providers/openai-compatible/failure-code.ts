import { codeOfStatus, type ErrorCode } from "../../src/kit/index.ts";

/**
 * By `error.code` or `error.type`, which say more than the status: a 429 is a rate limit, or a bill that was not paid.
 * OpenAI's and Azure's names, and those that other hosts use for the same.
 */
const NAMES: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  quota_exhausted: [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_balance",
    "exceeded_current_quota_error",
  ],
  rate_limited: ["rate_limit_exceeded", "rate_limit_error", "rate_limited", "RateLimitReached"],
  overloaded: [
    "slow_down",
    "server_is_overloaded",
    "engine_overloaded_error",
    "overloaded_error",
    "capacity_exceeded",
    "service_tier_capacity_exceeded",
    "NoCapacity",
  ],
  server_error: ["server_error", "internal_server_error", "vector_store_timeout"],
  context_overflow: ["context_length_exceeded", "string_above_max_length"],
  model_not_found: ["model_not_found", "DeploymentNotFound", "model_not_available", "invalid_model"],
  credential_rejected: [
    "invalid_api_key",
    "authentication_error",
    "account_deactivated",
    "unsupported_country_region_territory",
  ],
  unsupported: [
    "unsupported_parameter",
    "unsupported_value",
    "unsupported_file",
    "OperationNotSupported",
    "invalid_encrypted_content",
  ],
  refused: [
    "content_filter",
    "content_policy_violation",
    "image_content_policy_violation",
    "bio_policy",
    "misalignment_policy_violation",
    "invalid_prompt",
    "ResponsibleAIPolicyViolation",
  ],
};
const BY_NAME: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries(NAMES).flatMap(([code, names]) => names.map((name) => [name, code as ErrorCode] as const)),
);

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
/** An account without money, where the status says something milder (xAI says 403 or 429). */
const PENNILESS: readonly string[] = ["any credits", "available credits", "spending limit", "insufficient credits"];
/** Statuses that stand for many things. */
const VAGUE: ReadonlySet<number | undefined> = new Set([400, 422, undefined]);
const MAX_WORDS = 1_024;

/** What hosts answer beyond the statuses that all know: Groq's 498 is a tier without room. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = { 498: "overloaded" };

/** What a refusal says of itself. */
export interface Said {
  readonly status: number | undefined;
  /** The vendor's codes and types, the most telling first. */
  readonly names: readonly (string | undefined)[];
  readonly words: string;
  /** Whether a router says that the prompt was flagged. */
  readonly isFlagged: boolean;
}

/** By name, by words where the status is vague, by status. */
export const failureCode = ({ status, names, words, isFlagged }: Said): ErrorCode => {
  // Too large is too large, whatever limit it is called by (Groq: tokens a minute): waiting does not make it smaller.
  if (status === 413) return "context_overflow";
  if (isFlagged) return "refused";
  for (const name of names) {
    const code = BY_NAME.get(name ?? "");
    if (code !== undefined) return code;
  }
  const lower = words.slice(0, MAX_WORDS).toLowerCase();
  if (VAGUE.has(status)) {
    const told = BY_WORDS.find(([part]) => lower.includes(part));
    if (told !== undefined) return told[1];
  }
  if ((status === 403 || status === 429) && PENNILESS.some((part) => lower.includes(part))) return "quota_exhausted";
  if (status !== undefined) return BY_STATUS[status] ?? codeOfStatus(status);
  return names.some((name) => BLAMES_REQUEST.test(name ?? "")) ? "invalid_request" : "server_error";
};

/** Names of what is wrong with the request itself, in errors without a status (the list of openai 7.57, `ResponseError`). */
const BLAMES_REQUEST = /^(invalid_|image_|empty_image|failed_to_download_image|unsupported_image|data_residency)/;
