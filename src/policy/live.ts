/** Where a conversation's prompt is likely to be cached, and how much of it. */
export interface Warm {
  readonly target: string;
  readonly tokens: number;
}

/** What is known right now, by target (`provider/model/account`), besides what the registry says. */
export interface Live {
  /** Weighted time to first content in milliseconds; `undefined` where nothing is known (any more). */
  latencyMs(target: string): number | undefined;
  /** Attempts that are under way here. */
  inFlight?(target: string): number;
  /** Known to be down, or asked to be left alone for a while. */
  isDown?(target: string): boolean;
  /** Output tokens that calls of this task have needed of late, by model: only of models that were asked. */
  outputTokens?(task: string | undefined): ReadonlyMap<string, number> | undefined;
  /** Where this conversation went last. */
  warm?(conversation: string): Warm | undefined;
  /** Whether the tenant's budget is near its end: then cost alone counts, and what raises it is left out. */
  isShort?(tenant: string): boolean;
}

/** Nothing is known. */
export const unknown: Live = { latencyMs: () => undefined };
