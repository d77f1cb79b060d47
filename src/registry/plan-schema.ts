import type { z as Zod, ZodType } from "zod";
import { MAX_USD } from "./model-schema.ts";
import { namedBy, quotaFields, quotaSchema, whenOverSchema } from "./quota-schema.ts";
import type { TenantEntry, TenantPlan } from "./snapshot.ts";

/** An entry of `plans`. */
export const planSchema = (z: typeof Zod): ZodType<TenantPlan> =>
  z.strictObject(fields(z)) as unknown as ZodType<TenantPlan>;

/** An entry of `tenants`. */
export const tenantSchema = (z: typeof Zod): ZodType<TenantEntry> =>
  z.strictObject({
    ...fields(z),
    plan: z.string().optional().describe("its plan; default: policy.plan"),
  }) as unknown as ZodType<TenantEntry>;

const fields = (z: typeof Zod) => ({
  models: z.array(z.string()).min(1).optional().describe("only these"),
  deny: z.array(z.string()).optional().describe("never these"),
  pins: z.record(z.string(), z.string()).optional().describe("by task: the one model that it is asked of"),
  quality: z.number().optional().describe("least quality of every call"),
  regions: z.array(z.string()).min(1).optional().describe("only models tagged with one of these regions"),
  maxCostUsd: z.number().min(0).max(MAX_USD).optional().describe("only models expected to cost at most this a call"),
  ...quotaFields(z),
  whenOver: whenOverSchema(z).optional(),
  eachKey: quotaSchema(z).optional().describe("what each of the tenant's keys may use, by itself"),
  keys: namedBy(z, quotaSchema(z)).optional().describe("keys by name, each with what differs from eachKey"),
  unknownKeys: z.enum(["allow", "refuse"]).optional().describe("calls without a key that is named; default allow"),
});
