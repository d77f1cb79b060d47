import type { Candidate } from "./decision.ts";
import { type Example, scoreOf } from "./example.ts";

/**
 * Chooses a model by its registry name, among those that can do the example at all (tools, schema, window, region, plan);
 * `undefined`: none. Whether it heeds the quality floor is its own affair: `rank` is set for those that reach it.
 */
export type Policy = (example: Example, models: readonly Candidate[]) => string | undefined;

/** headgate's router: the cheapest model that can do it and reaches the floor. */
export const capabilityFirst: Policy = (_example, models) =>
  best(models, ({ rank }) => (rank === undefined ? undefined : -rank))?.name;

/** The cheapest model that can do it, however weak. */
export const priceOnly: Policy = (_example, models) =>
  best(models, ({ costNanoUsd }) => (costNanoUsd === undefined ? Number.NEGATIVE_INFINITY : -costNanoUsd))?.name;

/** The model that is best on the whole (the mean of its figures), whatever it costs and whatever the work; of equals the cheaper. */
export const strongestOnly: Policy = (example, models) => {
  const strengths = models.map(({ model }) => strengthOf(model.quality));
  const highest = Math.max(...strengths);
  return priceOnly(
    example,
    models.filter((_, index) => strengths[index] === highest),
  );
};

const strengthOf = (quality: Candidate["model"]["quality"]): number => {
  const figures = typeof quality === "object" ? Object.values(quality) : [quality ?? Number.NEGATIVE_INFINITY];
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
};

/**
 * Knows every answer beforehand: the cheapest model that is as good as the best one here. No router can do better; how far
 * yours is from it is what better labels could still bring. Where no answer was marked, the cheapest.
 */
export const oracle: Policy = (example, models) => {
  const scores = models.map(({ name }) => scoreOf(example, name) ?? Number.NEGATIVE_INFINITY);
  const highest = Math.max(...scores);
  return priceOnly(
    example,
    models.filter((_, index) => scores[index] === highest),
  );
};

/** Everything of one model; nothing where it cannot do it. */
export const only =
  (name: string): Policy =>
  (_example, models) =>
    models.find((model) => model.name === name)?.name;

const best = (models: readonly Candidate[], worth: (model: Candidate) => number | undefined): Candidate | undefined => {
  let found: Candidate | undefined;
  let highest: number | undefined;
  for (const model of models) {
    const value = worth(model);
    if (value === undefined || (highest !== undefined && value <= highest)) continue;
    [found, highest] = [model, value];
  }
  return found;
};
