import type { Clock } from "../contract/index.ts";

/** The system's time and chance. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn, options) {
    const timer = setTimeout(fn, ms);
    if (options?.keepAlive !== true) timer.unref?.();
    return () => clearTimeout(timer);
  },
  chance: () => Math.random(),
};
