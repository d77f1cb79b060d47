import {
  type Asking,
  type FailureOf,
  type GatewayError,
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
import { objects } from "./fields.ts";
import { rateLimits } from "./rate-limits.ts";

/** The error of a request, from whatever the SDK threw. */
export const requestError = (of: FailureOf<Asking>, thrown: unknown): GatewayError =>
  thrownError(of, thrown, (body, status, headers) => toldError(of, body, status, headers));

/**
 * The error that a body, an event or a failed response tells. `{ error: { code, type, message, param } }` at most hosts;
 * others leave the wrapper out, or have only words where the object should be.
 */
export const toldError = (
  of: FailureOf<Asking>,
  body: JsonObject,
  status?: number,
  headers?: HeadersLike,
): GatewayError => {
  const told = inner(body);
  const vendorCode = word(told["code"]);
  const vendorType = word(told["type"]);
  const innerCode = isObject(told["innererror"]) ? word(told["innererror"]["code"]) : undefined;
  const routed = isObject(told["metadata"]) ? told["metadata"] : {};
  const message = messageOf(told);
  const requestId = headers?.get("x-request-id") ?? headers?.get("apim-request-id");
  // A router in front of vendors puts the vendor's status in the place of the code.
  const said = status ?? (typeof told["code"] === "number" ? told["code"] : undefined);
  const code = failureCode({
    status: said,
    names: [innerCode, vendorCode, vendorType],
    // A router says in `metadata` what the vendor behind it said, and why it would not even ask.
    words: `${message ?? ""} ${routed["raw"] ?? ""}`,
    isFlagged: Array.isArray(routed["reasons"]),
  });
  const nowMs = of.call.clock.now();
  const waitMs = headers && (retryAfterMs(headers, nowMs) ?? refilledAfterMs(rateLimits(headers)));
  return vendorError(of.call, {
    provider: of.provider,
    code,
    secrets: of.secrets,
    ...(said !== undefined && said >= 400 && said < 600 && { status: said }),
    ...(vendorCode !== undefined && { vendorCode }),
    ...(vendorType !== undefined && { vendorType }),
    ...(message !== undefined && { message }),
    ...(typeof requestId === "string" && { requestId }),
    ...(headers !== undefined && { headers }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
};

const inner = (body: JsonObject): JsonObject => {
  const { error } = body;
  if (isObject(error)) return error;
  return typeof error === "string" ? { ...body, message: error } : body;
};

const word = (value: Json | undefined): string | undefined => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** `message`; or what validators of requests say instead (`detail: [{ msg, loc }]`), which also quote the request. */
const messageOf = ({ message, detail }: JsonObject): string | undefined => {
  if (typeof message === "string") return message;
  const told = isObject(message) ? (message["detail"] ?? message["message"]) : detail;
  if (typeof told === "string") return told;
  return Array.isArray(told) ? objects(told).map(complaint).join("; ") : undefined;
};

const complaint = ({ loc, msg }: JsonObject): string => {
  const place = Array.isArray(loc) ? loc.filter((each) => typeof each === "string" || typeof each === "number") : [];
  return `${place.join(".")}: ${typeof msg === "string" ? msg : ""}`;
};
