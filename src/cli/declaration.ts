import type { Snapshot } from "../registry/snapshot.ts";

const MARK = "// Written by `headgate types`";

/** Whether a file may be written over: one that somebody else wrote may not. */
export const isOurs = (text: string): boolean => text.replace(/^\ufeff/, "").startsWith(MARK);

/** A registry's names as an augmentation of `Register`. Names alone, sorted: prices and figures change nothing in it. */
export const declarationOf = ({ models, tasks, difficulties }: Snapshot, registry: string): string =>
  `${MARK} from ${JSON.stringify(registry)}. Do not edit it: run that again.
import "headgate";

declare module "headgate" {
  interface Register {
${field("models", models.keys())}
${field("tasks", tasks.keys())}
${field("difficulties", difficulties.keys())}
  }
}
`;

/** As formatters leave it. `never` where there is no name: whatever was named would be refused. */
const field = (key: string, names: Iterable<string>): string => {
  const literals = [...names].sort().map((name) => JSON.stringify(name));
  const short = `    ${key}: ${literals.length === 0 ? "never" : literals.join(" | ")};`;
  if (short.length <= LINE || literals.length < 2) return short;
  return `    ${key}:\n${literals.map((literal) => `      | ${literal}`).join("\n")};`;
};

const LINE = 80;
