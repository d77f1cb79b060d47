import type { Clock } from "../contract/index.ts";
import { seeded } from "./random.ts";

/** Time that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Moves time on; what becomes due runs in order, and what that sets in motion runs in between. */
  advance(ms: number): Promise<void>;
  /** Timers that are set and have not run. */
  readonly pending: number;
}

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/** Promises settle in microtasks and streams in turns of the event loop: this many let anything that is not waiting finish. */
const TURNS = 10;

/** A clock for tests: starts at `startMs` (default: a fixed day), chance from `seed`. Nothing sleeps. */
export const virtualClock = ({
  startMs = Date.UTC(2026, 0, 1),
  seed = 1,
}: {
  readonly startMs?: number;
  readonly seed?: number;
} = {}): VirtualClock => {
  const timers = new Set<Timer>();
  let nowMs = startMs;
  const next = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers)
      if (timer.atMs <= untilMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    return first;
  };
  return {
    now: () => nowMs,
    chance: seeded(seed),
    after(ms, fn) {
      const timer = { atMs: nowMs + ms, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settled();
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.fn();
        await settled();
      }
      nowMs = untilMs;
    },
  };
};

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
};
