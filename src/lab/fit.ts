import { Issues, isBetween, isOneOf, isPositiveInteger } from "../policy/issues.ts";
import type { RegistryFile } from "../registry/schema.ts";
import type { RegistryInput } from "../registry/source.ts";
import { cellsOf } from "./cells.ts";
import { checkedSet, type LabSet } from "./check-set.ts";
import { labelOf } from "./decision.ts";
import type { Example } from "./example.ts";
import { type Expected, type Group, type Judgement, judgementOf, outlookOf, picksOf } from "./expect.ts";
import { fitDifficulties } from "./fit-difficulties.ts";
import { fitTable } from "./fit-table.ts";
import { fitTasks } from "./fit-tasks.ts";
import type { Fitted } from "./fitted.ts";
import { type LabRegistry, loadRegistry } from "./load.ts";
import { patched, patchYaml, type RegistryPatch } from "./patch.ts";
import { rehearse } from "./replay.ts";
import { split } from "./split.ts";
import { percent } from "./table.ts";
import { type Wanted, type Weighed, weigh } from "./weigh.ts";

export interface FitOptions {
  /** The models with their prices and abilities, and the tasks as they are. */
  readonly registry: RegistryInput;
  /** Mean quality wanted, from 0 to 1. */
  readonly quality: number;
  /** Whether it is wanted of `each` kind of work (default), or of `all` calls together, which costs less. */
  readonly across?: "each" | "all";
  /**
   * What kinds of work there are. `task` (default): by task label; models get figures by label, tasks get floors.
   * `difficulty`: by difficulty; models keep their figures, difficulties get floors.
   */
  readonly by?: "task" | "difficulty";
  /** How sure it must be that a model is good enough, from 0.5 to 0.999. Default 0.95. */
  readonly confidence?: number;
  /** With fewer samples than this of a model at a kind of work nothing is said of it. Default 30. */
  readonly minSamples?: number;
  /**
   * Share of the examples, by their ids, that has no part in choosing and says what to expect instead. Default 0.3. With 0
   * the same examples do both, which makes the expectation rosy.
   */
  readonly holdout?: number;
}

export interface Fit {
  readonly groups: readonly Fitted[];
  readonly patch: RegistryPatch;
  /** The patch, with a comment on each figure. */
  readonly yaml: string;
  /** The registry with the patch in it, as data. */
  readonly registry: RegistryFile;
  /** Of the kinds of work that were fitted, under the patched registry; `undefined` where none was. */
  readonly expected: Expected | undefined;
  /** Tries the patched registry on a set that had no part in it. */
  judge(set: LabSet): Promise<Judgement>;
  toString(): string;
}

/**
 * Quality figures and floors that reach a wanted quality at the least cost, from outcomes: labels, feedback, schema results.
 *
 * For each kind of work and model, the outcomes give a mean and how far it may be off (a Beta distribution). A model that
 * has done other kinds of work starts from what it did there, which counts for 1 to 20 samples: the fewer, the more its
 * kinds of work have differed. A model is good enough where its quality is at least the wanted one with the confidence
 * asked for; the cheapest such model is what the router will ask. (With `across: "all"` the same is asked of the mean over
 * all calls: from the surest models down, step by step, the saving that takes least quality for its money.) With too few samples nothing is said of a model, and it
 * is not asked; with too few of all models the kind of work is left as it is.
 *
 * What to expect is then worked out by running the router itself, on the patched registry, over the examples held out.
 */
