import { qualityOf } from "../policy/quality-of.ts";
import type { ModelEntry, RegistryFile } from "./schema.ts";
import type { Task } from "./snapshot.ts";

/** A model by its name, where there is one: `toString` is none. */
export const modelIn = ({ models }: RegistryFile, name: string): ModelEntry | undefined =>
  Object.hasOwn(models, name) ? models[name] : undefined;

/** A model's quality for a kind of work; unknown is below every floor. */
export const best = (model: ModelEntry | undefined, label: string | undefined): number =>
  qualityOf(model ?? {}, label) ?? Number.NEGATIVE_INFINITY;

/** A model's highest quality, for whatever kind of work. */
export const bestOfAny = (model: ModelEntry | undefined): number =>
  typeof model?.quality === "object" ? highest(Object.values(model.quality)) : best(model, undefined);

/** The highest of some; below everything where there are none. */
export const highest = (figures: readonly (number | undefined)[]): number =>
  figures.reduce<number>((most, figure) => Math.max(most, figure ?? most), Number.NEGATIVE_INFINITY);

/** The highest floor that a task itself has; below everything where it has none. */
export const leastOf = (task: Task, { difficulties = {} }: RegistryFile): number => {
  const { difficulty = "" } = task;
  const named = Object.hasOwn(difficulties, difficulty) ? difficulties[difficulty] : undefined;
  return highest([task.quality, task.needs?.quality, named]);
};

export const theBest = (reach: number): string => (Number.isFinite(reach) ? `; the best has ${reach}` : "");
