import type { Readable } from "node:stream";

const ignore = (): void => {};

/** Chunks of a response's body. `return()` lets the connection go at once, also while a read is pending. */
export const readBytes = (response: Response): AsyncIterator<Uint8Array, undefined> => {
  const body: unknown = response.body;
  if (body === null || body === undefined) return new Nothing();
  return isReadable(body) ? new NodeBytes(body) : new WebBytes((body as ReadableStream<Uint8Array>).getReader());
};

const isReadable = (body: unknown): body is Readable =>
  typeof body === "object" && body !== null && "read" in body && "destroy" in body;

type Read = IteratorResult<Uint8Array, undefined>;
const DONE: Read = { done: true, value: undefined };

class Nothing implements AsyncIterator<Uint8Array, undefined> {
  next(): Promise<Read> {
    return Promise.resolve(DONE);
  }
}

/** A Node stream, read by hand: no iterator, no copy, and back-pressure reaches the socket. */
class NodeBytes implements AsyncIterator<Uint8Array, undefined> {
  readonly #body: Readable;
  #waiting: { resolve(read: Read): void; reject(error: unknown): void } | undefined;
  #failed: { readonly error: unknown } | undefined;
  #left = false;

  constructor(body: Readable) {
    this.#body = body;
    body.on("readable", () => this.#answer());
    body.on("end", () => this.#answer());
    body.on("error", (error) => this.#fail(error));
    body.on("close", () => this.#answer());
  }

  next(): Promise<Read> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#answer();
    });
  }

  return(): Promise<Read> {
    this.#left = true;
    this.#body.on("error", ignore);
    this.#body.destroy();
    this.#waiting?.resolve(DONE);
    this.#waiting = undefined;
    return Promise.resolve(DONE);
  }

  #answer(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (this.#left) {
      this.#waiting = undefined;
      return waiting.resolve(DONE);
    }
    const chunk: unknown = this.#failed === undefined ? this.#body.read() : null;
    if (chunk !== null) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: chunk as Uint8Array });
    } else if (this.#failed !== undefined) {
      this.#waiting = undefined;
      waiting.reject(this.#failed.error);
    } else if (this.#body.readableEnded) {
      this.#waiting = undefined;
      waiting.resolve(DONE);
    } else if (this.#body.destroyed) {
      this.#fail(new TypeError("terminated"));
    }
  }

  #fail(error: unknown): void {
    this.#failed ??= { error };
    this.#answer();
  }
}

class WebBytes implements AsyncIterator<Uint8Array, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  async next(): Promise<Read> {
    const { done, value } = await this.#reader.read();
    return done || value === undefined ? DONE : { done: false, value };
  }

  return(): Promise<Read> {
    this.#reader.cancel().catch(ignore);
    return Promise.resolve(DONE);
  }
}
