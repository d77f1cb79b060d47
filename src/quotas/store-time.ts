import type { Clock } from "../contract/index.ts";

/** More than this between what the wall clock and the steady one say has passed: the machine slept, or somebody set the time. */
const MOST_APART_MS = 1_000;

/** The store's time as this process can know it: from the last answer, and what has passed since that claim was sent. */
export class StoreTime {
  readonly #clock: Clock;
  #storeMs = 0;
  #sentAt: Moment | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be handed to `heard` with the answer. */
  moment(): Moment {
    return { steadyMs: this.#clock.elapsed?.() ?? this.#clock.now(), wallMs: this.#clock.now() };
  }

  heard(storeMs: number, sentAt: Moment): void {
    this.#storeMs = storeMs;
    this.#sentAt = sentAt;
  }

  /** Never earlier than the store's real time, later by a round trip at most; before any answer this process's own time. */
  get nowMs(): number {
    if (this.#sentAt === undefined) return this.#clock.now();
    return Math.ceil(this.#storeMs + Math.max(0, this.moment().steadyMs - this.#sentAt.steadyMs));
  }

  /** Milliseconds since the claim was sent that was answered last; without end where that cannot be known. */
  get sinceMs(): number {
    const sent = this.#sentAt;
    if (sent === undefined) return Number.POSITIVE_INFINITY;
    const now = this.moment();
    const steadyMs = now.steadyMs - sent.steadyMs;
    const wallMs = now.wallMs - sent.wallMs;
    return steadyMs < 0 || Math.abs(wallMs - steadyMs) > MOST_APART_MS ? Number.POSITIVE_INFINITY : steadyMs;
  }
}

export interface Moment {
  readonly steadyMs: number;
  readonly wallMs: number;
}
