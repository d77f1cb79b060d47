import { choose, type Option } from "./choose.ts";
import { type Group, type Pick, picksOf } from "./expect.ts";
import type { Chosen } from "./fit-tasks.ts";
import type { LabRegistry } from "./load.ts";
import type { Wanted, Weighed } from "./weigh.ts";

/**
 * Floors of difficulties, on the registry's own figures, which stay as they are: each floor that a known model stands at is
 * tried with the router itself, and one is chosen by what the router's own choices then cost and are known to be worth.
 * Pure.
 */
export const fitDifficulties = (
  groups: readonly Weighed[],
  groupOf: Group,
  registry: LabRegistry,
  wanted: Wanted,
): Chosen => {
  const kinds = groups.map((group) => ({
    name: group.name,
    calls: group.examples.length,
    options: floorsOf(group).flatMap((floor) => optionOf(floor, picksUnder(floor, group, groupOf, registry), group)),
  }));
  const choices = choose(kinds, wanted);
  const floors = new Map([...choices].map(([name, { option, reached }]) => [name, { floor: option.floor, reached }]));
  const difficulties = Object.fromEntries([...floors].map(([name, { floor }]) => [name, floor]));
  return { patch: floors.size === 0 ? {} : { difficulties }, floors };
};

const floorsOf = ({ models }: Weighed): readonly number[] => {
  const figures = models.filter(({ isKnown }) => isKnown).map(({ figure }) => figure);
  return [...new Set(figures.filter((figure) => figure !== undefined))].sort((one, other) => one - other);
};

const picksUnder = (
  floor: number,
  { name, examples }: Weighed,
  groupOf: Group,
  registry: LabRegistry,
): readonly Pick[] => {
  const difficulties = new Map(registry.snapshot.difficulties).set(name, floor);
  return picksOf(examples, groupOf, { ...registry, snapshot: { ...registry.snapshot, difficulties } });
};

/** None where nothing is known of any model asked. A call to a model of which nothing is known counts as wrong. */
const optionOf = (floor: number, picks: readonly Pick[], { models }: Weighed): readonly Option[] => {
  const known = new Map(models.filter(({ isKnown }) => isKnown).map((model) => [model.model, model]));
  if (!picks.some(({ model = "" }) => known.has(model))) return [];
  const mean = (of: (model: string) => number | undefined): number =>
    picks.reduce((total, { model = "" }) => total + (of(model) ?? 0), 0) / picks.length;
  return [
    {
      floor,
      costUsd: picks.reduce((total, { costUsd = 1e6 }) => total + costUsd, 0),
      mean: mean((model) => known.get(model)?.quality?.mean),
      variance: mean((model) => known.get(model)?.quality?.standardError) ** 2,
      atLeast: mean((model) => known.get(model)?.atLeast),
    },
  ];
};
