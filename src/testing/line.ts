import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";

/** The way back to one client, over HTTP/1.1 or HTTP/2. */
export interface Line {
  /** Whether the client has gone, or the answer is over. */
  readonly isGone: boolean;
  /** Sends status and headers, at once. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** Resolves when the bytes have left, or the client has. */
  write(bytes: Uint8Array): Promise<void>;
  end(body?: string): void;
  /** Breaks off: orderly (`fin`) or not (`rst`). */
  cut(by: "fin" | "rst"): void;
  /** Calls back once when the answer is over or its connection is. The result takes the listeners off. */
  whenGone(gone: () => void): () => void;
}

export const http1Line = (response: ServerResponse): Line => {
  const { socket } = response.req;
  const isGone = (): boolean => response.destroyed || response.closed || socket.destroyed;
  // Not every version of Node tells a response of a connection that was reset: both are listened to.
  const whenGone = (gone: () => void): (() => void) => whenEither([response, socket], gone);
  return {
    get isGone() {
      return isGone();
    },
    head(status, headers) {
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    write: (bytes) => (isGone() ? Promise.resolve() : written(response, bytes, whenGone)),
    end: (body) => void response.end(body),
    cut: (by) => void (by === "rst" ? socket.resetAndDestroy() : socket.end()),
    whenGone,
  };
};

/** `socket`: the connection itself, which HTTP/2 shares among its streams and hides. */
export const http2Line = (response: Http2ServerResponse, socket: Socket): Line => {
  const { stream } = response;
  const isGone = (): boolean => stream.destroyed || stream.closed || socket.destroyed;
  const whenGone = (gone: () => void): (() => void) => whenEither([stream, socket], gone);
  return {
    get isGone() {
      return isGone();
    },
    // Headers go out at once here.
    head: (status, headers) => void response.writeHead(status, headers),
    write: (bytes) => (isGone() ? Promise.resolve() : written(response, bytes, whenGone)),
    end: (body) => void (body === undefined ? response.end() : response.end(body)),
    // The stream's own orderly end: nothing but the missing last word tells that the answer is not whole.
    cut: (by) => void (by === "rst" ? socket.resetAndDestroy() : response.end()),
    whenGone,
  };
};

interface Closing {
  on(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

const whenEither = (closing: readonly Closing[], gone: () => void): (() => void) => {
  let isOff = false;
  const off = (): void => {
    isOff = true;
    for (const each of closing) each.off("close", once);
  };
  const once = (): void => {
    // One may tell of the other while its own listeners run.
    if (isOff) return;
    off();
    gone();
  };
  for (const each of closing) each.on("close", once);
  return off;
};

/** Chunks of their own on the wire, as far as the kernel lets them be. */
const written = (
  response: { write(bytes: Uint8Array, done: () => void): boolean },
  bytes: Uint8Array,
  whenGone: Line["whenGone"],
): Promise<void> =>
  new Promise((resolve) => {
    const off = whenGone(resolve);
    response.write(bytes, () => {
      off();
      resolve();
    });
  });
