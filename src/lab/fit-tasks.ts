import { type Choice, choose, type Option } from "./choose.ts";
import type { RegistryPatch } from "./patch.ts";
import type { Wanted, Weighed, WeighedModel } from "./weigh.ts";

export interface Chosen {
  readonly patch: RegistryPatch;
  /** By kind of work; those that are not here stay as they are. */
  readonly floors: ReadonlyMap<string, { readonly floor: number; readonly reached: boolean }>;
}

/**
 * Figures by label. A model's figure is what its quality is at least, in percent. A task's floor is the quality wanted, or,
 * where that is wanted of all calls together, the figure of the model that was chosen: either way the router's cheapest
 * eligible model is that one. A model of which too little is known gets no figure, or 0 where its old one would let it in.
 * Pure.
 */
export const fitTasks = (
  groups: readonly Weighed[],
  tasksOf: (label: string) => readonly string[],
  wanted: Wanted,
): Chosen => {
  const kinds = groups.map((group) => ({ name: group.name, calls: group.examples.length, options: optionsOf(group) }));
  const choices = choose(kinds, wanted);
  const models = new Map<string, Record<string, number>>();
  const tasks: Record<string, { readonly quality: number }> = {};
  const floors = new Map<string, { readonly floor: number; readonly reached: boolean }>();
  for (const group of groups) {
    const choice = choices.get(group.name);
    if (choice === undefined) continue;
    const floor = floorOf(choice, wanted);
    floors.set(group.name, { floor, reached: choice.reached });
    for (const task of tasksOf(group.name)) tasks[task] = { quality: floor };
    for (const model of group.models) {
      if (!model.isKnown && (model.figure ?? Number.NEGATIVE_INFINITY) < floor) continue;
      const quality = models.get(model.model) ?? {};
      models.set(model.model, quality);
      quality[group.name] = figureOf(model);
    }
  }
  const qualities = Object.fromEntries([...models].map(([name, quality]) => [name, { quality }]));
  return { patch: { ...(models.size > 0 && { models: qualities, tasks }) }, floors };
};

const floorOf = ({ option, reached }: Choice, { across, quality }: Wanted): number =>
  reached && across === "each" ? Math.min(rounded(quality * 100), option.floor) : Math.max(option.floor, LEAST);

/** So that a floor is never one that a model without a figure reaches. */
const LEAST = 0.01;

const rounded = (figure: number): number => Math.round(figure * 100) / 100;

/** Down to a hundredth of a percent. */
const figureOf = ({ atLeast = 0 }: WeighedModel): number => Math.floor(rounded(atLeast * 1e6) / 1e2) / 1e2;

/** A floor at each model's figure: the router then asks the cheapest that stands there or above. */
const optionsOf = ({ models, examples }: Weighed): readonly Option[] => {
  const known = models.filter(({ isKnown }) => isKnown);
  return known.flatMap((model) => {
    const floor = figureOf(model);
    const cheaper = known.some((other) => figureOf(other) >= floor && costOf(other) < costOf(model));
    if (cheaper) return [];
    const { mean = 0, standardError = 0 } = model.quality ?? {};
    const costUsd = costOf(model) * examples.length;
    return [{ floor, costUsd, mean, variance: standardError ** 2, atLeast: model.atLeast ?? 0 }];
  });
};

/** What has no known price is dear. */
const costOf = ({ costUsd = 1e6 }: WeighedModel): number => costUsd;
