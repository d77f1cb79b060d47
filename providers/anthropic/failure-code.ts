import { codeOfStatus, type ErrorCode } from "../../src/kit/index.ts";

/** What the vendor says of a failure. */
export interface Failure {
  /** Absent for an error inside a stream. */
  readonly status: number | undefined;
  /** `error.type`. */
  readonly type: string | undefined;
  /** `error.details.error_code`. */
  readonly code: string | undefined;
  readonly message: string | undefined;
}

const BY_TYPE: ReadonlyMap<string, ErrorCode> = new Map([
  ["invalid_request_error", "invalid_request"],
  ["authentication_error", "credential_rejected"],
  ["permission_error", "credential_rejected"],
  ["billing_error", "quota_exhausted"],
  ["not_found_error", "model_not_found"],
  ["conflict_error", "server_error"],
  ["request_too_large", "context_overflow"],
  ["rate_limit_error", "rate_limited"],
  ["timeout_error", "server_error"],
  ["api_error", "server_error"],
  ["overloaded_error", "overloaded"],
]);

/** The codes that say more than the type they come with (as the classes of SDK 1.13). */
const BY_CODE: ReadonlyMap<string, ErrorCode> = new Map([
  ["enforced_spend_limit_reached", "quota_exhausted"],
  ["contract_spend_limit_reached", "quota_exhausted"],
  ["linked_organization_spend_limit_reached", "quota_exhausted"],
  ["linked_organization_billing_unavailable", "quota_exhausted"],
  ["organization_on_hold", "credential_rejected"],
  ["compaction_unavailable", "overloaded"],
]);

/** What only the words tell, since `invalid_request_error` and `rate_limit_error` stand for all of these. */
const BY_WORDS: readonly (readonly [words: string, code: ErrorCode])[] = [
  ["credit balance is too low", "quota_exhausted"],
  ["spend limit", "quota_exhausted"],
  ["usage limits", "quota_exhausted"],
  ["prompt is too long", "context_overflow"],
  ["exceed context limit", "context_overflow"],
  ["context window", "context_overflow"],
  ["not support", "unsupported"],
  ["extra inputs are not permitted", "unsupported"],
  // Schemas beyond what the vendor makes a grammar of.
  ["grammar", "unsupported"],
  ["schema is too complex", "unsupported"],
  // Reasoning that this model no longer takes back: elsewhere it is left out.
  ["in `thinking` block", "unsupported"],
  ["`redacted_thinking`", "unsupported"],
];
const VAGUE: ReadonlySet<ErrorCode> = new Set(["invalid_request", "rate_limited"]);
/** Longest message that is looked through. */
const MAX_WORDS = 2_048;

/** The vendor's code says most, then its type, then the status; where those are vague, its words. */
export const failureCode = ({ status, type, code, message }: Failure): ErrorCode => {
  const exact = BY_CODE.get(code ?? "");
  if (exact !== undefined) return exact;
  if (status === 413) return "context_overflow";
  const usual = BY_TYPE.get(type ?? "") ?? (status === undefined ? "server_error" : codeOfStatus(status));
  if (message === undefined || !VAGUE.has(usual)) return usual;
  const words = message.slice(0, MAX_WORDS).toLowerCase();
  return BY_WORDS.find(([part]) => words.includes(part))?.[1] ?? usual;
};
