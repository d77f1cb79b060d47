import type { RegistryFile } from "./schema.ts";
import type { TenantEntry, TenantPlan } from "./snapshot.ts";

/**
 * A tenant's plan with what differs for it joined in: its own word goes first, field by field. A field is replaced whole:
 * own `limits` are all the limits there are, whatever the plan's; `limits: {}` lifts them; `budgets` are another field.
 */
export const joined = (
  { plan, ...own }: TenantEntry,
  { plans = {}, policy }: Pick<RegistryFile, "plans" | "policy">,
): TenantPlan => {
  const name = plan ?? policy?.plan ?? "";
  return { ...(Object.hasOwn(plans, name) ? plans[name] : undefined), ...own };
};
