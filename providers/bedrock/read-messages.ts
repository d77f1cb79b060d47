import { bodyError, type FailureOf, GatewayError, malformed, readBytes } from "../../src/kit/index.ts";
import { type StreamMessage, StreamMessages } from "./event-stream.ts";

/**
 * The messages of a streamed answer, in the batches that the network brings them in. It ends where the body ends; whether
 * that was the answer's end, its reader knows. A connection that breaks is `stream_truncated`. `return()` closes the
 * connection at once. What is not an event stream (a proxy's page) is `protocol`.
 */
export const readMessages = (response: Response, of: FailureOf): AsyncIterableIterator<readonly StreamMessage[]> =>
  new Batches(response, of);

class Batches implements AsyncIterableIterator<readonly StreamMessage[]> {
  readonly #bytes: AsyncIterator<Uint8Array, undefined>;
  readonly #messages: StreamMessages;
  readonly #of: FailureOf;
  readonly #signal: AbortSignal;
  readonly #refused: GatewayError | undefined;
  readonly #leave = (): void => void this.return();

  constructor(response: Response, of: FailureOf) {
    this.#of = of;
    this.#messages = new StreamMessages(of.provider);
    this.#signal = of.call.signal;
    this.#bytes = readBytes(response);
    this.#refused = notMessages(response, of);
    if (this.#signal.aborted) this.#leave();
    else this.#signal.addEventListener("abort", this.#leave, { once: true });
  }

  async next(): Promise<IteratorResult<readonly StreamMessage[]>> {
    try {
      if (this.#refused !== undefined) throw this.#refused;
      for (;;) {
        const { done, value } = await this.#bytes.next();
        if (this.#signal.aborted) throw this.#signal.reason;
        if (done === true) return this.return();
        const messages = this.#messages.push(value);
        if (messages.length > 0) return { done: false, value: messages };
      }
    } catch (error) {
      this.return();
      throw this.#signal.aborted ? this.#signal.reason : this.#told(error);
    }
  }

  return(): Promise<IteratorResult<readonly StreamMessage[]>> {
    this.#signal.removeEventListener("abort", this.#leave);
    this.#bytes.return?.().catch(() => {});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #told(error: unknown): GatewayError {
    return GatewayError.is(error) ? error : bodyError(error, this.#of.provider);
  }
}

const notMessages = (response: Response, of: FailureOf): GatewayError | undefined => {
  const type = response.headers.get("content-type") ?? "";
  if (type === "" || type.includes("eventstream") || type.includes("octet-stream")) return undefined;
  return malformed(of, "expected an event stream, and got something else");
};
