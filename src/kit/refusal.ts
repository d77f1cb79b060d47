import type { Json } from "../contract/index.ts";
import { readText } from "./read-json.ts";
import type { HeadersLike } from "./retry-after.ts";
import type { Transport, TransportInit } from "./transport.ts";

/** Longer than any error has to be. */
const MAX_BYTES = 1 << 20;

/**
 * A vendor's refusal, taken before its SDK reads it: SDKs keep of an error's body what their own vendor sends, and other
 * hosts send other things. It goes through the SDK as a failed connection does, and `thrownError` finds it again.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: HeadersLike;
  /** The body: parsed where it is JSON, whatever type it says it has; else as text. */
  readonly body: Json;

  constructor(status: number, headers: HeadersLike, body: Json) {
    super("refused");
    this.name = "Refusal";
    this.status = status;
    this.headers = headers;
    this.body = body;
    // It may hold the request's own words: nobody prints it by accident.
    Object.defineProperty(this, "body", { enumerable: false });
  }
}

/** The transport's `fetch`, for a vendor's SDK: an answer with an error status is thrown as `Refusal`. */
export const refusingFetch =
  (transport: Transport) =>
  async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await transport.fetch(url, init as TransportInit | undefined);
    if (response.status < 400) return response;
    throw await refusalOf(response);
  };

/** A response with an error status, read. */
export const refusalOf = async (response: Response): Promise<Refusal> => {
  const text = await readText(response, { provider: "", maxBytes: MAX_BYTES }).catch(() => "");
  return new Refusal(response.status, response.headers, parsed(text));
};

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

/** The refusal inside what an SDK threw, which wraps it as a failed connection. */
export const refusalIn = (thrown: unknown): Refusal | undefined => {
  let each = thrown;
  for (let depth = 0; depth < 5 && each instanceof Error; depth += 1) {
    if (each instanceof Refusal) return each;
    each = each.cause;
  }
  return undefined;
};
