import { GatewayError, type GenerateCall, type Json } from "../contract/index.ts";
import { isObject, type JsonObject } from "./json.ts";
import { refusalIn } from "./refusal.ts";
import type { HeadersLike } from "./retry-after.ts";
import { type Asking, connectionError } from "./upstream-error.ts";

/** Of whom an error comes, and what must not be in it. */
export interface FailureOf<Call extends Asking = GenerateCall> {
  readonly call: Call;
  readonly provider: string;
  readonly secrets: readonly string[];
}

/** What vendors' SDKs throw of a refusal; of a request without an answer it has no status. */
interface Thrown {
  readonly status?: unknown;
  readonly headers?: HeadersLike | undefined;
  /** The body, or its `error`, parsed. */
  readonly error?: unknown;
}

/**
 * The error of a request, from whatever the SDK threw: told by its fields, never by its class. `refusal` reads the
 * vendor's own body.
 */
export const thrownError = (
  of: FailureOf<Asking>,
  thrown: unknown,
  refusal: (body: JsonObject, status: number, headers: HeadersLike | undefined) => GatewayError,
): GatewayError => {
  const own = gatewayErrorIn(thrown);
  if (own !== undefined) return own;
  const refused = refusalIn(thrown);
  if (refused !== undefined) return refusal(bodyOf(refused.body), refused.status, refused.headers);
  const { status, headers, error }: Thrown = typeof thrown === "object" && thrown !== null ? thrown : {};
  if (typeof status !== "number") return connectionError(of.call, of.provider, thrown);
  return refusal(bodyOf(error as Json | undefined), status, headers);
};

/** Our own error inside what an SDK threw: what a token function of ours threw comes wrapped. */
const gatewayErrorIn = (thrown: unknown): GatewayError | undefined => {
  let each = thrown;
  for (let depth = 0; depth < 5 && each instanceof Error; depth += 1) {
    if (GatewayError.is(each)) return each;
    each = each.cause;
  }
  return undefined;
};

/** A body that is only words is its own message, unless it is a page. */
const bodyOf = (body: Json | undefined): JsonObject => {
  if (isObject(body)) return body;
  return typeof body === "string" && body.length > 0 && !body.trimStart().startsWith("<") ? { message: body } : {};
};

/** An answer that is not what the vendor's documentation promises. */
export const malformed = ({ call, provider }: FailureOf<Asking>, what: string): GatewayError =>
  new GatewayError("protocol", `${provider}: ${what}.`, {
    details: { provider, ...(call.model !== undefined && { model: call.model.name }) },
    scope: "provider",
  });

/** The data of an event as an object. The parser's own words quote the data, and so are not passed on. */
export const eventObject = (data: string, of: FailureOf<Asking>): JsonObject => {
  try {
    const event: unknown = JSON.parse(data);
    if (isObject(event)) return event;
  } catch {
    // Told below.
  }
  throw malformed(of, "an event is no JSON object");
};
