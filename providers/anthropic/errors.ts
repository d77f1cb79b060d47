import {
  type Asking,
  type FailureOf,
  GatewayError,
  type HeadersLike,
  isObject,
  type Json,
  type JsonObject,
  refilledAfterMs,
  retryAfterMs,
  thrownError,
  vendorError,
} from "../../src/kit/index.ts";
import { failureCode } from "./failure-code.ts";
import { rateLimits } from "./rate-limits.ts";

/** The error of a request, from whatever the SDK threw. */
export const requestError = (of: FailureOf<Asking>, thrown: unknown): GatewayError =>
  thrownError(of, thrown, (body, status, headers) => bodyError(of, body, status, headers));

/** The error that a body or an event holds: `{ type: "error", error: { type, message, details }, request_id }`. */
export const bodyError = (
  of: FailureOf<Asking>,
  body: JsonObject,
  status?: number,
  headers?: HeadersLike,
): GatewayError => {
  const told = isObject(body["error"]) ? body["error"] : {};
  const vendorType = string(told["type"]);
  const vendorCode = isObject(told["details"]) ? string(told["details"]["error_code"]) : undefined;
  const message = string(told["message"]);
  const requestId = headers?.get("request-id") ?? string(body["request_id"]);
  const waitMs = headers === undefined ? undefined : waitOf(headers, of.call.clock.now());
  const error = vendorError(of.call, {
    provider: of.provider,
    code: failureCode({ status, type: vendorType, code: vendorCode, message }),
    secrets: of.secrets,
    ...(status !== undefined && { status }),
    ...(vendorType !== undefined && { vendorType }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(message !== undefined && { message }),
    ...(requestId !== undefined && { requestId }),
    ...(headers !== undefined && { headers }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    ...(vendorCode === "organization_on_hold" && { scope: "account" as const }),
  });
  return error.code === "rate_limited" && status === 429 && waitMs === undefined ? suspect(error) : error;
};

const string = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

/** When to come back: as said, else when the limit that ran out is full again. */
const waitOf = (headers: HeadersLike, nowMs: number): number | undefined =>
  retryAfterMs(headers, nowMs) ?? refilledAfterMs(rateLimits(headers, nowMs));

/** Anthropic always says when to come back. Where it does not, it means a limit of money, and the same call fails again. */
const suspect = ({ code, message, status, scope, details }: GatewayError): GatewayError =>
  new GatewayError(code, message, { details, status, retryable: false, ...(scope !== undefined && { scope }) });
