import type { InputRatio } from "./estimate.ts";

/** Where a conversation's prompt is likely to be cached, and how much of it. */
export interface Warm {
  readonly target: string;
  readonly tokens: number;
}

/** Output tokens that a task has needed of late. */
export interface Lengths {
  /** Of whichever model: what is expected of one that has not been asked yet. */
  readonly usual: number;
  /** Of models that were asked. */
  readonly byModel: ReadonlyMap<string, number>;
}

/** What is known right now, by target (`provider/model/account`), besides what the registry says. */
export interface Live {
  /** Weighted time to first content in milliseconds; `undefined` where nothing is known (any more). */
  latencyMs(target: string): number | undefined;
  /** Attempts that are under way here. */
  inFlight?(target: string): number;
  /** Known to be down, or asked to be left alone for a while. */
  readonly down?: ReadonlySet<string>;
  /** How long answers to this task have been. */
  lengths?(task: string | undefined): Lengths | undefined;
  /** Output tokens that do for nearly all answers to this task. */
  longest?(task: string | undefined): Lengths | undefined;
  /** Tokens that a byte of text makes at this model. */
  inputRatio?(model: string): InputRatio | undefined;
  /** Where this conversation went last. */
  warm?(conversation: string): Warm | undefined;
  /** Whether the tenant's budget is near its end: then cost alone counts, and what raises it is left out. */
  isShort?(tenant: string): boolean;
}

/** Nothing is known. */
export const unknown: Live = { latencyMs: () => undefined };
