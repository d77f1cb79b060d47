import { meant } from "../policy/nearest.ts";
import { blame, type RawIssue } from "./raw-issue.ts";

/** The names of one kind that a registry has. */
export interface Names {
  readonly all: readonly string[];
  readonly size: number;
  has(name: string): boolean;
  /** An issue where the name is given and not there, with the one that was probably meant. `says` instead of `no model "x"`. */
  missing(path: readonly PropertyKey[], name: string | undefined, says?: string): readonly RawIssue[];
}

/** Every kind of name that a registry may refer to. */
export interface Known {
  readonly models: Names;
  readonly tasks: Names;
  readonly difficulties: Names;
  readonly plans: Names;
}

/** Likeness is slow to tell: one registry of 2,000 mistakes needs no 2,000 guesses. */
const MAX_GUESSES = 50;
const SHOWN = 8;

export const names = (kind: string, all: readonly string[]): Names => {
  const set = new Set(all);
  let guesses = MAX_GUESSES;
  const hint = (name: string): string => {
    guesses -= 1;
    const near = guesses < 0 ? undefined : meant(name, all);
    if (near !== undefined) return `; did you mean "${near}"?`;
    return all.length === 0 ? "; there is none" : `; there is ${all.slice(0, SHOWN).join(", ")}`;
  };
  return {
    all,
    size: set.size,
    has: (name) => set.has(name),
    missing: (path, name, says) =>
      name === undefined || set.has(name) ? [] : [blame(path, `${says ?? `no ${kind} "${name}"`}${hint(name)}`)],
  };
};
