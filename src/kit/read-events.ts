import { GatewayError } from "../contract/index.ts";
import { bodyError } from "./body-error.ts";
import { readBytes } from "./bytes.ts";
import { type ServerSentEvent, SseParser } from "./sse.ts";

export interface ReadEventsOptions {
  /** Whose answer it is, for errors. */
  readonly provider: string;
  /** A comment came: the vendor lives. */
  readonly onAlive?: () => void;
  /** Cap on a line and on an event, in characters. Default 1 MiB. */
  readonly maxLength?: number;
  /** Rejects a pending read with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The events of a streamed answer, in the batches that the network brings them in. It ends where the body ends; whether
 * that was the answer's end, the provider knows. A connection that breaks is `stream_truncated`. `return()` closes the
 * connection at once. What is not an event stream (a proxy's page) is `protocol`.
 */
export const readEvents = (
  response: Response,
  options: ReadEventsOptions,
): AsyncIterableIterator<readonly ServerSentEvent[]> => new Events(response, options);

class Events implements AsyncIterableIterator<readonly ServerSentEvent[]> {
  readonly #bytes: AsyncIterator<Uint8Array, undefined>;
  readonly #parser: SseParser;
  readonly #options: ReadEventsOptions;
  readonly #refused: GatewayError | undefined;
  readonly #leave = (): void => void this.return();

  constructor(response: Response, options: ReadEventsOptions) {
    const { onAlive, maxLength } = options;
    this.#options = options;
    this.#bytes = readBytes(response);
    this.#parser = new SseParser({ ...(onAlive && { onComment: onAlive }), ...(maxLength && { maxLength }) });
    this.#refused = notEvents(response, options.provider);
    if (options.signal?.aborted) this.#leave();
    else options.signal?.addEventListener("abort", this.#leave, { once: true });
  }

  async next(): Promise<IteratorResult<readonly ServerSentEvent[]>> {
    const { signal, provider } = this.#options;
    try {
      if (this.#refused !== undefined) throw this.#refused;
      for (;;) {
        const { done, value } = await this.#bytes.next();
        if (signal?.aborted) throw signal.reason;
        if (done === true) return this.return();
        const events = this.#parser.push(value);
        if (events.length > 0) return { done: false, value: events };
      }
    } catch (error) {
      this.return();
      throw signal?.aborted ? signal.reason : bodyError(error, provider);
    }
  }

  return(): Promise<IteratorResult<readonly ServerSentEvent[]>> {
    this.#options.signal?.removeEventListener("abort", this.#leave);
    this.#bytes.return?.().catch(() => {});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const notEvents = (response: Response, provider: string): GatewayError | undefined => {
  const type = response.headers.get("content-type") ?? "";
  if (type === "" || type.includes("text/event-stream") || type.includes("octet-stream")) return undefined;
  return new GatewayError("protocol", `${provider}: expected an event stream, got ${mediaTypeOf(type)}.`, {
    details: { provider },
    scope: "provider",
  });
};

export const mediaTypeOf = (contentType: string): string => (contentType.split(";")[0] ?? "").trim().slice(0, 64);
