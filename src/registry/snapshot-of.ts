import { createHash } from "node:crypto";
import type { Model } from "../contract/index.ts";
import { frozen } from "./frozen.ts";
import type { ModelEntry, RegistryFile } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";
import { joined } from "./tenant-plan.ts";

const TIE_SHARE = 0.05;
const VERSION_LENGTH = 12;

/** A checked registry as the text that its version is the hash of. Equal content, equal text. */
export const contentOf = (file: RegistryFile): string => {
  const { $schema: _schema, ...content } = file as RegistryFile & { readonly $schema?: string };
  return JSON.stringify(content);
};

export const versionOf = (content: string): string =>
  createHash("sha256").update(content).digest("hex").slice(0, VERSION_LENGTH);

/** A checked registry, frozen. */
export const snapshotOf = (file: RegistryFile, version: string = versionOf(contentOf(file))): Snapshot =>
  Object.freeze({
    version,
    models: new Map(Object.entries(file.models).map(([name, entry]) => [name, modelOf(name, entry)])),
    tasks: new Map(Object.entries(frozen(file.tasks ?? {}))),
    difficulties: new Map(Object.entries(file.difficulties ?? {})),
    policy: frozen({ tieShare: TIE_SHARE, unknownTenants: "allow" as const, ...file.policy }),
    plans: new Map(Object.entries(frozen(file.plans ?? {}))),
    tenants: new Map(Object.entries(file.tenants ?? {}).map(([id, entry]) => [id, frozen(joined(entry, file))])),
    ...(file.organization !== undefined && { organization: frozen(file.organization) }),
    tags: new Map(Object.entries(frozen(file.tags ?? {}))),
  });

const modelOf = (name: string, entry: ModelEntry): Model =>
  frozen({
    name,
    id: entry.model ?? name,
    provider: entry.provider,
    capabilities: entry.capabilities ?? {},
    limit: entry.limit ?? {},
    ...(entry.quality !== undefined && { quality: entry.quality }),
    ...(entry.cost !== undefined && { cost: entry.cost }),
    ...(entry.quota !== undefined && { quota: entry.quota }),
    tags: entry.tags ?? {},
    options: entry.options ?? {},
  });
