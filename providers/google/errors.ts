import {
  type Asking,
  codeOf,
  connectionError,
  type FailureOf,
  GatewayError,
  type HeadersLike,
  isObject,
  type Json,
  type JsonObject,
  requestIdIn,
  safeCause,
  thrownError,
  vendorError,
} from "../../src/kit/index.ts";
import { failureCode, failureOf } from "./failure-code.ts";

/** The error of a refusal, or of whatever a transport threw. */
export const requestError = (of: FailureOf<Asking>, thrown: unknown): GatewayError =>
  thrownError(of, thrown, (body, status, headers) => toldError(of, body, status, headers));

/** The error that a body or an event holds. */
export const toldError = (
  of: FailureOf<Asking>,
  body: JsonObject,
  status?: number,
  headers?: HeadersLike,
): GatewayError => {
  const failure = failureOf(body, status);
  const vendorCode = failure.reason ?? failure.quotas[0];
  const requestId = headers === undefined ? undefined : requestIdOf(headers, of.secrets);
  return vendorError(of.call, {
    provider: of.provider,
    code: failureCode(failure),
    secrets: of.secrets,
    ...(failure.status !== undefined && { status: failure.status }),
    ...(failure.type !== undefined && { vendorType: failure.type }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(failure.message !== undefined && { message: failure.message }),
    ...(requestId !== undefined && { requestId }),
    ...(headers !== undefined && { headers }),
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
  });
};

/** An error where an answer should be: an object, or, in a stream that is no SSE, the first of a list. */
export const errorIn = (body: Json | undefined): JsonObject | undefined => {
  const first = Array.isArray(body) ? body[0] : body;
  return isObject(first) && isObject(first["error"]) ? first : undefined;
};

/** The API promises no such header; its front ends send one or the other. */
export const requestIdOf = (headers: HeadersLike, secrets: readonly string[]): string | undefined =>
  requestIdIn(headers, ["x-goog-request-id", "x-request-id"], secrets);

/**
 * What the SDK threw before it sent anything: it would not build the request, or found no way to sign it (Vertex: the
 * token comes from elsewhere, by `google-auth-library`).
 */
export const unsentError = (of: FailureOf<Asking>, thrown: unknown): GatewayError => {
  const { call, provider, secrets } = of;
  if (GatewayError.is(thrown) || call.signal.aborted || isOfConnection(codeOf(thrown))) {
    return connectionError(call, provider, thrown);
  }
  const message = thrown instanceof Error ? thrown.message : "";
  if (/ only supported in | parameter is not supported/.test(message)) {
    return vendorError(call, { provider, code: "unsupported", message, secrets });
  }
  if (!isOfCredential(thrown, message)) {
    return vendorError(call, { provider, code: "invalid_request", message, secrets });
  }
  return new GatewayError("credential_rejected", `${provider}: no access token could be had.`, {
    details: { provider, ...(call.model !== undefined && { model: call.model.name }), sent: false },
    status: 401,
    scope: "credential",
    cause: safeCause(thrown),
  });
};

/** The connection to whom the token is asked of. Other codes are of keys that cannot be read (`ERR_OSSL_…`, `ENOENT`). */
const isOfConnection = (code: string | undefined): boolean =>
  code !== undefined &&
  /^(UND_ERR|E(CONN|TIMEDOUT|AI_AGAIN|NOTFOUND|HOST|NET|PIPE|PROTO)|ERR_(TLS|SSL|HTTP)|CERT_)/.test(code);

/** The token's own vendor refused (its status is there), or there is nothing to ask it with. */
const isOfCredential = (thrown: unknown, message: string): boolean =>
  codeOf(thrown) !== undefined ||
  (thrown instanceof Error && ("response" in thrown || "status" in thrown)) ||
  /credential|authenticat|access token|ephemeral token|private[_ ]key|client_email|invalid_grant/i.test(message);
