import type { Counter } from "../contract/index.ts";

/** What a process may use of one counter by itself while the store is away. */
export interface Share {
  /** May be used now. Below 0: more came to light than was reckoned with. */
  readonly left: number;
  /** Never more than this at once. */
  readonly most: number;
  /** Units that come back a minute. */
  readonly perMinute: number;
  /** Store time at which `left` was reckoned, in epoch milliseconds. */
  readonly atMs: number;
  /** When the next window begins, in which `most` is there anew; 0 for never. */
  readonly renewsAtMs: number;
  readonly everyMs: number;
}

/** Of a budget that this process never heard of, or not lately: one part in a hundred of its share. */
const UNHEARD_OF = 0.01;

export interface Cut {
  readonly counter: Counter;
  /** What was left when it was last heard; `undefined` where that never was, or is too long ago. */
  readonly left: number | undefined;
  readonly isMoney: boolean;
  /** Processes that were there when the store was last heard. */
  readonly holders: number;
  /** Money is not spent without the store. */
  readonly deny: boolean;
  readonly nowMs: number;
}

/**
 * A process's share of a counter at the moment the store is lost: what was left, divided by the processes that were there. So
 * the fleet together stays within the limit. A budget whose level is not known gets next to nothing. Pure.
 */
export const shareOf = ({ counter, left, isMoney, holders, deny, nowMs }: Cut): Share => {
  const parts = Math.max(1, holders);
  const most = isMoney && deny ? 0 : Math.floor(counter.cap / parts);
  const unheard = isMoney ? Math.floor(most * UNHEARD_OF) : most;
  const known = left === undefined ? unheard : Math.floor(left / parts);
  return {
    left: Math.min(Math.max(0, known), most),
    most,
    perMinute: counter.type === "bucket" ? counter.perMinute / parts : 0,
    atMs: nowMs,
    ...renewalOf(counter, nowMs),
  };
};

const renewalOf = (counter: Counter, nowMs: number): Pick<Share, "renewsAtMs" | "everyMs"> => {
  if (counter.type === "rolling") {
    // By then all that was used before has left.
    const everyMs = counter.slotMs * (counter.slots + 1);
    return { renewsAtMs: nowMs + everyMs, everyMs };
  }
  if (counter.type !== "calendar") return { renewsAtMs: 0, everyMs: 0 };
  const next = counter.starts.find((start) => start > nowMs) ?? 0;
  const after = counter.starts.find((start) => start > next) ?? 0;
  return { renewsAtMs: next, everyMs: after > next ? after - next : 0 };
};

/** The share as it is at `nowMs`. Pure. */
export const shareAt = (share: Share, nowMs: number): Share => {
  if (share.perMinute > 0) {
    const more = ((nowMs - share.atMs) * share.perMinute) / 60_000;
    return { ...share, left: Math.min(share.most, share.left + Math.max(0, more)), atMs: Math.max(share.atMs, nowMs) };
  }
  if (share.renewsAtMs === 0 || nowMs < share.renewsAtMs) return share;
  const renewsAtMs = share.everyMs === 0 ? 0 : share.renewsAtMs + share.everyMs;
  return { ...share, left: share.most, renewsAtMs, atMs: nowMs };
};

/** Milliseconds until `need` fits into the share; `undefined` where nobody can say. Pure. */
export const waitForShare = (share: Share, need: number, nowMs: number): number | undefined => {
  if (need <= share.left) return 0;
  if (need > share.most) return undefined;
  if (share.perMinute > 0) return Math.ceil(((need - share.left) * 60_000) / share.perMinute);
  return share.renewsAtMs > nowMs ? share.renewsAtMs - nowMs : undefined;
};
