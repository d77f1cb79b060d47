import type {
  Call,
  CallContext,
  Clock,
  GenerateRequest,
  Plan,
  Provider,
  QuotaLevel,
  Request,
} from "../contract/index.ts";
import { saysDifficulty } from "../policy/floor.ts";
import type { Live } from "../policy/live.ts";
import { type Circumstances, decide, plan } from "../policy/plan.ts";
import { tenantPlanOf } from "../policy/tenant-plan.ts";
import { levelsOf } from "../quotas/levels-of.ts";
import type { Registry } from "../registry/registry.ts";
import type { Snapshot, TenantEntry } from "../registry/snapshot.ts";
import type { Experience } from "./experience.ts";
import type { Quotas } from "./quotas.ts";
import { type CountTokens, tokenCounter } from "./token-counter.ts";

/** How hard a call is, that does not say so itself: one of the registry's difficulties, or `undefined` for not known. */
export type Classify = (request: Request) => string | undefined | Promise<string | undefined>;

/** What a tenant may ask for, where the registry does not name it: an entry, or the name of a plan. */
export type Tenants = (id: string) => TenantEntry | string | undefined | Promise<TenantEntry | string | undefined>;

export interface PlanningOptions {
  readonly registry: Registry;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly experience: Experience;
  readonly defaultTenant: string;
  readonly chance: () => number;
  readonly classify: Classify | undefined;
  readonly countTokens: CountTokens | undefined;
  readonly tenants: Tenants | undefined;
  readonly quotas: Pick<Quotas, "isShort" | "targets">;
  readonly clock: Clock;
}

type Asked = Pick<Call, "request" | "input" | "mode"> & Partial<Pick<Call, "embed" | "scope">>;

/** Gathers what a decision needs, and has it made. Waits only for what is not at hand. */
export class Planning {
  readonly #options: PlanningOptions;

  constructor(options: PlanningOptions) {
    this.#options = options;
  }

  plan(call: Call): Plan | Promise<Plan> {
    return this.#with(call, plan);
  }

  /** Every eligible model and every reason, though nothing is sent. */
  explain(request: Request, input: GenerateRequest): Plan | Promise<Plan> {
    return this.#with({ request, input, mode: "complete" }, (circumstances) =>
      decide({ ...circumstances, whole: true }),
    );
  }

  #with(call: Asked, make: (circumstances: Circumstances) => Plan): Plan | Promise<Plan> {
    const { registry, providers, defaultTenant, chance, tenants, countTokens } = this.#options;
    const { request, input, embed, mode } = call;
    const tenantId = request.tenant ?? defaultTenant;
    const snapshot = registry.current();
    const found = tenants?.(tenantId);
    const classified = this.#classify(call);
    const made = (now: Snapshot, entry: TenantEntry | string | undefined, difficulty: string | undefined): Plan => {
      const tenant = tenantPlanOf(tenantId, entry, now);
      const levels = levelsOf({ tenantId, keyId: request.keyId, tags: request.tags }, tenant, now);
      const live = this.#live(mode);
      return make({
        request,
        input,
        embed,
        mode,
        snapshot: now,
        providers,
        live,
        tenant,
        tenantId,
        levels,
        classified: difficulty,
        count: countTokens === undefined ? undefined : tokenCounter(countTokens, call),
        chance: chance(),
      });
    };
    if (snapshot instanceof Promise || found instanceof Promise || classified instanceof Promise) {
      return Promise.all([snapshot, found, classified]).then((all) => made(...all));
    }
    return made(snapshot, found, classified);
  }

  /** The quotas that who asks is under. */
  async levels({ tenant, keyId, tags }: CallContext): Promise<readonly QuotaLevel[]> {
    const { registry, defaultTenant, tenants } = this.#options;
    const tenantId = tenant ?? defaultTenant;
    const [snapshot, entry] = await Promise.all([registry.current(), tenants?.(tenantId)]);
    return levelsOf({ tenantId, keyId, tags }, tenantPlanOf(tenantId, entry, snapshot), snapshot);
  }

  /** What was learnt by using targets, and what is known of limits. */
  #live(mode: Call["mode"]): Live {
    const { experience, quotas, clock } = this.#options;
    return {
      ...experience.live(mode),
      down: quotas.targets.full(clock.now()),
      isShort: (tenant) => quotas.isShort(tenant),
    };
  }

  /** A hook that fails decides nothing: the call is then taken for the hardest kind, and says so. */
  #classify(call: Asked): string | undefined | Promise<string | undefined> {
    const { classify } = this.#options;
    if (classify === undefined || call.embed !== undefined || saysDifficulty(call.request)) return undefined;
    const failed = (): undefined => {
      const message = "The classify hook failed: the call is taken for the hardest kind.";
      call.scope?.report({ type: "warned", warning: { code: "other", message } });
    };
    try {
      const found = classify(call.request);
      return found instanceof Promise ? found.catch(failed) : found;
    } catch {
      return failed();
    }
  }
}
