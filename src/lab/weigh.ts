import { atLeast, beliefOf, estimateOf } from "./belief.ts";
import type { Cells } from "./cells.ts";
import type { Candidate, Decision } from "./decision.ts";
import type { Example } from "./example.ts";
import type { Group } from "./expect.ts";
import type { FittedModel } from "./fitted.ts";
import { percent } from "./table.ts";

/** What the fit asks for. */
export interface Wanted {
  /** From 0 to 1. */
  readonly quality: number;
  /** Of each kind of work, or of all calls together. */
  readonly across: "each" | "all";
  readonly confidence: number;
  readonly minSamples: number;
}

/** One kind of work, with every model that can do any of its calls. */
export interface Weighed {
  readonly name: string;
  readonly examples: readonly Example[];
  readonly models: readonly WeighedModel[];
}

export interface WeighedModel extends FittedModel {
  /** Whether there are enough samples to say anything. */
  readonly isKnown: boolean;
  /** The registry's figure as it is. */
  readonly figure: number | undefined;
}

/** What is known of each model at each kind of work. Pure. */
export const weigh = (
  examples: readonly Example[],
  decisions: readonly Decision[],
  groupOf: Group,
  cells: Cells,
  wanted: Wanted,
): readonly Weighed[] => {
  const groups = new Map<string, { readonly examples: Example[]; readonly models: Map<string, Candidate[]> }>();
  examples.forEach((example, index) => {
    const name = groupOf(example);
    if (name === undefined) return;
    const group = groups.get(name) ?? { examples: [], models: new Map<string, Candidate[]>() };
    groups.set(name, group);
    group.examples.push(example);
    for (const candidate of decisions[index]?.candidates ?? []) {
      const seen = group.models.get(candidate.name);
      if (seen === undefined) group.models.set(candidate.name, [candidate]);
      else seen.push(candidate);
    }
  });
  const byName = [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
  return byName.map(([name, group]) => ({
    name,
    examples: group.examples,
    models: [...group.models.values()].map((candidates) => weighOne(candidates, name, cells, wanted)),
  }));
};

const weighOne = (candidates: readonly Candidate[], group: string, cells: Cells, wanted: Wanted): WeighedModel => {
  const [{ name = "", quality: figure } = {}] = candidates;
  const costs = candidates.map(({ costNanoUsd }) => costNanoUsd).filter((cost) => cost !== undefined);
  const costUsd =
    costs.length < candidates.length ? undefined : costs.reduce((sum, cost) => sum + cost, 0) / costs.length / 1e9;
  const belief = beliefOf(cells, group, name);
  const samples = Math.round(belief.samples * 10) / 10;
  const known = { model: name, samples, costUsd, figure };
  if (belief.samples < wanted.minSamples) {
    const note = `${samples === 0 ? "no samples" : `${samples} samples: too few to say`}`;
    return { ...known, quality: undefined, atLeast: undefined, isKnown: false, note };
  }
  const quality = estimateOf(belief.beta);
  const note = `${samples} samples: right ${percent(quality.mean)} (${percent(quality.low)} to ${percent(quality.high)})`;
  return { ...known, quality, atLeast: atLeast(belief, wanted.confidence), isKnown: true, note };
};
