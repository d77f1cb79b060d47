import type { Clock } from "../contract/index.ts";

/** Waits and chance of the system, for stores: what somebody waits for keeps the process alive, what polls does not. */
export type Timers = Pick<Clock, "after" | "chance">;

export const systemTimers: Timers = {
  after(ms, fn, options) {
    const timer = setTimeout(fn, ms);
    if (options?.keepAlive !== true) timer.unref();
    return () => clearTimeout(timer);
  },
  chance: () => Math.random(),
};

/** For what somebody waits for. */
export const waited = (timers: Timers, ms: number): Promise<void> =>
  new Promise((resolve) => void timers.after(ms, resolve, { keepAlive: true }));
