import type { Model, Ranked, Target } from "../contract/index.ts";
import { qualityOf } from "./eligible.ts";
import { tierOf } from "./price.ts";

/** What is known of a target's speed right now. */
export interface Live {
  /** Weighted time to first content in milliseconds; `undefined` where nothing is known yet. */
  latencyMs(target: string): number | undefined;
}

export interface Expected {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly label: string | undefined;
  /** Share of the cheapest cost within which models count as equals. */
  readonly tieShare: number;
}

/** Nano-dollars that a call may cost here: for comparing, not for billing. */
export const expectedNanoUsd = ({ cost }: Model, { inputTokens, outputTokens }: Expected): number | undefined => {
  if (cost === undefined) return undefined;
  const rates = tierOf(cost, inputTokens) ?? cost;
  return Math.ceil((inputTokens * rates.input + outputTokens * rates.output) * 1_000);
};

/**
 * Cheapest first; among near-equals the faster one, then the stronger one. A model without a price comes last: unknown is
 * not cheap. Pure, and the order of two models never depends on a third one beyond their own group of equals.
 */
export const order = (targets: readonly Target[], expected: Expected, live: Live): readonly Ranked[] => {
  const ranked = targets.map((target) => ({
    target,
    expectedNanoUsd: expectedNanoUsd(target.model, expected),
    quality: qualityOf(target.model, expected.label),
  }));
  ranked.sort(byCost);
  const ordered: Ranked[] = [];
  for (let from = 0; from < ranked.length; ) {
    const until = endOfEquals(ranked, from, expected.tieShare);
    ordered.push(...ranked.slice(from, until).sort(bySpeed(live)));
    from = until;
  }
  return ordered;
};

const byCost = (one: Ranked, other: Ranked): number =>
  (one.expectedNanoUsd ?? Number.POSITIVE_INFINITY) - (other.expectedNanoUsd ?? Number.POSITIVE_INFINITY) || 0;

const endOfEquals = (ranked: readonly Ranked[], from: number, tieShare: number): number => {
  const cheapest = ranked[from]?.expectedNanoUsd ?? Number.POSITIVE_INFINITY;
  const limit = cheapest * (1 + tieShare);
  let until = from + 1;
  while (until < ranked.length && (ranked[until]?.expectedNanoUsd ?? Number.POSITIVE_INFINITY) <= limit) until += 1;
  return until;
};

/** What was never measured counts as fast, so that it gets measured. */
const bySpeed =
  (live: Live) =>
  (one: Ranked, other: Ranked): number =>
    (live.latencyMs(one.target.id) ?? 0) - (live.latencyMs(other.target.id) ?? 0) ||
    (other.quality ?? 0) - (one.quality ?? 0);
