import type { Task } from "../registry/snapshot.ts";
import { hashOf, mixed } from "./hash.ts";

/** Which models of a task's split go first and last, for one call. */
export interface Sides {
  readonly first: string | undefined;
  readonly behind: ReadonlySet<string>;
}

const NONE: Sides = { first: undefined, behind: new Set() };

/**
 * A canary: its share of the calls goes to it first; for all others it stands behind the rest, whatever it costs. A
 * conversation stays on its side; calls without one are drawn by `chance`, in [0, 1).
 */
export const sidesOf = (
  task: string | undefined,
  split: Task["split"],
  conversation: string | undefined,
  chance: number,
): Sides => {
  if (split === undefined) return NONE;
  const drawn = conversation === undefined ? chance : mixed(hashOf(conversation), hashOf(task ?? ""));
  const behind = new Set(Object.keys(split));
  let sum = 0;
  for (const [model, share] of Object.entries(split)) {
    sum += share;
    if (drawn >= sum) continue;
    behind.delete(model);
    return { first: model, behind };
  }
  return { first: undefined, behind };
};
