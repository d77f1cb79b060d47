import type { CounterTemplate } from "../contract/index.ts";

/** Why a quota does not let a call in: data for an error, a warning or an event. */
export interface Refusal {
  readonly template: CounterTemplate;
  readonly cap: number;
  readonly need: number;
  /** What is left for calls of this process, at least 0. */
  readonly left: number;
  /** It fits after this, if nobody comes first; `undefined` where that is not a matter of time. */
  readonly retryAfterMs: number | undefined;
  /** More than the limit itself. */
  readonly never: boolean;
  /** The store is away, and money is not spent without it. */
  readonly storeLost: boolean;
}

/** Thrown to those who wait for a quota; never leaves the gateway. Not an `Error`: nobody needs its stack. */
export class Refused {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}
