import { codeOfStatus, durationMs, type ErrorCode, isObject, type Json, type JsonObject } from "../../src/kit/index.ts";

/** What the vendor says of a failure (https://google.aip.dev/193). */
export interface Failure {
  /** HTTP status; of an error inside a stream, its own `code`. */
  readonly status: number | undefined;
  /** `error.status`, a canonical code such as `RESOURCE_EXHAUSTED`. */
  readonly type: string | undefined;
  readonly message: string | undefined;
  /** `reason` of the `ErrorInfo` in `error.details`. */
  readonly reason: string | undefined;
  /** Names of the quotas that ran out. */
  readonly quotas: readonly string[];
  /** Whether one of them is none at all. */
  readonly isZero: boolean;
  /** When to come back, as `RetryInfo` says, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

const string = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);
const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** Waits beyond an hour are no waits. */
const MOST_MS = 3_600_000;

/** Reads `{ error: { code, message, status, details } }`; a stream's body may have it in a list. */
export const failureOf = (body: JsonObject, status: number | undefined): Failure => {
  const told = isObject(body["error"]) ? body["error"] : body;
  const details = objects(told["details"]);
  const violations = details.flatMap((each) => objects(each["violations"]));
  const waits = details.flatMap((each) => durationMs(string(each["retryDelay"]) ?? null) ?? []);
  const message = string(told["message"]) ?? string(body["error"]);
  const code = told["code"];
  return {
    status: status ?? (typeof code === "number" && code >= 400 && code < 600 ? code : undefined),
    type: string(told["status"]),
    message,
    reason: details.map((each) => string(each["reason"])).find((each) => each !== undefined),
    quotas: violations.flatMap((each) => string(each["quotaId"]) ?? []),
    isZero:
      violations.some((each) => String(each["quotaValue"]) === "0") ||
      /\blimit: 0\b/.test(message?.slice(0, 4_096) ?? ""),
    retryAfterMs: waits[0] === undefined ? undefined : Math.min(MOST_MS, waits[0]),
  };
};

/** Reasons that say more than the status they come with (google.api.ErrorReason). */
const BY_REASON: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["API_KEY_INVALID", "credential_rejected"],
  ["API_KEY_EXPIRED", "credential_rejected"],
  ["API_KEY_SERVICE_BLOCKED", "credential_rejected"],
  ["API_KEY_HTTP_REFERRER_BLOCKED", "credential_rejected"],
  ["API_KEY_IP_ADDRESS_BLOCKED", "credential_rejected"],
  ["CREDENTIALS_MISSING", "credential_rejected"],
  ["ACCESS_TOKEN_EXPIRED", "credential_rejected"],
  ["CONSUMER_INVALID", "credential_rejected"],
  ["CONSUMER_SUSPENDED", "credential_rejected"],
  ["SERVICE_DISABLED", "credential_rejected"],
  ["BILLING_DISABLED", "quota_exhausted"],
]);

const BY_TYPE: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["INVALID_ARGUMENT", "invalid_request"],
  ["FAILED_PRECONDITION", "invalid_request"],
  ["OUT_OF_RANGE", "invalid_request"],
  ["UNAUTHENTICATED", "credential_rejected"],
  ["PERMISSION_DENIED", "credential_rejected"],
  ["NOT_FOUND", "model_not_found"],
  ["RESOURCE_EXHAUSTED", "rate_limited"],
  ["UNIMPLEMENTED", "unsupported"],
  ["ABORTED", "server_error"],
  ["CANCELLED", "server_error"],
  ["INTERNAL", "server_error"],
  ["UNKNOWN", "server_error"],
  ["DATA_LOSS", "server_error"],
  ["DEADLINE_EXCEEDED", "server_error"],
  ["UNAVAILABLE", "overloaded"],
]);

/** What only the words tell, in lower case: `INVALID_ARGUMENT` and `FAILED_PRECONDITION` stand for all of these. */
const BY_WORDS: readonly (readonly [words: string, code: ErrorCode])[] = [
  ["exceeds the maximum number of tokens", "context_overflow"],
  ["input token count", "context_overflow"],
  ["request payload size exceeds", "context_overflow"],
  ["api key not valid", "credential_rejected"],
  ["api key expired", "credential_rejected"],
  ["api key not found", "credential_rejected"],
  ["location is not supported", "credential_rejected"],
  ["billing", "quota_exhausted"],
  ["not supported", "unsupported"],
  ["does not support", "unsupported"],
  ["not enabled for", "unsupported"],
  ["unknown name", "unsupported"],
];
/** A 429 that no waiting mends. */
const SPENT = ["billing", "credits are depleted", "prepayment", "spending cap", "spend limit"];
const LONGEST_WORDS = 2_048;

/** The vendor's reason says most, then its canonical code, then the status; where those are vague, its words. */
export const failureCode = (failure: Failure): ErrorCode => {
  const exact = BY_REASON.get(failure.reason ?? "");
  if (exact !== undefined) return exact;
  const { status, type, message } = failure;
  const words = message?.slice(0, LONGEST_WORDS).toLowerCase() ?? "";
  if (status === 402) return "quota_exhausted";
  const usual = BY_TYPE.get(type ?? "") ?? (status === undefined ? "server_error" : codeOfStatus(status));
  if (usual === "rate_limited") return isSpent(failure, words) ? "quota_exhausted" : usual;
  return usual === "invalid_request" ? (BY_WORDS.find(([part]) => words.includes(part))?.[1] ?? usual) : usual;
};

/** A day's quota is not back in time for anyone; a quota of nothing never is. */
const isSpent = ({ quotas, isZero }: Failure, words: string): boolean =>
  isZero || quotas.some((quota) => quota.includes("PerDay")) || SPENT.some((part) => words.includes(part));
