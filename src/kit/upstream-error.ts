import {
  type ErrorCode,
  type ErrorScope,
  GatewayError,
  type GenerateCall,
  type GenerateRequest,
  type UpstreamDetails,
} from "../contract/index.ts";
import { type HeadersLike, retryAfterMs } from "./retry-after.ts";
import { codeOf, isMidway, safeCause } from "./safe-cause.ts";
import { requestTexts, scrub } from "./scrub.ts";

/** Of a call, what its errors need: one to generate, to embed, or to list models. */
export interface Asking extends Pick<GenerateCall, "signal" | "connectMs" | "clock"> {
  readonly model?: { readonly name: string };
  /** Where the caller's own words stand, which are cut out of errors. */
  readonly request?: GenerateRequest;
  readonly input?: readonly string[];
}

const modelOf = ({ model }: Asking): { readonly model?: string } => (model === undefined ? {} : { model: model.name });

const textsOf = ({ request, input = [] }: Asking): Iterable<string> =>
  request === undefined ? input : requestTexts(request);

/** A vendor's refusal, as its adapter read it. */
export interface VendorFailure {
  readonly provider: string;
  readonly code: ErrorCode;
  readonly status?: number;
  /** The vendor's own code, type and words. The words are scrubbed. */
  readonly vendorCode?: string;
  readonly vendorType?: string;
  readonly message?: string;
  readonly requestId?: string;
  readonly headers?: HeadersLike;
  /** Overrides what the headers say. */
  readonly retryAfterMs?: number;
  readonly scope?: ErrorScope;
  /** Secrets in play: cut out of the words. */
  readonly secrets?: readonly string[];
}

/** Status codes where a vendor's body says nothing better (PROMISES.md 2.1). */
export const codeOfStatus = (status: number): ErrorCode => {
  if (status === 401 || status === 403) return "credential_rejected";
  if (status === 402) return "quota_exhausted";
  if (status === 404) return "model_not_found";
  if (status === 408 || status === 409) return "server_error";
  if (status === 413) return "context_overflow";
  if (status === 429) return "rate_limited";
  if (status === 503 || status === 529) return "overloaded";
  if (status >= 500) return "server_error";
  return status >= 400 ? "invalid_request" : "protocol";
};

const SCOPES: Readonly<Partial<Record<ErrorCode, ErrorScope>>> = {
  credential_rejected: "credential",
  quota_exhausted: "account",
  rate_limited: "account",
  model_not_found: "model",
  context_overflow: "model",
  unsupported: "model",
  overloaded: "model",
  server_error: "provider",
  network: "provider",
  protocol: "provider",
};

/** The error of a vendor's refusal: from an allow-list, its words without secrets and without the request's own. */
export const vendorError = (call: Asking, failure: VendorFailure): GatewayError => {
  const { provider, code, status, headers } = failure;
  const { secrets = [] } = failure;
  const words = failure.message === undefined ? "" : scrub(failure.message, secrets, textsOf(call));
  const details: UpstreamDetails = {
    provider,
    ...modelOf(call),
    ...word("vendorCode", failure.vendorCode, secrets),
    ...word("vendorType", failure.vendorType, secrets),
    ...(words !== "" && { vendorMessage: words }),
    ...word("requestId", failure.requestId, secrets),
  };
  const wait = failure.retryAfterMs ?? (headers && retryAfterMs(headers, call.clock.now()));
  const scope = failure.scope ?? SCOPES[code];
  const said = [status, details.vendorCode ?? details.vendorType].filter((each) => each !== undefined).join(" ");
  return new GatewayError(code, `${provider}: ${code}${said && ` (${said})`}${words && `: ${words}`}`, {
    details: (code === "invalid_request"
      ? { ...details, issues: [{ path: "", message: words || said }] }
      : details) as never,
    ...(status !== undefined && { status }),
    ...(wait !== undefined && { retryAfterMs: wait }),
    ...(scope !== undefined && { scope }),
    ...(headers?.get("x-should-retry") === "false" && { retryable: false }),
  });
};

/** The vendor's id of a request, from the first of these headers that is there; none where it repeats a secret. */
export const requestIdIn = (
  headers: HeadersLike,
  names: readonly string[],
  secrets: readonly string[],
): string | undefined => {
  const said = names.map((name) => headers.get(name)).find((value) => value !== null && value !== "");
  return word("requestId", said ?? undefined, secrets).requestId;
};

/** A code or an id is one word. Anything else in its place may hold a key, or the request's own words. */
const word = <Name extends string>(
  name: Name,
  said: string | undefined,
  secrets: readonly string[],
): { readonly [name in Name]?: string } => {
  if (said === undefined || !/^[\w.:/-]{1,128}$/.test(said)) return {};
  if (secrets.some((secret) => secret !== "" && said.includes(secret))) return {};
  return { [name]: said } as { [name in Name]: string };
};

/** Failures that come before the request: whatever the vendor is, it has not seen it. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"]);

/**
 * The error of a request that got no answer: what an SDK or a transport threw. Told by system codes and by the call's own
 * signal, never by an SDK's classes.
 */
export const connectionError = (call: Asking, provider: string, error: unknown): GatewayError => {
  if (GatewayError.is(error)) return error;
  if (call.signal.aborted && GatewayError.is(call.signal.reason)) return call.signal.reason;
  const code = codeOf(error);
  const cause = safeCause(error);
  const where = { provider, ...modelOf(call) };
  const midway = isMidway(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || (code === "ETIMEDOUT" && !midway)) {
    return new GatewayError("timeout", `${provider}: no connection within ${call.connectMs} ms (timeouts.connectMs).`, {
      details: { ...where, clock: "connect", limitMs: call.connectMs, sent: false },
      scope: "provider",
      cause,
    });
  }
  const sent =
    midway ||
    code === undefined ||
    !(NEVER_SENT.has(code) || /^(ERR_TLS|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/.test(code));
  const what = sent ? "the connection broke before an answer" : "no connection";
  return new GatewayError("network", `${provider}: ${what}${code === undefined ? "" : ` (${code})`}.`, {
    details: { ...where, ...(!sent && { sent }) },
    scope: "provider",
    cause,
  });
};

/** A vendor's stream ended without its terminal event. */
export const truncated = (call: Asking, provider: string): GatewayError =>
  new GatewayError("stream_truncated", `${provider}: the answer ended before it was whole.`, {
    details: { provider, ...modelOf(call) },
    scope: "model",
  });
