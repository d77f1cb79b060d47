import type { z as Zod, ZodType } from "zod";
import type { Needs } from "../contract/index.ts";
import { targetQuotaSchema } from "./quota-schema.ts";
import type { ModelEntry } from "./schema.ts";

/** For a million tokens, a unit or a call: beyond it a figure is a slip of the pen. */
export const MAX_USD = 100_000;

/** An entry of `models`. */
export const modelSchema = (z: typeof Zod): ZodType<ModelEntry> => {
  const text = (description: string) => z.string().min(1).describe(description);
  const tokens = z.int().min(1);
  const quality = z.number();
  return z.strictObject({
    provider: text("name of a provider that was passed to createGateway"),
    model: text("the vendor's own id; default: the entry's name").optional(),
    capabilities: capabilitiesSchema(z).optional(),
    limit: z.strictObject({ context: tokens.optional(), output: tokens.optional() }).optional(),
    quality: z
      .union([quality, z.record(z.string(), quality)], { error: "expected a number, or numbers by label" })
      .optional()
      .describe("your own scale; one figure, or one per label"),
    cost: costSchema(z).optional(),
    quota: targetQuotaSchema(z).optional().describe("what the vendor allows us of it"),
    tags: z.record(z.string(), z.string()).optional(),
    options: z.record(z.string(), z.json()).optional().describe("settings for the provider, such as api: chat"),
  }) as unknown as ZodType<ModelEntry>;
};

/** What a task may ask of a model. */
export const needsSchema = (z: typeof Zod): ZodType<Needs> =>
  z.strictObject({
    ...capabilitiesSchema(z).omit({ stop: true, streaming: true }).shape,
    context: z.int().min(1).optional(),
    quality: z.number().optional(),
    tags: z.record(z.string(), z.string()).optional(),
  }) as unknown as ZodType<Needs>;

const capabilitiesSchema = (z: typeof Zod) => {
  const modality = z.enum(["text", "image", "audio", "video", "pdf"]);
  const outputModality = z.enum(["text", "image", "audio", "video", "pdf", "embedding"]);
  return z.strictObject({
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
};

const costSchema = (z: typeof Zod) => {
  const usd = z.number().min(0).max(MAX_USD);
  const rates = {
    input: usd.describe("USD per million input tokens"),
    output: usd.describe("USD per million output tokens"),
    cache_read: usd.optional().describe("USD per million tokens read from the vendor's prompt cache; default: input"),
    cache_write: usd.optional().describe("USD per million tokens written to it; default: input"),
    reasoning: usd.optional().describe("USD per million reasoning tokens; default: output"),
  };
  const above = z.int().min(0).describe("input tokens above which it applies, whole");
  const meter = z.strictObject({
    usd: usd.describe("USD per unit"),
    meterOf: z.enum(["uncached", "cacheRead", "cacheWrite", "output"]).optional(),
  });
  return z.strictObject({
    ...rates,
    tiers: z.array(z.strictObject({ above, ...rates })).optional(),
    meters: z.record(z.string(), meter).optional().describe("prices of whatever else is billed, such as webSearch"),
  });
};
