import { beliefOf, type Estimate, meanEstimate, shareEstimate } from "./belief.ts";
import { type Beta, tails } from "./beta.ts";
import { type Cell, type Cells, cellsOf } from "./cells.ts";
import { type Example, scoreOf } from "./example.ts";
import type { LabRegistry } from "./load.ts";
import { capabilityFirst } from "./policies.ts";
import { rehearse } from "./replay.ts";

/** What the router is expected to reach. */
export interface Expected {
  /** Calls that the figures were worked out from. */
  readonly calls: number;
  /** Mean quality of an answer, from 0 to 1. */
  readonly quality: Estimate;
  /** Mean cost of a call in dollars; `undefined` where a price is unknown. */
  readonly costUsd: Estimate | undefined;
}

export type Group = (example: Example) => string | undefined;

/** The model that the router asks under this registry, and its cost, example by example. */
export interface Pick {
  readonly example: Example;
  readonly group: string;
  readonly model: string | undefined;
  readonly costUsd: number | undefined;
}

export const picksOf = (examples: readonly Example[], groupOf: Group, registry: LabRegistry): readonly Pick[] => {
  const { decisions } = rehearse(examples, registry);
  return examples.flatMap((example, index) => {
    const group = groupOf(example);
    if (group === undefined) return [];
    const candidates = decisions[index]?.candidates ?? [];
    const model = capabilityFirst(example, candidates);
    const nano = model === undefined ? 0 : candidates.find(({ name }) => name === model)?.costNanoUsd;
    return [{ example, group, model, costUsd: nano === undefined ? undefined : nano / 1e9 }];
  });
};

/** With the distribution that the quality's figures are of. */
export interface Outlook {
  readonly expected: Expected;
  readonly beta: Beta;
}

/**
 * From what was seen of the models on these same examples: each pick is taken to be as good as its model was at that kind
 * of work. The figures are those of as many independent samples as the kinds together are worth, more being worth more the
 * more evenly they lie (Kish's effective size); where every pick was scored, that is their number. Pure.
 */
export const outlookOf = (picks: readonly Pick[]): Outlook => {
  const cells = cellsOf(
    picks.map(({ example }) => example),
    groupsOf(picks),
  );
  const kinds = new Map<string, { readonly cell: Cell; count: number }>();
  for (const { group, model } of picks) {
    const key = JSON.stringify([group, model]);
    const kind = kinds.get(key) ?? { cell: cellFor(cells, group, model), count: 0 };
    kind.count += 1;
    kinds.set(key, kind);
  }
  let [mean, scatter] = [0, 0];
  for (const { cell, count } of kinds.values()) {
    const share = count / picks.length;
    mean += (share * cell.right) / cell.samples;
    scatter += share ** 2 / cell.samples;
  }
  const worth = 1 / scatter;
  const beta = { a: mean * worth + 0.5, b: (1 - mean) * worth + 0.5 };
  return { expected: { calls: picks.length, quality: shareEstimate(mean, beta), costUsd: meanOfCosts(picks) }, beta };
};

/** What was seen of a model there; where that is nothing, what its other work lets one believe. No model is never right. */
const cellFor = (cells: Cells, group: string, model: string | undefined): Cell => {
  if (model === undefined) return { samples: 1, right: 0 };
  const seen = cells.get(group)?.get(model);
  if (seen !== undefined && seen.samples > 0) return seen;
  const { beta } = beliefOf(cells, group, model);
  return { samples: beta.a + beta.b, right: beta.a };
};

const groupsOf = (picks: readonly Pick[]): Group => {
  const groups = new Map(picks.map(({ example, group }) => [example, group]));
  return (example) => groups.get(example);
};

const meanOfCosts = (picks: readonly Pick[]): Estimate | undefined => {
  const costs = picks.map(({ costUsd }) => costUsd).filter((cost) => cost !== undefined);
  return costs.length === 0 || costs.length < picks.length ? undefined : sampleMean(costs);
};

export const sampleMean = (values: readonly number[]): Estimate => {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return meanEstimate(mean, Math.sqrt(squares / Math.max(1, values.length - 1) / values.length), values.length);
};

/** What came out elsewhere, beside what was expected. */
export interface Judgement {
  readonly calls: number;
  /** Answers of which the score is known. */
  readonly judged: number;
  readonly quality: number | undefined;
  readonly costUsd: number | undefined;
  /** Whether it is within the stated error, the chance of a set of this size reckoned in; `undefined`: not known. */
  readonly qualityWithin: boolean | undefined;
  readonly costWithin: boolean | undefined;
}

/** The picks on a set that had no part in the fit. Pure. */
export const judgementOf = (picks: readonly Pick[], outlook: Outlook | undefined): Judgement => {
  const scores = picks
    .map(({ example, model }) => (model === undefined ? 0 : scoreOf(example, model)))
    .filter((score) => score !== undefined);
  const right = scores.reduce((total, score) => total + score, 0);
  const known = scores.length > 0;
  const cost = meanOfCosts(picks);
  const expectedCost = outlook?.expected.costUsd;
  return {
    calls: picks.length,
    judged: scores.length,
    quality: known ? right / scores.length : undefined,
    costUsd: cost?.mean,
    qualityWithin: known && outlook !== undefined ? isLikely(right, scores.length, outlook.beta) : undefined,
    costWithin:
      cost === undefined || expectedCost === undefined
        ? undefined
        : differByChance(cost, expectedCost, Math.min(picks.length, outlook?.expected.calls ?? 0)),
  };
};

/** Whether so many right of so many lie in the middle 95 % of what was to be expected. */
const isLikely = (right: number, samples: number, beta: Beta): boolean => {
  const { upTo, from } = tails(Math.round(right), samples, beta);
  return upTo >= 0.025 && from >= 0.025;
};

const differByChance = (one: Estimate, other: Estimate, samples: number): boolean => {
  const { low, high } = meanEstimate(0, Math.hypot(one.standardError, other.standardError), samples);
  const difference = one.mean - other.mean;
  return difference >= low - 1e-12 && difference <= high + 1e-12;
};
