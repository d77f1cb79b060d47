import {
  type Asking,
  bodyError,
  connectionError,
  durationMs,
  type ErrorCode,
  type FailureOf,
  GatewayError,
  type HeadersLike,
  isObject,
  type Json,
  type JsonObject,
  malformed,
  truncated,
  vendorError,
} from "../../src/kit/index.ts";
import { failureCode } from "./failure-code.ts";
import { headersOf, requestIdOf } from "./headers.ts";

/** `asking`: before an answer. `reading`: in the middle of one. */
export type Stage = "asking" | "reading";

/** Errors of the AI SDK's own, before anything was sent: by their names, which hold across its versions. */
const BEFORE: Readonly<Record<string, ErrorCode>> = {
  AI_LoadAPIKeyError: "credential_rejected",
  AI_LoadSettingError: "credential_rejected",
  AI_UnsupportedFunctionalityError: "unsupported",
  AI_NoSuchProviderReferenceError: "unsupported",
  AI_NoSuchModelError: "model_not_found",
  AI_InvalidPromptError: "invalid_request",
  AI_InvalidArgumentError: "invalid_request",
  AI_TooManyEmbeddingValuesForCallError: "invalid_request",
};
/** An answer that is not what the vendor's provider expects. */
const MALFORMED: ReadonlySet<string> = new Set([
  "AI_JSONParseError",
  "AI_TypeValidationError",
  "AI_InvalidResponseDataError",
  "AI_EmptyResponseBodyError",
  "AI_NoContentGeneratedError",
]);

/**
 * The error of whatever an AI SDK model threw, or put into its stream: told by its fields, never by its class. Its
 * `requestBodyValues`, `url` and `value` hold prompts and keys, and are not looked at.
 */
export const sdkError = (of: FailureOf<Asking>, thrown: unknown, stage: Stage): GatewayError => {
  const { call, provider } = of;
  if (GatewayError.is(thrown)) return thrown;
  if (call.signal.aborted && GatewayError.is(call.signal.reason)) return call.signal.reason;
  const error = fieldsOf(thrown);
  const name = string(error["name"]);
  // A model that is wrapped in retries throws the last failure inside another.
  if (name === "AI_RetryError" && error["lastError"] !== undefined) return sdkError(of, error["lastError"], stage);
  const status = statusOf(error);
  if (status !== undefined && status >= 400) return refusal(of, error, status);
  const code = Object.hasOwn(BEFORE, name) ? BEFORE[name] : undefined;
  if (code !== undefined) return before(of, code, string(error["message"]));
  if (MALFORMED.has(name)) return unreadable(of, error, stage);
  if (status !== undefined) return begun(of, thrown, error);
  if (stage === "asking") return connectionError(call, provider, thrown);
  // What a vendor says in the middle of its stream is no Error, or one that says whose fault it is.
  return isFailure(thrown, error) ? refusal(of, error, undefined) : bodyError(thrown, provider);
};

const fieldsOf = (thrown: unknown): JsonObject => {
  if (isObject(thrown)) return thrown;
  return typeof thrown === "string" ? { message: thrown } : {};
};

const string = (value: unknown): string => (typeof value === "string" ? value : "");

const statusOf = ({ statusCode, status }: JsonObject): number | undefined =>
  [statusCode, status].find((each): each is number => typeof each === "number" && each >= 100 && each < 600);

const isFailure = (thrown: unknown, { type, code }: JsonObject): boolean =>
  !(thrown instanceof Error) || typeof type === "string" || (typeof code === "string" && /^[a-z]/.test(code));

/** An answer has begun, with a good status, and could not be read to its end. */
const begun = (of: FailureOf<Asking>, thrown: unknown, { cause }: JsonObject): GatewayError =>
  MALFORMED.has(string(fieldsOf(cause)["name"]))
    ? unreadable(of, fieldsOf(cause), "asking")
    : bodyError(thrown, of.provider);

/** Providers say in words that a stream ended too soon. */
const unreadable = (of: FailureOf<Asking>, { message }: JsonObject, stage: Stage): GatewayError =>
  stage === "reading" && /\bended\b|\bterminated\b|\bincomplete\b/i.test(string(message).slice(0, 200))
    ? truncated(of.call, of.provider)
    : malformed(of, "the AI SDK could not read the answer");

const before = ({ call, provider, secrets }: FailureOf<Asking>, code: ErrorCode, message: string): GatewayError => {
  const error = vendorError(call, { provider, code, message, secrets });
  const details = { ...error.details, sent: false } as never;
  return new GatewayError(error.code, error.message, {
    details,
    ...(error.scope !== undefined && { scope: error.scope }),
  });
};

/** By the body as the vendor sent it; by what its provider made of it where there is none. */
const refusal = (of: FailureOf<Asking>, error: JsonObject, status: number | undefined): GatewayError => {
  const told = inner(parsed(error["responseBody"]) ?? error["data"] ?? error);
  const headers = refusing(headersOf(error["responseHeaders"]), error);
  const message = string(told["message"]) || string(error["message"]);
  const [vendorCode, vendorType] = [word(told["code"]), word(told["type"]) ?? word(told["status"])];
  const requestId = requestIdOf(headers, of.secrets);
  const waitMs = retryDelayMs(told);
  return vendorError(of.call, {
    provider: of.provider,
    code: failureCode(status, [...reasons(told), vendorCode, vendorType, word(told["__type"])], message),
    message,
    secrets: of.secrets,
    headers,
    ...(status !== undefined && { status }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(vendorType !== undefined && { vendorType }),
    ...(requestId !== undefined && { requestId }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
};

const parsed = (body: Json | undefined): Json | undefined => {
  if (typeof body !== "string") return undefined;
  try {
    return JSON.parse(body) as Json;
  } catch {
    // A body that is only words is its own message, unless it is a page.
    return body === "" || body.trimStart().startsWith("<") ? undefined : { message: body };
  }
};

/** `{ error: { … } }` at most vendors, in a list at Google's; others leave the wrapper out. */
const inner = (body: Json): JsonObject => {
  const whole = Array.isArray(body) ? (body[0] as Json | undefined) : body;
  if (!isObject(whole)) return {};
  const { error } = whole;
  if (isObject(error)) return error;
  return typeof error === "string" ? { ...whole, message: error } : whole;
};

const word = (value: Json | undefined): string | undefined => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** Google's `details`: why, and when to come back. */
const details = ({ details: told }: JsonObject): readonly JsonObject[] =>
  Array.isArray(told) ? told.filter(isObject) : [];

const reasons = (told: JsonObject): readonly (string | undefined)[] => details(told).map(({ reason }) => word(reason));

const retryDelayMs = (told: JsonObject): number | undefined => {
  const delay = details(told).find(({ retryDelay }) => typeof retryDelay === "string");
  return delay === undefined ? undefined : durationMs(string(delay["retryDelay"]));
};

/** `isRetryable: false` is a provider's own word that trying again is in vain. */
const refusing = (headers: HeadersLike, { isRetryable }: JsonObject): HeadersLike =>
  isRetryable === false ? { get: (name) => (name === "x-should-retry" ? "false" : headers.get(name)) } : headers;
