import type { Model, Needs, QuotaEntry, WhenOver } from "../contract/index.ts";

/** A kind of work, and what it asks of a model. */
export interface Task {
  readonly needs?: Needs;
  /** Which of a model's qualities counts, where it has several. Default: the task's own name. */
  readonly label?: string;
  /** Least quality, on the owner's scale. */
  readonly quality?: number;
  /** One of the registry's difficulties, whose floor then counts as well. */
  readonly difficulty?: string;
  /** Only these models. */
  readonly models?: readonly string[];
  /** Default for calls that do not say. */
  readonly maxOutputTokens?: number;
  /**
   * Canaries: shares of the calls, by model, each from 0 to 1 and together at most 1. The share goes to that model first if
   * it is eligible; a conversation stays on its side. The rest is ordered as ever.
   */
  readonly split?: Readonly<Record<string, number>>;
  /** Whether an answer that was refused is tried again at a model of higher quality. Default false: a refusal is a result. */
  readonly escalateRefusals?: boolean;
}

/**
 * What a tenant may ask for. Each field narrows what the task and the call say; none widens it. And what it may use:
 * `limits`, `budgets` and `enforcement` are of each tenant by itself, however many are on the plan.
 */
export interface TenantPlan extends QuotaEntry {
  /** Only these models. */
  readonly models?: readonly string[];
  /** Never these models. */
  readonly deny?: readonly string[];
  /** By task: the one model that it is asked of, whatever it costs. */
  readonly pins?: Readonly<Record<string, string>>;
  /** Least quality of every call, on the owner's scale. */
  readonly quality?: number;
  /** Only models tagged with one of these regions. */
  readonly regions?: readonly string[];
  /** Only models expected to cost at most this a call, in US dollars. */
  readonly maxCostUsd?: number;
  /** What a call does that is over one of the limits it is under, whoever's: is refused, or waits. Default `reject`. */
  readonly whenOver?: WhenOver;
  /** What each of the tenant's keys may use, by itself, inside what the tenant may. A call without `keyId` is under none. */
  readonly eachKey?: QuotaEntry;
  /** Keys by name, each with what differs from `eachKey`: its own `limits` replaces the other's whole, and so on. */
  readonly keys?: Readonly<Record<string, QuotaEntry>>;
  /** Whether a call whose `keyId` is absent or not among `keys` is taken, or refused (`unauthenticated`). Default `allow`. */
  readonly unknownKeys?: "allow" | "refuse";
}

/** What calls with a tag may use, of whichever tenants, by the tag's value. */
export interface TagQuotas {
  /** Each value by itself. */
  readonly each?: QuotaEntry;
  /** Values by name, each with what differs from `each`, field by field. */
  readonly values?: Readonly<Record<string, QuotaEntry>>;
}

/**
 * A tenant as it is written: a plan's name, with what differs for this tenant. Its own word replaces its plan's field by
 * field, and whole: a tenant with `limits` has none of its plan's `limits`, and still its `budgets`.
 */
export interface TenantEntry extends TenantPlan {
  readonly plan?: string;
}

export interface Policy {
  /** The difficulty of a call that says nothing of itself. Default: the one with the highest floor. */
  readonly difficulty?: string;
  /** Models whose expected cost is within this share of the cheapest count as equals. Default 0.05. */
  readonly tieShare: number;
  /** The plan of a tenant that is not named, and of one that names no plan. Default: none, which narrows nothing. */
  readonly plan?: string;
  /** Whether a tenant that is not named is taken, on the default plan, or refused (`unknown_tenant`). Default `allow`. */
  readonly unknownTenants: "allow" | "refuse";
}

/** A checked registry, frozen. A call keeps the one it began with. */
export interface Snapshot {
  /** Hash of the content: equal content, equal version. */
  readonly version: string;
  readonly models: ReadonlyMap<string, Model>;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Quality floors by name. */
  readonly difficulties: ReadonlyMap<string, number>;
  readonly policy: Policy;
  readonly plans: ReadonlyMap<string, TenantPlan>;
  /** Tenants that are named in the registry, with their plan's fields joined in. */
  readonly tenants: ReadonlyMap<string, TenantPlan>;
  /** What all calls together may use. */
  readonly organization?: QuotaEntry;
  /** By the name of a tag. */
  readonly tags: ReadonlyMap<string, TagQuotas>;
}
