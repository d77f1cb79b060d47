import type { Timeouts } from "../contract/index.ts";
import { overrule } from "./overrule.ts";

/** A whole answer is waited for; a stream is read while it comes, and its own clocks watch it. */
const TOTAL_MS = { complete: 120_000, stream: 600_000 } as const;
const FIRST_TOKEN_MS = 30_000;
const IDLE_MS = 30_000;
const CONNECT_MS = 5_000;
const UNREAD_MS = 30_000;

/**
 * All clocks of a call: its own, else the gateway's, else the defaults. In complete mode the first content is the whole
 * answer: it has all the time there is, unless others stand behind (see `attemptTimeouts`).
 */
export const resolveTimeouts = (
  mode: "complete" | "stream",
  asked: Timeouts | undefined,
  usual: Timeouts | undefined,
): Required<Timeouts> => {
  const set: Timeouts = overrule({ ...usual }, asked);
  const totalMs = set.totalMs ?? TOTAL_MS[mode];
  const firstTokenMs = mode === "complete" ? totalMs : FIRST_TOKEN_MS;
  return {
    totalMs,
    firstTokenMs: set.firstTokenMs ?? firstTokenMs,
    idleMs: set.idleMs ?? IDLE_MS,
    connectMs: set.connectMs ?? CONNECT_MS,
    unreadMs: set.unreadMs ?? UNREAD_MS,
  };
};

/** An attempt with others behind it gets at most half of what remains to begin in: a vendor that hangs leaves as much for the next. */
export const attemptTimeouts = (
  timeouts: Required<Timeouts>,
  remainingMs: number,
  othersLeft: number,
): Required<Timeouts> => {
  const mostMs = Math.max(1, Math.ceil(othersLeft > 0 ? remainingMs / 2 : remainingMs));
  return timeouts.firstTokenMs <= mostMs ? timeouts : { ...timeouts, firstTokenMs: mostMs };
};
