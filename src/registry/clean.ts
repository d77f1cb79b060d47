import type { RawIssue } from "./raw-issue.ts";

/** Names that every object has: nothing may be called so, whatever would become of it. */
const INERT: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
/** Deeper than any registry; a parser of JSON Schema or a copy would go down as far. */
const MAX_DEPTH = 64;
/** Values in all, copies counted as often as they stand there: about 25,000 models. */
const MAX_VALUES = 1_000_000;

/**
 * What is wrong with data before anything looks at its shape: names that every object has, circles, and what grows without
 * end when it is written out.
 */
export const unclean = (data: unknown): readonly RawIssue[] => {
  const issues: RawIssue[] = [];
  const above = new Set<object>();
  let left = MAX_VALUES;
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    left -= 1;
    if (typeof value !== "object" || value === null || left < 0) return;
    if (above.has(value)) return void issues.push(issue(path, "refers to itself"));
    if (path.length > MAX_DEPTH) return void issues.push(issue(path, `expected at most ${MAX_DEPTH} levels`));
    above.add(value);
    for (const [key, part] of partsOf(value)) {
      if (INERT.has(String(key))) issues.push(issue([...path, key], "this name is not allowed"));
      else visit(part, [...path, key]);
      if (left < 0) break;
    }
    above.delete(value);
  };
  visit(data, []);
  return left < 0 ? [issue([], `expected at most ${MAX_VALUES} values`)] : issues;
};

const partsOf = (value: object): Iterable<readonly [PropertyKey, unknown]> =>
  Array.isArray(value) ? value.entries() : Object.entries(value);

const issue = (path: readonly PropertyKey[], message: string): RawIssue => ({ code: "unclean", path, message });
