import type { Timeouts } from "../contract/index.ts";

const TOTAL_MS = 120_000;
const FIRST_TOKEN_MS = 30_000;
const IDLE_MS = 30_000;
const CONNECT_MS = 5_000;
const UNREAD_MS = 30_000;

/**
 * All clocks of a call: its own, else the gateway's, else the defaults. In complete mode the first content is the whole
 * answer, so its clock is half of what there is: a vendor that hangs leaves as much for the next.
 */
export const resolveTimeouts = (
  mode: "complete" | "stream",
  asked: Timeouts | undefined,
  usual: Timeouts | undefined,
): Required<Timeouts> => {
  const set = { ...usual, ...asked };
  const totalMs = set.totalMs ?? TOTAL_MS;
  const firstTokenMs = mode === "complete" ? Math.ceil(totalMs / 2) : FIRST_TOKEN_MS;
  return {
    totalMs,
    firstTokenMs: set.firstTokenMs ?? firstTokenMs,
    idleMs: set.idleMs ?? IDLE_MS,
    connectMs: set.connectMs ?? CONNECT_MS,
    unreadMs: set.unreadMs ?? UNREAD_MS,
  };
};
