import { GatewayError, type Plan, type Request } from "../contract/index.ts";
import type { Snapshot, Task, TenantPlan } from "../registry/snapshot.ts";
import { list, nearest } from "./nearest.ts";

/** The registry's task of a call. Throws `invalid_request` for one that is not there. */
export const taskOf = ({ task }: Request, { tasks }: Snapshot): Task | undefined => {
  if (task === undefined) return undefined;
  const found = tasks.get(task);
  if (found !== undefined) return found;
  const known = nearest(task, tasks.keys());
  throw new GatewayError("invalid_request", `The registry has no task "${task}"; it has ${list(known)}.`, {
    details: { issues: [{ path: "task", message: `expected one of ${list(known)}` }] },
  });
};

/** Whether a call says for itself how hard it is: by a pin, a difficulty, a least quality, or a task. */
export const saysDifficulty = ({ model, task, difficulty, needs }: Request): boolean =>
  (model ?? task ?? difficulty ?? needs?.quality) !== undefined;

/**
 * Its own, its task's, or the one that `classified` it. A call that says nothing is taken for the hardest kind: what is
 * cheap must be said to be easy.
 */
export const difficultyOf = (
  request: Request,
  task: Task | undefined,
  classified: string | undefined,
  { difficulties, policy }: Snapshot,
): string | undefined => {
  const said = request.difficulty ?? task?.difficulty;
  if (said !== undefined) {
    if (difficulties.has(said)) return said;
    const known = nearest(said, difficulties.keys());
    throw new GatewayError("invalid_request", `The registry has no difficulty "${said}"; it has ${list(known)}.`, {
      details: { issues: [{ path: "difficulty", message: `expected one of ${list(known)}` }] },
    });
  }
  if (saysDifficulty(request)) return undefined;
  if (classified !== undefined && difficulties.has(classified)) return classified;
  if (policy.difficulty !== undefined) return policy.difficulty;
  return [...difficulties].sort(([, one], [, other]) => other - one)[0]?.[0];
};

/** The highest of all floors that apply. Each narrows; none widens. */
export const floorOf = (
  request: Request,
  task: Task | undefined,
  difficulty: string | undefined,
  tenant: TenantPlan | undefined,
  { difficulties }: Snapshot,
): Plan["floor"] => {
  const floors = [
    { quality: task?.quality, from: `task ${request.task}` },
    { quality: task?.needs?.quality, from: `task ${request.task}` },
    { quality: difficulties.get(task?.difficulty ?? ""), from: `task ${request.task}` },
    { quality: difficulty === undefined ? undefined : difficulties.get(difficulty), from: `difficulty ${difficulty}` },
    { quality: request.needs?.quality, from: "needs.quality" },
    { quality: tenant?.quality, from: "the tenant's plan" },
  ];
  let highest: Plan["floor"];
  for (const { quality, from } of floors) {
    if (quality !== undefined && quality > (highest?.quality ?? Number.NEGATIVE_INFINITY)) highest = { quality, from };
  }
  return highest;
};
