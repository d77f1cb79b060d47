import { checkedSet, type LabSet } from "./check-set.ts";
import { type Point, paretoFrontier } from "./frontier.ts";
import { loadRegistry } from "./load.ts";
import { capabilityFirst, only, type Policy, priceOnly, strongestOnly } from "./policies.ts";
import { type LabOptions, perform, rehearse } from "./replay.ts";
import { frontierSvg } from "./svg.ts";
import { type Totals, totals, totalsTable } from "./totals.ts";

export interface CompareOptions extends LabOptions {
  /** By the name that tables and pictures show. Default: `priceOnly`, `capabilityFirst` and `strongestOnly`. */
  readonly policies?: Readonly<Record<string, Policy>>;
}

export interface Comparison {
  readonly policies: readonly Totals[];
  /** Each model by itself, asked for everything that it can do. */
  readonly models: readonly Totals[];
  /** Names of the models that no other one beats, cheapest first. */
  readonly frontier: readonly string[];
  /** Policies and models as a table; costs are also shown as a share of the dearest policy's. */
  toString(): string;
  /** Cost against quality: policies as points, the models' Pareto frontier as a line. A whole SVG document. */
  toSvg(options?: { readonly title?: string }): string;
}

/** The same set through several policies, and through each model alone. Nothing is sent. */
export const compare = async (set: LabSet, options: CompareOptions): Promise<Comparison> => {
  const { policies = { priceOnly, capabilityFirst, strongestOnly }, qualityScale } = options;
  const registry = await loadRegistry(options.registry);
  const rehearsal = rehearse(checkedSet(set), registry);
  const run = (name: string, policy: Policy): Totals => totals(name, perform(rehearsal, policy, qualityScale));
  const tried = Object.entries(policies).map(([name, policy]) => run(name, policy));
  const models = [...registry.snapshot.models.keys()].map((name) => run(name, only(name)));
  const line = paretoFrontier(points(models));
  return {
    policies: tried,
    models,
    frontier: line.map(({ name }) => name),
    toString: () => `${totalsTable(tried, dearest(tried))}\n\n${totalsTable(models)}`,
    toSvg: ({ title = "Cost and quality" } = {}) =>
      frontierSvg({ title, calls: rehearsal.examples.length, policies: points(tried), models: points(models), line }),
  };
};

const dearest = (all: readonly Totals[]): Totals | undefined =>
  all.toSorted((one, other) => (other.costUsd ?? -1) - (one.costUsd ?? -1))[0];

/** Those of which both are known. */
const points = (all: readonly Totals[]): readonly Point[] =>
  all.flatMap(({ policy, costUsd, quality }) =>
    costUsd === undefined || quality === undefined ? [] : [{ name: policy, cost: costUsd, quality }],
  );
