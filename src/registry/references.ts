import { type Known, names } from "./names.ts";
import { planReferences, tenantReferences } from "./plan-references.ts";
import { quotaReferences } from "./quota-references.ts";
import { blame, type RawIssue } from "./raw-issue.ts";
import { best, bestOfAny, highest, leastOf, modelIn, theBest } from "./reach.ts";
import type { RegistryFile } from "./schema.ts";
import type { Task } from "./snapshot.ts";

/**
 * What refers to what: each name must be there, each floor within reach, each plan left with a model. `providers` are the
 * names that were passed to the gateway; `undefined` where nobody passed any, and they are not looked at.
 */
export const references = (file: RegistryFile, providers: readonly string[] | undefined): readonly RawIssue[] => {
  const known: Known = {
    models: names("model", Object.keys(file.models)),
    tasks: names("task", Object.keys(file.tasks ?? {})),
    difficulties: names("difficulty", Object.keys(file.difficulties ?? {})),
    plans: names("plan", Object.keys(file.plans ?? {})),
  };
  return [
    ...(known.models.size === 0 ? [blame(["models"], "expected at least one model")] : []),
    ...(providers === undefined ? [] : unknownProviders(file, providers)),
    ...Object.entries(file.tasks ?? {}).flatMap(([name, task]) => taskReferences(name, task, file, known)),
    ...known.difficulties.missing(["policy", "difficulty"], file.policy?.difficulty),
    ...known.plans.missing(["policy", "plan"], file.policy?.plan),
    ...unreachableDifficulties(file),
    ...Object.entries(file.plans ?? {}).flatMap(([name, plan]) => planReferences(["plans", name], plan, file, known)),
    ...tenantReferences(file, known),
    ...quotaReferences(file),
  ];
};

const unknownProviders = ({ models }: RegistryFile, providers: readonly string[]): readonly RawIssue[] => {
  const known = names("provider", providers);
  return Object.entries(models).flatMap(([name, { provider }]) =>
    known.missing(["models", name, "provider"], provider, `no provider "${provider}" was passed to createGateway`),
  );
};

const taskReferences = (name: string, task: Task, file: RegistryFile, known: Known): readonly RawIssue[] => {
  const path = ["tasks", name];
  const label = task.label ?? name;
  const floor = leastOf(task, file);
  const listed = task.models ?? known.models.all;
  const reach = highest(listed.map((model) => best(modelIn(file, model), label)));
  return [
    ...(task.models ?? []).flatMap((model, index) => known.models.missing([...path, "models", index], model)),
    ...known.difficulties.missing([...path, "difficulty"], task.difficulty),
    ...(floor > reach ? [blame(path, `no model reaches its least quality of ${floor}${theBest(reach)}`)] : []),
    ...splitReferences(path, task, floor, (model) => best(modelIn(file, model), label), known),
  ];
};

/** A canary that could never be asked is a mistake, not an experiment. */
const splitReferences = (
  path: readonly string[],
  { split = {}, models }: Task,
  floor: number,
  reach: (model: string) => number,
  known: Known,
): readonly RawIssue[] => {
  const at = (model: string): readonly string[] => [...path, "split", model];
  const sum = Object.values(split).reduce((all, share) => all + share, 0);
  return [
    ...Object.keys(split).flatMap((model) => {
      if (!known.models.has(model)) return known.models.missing(at(model), model);
      if (models !== undefined && !models.includes(model)) {
        return [blame(at(model), "is not among the task's models, and so never asked: list it there")];
      }
      return floor > reach(model)
        ? [blame(at(model), `does not reach the task's least quality of ${floor}, and so is never asked`)]
        : [];
    }),
    ...(sum > 1 + ROUNDING
      ? [blame([...path, "split"], `expected shares of together at most 1, these are ${Number(sum.toFixed(6))}`)]
      : []),
  ];
};

const ROUNDING = 1e-9;

/**
 * A floor that no model reaches for any kind of work; and the default one, if none does where nothing is said of the kind.
 * A registry that says nothing of quality has no floors to check.
 */
const unreachableDifficulties = (file: RegistryFile): readonly RawIssue[] => {
  const models = Object.values(file.models);
  const difficulties = Object.entries(file.difficulties ?? {});
  if (models.every(({ quality }) => quality === undefined)) return [];
  const anyhow = highest(models.map(bestOfAny));
  const unsaid = highest(models.map((model) => best(model, undefined)));
  const usual = file.policy?.difficulty ?? hardest(difficulties);
  return difficulties.flatMap(([name, floor]) => {
    const path = ["difficulties", name];
    if (floor > anyhow) return [blame(path, `no model reaches this quality of ${floor}${theBest(anyhow)}`)];
    if (name !== usual || floor <= unsaid) return [];
    const kind = "and calls that say nothing are taken for it: set policy.difficulty, or lower it";
    return [blame(path, `no model reaches this quality of ${floor} in general${theBest(unsaid)}, ${kind}`)];
  });
};

const hardest = (difficulties: readonly (readonly [string, number])[]): string | undefined =>
  [...difficulties].sort(([, one], [, other]) => other - one)[0]?.[0];
