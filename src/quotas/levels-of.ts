import { LRUCache } from "lru-cache";
import { GatewayError, type QuotaEntry, type QuotaLevel } from "../contract/index.ts";
import type { Snapshot, TenantPlan } from "../registry/snapshot.ts";
import { templateOf } from "./counters-of.ts";
import { refuseUncountable } from "./refuse-uncountable.ts";
import { storeKey } from "./store-key.ts";

/** Who asks, of a request. */
export interface Asking {
  readonly tenantId: string;
  readonly keyId?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

const NONE: readonly QuotaLevel[] = [];
/** Callers that are remembered for a registry; beyond it those that have not asked for longest are looked at anew. */
const MOST_CALLERS = 10_000;

interface Found {
  readonly plan: TenantPlan | undefined;
  readonly levels: readonly QuotaLevel[];
}

/** What is known for a registry: the tags that it counts by, and who has asked. */
interface Known {
  readonly tags: readonly string[];
  readonly callers: LRUCache<string, Found>;
}

const everything = new WeakMap<Snapshot, Known>();

/**
 * The limits and budgets that a call is under, outermost first: all calls', its tags', its tenant's, its key's. The same
 * array for the same caller while its plan says the same. Throws `unauthenticated` for a key that the plan refuses, and
 * `registry_invalid` where a plan that is not the registry's says what nobody can count.
 */
export const levelsOf = (asking: Asking, plan: TenantPlan | undefined, snapshot: Snapshot): readonly QuotaLevel[] => {
  if (plan?.unknownKeys === "refuse") refuseUnknown(asking, plan);
  const known = knownOf(snapshot);
  if (known.tags.length === 0 && snapshot.organization === undefined && !isLimited(plan)) return NONE;
  const caller = callerOf(asking, known.tags);
  const found = known.callers.get(caller);
  if (found !== undefined && saysTheSame(found.plan, plan)) return found.levels;
  const levels = find(asking, plan, snapshot, known.tags);
  refuseUncountable(asking.tenantId, levels);
  known.callers.set(caller, { plan, levels });
  return levels;
};

const refuseUnknown = ({ tenantId, keyId }: Asking, { keys = {} }: TenantPlan): void => {
  if (keyId !== undefined && Object.hasOwn(keys, keyId)) return;
  const what = keyId === undefined ? "The call names no key" : `The key "${keyId}" is not known`;
  throw new GatewayError("unauthenticated", `${what}, and the tenant "${tenantId}" takes only those that are.`, {
    details: {},
  });
};

const knownOf = (snapshot: Snapshot): Known => {
  const known = everything.get(snapshot);
  if (known !== undefined) return known;
  const made = { tags: [...snapshot.tags.keys()].sort(), callers: new LRUCache<string, Found>({ max: MOST_CALLERS }) };
  everything.set(snapshot, made);
  return made;
};

const isLimited = (plan: TenantPlan | undefined): boolean =>
  plan !== undefined && FIELDS.some((field) => plan[field] !== undefined);

const FIELDS = ["limits", "budgets", "eachKey", "keys"] as const;
const COMPARED = [...FIELDS, "enforcement"] as const;

/** An application may make a tenant's plan anew for each call. */
const saysTheSame = (one: TenantPlan | undefined, other: TenantPlan | undefined): boolean =>
  one === other ||
  COMPARED.every(
    (field) => one?.[field] === other?.[field] || JSON.stringify(one?.[field]) === JSON.stringify(other?.[field]),
  );

/** Each part with its length, so that no two callers look alike. */
const callerOf = ({ tenantId, keyId, tags }: Asking, counted: readonly string[]): string => {
  let caller = sized(tenantId) + sized(keyId);
  for (const name of counted) caller += sized(tagOf(tags, name));
  return caller;
};

const sized = (part: string | undefined): string => (part === undefined ? "-" : `${part.length}:${part}`);

const tagOf = (tags: Asking["tags"], name: string): string | undefined =>
  tags !== undefined && Object.hasOwn(tags, name) ? tags[name] : undefined;

const find = (
  { tenantId, keyId, tags }: Asking,
  plan: TenantPlan | undefined,
  { organization, tags: tagged }: Snapshot,
  counted: readonly string[],
): readonly QuotaLevel[] => {
  const levels = [
    level({ type: "organization", name: "organization" }, storeKey("organization"), organization),
    ...counted.map((name) => {
      const value = tagOf(tags, name);
      if (value === undefined) return undefined;
      const { each, values } = tagged.get(name) ?? {};
      return level({ type: "tag", name: `${name}=${value}` }, storeKey("tag", name, value), named(each, values, value));
    }),
    level({ type: "tenant", name: tenantId }, storeKey("tenant", tenantId), plan),
    keyId === undefined
      ? undefined
      : level(
          { type: "key", name: `${tenantId}/${keyId}` },
          storeKey("key", tenantId, keyId),
          named(plan?.eachKey, plan?.keys, keyId),
        ),
  ].filter((each) => each !== undefined);
  return levels.length === 0 ? NONE : Object.freeze(levels);
};

/** The entry of a name: what differs for it, else what is said of all. */
const named = (
  all: QuotaEntry | undefined,
  entries: Readonly<Record<string, QuotaEntry>> | undefined,
  name: string,
): QuotaEntry | undefined =>
  entries !== undefined && Object.hasOwn(entries, name) ? { ...all, ...entries[name] } : all;

const level = (scope: QuotaLevel["scope"], key: string, entry: QuotaEntry | undefined): QuotaLevel | undefined => {
  if (entry === undefined) return undefined;
  const template = templateOf(entry);
  return template.counters.length === 0 ? undefined : { key, scope, template };
};
