import type { Claim, Clock, Counter, Granted, QuotaView, Store } from "../../src/contract/index.ts";
import { applyQuota, viewQuota } from "../../src/quotas/apply.ts";
import type { Quota } from "../../src/quotas/record.ts";

/** One store for all, whose records tests may look into, empty, or freeze. */
export class SimulatedStore {
  readonly #clock: Clock;
  #records = new Map<string, Quota>();
  #frozen: (() => void)[] | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(key: string): Quota | undefined {
    return this.#records.get(key);
  }

  view(key: string, counters: readonly Counter[]): QuotaView | undefined {
    const quota = this.#records.get(key);
    return quota && viewQuota(quota, counters, Math.floor(this.#clock.now()));
  }

  fold(key: string, counters: readonly Counter[], claim: Claim): Granted {
    const { quota, granted } = applyQuota(this.#records.get(key), counters, claim, Math.floor(this.#clock.now()));
    if (quota !== undefined) this.#records.set(key, quota);
    return granted;
  }

  /** As soon as it runs. */
  run(fn: () => void): void {
    if (this.#frozen === undefined) fn();
    else this.#frozen.push(fn);
  }

  empty(): void {
    this.#records = new Map();
  }

  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const frozen = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const fn of frozen) fn();
  }
}

/** What may happen to a claim on its way, as parts of one. */
export interface Faults {
  /** One way, in milliseconds. */
  readonly latencyMs: number;
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly lateAnswer: number;
  readonly rejected: number;
  readonly thrown: number;
  readonly garbage: number;
  /** A copy that arrives up to `copiesWithinMs` later. */
  readonly copied: number;
  readonly copiesWithinMs: number;
}

export const CALM: Faults = {
  latencyMs: 30,
  lostRequest: 0,
  lostAnswer: 0,
  lateAnswer: 0,
  rejected: 0,
  thrown: 0,
  garbage: 0,
  copied: 0.1,
  copiesWithinMs: 20_000,
};

export const STORMY: Faults = {
  ...CALM,
  lostRequest: 0.05,
  lostAnswer: 0.08,
  lateAnswer: 0.05,
  rejected: 0.05,
  thrown: 0.02,
  garbage: 0.04,
};

const LATE_MS = 700;

/** All that a store of somebody's own could say. */
export const GARBAGE: readonly ((granted: Granted) => unknown)[] = [
  () => undefined,
  () => null,
  () => "OK",
  () => ({}),
  (granted) => ({ ...granted, nowMs: Number.NaN }),
  (granted) => ({ ...granted, born: "1" }),
  (granted) => ({ ...granted, holders: Number.NaN }),
  (granted) => ({ ...granted, granted: undefined }),
  (granted) => ({ ...granted, granted: granted.granted.map(() => Number.NaN) }),
  (granted) => ({ ...granted, granted: granted.granted.map(() => -1) }),
  (granted) => ({ ...granted, granted: granted.granted.map(() => 0.5) }),
  (granted) => ({ ...granted, granted: granted.granted.map(() => 9e15) }),
  (granted) => ({ ...granted, granted: [] }),
  (granted) => ({ ...granted, levels: undefined }),
  (granted) => ({ ...granted, levels: [] }),
  (granted) => ({ ...granted, levels: granted.levels.map(() => undefined) }),
  (granted) => ({ ...granted, levels: granted.levels.map((level) => ({ ...level, slots: undefined })) }),
  (granted) => ({ ...granted, levels: granted.levels.map((level) => ({ ...level, slots: [{ start: 0 }] })) }),
  (granted) => ({ ...granted, levels: granted.levels.map((level) => ({ ...level, held: Number.NaN })) }),
  (granted) => ({ ...granted, levels: [...granted.levels, ...granted.levels], granted: [] }),
];

/** The way between one process and the store. */
export class SimulatedNetwork {
  faults: Faults = CALM;
  /** Nothing goes through, and nobody says so. */
  isCut = false;
  claims = 0;
  #moreMs = 0;
  readonly #store: SimulatedStore;
  readonly #clock: Clock;
  readonly #deliver: (fn: () => void) => void;

  constructor(store: SimulatedStore, clock: Clock, deliver: (fn: () => void) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** As a process sees it. */
  get asStore(): Store {
    return {
      contract: 1,
      name: "simulated",
      shared: true,
      quotas: {
        claim: (key, counters, claim) => this.#claim(key, counters, structuredClone(claim)),
        read: async (key, counters) => this.#store.view(key, counters),
      },
    };
  }

  /** The way there takes so much longer. */
  slowBy(ms: number): void {
    this.#moreMs = ms;
  }

  #claim(key: string, counters: readonly Counter[], claim: Claim): Promise<Granted> {
    this.claims += 1;
    const { faults } = this;
    const happens = (part: number): boolean => part > 0 && this.#clock.chance() < part;
    if (happens(faults.thrown)) throw new Error("thrown");
    return new Promise((resolve, reject) => {
      const later = (fn: () => void, moreMs = 0): void =>
        void this.#clock.after(moreMs + Math.round(this.#clock.chance() * faults.latencyMs), fn);
      const answer = (fn: () => void, moreMs?: number): void => later(() => this.#deliver(fn), moreMs);
      if (happens(faults.rejected)) return answer(() => reject(new Error("rejected")));
      if (this.isCut || happens(faults.lostRequest)) return;
      if (happens(faults.copied)) {
        const copy = (): void => void this.#store.fold(key, counters, claim);
        later(() => this.#store.run(copy), this.#clock.chance() * faults.copiesWithinMs);
      }
      later(() => {
        this.#store.run(() => {
          const granted = this.#store.fold(key, counters, claim);
          if (this.isCut || happens(faults.lostAnswer)) return;
          const spoilt = happens(faults.garbage)
            ? GARBAGE[Math.floor(this.#clock.chance() * GARBAGE.length)]
            : undefined;
          const told = spoilt === undefined ? granted : (spoilt(granted) as Granted);
          answer(() => resolve(told), happens(faults.lateAnswer) ? LATE_MS : 0);
        });
      }, this.#moreMs);
    });
  }
}
