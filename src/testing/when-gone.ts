import type { ServerResponse } from "node:http";

/**
 * Calls back once when the response is over or its connection is: not every version of Node tells a response of a
 * connection that was reset. The result takes the listeners off.
 */
export const whenGone = (response: ServerResponse, gone: () => void): (() => void) => {
  const socket = response.req.socket;
  let isOff = false;
  const off = (): void => {
    isOff = true;
    response.off("close", once);
    socket.off("close", once);
  };
  const once = (): void => {
    // One may tell of the other while its own listeners run.
    if (isOff) return;
    off();
    gone();
  };
  response.on("close", once);
  socket.on("close", once);
  return off;
};

export const isGone = (response: ServerResponse): boolean =>
  response.destroyed || response.closed || response.req.socket.destroyed;
