import type { z as Zod, ZodType } from "zod";
import type { Capabilities, Json, Model, Price, QuotaEntry, TargetQuota } from "../contract/index.ts";
import { modelSchema, needsSchema } from "./model-schema.ts";
import { planSchema, tenantSchema } from "./plan-schema.ts";
import { namedBy, quotaSchema, tagSchema } from "./quota-schema.ts";
import type { Policy, TagQuotas, Task, TenantEntry, TenantPlan } from "./snapshot.ts";

/** The registry file, checked by zod; also what `registry.schema.json` is written from. zod is handed in: it loads slowly. */
export const registrySchema = (z: typeof Zod): ZodType<RegistryFile> =>
  z.strictObject({
    $schema: z.string().optional(),
    models: z.record(z.string(), modelSchema(z)),
    tasks: z.record(z.string(), taskSchema(z)).optional(),
    difficulties: z.record(z.string(), z.number()).optional().describe("least quality by name"),
    policy: policySchema(z).optional(),
    plans: z.record(z.string(), planSchema(z)).optional().describe("what tenants may ask for"),
    tenants: z.record(z.string(), tenantSchema(z)).optional().describe("each on a plan, with what differs"),
    organization: quotaSchema(z).optional().describe("what all calls together may use"),
    tags: namedBy(z, tagSchema(z)).optional().describe("what calls with a tag may use, of whichever tenants"),
  }) as unknown as ZodType<RegistryFile>;

const taskSchema = (z: typeof Zod) =>
  z.strictObject({
    needs: needsSchema(z).optional(),
    label: z.string().optional().describe("which of a model's qualities counts; default: the task's name"),
    quality: z.number().optional().describe("least quality"),
    difficulty: z.string().optional(),
    models: z.array(z.string()).min(1).optional().describe("only these"),
    maxOutputTokens: z.int().min(1).optional().describe("for calls that do not say"),
    split: z
      .record(z.string(), z.number().min(0).max(1))
      .optional()
      .describe("canaries: shares of the calls by model, together at most 1"),
    escalateRefusals: z.boolean().optional().describe("try a refused call again at a higher quality; default false"),
  });

const policySchema = (z: typeof Zod) =>
  z.strictObject({
    difficulty: z.string().optional().describe("of calls that say nothing; default: the hardest"),
    tieShare: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe("costs within this share of the cheapest count as equal; default 0.05"),
    plan: z.string().optional().describe("plan of tenants that name none"),
    unknownTenants: z.enum(["allow", "refuse"]).optional().describe("tenants that are not named; default allow"),
  });

/** A registry as it is written. */
export interface RegistryFile {
  readonly models: Readonly<Record<string, ModelEntry>>;
  readonly tasks?: Readonly<Record<string, Task>>;
  readonly difficulties?: Readonly<Record<string, number>>;
  readonly policy?: Partial<Policy>;
  readonly plans?: Readonly<Record<string, TenantPlan>>;
  readonly tenants?: Readonly<Record<string, TenantEntry>>;
  readonly organization?: QuotaEntry;
  readonly tags?: Readonly<Record<string, TagQuotas>>;
}

/** A model as it is written. */
export interface ModelEntry {
  readonly provider: string;
  readonly model?: string;
  readonly capabilities?: Capabilities;
  readonly limit?: Model["limit"];
  readonly quality?: Model["quality"];
  /** Without `multipliers`, which no bill applies yet. */
  readonly cost?: Omit<Price, "multipliers">;
  readonly quota?: TargetQuota;
  readonly tags?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, Json>>;
}
