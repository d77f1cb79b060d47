import type { CallRecord, Needs, Usage } from "../contract/index.ts";

/** One question of a labelled set, or one call of a ledger: what a policy is tried on. */
export interface Example {
  /** Which one it is; also what decides whether it is held out, so that a set is split the same way every time. */
  readonly id: string;
  /** Read for its length alone. Default: `usage.input` says how long it was. */
  readonly prompt?: string;
  readonly needs?: Needs;
  readonly task?: string;
  readonly difficulty?: string;
  readonly tenant?: string;
  /** Tokens that an answer takes, as counted once; every model is priced as if it had counted the same. */
  readonly usage: Usage | { readonly input: number; readonly output: number };
  /** How good each model's answer is, from 0 (wrong) to 1 (right), for the models whose answer was looked at. */
  readonly scores?: Readonly<Record<string, number>>;
  /** Milliseconds to the first content, by model, where known. */
  readonly latencyMs?: Readonly<Record<string, number>>;
  /** The call that it was made from. */
  readonly record?: CallRecord;
}

/** The same spelt out: what its price is reckoned from. */
export const usageOf = ({ usage }: Example): Usage => {
  if (typeof usage.input === "object") return usage as Usage;
  const { input, output } = usage as { readonly input: number; readonly output: number };
  return {
    input: { total: input, uncached: input, cacheRead: 0, cacheWrite: 0 },
    output: { total: output, reasoning: 0 },
    meters: {},
    source: "reported",
  };
};

/** A model's score, where the model's answer to this example was ever judged. */
export const scoreOf = ({ scores }: Example, model: string): number | undefined =>
  scores !== undefined && Object.hasOwn(scores, model) ? scores[model] : undefined;
