import type { KeyValue, SignalStore } from "../../contract/index.ts";
import { isObject } from "../../kit/json.ts";
import type { Update } from "./update.ts";

/** After its end the number of a lease is kept for so long; then the time of day sees to it that numbers rise. */
const EPOCH_KEPT_MS = 86_400_000;

interface Keys {
  park(name: string): string;
  lease(name: string): string;
}

/** Parks and leases over compare-and-set. There is nobody to tell others anything: who wants to know asks. */
export const keyValueSignals = (kv: KeyValue, update: Update, now: () => number, keys: Keys): SignalStore => ({
  park: (name, forMs) =>
    update(keys.park(name), (value) => {
      const untilMs = now() + forMs;
      const isLonger = untilMs > parkedUntilMs(value) && forMs > 0;
      return isLonger
        ? { value: `${untilMs}`, expiresAtMs: Math.ceil(untilMs), answer: undefined }
        : { answer: undefined };
    }),
  parked: async (name) => Math.max(0, parkedUntilMs((await kv.read(keys.park(name)))?.value) - now()),
  lease: (name, holder, forMs) =>
    update(keys.lease(name), (value) => {
      const held = leaseOf(value);
      const isTaken = held !== undefined && held.untilMs > now();
      if (isTaken && held.holder !== holder) return { answer: undefined };
      const epoch = isTaken ? held.epoch : Math.max((held?.epoch ?? 0) + 1, now());
      const untilMs = now() + forMs;
      return {
        value: JSON.stringify({ holder, epoch, untilMs } satisfies Held),
        expiresAtMs: Math.ceil(untilMs) + EPOCH_KEPT_MS,
        answer: { epoch },
      };
    }),
  release: (name, holder) =>
    update(keys.lease(name), (value) => {
      const held = leaseOf(value);
      if (held?.holder !== holder) return { answer: undefined };
      // What is written and not deleted keeps the number.
      const given = { ...held, untilMs: 0 } satisfies Held;
      return { value: JSON.stringify(given), expiresAtMs: now() + EPOCH_KEPT_MS, answer: undefined };
    }),
});

interface Held {
  readonly holder: string;
  readonly epoch: number;
  readonly untilMs: number;
}

const parkedUntilMs = (value: string | undefined): number => {
  const untilMs = Number(value ?? 0);
  return Number.isFinite(untilMs) ? untilMs : 0;
};

/** One that cannot be read is nobody's. */
const leaseOf = (value: string | undefined): Held | undefined => {
  try {
    const held: unknown = JSON.parse(value ?? "null");
    return isObject(held) && Number.isSafeInteger(held["epoch"]) ? (held as unknown as Held) : undefined;
  } catch {
    return undefined;
  }
};
