import { GatewayError } from "../contract/index.ts";
import type { Snapshot, TenantEntry, TenantPlan } from "../registry/snapshot.ts";

/**
 * What a tenant may ask for: as the registry names it, else as `found` by the application's own function (an entry, or a
 * plan's name), else the default plan. Throws `unknown_tenant` where the policy refuses tenants that nobody knows.
 */
export const tenantPlanOf = (
  id: string,
  found: TenantEntry | string | undefined,
  { tenants, plans, policy }: Snapshot,
): TenantPlan | undefined => {
  const named = tenants.get(id);
  if (named !== undefined) return named;
  if (found === undefined && policy.unknownTenants === "refuse") {
    throw new GatewayError("unknown_tenant", `The tenant "${id}" is not known, and unknown ones are refused.`, {
      details: { tenant: id },
    });
  }
  const { plan = policy.plan, ...own } = typeof found === "string" ? { plan: found } : (found ?? {});
  const usual = plan === undefined ? undefined : plans.get(plan);
  if (plan !== undefined && usual === undefined) {
    throw new GatewayError("unknown_tenant", `The tenant "${id}" is on a plan that the registry has not ("${plan}").`, {
      details: { tenant: id },
    });
  }
  return Object.keys(own).length === 0 ? usual : { ...usual, ...own };
};
