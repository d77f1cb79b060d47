import type { TargetQuota } from "../contract/index.ts";
import { blame, type RawIssue } from "./raw-issue.ts";
import type { RegistryFile } from "./schema.ts";
import { joined } from "./tenant-plan.ts";

/** Pools that cannot be one quota, and tenants that refuse every key. */
export const quotaReferences = (file: RegistryFile): readonly RawIssue[] => [...poolReferences(file), ...closed(file)];

/** A pool is one quota at one vendor: its models are of one provider, and say the same figures. */
const poolReferences = ({ models }: RegistryFile): readonly RawIssue[] => {
  const firsts = new Map<string, { readonly name: string; readonly provider: string; readonly figures: string }>();
  return Object.entries(models).flatMap(([name, { provider, quota }]) => {
    if (quota?.pool === undefined) return [];
    const { pool } = quota;
    const figures = figuresOf(quota);
    const first = firsts.get(pool);
    if (first === undefined) {
      firsts.set(pool, { name, provider, figures });
      return [];
    }
    const path = ["models", name, "quota"];
    if (first.provider !== provider) {
      return [blame([...path, "pool"], `"${pool}" is shared with "${first.name}", which is of another provider`)];
    }
    if (first.figures === figures) return [];
    return [blame(path, `expected the same limits as "${first.name}", which shares the pool "${pool}"`)];
  });
};

/** What is the pool's; whether cache reads count is a model's own. */
const figuresOf = ({ pool: _pool, cacheReads: _cacheReads, ...limits }: TargetQuota): string =>
  JSON.stringify(Object.entries(limits).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Keys that are not named are refused, and none is. */
const closed = (file: RegistryFile): readonly RawIssue[] =>
  Object.entries(file.tenants ?? {}).flatMap(([id, entry]) => {
    const { unknownKeys, keys = {} } = joined(entry, file);
    if (unknownKeys !== "refuse" || Object.keys(keys).length > 0) return [];
    const at = entry.unknownKeys === undefined ? "plan" : "unknownKeys";
    const path = ["tenants", id, ...(Object.hasOwn(entry, at) ? [at] : [])];
    return [blame(path, "refuses every call: keys that are not named are refused, and keys names none")];
  });
