/** How much of something a scope may use. What is not said is not limited. */
export interface RateLimits {
  /** Calls, whole numbers from 1. A call counts once, whatever it is retried; one that reached no vendor does not count. */
  readonly requestsPerMinute?: number;
  /** Calls of a calendar day. */
  readonly requestsPerDay?: number;
  /** Input and output tokens together: estimated before an attempt, corrected to what was used after it. */
  readonly tokensPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  readonly outputTokensPerMinute?: number;
  /** Calls at the same time, each from its admission to its end. */
  readonly parallelCalls?: number;
  /** Calls that may come at once after a pause. Default: a minute's worth. In any W seconds at most this plus W/60 of the rate. */
  readonly requestsBurst?: number;
  /** The same for each of the token limits. A call that needs more than this never fits. Default: a minute's worth. */
  readonly tokensBurst?: number;
  /** At most the rate in any 60 seconds, whenever they begin, instead of a burst that refills. Default false. */
  readonly strict?: boolean;
  /** Where a calendar day begins: an IANA name. Default `UTC`. */
  readonly timeZone?: string;
}

/** Money that a scope may spend, in US dollars with at most nine decimals, up to 9,000,000 a window. */
export interface Budgets {
  readonly usdPerHour?: number;
  readonly usdPerDay?: number;
  /** From Monday. */
  readonly usdPerWeek?: number;
  readonly usdPerMonth?: number;
  /** Where calendar windows begin: an IANA name such as `Europe/Rome`. Default `UTC`. */
  readonly timeZone?: string;
  /** The last hour, day, 7 days or 30 days, whenever they began, instead of calendar windows. Default false. */
  readonly rolling?: boolean;
  /** Shares of a budget, above 0 and at most 1, at which it is told once a window (`gateway.on("budget")`). Default `[0.8, 1]`. */
  readonly alerts?: readonly number[];
}

/**
 * What is done with a call that is over. `enforce`: it is refused (or waits). `warn`: it goes on, with a warning in its
 * completion. `shadow`: it goes on, and only `gateway.on("limit")` tells what would have been refused.
 */
export type Enforcement = "enforce" | "warn" | "shadow";

/** What one scope may use: rates and money. */
export interface QuotaEntry {
  readonly limits?: RateLimits;
  readonly budgets?: Budgets;
  /** Default `enforce`. */
  readonly enforcement?: Enforcement;
}

/** What a call does that must wait: it is told when to come back, or it waits in line. */
export type WhenOver =
  | "reject"
  | {
      readonly queue: {
        /** Calls that may wait at the same time in one process; one more is `queue_full`. Default 100. */
        readonly maxCalls?: number;
        /** Longest wait of a call in milliseconds, inside its deadline. Default 30,000. */
        readonly maxWaitMs?: number;
      };
    };

/** What a vendor allows us, by target: a model at an account. Held by all processes together. */
export interface TargetQuota extends Omit<RateLimits, "strict"> {
  /** Models of the same account that name the same pool share one quota. Default: each model its own. */
  readonly pool?: string;
  /** `free` where the vendor does not count tokens read from its prompt cache. Default `counted`. */
  readonly cacheReads?: "counted" | "free";
}