export const fit = async (set: LabSet, options: FitOptions): Promise<Fit> => {
  checkOptions(options);
  const { quality, confidence = 0.95, minSamples = 30, by = "task", across = "each", holdout = 0.3 } = options;
  const wanted = { quality, across, confidence, minSamples };
  const examples = checkedSet(set);
  const original = await loadRegistry(options.registry);
  const groupOf: Group =
    by === "task" ? (example) => labelOf(example, original.snapshot) : ({ difficulty }) => difficulty;
  const [held, learnt] = split(examples, holdout);
  const open = withNames(original, examples, by);
  const weighed = weigh(learnt, rehearse(learnt, open).decisions, groupOf, cellsOf(learnt, groupOf), wanted);
  const tasksOf = (label: string): readonly string[] => tasksOfLabel(label, examples, groupOf);
  const chosen = by === "task" ? fitTasks(weighed, tasksOf, wanted) : fitDifficulties(weighed, groupOf, open, wanted);
  const file = patched(original.file, chosen.patch);
  const registry = await loadRegistry(file);
  const fitted: Group = (example) => {
    const group = groupOf(example);
    return group !== undefined && chosen.floors.has(group) ? group : undefined;
  };
  const picks = picksOf(
    learnt.filter((each) => fitted(each) !== undefined),
    fitted,
    registry,
  );
  const groups = weighed.map((group) => {
    const asked = countsOf(picks.filter((pick) => pick.group === group.name).map(({ model = "none" }) => model));
    return fittedOf(group, asked, by === "task" ? tasksOf(group.name) : [], chosen.floors.get(group.name), wanted);
  });
  const judged = (holdout > 0 ? held : learnt).filter((each) => fitted(each) !== undefined);
  const outlook = judged.length === 0 ? undefined : outlookOf(picksOf(judged, fitted, registry));
  return {
    groups,
    patch: chosen.patch,
    yaml: patchYaml(chosen.patch, groups),
    registry: file,
    expected: outlook?.expected,
    judge: async (other) => {
      const others = checkedSet(other).filter((each) => fitted(each) !== undefined);
      return judgementOf(picksOf(others, fitted, registry), outlook);
    },
    toString: () => fitTable(groups, outlook?.expected, holdout > 0),
  };
};

const checkOptions = ({ quality, by, across, confidence, minSamples, holdout }: FitOptions): void => {
  const issues = new Issues();
  if (!isBetween(0, 1)(quality)) issues.add("quality", "a number from 0 to 1");
  issues.optional("by", by, isOneOf("task", "difficulty"), "task or difficulty");
  issues.optional("across", across, isOneOf("each", "all"), "each or all");
  issues.optional("confidence", confidence, isBetween(0.5, 0.999), "a number from 0.5 to 0.999");
  issues.optional("minSamples", minSamples, isPositiveInteger, "a whole number from 1 up");
  issues.optional("holdout", holdout, isBetween(0, 0.9), "a number from 0 to 0.9");
  issues.throwIfAny("The fit");
};

/** Names that the registry does not have yet are names all the same: of tasks that ask for nothing. */
const withNames = (registry: LabRegistry, examples: readonly Example[], by: "task" | "difficulty"): LabRegistry => {
  const tasks = new Map(registry.snapshot.tasks);
  const difficulties = new Map(registry.snapshot.difficulties);
  for (const { task, difficulty } of examples) {
    if (by === "task" && task !== undefined && !tasks.has(task)) tasks.set(task, {});
    if (by === "difficulty" && difficulty !== undefined && !difficulties.has(difficulty)) {
      difficulties.set(difficulty, Number.NEGATIVE_INFINITY);
    }
  }
  return { ...registry, snapshot: { ...registry.snapshot, tasks, difficulties } };
};

const tasksOfLabel = (label: string, examples: readonly Example[], groupOf: Group): readonly string[] => [
  ...new Set(
    examples.filter((each) => groupOf(each) === label).flatMap(({ task }) => (task === undefined ? [] : [task])),
  ),
];

const countsOf = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].map(([name, count]) => [name, count / names.length]));
};

const fittedOf = (
  { name, examples, models }: Weighed,
  asked: Readonly<Record<string, number>>,
  tasks: readonly string[],
  found: { readonly floor: number; readonly reached: boolean } | undefined,
  { quality, across, confidence, minSamples }: Wanted,
): Fitted => {
  const who = Object.keys(asked).join(", ");
  const of = across === "each" ? "right" : "right of all calls together";
  const sure = `${percent(quality)} ${of}, with ${percent(confidence, 0)} confidence`;
  const kind = { name, tasks, calls: examples.length, asked, floor: found?.floor, models };
  if (found === undefined) {
    const note = `left as it is: no model has ${minSamples} samples`;
    return { ...kind, verdict: "too_few", note };
  }
  if (found.reached) return { ...kind, verdict: "reached", note: `cheapest for ${sure}: ${who}` };
  return { ...kind, verdict: "not_reached", note: `none is known to reach ${sure}; nearest: ${who}` };
};
