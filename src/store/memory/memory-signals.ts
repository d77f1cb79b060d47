import type { SignalStore } from "../../contract/index.ts";
import { listeners } from "../listeners.ts";

interface Held {
  readonly holder: string;
  readonly epoch: number;
  readonly untilMs: number;
}

/** So many writes, and what is over is thrown out. */
const SWEEP_EVERY = 1_000;

/** Signals of this process. */
export const memorySignals = (now: () => number): SignalStore => {
  const parkedUntilMs = new Map<string, number>();
  const leases = new Map<string, Held>();
  const heard = listeners();
  // One for all names: a lease that was thrown out still has a number below the next.
  let epoch = 0;
  let writes = 0;
  const sweep = (): void => {
    writes += 1;
    if (writes % SWEEP_EVERY !== 0) return;
    for (const [name, untilMs] of parkedUntilMs) if (untilMs <= now()) parkedUntilMs.delete(name);
    for (const [name, { untilMs }] of leases) if (untilMs <= now()) leases.delete(name);
  };
  return {
    async park(name, forMs) {
      sweep();
      parkedUntilMs.set(name, Math.max(parkedUntilMs.get(name) ?? 0, now() + forMs));
    },
    async parked(name) {
      return Math.max(0, (parkedUntilMs.get(name) ?? 0) - now());
    },
    async lease(name, holder, forMs) {
      sweep();
      const held = leases.get(name);
      const isTaken = held !== undefined && held.untilMs > now();
      if (isTaken && held.holder !== holder) return undefined;
      if (!isTaken) epoch += 1;
      const lease = { epoch: isTaken ? held.epoch : epoch };
      leases.set(name, { ...lease, holder, untilMs: now() + forMs });
      return lease;
    },
    async release(name, holder) {
      if (leases.get(name)?.holder === holder) leases.delete(name);
    },
    async publish(topic, message) {
      heard.tell(topic, message);
    },
    subscribe: heard.add,
  };
};
