import {
  type Asking,
  connectionError,
  type FailureOf,
  GatewayError,
  type HeadersLike,
  isObject,
  type JsonObject,
  refusalIn,
  safeCause,
  vendorError,
} from "../../src/kit/index.ts";
import { exceptionName, failureCode, isOnce } from "./failure-code.ts";
import { text } from "./fields.ts";

/** The error of a request that Bedrock refused, or that got no answer. */
export const requestError = (of: FailureOf<Asking>, thrown: unknown): GatewayError => {
  const refused = refusalIn(thrown);
  if (refused === undefined) return connectionError(of.call, of.provider, named(thrown));
  const { status, headers } = refused;
  const body = isObject(refused.body) ? refused.body : {};
  const told = headers.get("x-amzn-errortype") ?? (text(body, "__type") || text(body, "code") || undefined);
  return failure(of, { name: exceptionName(told), message: wordsOf(body), status, headers });
};

/** The error of an exception inside a stream that had begun well: modelled (`exception`) or not (`error`). */
export const streamError = (
  of: FailureOf<Asking>,
  headers: Readonly<Record<string, string>>,
  body: JsonObject,
): GatewayError =>
  failure(of, {
    name: exceptionName(headers[":exception-type"] ?? headers[":error-code"]),
    message: wordsOf(body) ?? headers[":error-message"],
  });

/**
 * The error of a request that never left: no credentials, or none that are good any more. What the AWS SDK threw is told by
 * its name.
 */
export const unsentError = (of: FailureOf<Asking>, thrown: unknown): GatewayError => {
  if (GatewayError.is(thrown)) return thrown;
  const { call, provider } = of;
  if (call.signal.aborted && GatewayError.is(call.signal.reason)) return call.signal.reason;
  return noCredentials(provider, "the AWS credentials could not be had", thrown);
};

/** Nothing to open the vendor with. */
export const noCredentials = (provider: string, why: string, cause?: unknown): GatewayError<"credential_rejected"> =>
  new GatewayError("credential_rejected", `${provider}: ${why}.`, {
    details: { provider, sent: false },
    status: 401,
    scope: "credential",
    ...(cause !== undefined && { cause: safeCause(cause) }),
  });

interface Told {
  readonly name: string | undefined;
  readonly message: string | undefined;
  readonly status?: number;
  readonly headers?: HeadersLike;
}

const failure = (of: FailureOf<Asking>, { name, message, status, headers }: Told): GatewayError => {
  const code = failureCode({ status, name, message });
  // Of a signature that does not fit, AWS quotes the whole request, its headers and all, from the second line on.
  const words = code === "credential_rejected" ? message?.split("\n")[0] : message;
  const requestId = headers?.get("x-amzn-requestid") ?? undefined;
  const error = vendorError(of.call, {
    provider: of.provider,
    code,
    secrets: of.secrets,
    ...(status !== undefined && { status }),
    ...(name !== undefined && { vendorType: name }),
    ...(words !== undefined && { message: words }),
    ...(requestId !== undefined && { requestId }),
    ...(headers !== undefined && { headers }),
  });
  return isOnce(name) ? once(error) : error;
};

const once = ({ code, message, status, scope, details, retryAfterMs }: GatewayError): GatewayError =>
  new GatewayError(code, message, {
    details,
    status,
    retryable: false,
    ...(scope !== undefined && { scope }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

const wordsOf = (body: JsonObject): string | undefined => text(body, "message") || text(body, "Message") || undefined;

/** AWS' own handler over HTTP/2 says by a name alone that it waited in vain, and wraps what broke the connection. */
const named = (thrown: unknown): unknown => {
  if (!(thrown instanceof Error)) return thrown;
  const code = "code" in thrown ? String(thrown.code) : "";
  if (code.startsWith("ERR_HTTP2") && thrown.cause instanceof Error) return thrown.cause;
  if (thrown.name !== "TimeoutError" || code !== "") return thrown;
  return Object.assign(new Error("timeout"), { code: "ETIMEDOUT", syscall: "read" });
};
