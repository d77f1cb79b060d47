import type { Issue } from "../contract/index.ts";
import { meant } from "../policy/nearest.ts";
import { unclean } from "./clean.ts";
import { registryJsonSchema } from "./json-schema.ts";
import { keysAt } from "./keys-at.ts";
import { type Parsed, registryInvalid } from "./parse.ts";
import type { RawIssue } from "./raw-issue.ts";
import { references } from "./references.ts";
import { type RegistryFile, registrySchema } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotOf } from "./snapshot-of.ts";

/** Parsed data to a snapshot. Throws `registry_invalid` with every issue. `providers` as for `checked`. */
export const check = async (
  parsed: Parsed,
  name: string,
  providers: readonly string[] | undefined,
): Promise<Snapshot> => snapshotOf(await checked(parsed, name, providers));

/**
 * Parsed data, checked: that it can be walked at all, then its shape, then what refers to what. Throws `registry_invalid`
 * with every issue of the first of the three that has any. `providers`: names that were passed to the gateway, `undefined`
 * where there is none (a command at a terminal), and no model's provider is then looked up.
 */
export const checked = async (
  { data, locate }: Parsed,
  name: string,
  providers: readonly string[] | undefined,
): Promise<RegistryFile> => {
  const refuse = (raw: readonly RawIssue[]): void => {
    if (raw.length === 0) return;
    const issues = raw.map(({ path, message }): Issue => ({ path: written(path), message, ...locate(path) }));
    throw registryInvalid(name, issues);
  };
  refuse(unclean(data));
  const { z } = await import("zod");
  const shaped = registrySchema(z).safeParse(data);
  if (!shaped.success) {
    const issues = (shaped.error.issues as readonly RawIssue[]).flatMap(ofTheOneMeant);
    refuse(unknownKeysApart(issues, await registryJsonSchema()));
  }
  const file = shaped.data as RegistryFile;
  refuse(references(file, providers));
  return file;
};

/** Of alternatives, the issues of the only one whose kind it is: what is wrong inside, instead of which kinds there are. */
const ofTheOneMeant = (issue: RawIssue): readonly RawIssue[] => {
  const meantOnes = (issue.errors ?? []).filter((issues) => issues.every(isInside));
  const [one] = meantOnes;
  if (one === undefined || meantOnes.length > 1) return [issue];
  return one.flatMap((each) => ofTheOneMeant({ ...each, path: [...issue.path, ...each.path] }));
};

const isInside = ({ code, path }: RawIssue): boolean => path.length > 0 || code === "unrecognized_keys";

/** One issue for each unknown key, at that key, with the one that was probably meant. */
const unknownKeysApart = (issues: readonly RawIssue[], schema: object): readonly RawIssue[] =>
  issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys" || issue.keys === undefined) return [issue];
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const near = meant(key, known);
      const message = near === undefined ? "unknown key" : `unknown key; did you mean "${near}"?`;
      return { ...issue, path: [...issue.path, key], message };
    });
  });

/** `models.fast.cost.input`, `tasks.chat.models[0]`. */
const written = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("");
