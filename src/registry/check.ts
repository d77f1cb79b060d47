import { createHash } from "node:crypto";
import type { Issue, Model } from "../contract/index.ts";
import { meant } from "../policy/nearest.ts";
import { qualityOf } from "../policy/quality-of.ts";
import { frozen } from "./frozen.ts";
import { registryJsonSchema } from "./json-schema.ts";
import { keysAt } from "./keys-at.ts";
import { type Parsed, registryInvalid } from "./parse.ts";
import { type ModelEntry, type RegistryFile, registrySchema } from "./schema.ts";
import type { Snapshot, Task, TenantEntry, TenantPlan } from "./snapshot.ts";

const TIE_SHARE = 0.05;
const VERSION_LENGTH = 12;
const INERT = new Set(["__proto__", "constructor", "prototype"]);

interface RawIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** Parsed data to a snapshot: shape first, then what refers to what. Throws `registry_invalid` with every issue. */
export const check = async (
  { data, locate }: Parsed,
  name: string,
  providers: readonly string[],
): Promise<Snapshot> => {
  const { z } = await import("zod");
  const checked = registrySchema(z).safeParse(data);
  const raw: RawIssue[] = checked.success
    ? references(checked.data, providers)
    : unknownKeysApart(checked.error.issues as readonly RawIssue[], await registryJsonSchema());
  if (raw.length > 0 || !checked.success) {
    const issues = raw.map(({ path, message }): Issue => ({ path: written(path), message, ...locate(path) }));
    throw registryInvalid(name, issues);
  }
  return snapshotOf(checked.data);
};

/** One issue for each unknown key, at that key, with the one that was probably meant. */
const unknownKeysApart = (issues: readonly RawIssue[], schema: object): RawIssue[] =>
  issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys" || issue.keys === undefined) return [issue];
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const near = meant(key, known);
      const message = near === undefined ? "unknown key" : `unknown key; did you mean "${near}"?`;
      return { ...issue, path: [...issue.path, key], message };
    });
  });

/** What refers to what: each name must be there, and each floor within reach. */
const references = (file: RegistryFile, providers: readonly string[]): RawIssue[] => {
  const models = Object.keys(file.models);
  const difficulties = Object.keys(file.difficulties ?? {});
  const names = [...models, ...Object.keys(file.tasks ?? {}), ...difficulties];
  const usual = file.policy?.difficulty;
  return [
    ...names.filter((name) => INERT.has(name)).map((name) => blame([name], "this name is not allowed")),
    ...(models.length === 0 ? [blame(["models"], "expected at least one model")] : []),
    ...Object.entries(file.models)
      .filter(([, { provider }]) => !providers.includes(provider))
      .map(([name, { provider }]) => {
        const message = `no provider "${provider}" was passed to createGateway${hint(provider, providers)}`;
        return blame(["models", name, "provider"], message);
      }),
    ...Object.entries(file.tasks ?? {}).flatMap(([name, task]) => taskReferences(name, task, file, difficulties)),
    ...missing(["policy", "difficulty"], "difficulty", usual, difficulties),
  ];
};

const taskReferences = (
  name: string,
  task: Task,
  file: RegistryFile,
  difficulties: readonly string[],
): readonly RawIssue[] => {
  const models = Object.keys(file.models);
  const listed = task.models ?? models;
  const floors = [task.quality, task.needs?.quality, file.difficulties?.[task.difficulty ?? ""]];
  const floor = Math.max(...floors.map((quality) => quality ?? Number.NEGATIVE_INFINITY));
  const reach = Math.max(...listed.map((model) => best(file.models[model], task.label ?? name)));
  return [
    ...listed.flatMap((model, index) => missing(["tasks", name, "models", String(index)], "model", model, models)),
    ...missing(["tasks", name, "difficulty"], "difficulty", task.difficulty, difficulties),
    ...(floor > reach ? [blame(["tasks", name], `no model reaches its least quality of ${floor}`)] : []),
  ];
};

const blame = (path: readonly string[], message: string): RawIssue => ({ code: "reference", path, message });

const missing = (
  path: readonly string[],
  what: string,
  name: string | undefined,
  names: readonly string[],
): readonly RawIssue[] =>
  name === undefined || names.includes(name) ? [] : [blame(path, `no ${what} "${name}"${hint(name, names)}`)];

const best = (model: ModelEntry | undefined, label: string): number =>
  qualityOf(model ?? {}, label) ?? Number.NEGATIVE_INFINITY;

const hint = (name: string, names: readonly string[]): string => {
  const near = meant(name, names);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return names.length === 0 ? "" : `; there is ${names.slice(0, 8).join(", ")}`;
};

const snapshotOf = (file: RegistryFile): Snapshot => {
  const { $schema: _schema, ...content } = file as RegistryFile & { readonly $schema?: string };
  const version = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, VERSION_LENGTH);
  const models = new Map(Object.entries(file.models).map(([name, entry]) => [name, modelOf(name, entry)]));
  return Object.freeze({
    version,
    models,
    tasks: new Map(Object.entries(frozen(file.tasks ?? {}))),
    difficulties: new Map(Object.entries(file.difficulties ?? {})),
    policy: frozen({ tieShare: TIE_SHARE, unknownTenants: "allow" as const, ...file.policy }),
    plans: new Map(Object.entries(frozen(file.plans ?? {}))),
    tenants: new Map(
      Object.entries(file.tenants ?? {}).map(([id, entry]) => [
        id,
        frozen(tenantPlan(entry, file.plans ?? {}, file.policy)),
      ]),
    ),
  });
};

/** A tenant's plan with what differs for it joined in. */
const tenantPlan = (
  { plan, ...own }: TenantEntry,
  plans: Readonly<Record<string, TenantPlan>>,
  policy: RegistryFile["policy"],
): TenantPlan => ({ ...plans[plan ?? policy?.plan ?? ""], ...own });

const modelOf = (name: string, entry: ModelEntry): Model =>
  frozen({
    name,
    id: entry.model ?? name,
    provider: entry.provider,
    capabilities: entry.capabilities ?? {},
    limit: entry.limit ?? {},
    ...(entry.quality !== undefined && { quality: entry.quality }),
    ...(entry.cost !== undefined && { cost: entry.cost }),
    tags: entry.tags ?? {},
    options: entry.options ?? {},
  });

/** `models.fast.cost.input`, `tasks.chat.models[0]`. */
const written = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => (/^\d+$/.test(String(key)) ? `[${String(key)}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
