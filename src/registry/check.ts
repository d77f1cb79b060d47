import { createHash } from "node:crypto";
import type { Issue, Model } from "../contract/index.ts";
import { meant } from "../policy/nearest.ts";
import { type Parsed, registryInvalid } from "./parse.ts";
import { type ModelEntry, type RegistryFile, registrySchema } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";

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
    : (checked.error.issues as readonly RawIssue[]).flatMap(unknownKeys);
  if (raw.length > 0 || !checked.success) {
    const issues = raw.map(({ path, message }): Issue => ({ path: written(path), message, ...locate(path) }));
    throw registryInvalid(name, issues);
  }
  return snapshotOf(checked.data);
};

/** One issue for each unknown key, at that key. */
const unknownKeys = (issue: RawIssue): readonly RawIssue[] => {
  if (issue.code !== "unrecognized_keys" || issue.keys === undefined) return [issue];
  return issue.keys.map((key) => ({ ...issue, path: [...issue.path, key], message: "unknown key" }));
};

const references = (file: RegistryFile, providers: readonly string[]): RawIssue[] => {
  const issues: RawIssue[] = [];
  const blame = (path: readonly string[], message: string): void =>
    void issues.push({ code: "reference", path, message });
  const models = Object.keys(file.models);
  const difficulties = Object.keys(file.difficulties ?? {});
  for (const name of [...models, ...Object.keys(file.tasks ?? {}), ...difficulties]) {
    if (INERT.has(name)) blame([name], "this name is not allowed");
  }
  if (models.length === 0) blame(["models"], "expected at least one model");
  for (const [name, { provider }] of Object.entries(file.models)) {
    if (!providers.includes(provider)) {
      blame(
        ["models", name, "provider"],
        `no provider "${provider}" was passed to createGateway${hint(provider, providers)}`,
      );
    }
  }
  for (const [name, task] of Object.entries(file.tasks ?? {})) {
    for (const [index, model] of (task.models ?? []).entries()) {
      if (!models.includes(model))
        blame(["tasks", name, "models", String(index)], `no model "${model}"${hint(model, models)}`);
    }
    const { difficulty } = task;
    if (difficulty !== undefined && !difficulties.includes(difficulty)) {
      blame(["tasks", name, "difficulty"], `no difficulty "${difficulty}"${hint(difficulty, difficulties)}`);
    }
    const floor = Math.max(
      task.quality ?? Number.NEGATIVE_INFINITY,
      file.difficulties?.[difficulty ?? ""] ?? Number.NEGATIVE_INFINITY,
    );
    const reach = (task.models ?? models).map((model) => best(file.models[model], task.label ?? name));
    if (floor > Math.max(...reach)) blame(["tasks", name], `no model reaches its least quality of ${floor}`);
  }
  const usual = file.policy?.difficulty;
  if (usual !== undefined && !difficulties.includes(usual)) {
    blame(["policy", "difficulty"], `no difficulty "${usual}"${hint(usual, difficulties)}`);
  }
  return issues;
};

const best = (model: ModelEntry | undefined, label: string): number => {
  const quality = model?.quality;
  const figure = typeof quality === "object" ? (quality[label] ?? quality["general"]) : quality;
  return figure ?? Number.NEGATIVE_INFINITY;
};

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
    tasks: new Map(Object.entries(file.tasks ?? {})),
    difficulties: new Map(Object.entries(file.difficulties ?? {})),
    policy: { tieShare: TIE_SHARE, ...file.policy },
  });
};

const modelOf = (name: string, entry: ModelEntry): Model =>
  Object.freeze({
    name,
    id: entry.model ?? name,
    provider: entry.provider,
    capabilities: entry.capabilities ?? {},
    limit: entry.limit ?? {},
    ...(entry.quality !== undefined && { quality: entry.quality }),
    ...(entry.cost !== undefined && { cost: entry.cost }),
    weight: entry.weight ?? 1,
    tags: entry.tags ?? {},
    options: entry.options ?? {},
  });

/** `models.fast.cost.input`, `tasks.chat.models[0]`. */
const written = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => (/^\d+$/.test(String(key)) ? `[${String(key)}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
