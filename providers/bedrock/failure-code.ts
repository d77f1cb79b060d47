import { codeOfStatus, type ErrorCode } from "../../src/kit/index.ts";

/** What the vendor says of a failure. */
export interface Failure {
  /** Absent for an exception inside a stream. */
  readonly status: number | undefined;
  /** The exception's name, as it stands in `x-amzn-errortype` or in a stream. */
  readonly name: string | undefined;
  readonly message: string | undefined;
}

/** Names of Bedrock Runtime's own exceptions (SDK 3.1164) and of those that all of AWS has; without `Exception`, in lower case. */
const BY_NAME: ReadonlyMap<string, ErrorCode> = new Map([
  ["throttling", "rate_limited"],
  ["toomanyrequests", "rate_limited"],
  ["requestlimitexceeded", "rate_limited"],
  ["servicequotaexceeded", "quota_exhausted"],
  ["modelnotready", "overloaded"],
  ["serviceunavailable", "overloaded"],
  ["modeltimeout", "server_error"],
  ["modelerror", "server_error"],
  ["modelstreamerror", "server_error"],
  ["internalserver", "server_error"],
  ["internalservererror", "server_error"],
  ["internalfailure", "server_error"],
  ["conflict", "server_error"],
  ["resourcenotfound", "model_not_found"],
  ["ftuformnotfilled", "model_not_found"],
  ["accessdenied", "credential_rejected"],
  ["badcscore", "credential_rejected"],
  ["expiredtoken", "credential_rejected"],
  ["requestexpired", "credential_rejected"],
  ["unrecognizedclient", "credential_rejected"],
  ["invalidclienttokenid", "credential_rejected"],
  ["invalidsignature", "credential_rejected"],
  ["signaturedoesnotmatch", "credential_rejected"],
  ["incompletesignature", "credential_rejected"],
  ["missingauthenticationtoken", "credential_rejected"],
  ["notauthorized", "credential_rejected"],
  ["optinrequired", "credential_rejected"],
  ["validation", "invalid_request"],
  ["validationerror", "invalid_request"],
]);

/** What only the words tell, by the code that stands for all of these. */
const BY_WORDS: Readonly<Partial<Record<ErrorCode, readonly (readonly [words: string, code: ErrorCode])[]>>> = {
  invalid_request: [
    ["too long", "context_overflow"],
    ["exceeds the maximum number of tokens", "context_overflow"],
    ["exceed context limit", "context_overflow"],
    ["context window", "context_overflow"],
    ["context length", "context_overflow"],
    ["input tokens exceed", "context_overflow"],
    ["model identifier is invalid", "model_not_found"],
    ["on-demand throughput", "model_not_found"],
    ["not support", "unsupported"],
    ["doesn't support", "unsupported"],
    ["doesn’t support", "unsupported"],
    ["unsupported", "unsupported"],
    ["extraneous key", "unsupported"],
    ["extra inputs are not permitted", "unsupported"],
  ],
  rate_limited: [["per day", "quota_exhausted"]],
  credential_rejected: [["access to the model", "model_not_found"]],
};
/** Longest message that is looked through. */
const MAX_WORDS = 2_048;

/** Failures of the model while it worked: another target may do better, the same one is not asked again (PROMISES.md 2.1). */
const NOT_TWICE: ReadonlySet<string> = new Set(["modeltimeout", "modelerror", "modelstreamerror"]);

/** The exception's name says most, else the status; where those are vague, its words. */
export const failureCode = ({ status, name, message }: Failure): ErrorCode => {
  const usual = BY_NAME.get(plain(name)) ?? (status === undefined ? "server_error" : codeOfStatus(status));
  const words = (message ?? "").slice(0, MAX_WORDS).toLowerCase();
  return BY_WORDS[usual]?.find(([part]) => words.includes(part))?.[1] ?? usual;
};

export const isOnce = (name: string | undefined): boolean => NOT_TWICE.has(plain(name));

/** The name alone: AWS writes `com.amazon.coral#ThrottlingException:http://…` too, and `throttlingException` in streams. */
export const exceptionName = (told: string | undefined): string | undefined =>
  told === undefined ? undefined : (told.split(":")[0] ?? "").split("#").at(-1);

const plain = (name: string | undefined): string => (name ?? "").toLowerCase().replace(/exception$/, "");
