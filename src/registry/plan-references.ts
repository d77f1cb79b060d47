import type { Known } from "./names.ts";
import { blame, type RawIssue } from "./raw-issue.ts";
import { best, bestOfAny, highest, leastOf, modelIn, theBest } from "./reach.ts";
import type { RegistryFile } from "./schema.ts";
import type { Task, TenantPlan } from "./snapshot.ts";
import { joined } from "./tenant-plan.ts";

type Path = readonly PropertyKey[];

/** A plan's names, and whether it leaves any model to ask. */
export const planReferences = (path: Path, plan: TenantPlan, file: RegistryFile, known: Known): readonly RawIssue[] => {
  const unknown = [
    ...(plan.models ?? []).flatMap((model, index) => known.models.missing([...path, "models", index], model)),
    ...(plan.deny ?? []).flatMap((model, index) => known.models.missing([...path, "deny", index], model)),
    ...Object.entries(plan.pins ?? {}).flatMap(([task, model]) => pinReferences(path, task, model, known)),
  ];
  return unknown.length > 0 ? unknown : [...emptyPlan(path, plan, file, known), ...closedPins(path, plan, file)];
};

/** Each tenant's plan, its own names, and what the two leave together. */
export const tenantReferences = (file: RegistryFile, known: Known): readonly RawIssue[] =>
  Object.entries(file.tenants ?? {}).flatMap(([id, entry]) => {
    const path = ["tenants", id];
    const { plan, ...own } = entry;
    const unknown = known.plans.missing([...path, "plan"], plan);
    // One that adds nothing is as good as its plan.
    if (unknown.length > 0 || Object.keys(own).length === 0) return unknown;
    const named = planReferences(path, own, file, known);
    return named.length > 0 ? named : planReferences(path, joined(entry, file), file, known);
  });

const pinReferences = (path: Path, task: string, model: string, known: Known): readonly RawIssue[] => {
  const at = [...path, "pins", task];
  return known.tasks.has(task) ? known.models.missing(at, model) : known.tasks.missing(at, task);
};

/** Lists, refusals, regions and the floor one after another, so that the issue names the one that took the last model. */
const emptyPlan = (path: Path, plan: TenantPlan, file: RegistryFile, known: Known): readonly RawIssue[] => {
  const denied = new Set(plan.deny);
  const { regions, quality = Number.NEGATIVE_INFINITY } = plan;
  const allowed = (plan.models ?? known.models.all).filter((model) => !denied.has(model));
  if (allowed.length === 0) return [blame([...path, "deny"], "leaves no model: every one that is allowed is denied")];
  const near = regions === undefined ? allowed : allowed.filter((model) => regions.includes(regionOf(file, model)));
  if (near.length === 0) {
    return [blame([...path, "regions"], "no model that it allows is tagged with one of these regions")];
  }
  const reach = highest(near.map((model) => bestOfAny(modelIn(file, model))));
  if (quality <= reach) return [];
  return [blame([...path, "quality"], `no model that it allows reaches this quality of ${quality}${theBest(reach)}`)];
};

const regionOf = (file: RegistryFile, model: string): string => modelIn(file, model)?.tags?.["region"] ?? "";

/** A plan narrows: what it pins, it must also allow, and so must the task; and floors hold for what is pinned too. */
const closedPins = (path: Path, plan: TenantPlan, file: RegistryFile): readonly RawIssue[] =>
  Object.entries(plan.pins ?? {}).flatMap(([name, model]) => {
    const why = closedPin(plan, file.tasks?.[name] ?? {}, model, name, file);
    return why === undefined ? [] : [blame([...path, "pins", name], why)];
  });

const closedPin = (
  { models, deny, regions, quality }: TenantPlan,
  task: Task,
  model: string,
  name: string,
  file: RegistryFile,
): string | undefined => {
  if (deny?.includes(model) || models?.includes(model) === false) return `the plan itself does not allow "${model}"`;
  if (regions?.includes(regionOf(file, model)) === false) return `"${model}" is tagged with none of the plan's regions`;
  if (task.models?.includes(model) === false) return `"${model}" is not among the task's models: list it there`;
  const floor = highest([leastOf(task, file), quality]);
  const reach = best(modelIn(file, model), task.label ?? name);
  return floor > reach ? `"${model}" does not reach the least quality of ${floor}${itHas(reach)}` : undefined;
};

const itHas = (reach: number): string => (Number.isFinite(reach) ? `; it has ${reach}` : "");
