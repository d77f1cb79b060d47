import type { Clock } from "../contract/index.ts";

/** A step of the wall clock beyond this, in milliseconds, is time that passed (the machine slept), not drift. */
const STEP_MS = 1_000;
let offsetMs = Date.now() - performance.now();

/**
 * The time of day that never runs backwards: a wall clock set back by an hour must not make a deadline an hour longer.
 * It follows the wall clock forwards only.
 */
const now = (): number => {
  const monotonic = performance.now();
  const aheadMs = Date.now() - (offsetMs + monotonic);
  if (aheadMs > STEP_MS) offsetMs += aheadMs;
  return Math.floor(offsetMs + monotonic);
};

/** The system's time and chance. */
export const systemClock: Clock = {
  now,
  after(ms, fn, options) {
    const timer = setTimeout(fn, ms);
    if (options?.keepAlive !== true) timer.unref?.();
    return () => clearTimeout(timer);
  },
  elapsed: () => performance.now(),
  chance: () => Math.random(),
};
