import type { z as Zod, ZodType } from "zod";
import type { Capabilities, Json, Model, Price } from "../contract/index.ts";
import type { Policy, Task, TenantEntry, TenantPlan } from "./snapshot.ts";

/** The registry file, checked by zod; also what `registry.schema.json` is written from. zod is handed in: it loads slowly. */
export const registrySchema = (z: typeof Zod): ZodType<RegistryFile> => {
  const usd = z.number().min(0).max(MAX_USD);
  const text = (description: string) => z.string().min(1).describe(description);
  const modality = z.enum(["text", "image", "audio", "video", "pdf"]);
  const outputModality = z.enum(["text", "image", "audio", "video", "pdf", "embedding"]);
  const rates = {
    input: usd.describe("USD per million input tokens"),
    output: usd.describe("USD per million output tokens"),
    cache_read: usd.optional().describe("USD per million tokens read from the vendor's prompt cache; default: input"),
    cache_write: usd.optional().describe("USD per million tokens written to it; default: input"),
    reasoning: usd.optional().describe("USD per million reasoning tokens; default: output"),
  };
  const cost = z.strictObject({
    ...rates,
    tiers: z
      .array(z.strictObject({ above: z.int().min(0).describe("input tokens above which it applies, whole"), ...rates }))
      .optional(),
    meters: z
      .record(
        z.string(),
        z.strictObject({
          usd: z.number().min(0).describe("USD per unit"),
          meterOf: z.enum(["uncached", "cacheRead", "cacheWrite", "output"]).optional(),
        }),
      )
      .optional()
      .describe("prices of whatever else is billed, such as webSearch"),
  });
  const capabilities = z.strictObject({
    tool_call: z.boolean().optional(),
    parallel_tool_call: z.boolean().optional(),
    structured_output: z.boolean().optional(),
    reasoning: z.boolean().optional(),
    temperature: z.boolean().optional(),
    stop: z.boolean().optional(),
    input: z.array(modality).optional(),
    output: z.array(outputModality).optional().describe("default: text; embedding: vectors, by gateway.embed()"),
    streaming: z.boolean().optional(),
  });
  const tokens = z.int().min(1);
  const quality = z.number();
  const model = z.strictObject({
    provider: text("name of a provider that was passed to createGateway"),
    model: text("the vendor's own id; default: the entry's name").optional(),
    capabilities: capabilities.optional(),
    limit: z.strictObject({ context: tokens.optional(), output: tokens.optional() }).optional(),
    quality: z
      .union([quality, z.record(z.string(), quality)], { error: "expected a number, or numbers by label" })
      .optional()
      .describe("your own scale; one figure, or one per label"),
    cost: cost.optional(),
    tags: z.record(z.string(), z.string()).optional(),
    options: z.record(z.string(), z.json()).optional().describe("settings for the provider, such as api: chat"),
  });
  const needs = z.strictObject({
    ...capabilities.omit({ stop: true, streaming: true }).shape,
    context: tokens.optional(),
    quality: quality.optional(),
    tags: z.record(z.string(), z.string()).optional(),
  });
  const share = z.number().min(0).max(1);
  const task = z.strictObject({
    needs: needs.optional(),
    label: z.string().optional().describe("which of a model's qualities counts; default: the task's name"),
    quality: quality.optional().describe("least quality"),
    difficulty: z.string().optional(),
    models: z.array(z.string()).min(1).optional().describe("only these"),
    maxOutputTokens: tokens.optional().describe("for calls that do not say"),
    split: z
      .record(z.string(), share)
      .optional()
      .describe("canaries: shares of the calls by model, together at most 1"),
    escalateRefusals: z.boolean().optional().describe("try a refused call again at a higher quality; default false"),
  });
  const plan = z.strictObject({
    models: z.array(z.string()).min(1).optional().describe("only these"),
    deny: z.array(z.string()).optional().describe("never these"),
    pins: z.record(z.string(), z.string()).optional().describe("by task: the one model that it is asked of"),
    quality: quality.optional().describe("least quality of every call"),
    regions: z.array(z.string()).min(1).optional().describe("only models tagged with one of these regions"),
    maxCostUsd: z.number().min(0).optional().describe("only models expected to cost at most this a call"),
  });
  const policy = z.strictObject({
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
  return z.strictObject({
    $schema: z.string().optional(),
    models: z.record(z.string(), model),
    tasks: z.record(z.string(), task).optional(),
    difficulties: z.record(z.string(), quality).optional().describe("least quality by name"),
    policy: policy.optional(),
    plans: z.record(z.string(), plan).optional(),
    tenants: z
      .record(z.string(), z.strictObject({ ...plan.shape, plan: z.string().optional() }))
      .optional()
      .describe("each on a plan, with what differs"),
  }) as unknown as ZodType<RegistryFile>;
};

/** USD per million tokens: beyond it a price is a slip of the pen. */
const MAX_USD = 100_000;

/** A registry as it is written. */
export interface RegistryFile {
  readonly models: Readonly<Record<string, ModelEntry>>;
  readonly tasks?: Readonly<Record<string, Task>>;
  readonly difficulties?: Readonly<Record<string, number>>;
  readonly policy?: Partial<Policy>;
  readonly plans?: Readonly<Record<string, TenantPlan>>;
  readonly tenants?: Readonly<Record<string, TenantEntry>>;
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
  readonly tags?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, Json>>;
}
