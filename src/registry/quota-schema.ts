import type { z as Zod, ZodType } from "zod";
import type { QuotaEntry, RateLimits, TargetQuota, WhenOver } from "../contract/index.ts";
import type { TagQuotas } from "./snapshot.ts";
import { isTimeZone } from "./time-zone.ts";

/** Beyond these a figure is a slip of the pen; a bucket of 1e11 is also as much as a double can hold in 1/60,000 of a unit. */
const MAX_REQUESTS = 1e9;
const MAX_TOKENS = 1e11;
const MAX_REQUESTS_PER_DAY = 1e12;
/** Nano-dollars of more than this are no exact doubles. */
const MAX_USD_A_WINDOW = 9_000_000;
const MAX_WAITING = 1_000_000;
/** What a timer takes. */
const MAX_WAIT_MS = 2_147_483_647;

/** What one scope may use. */
export const quotaSchema = (z: typeof Zod): ZodType<QuotaEntry> =>
  z.strictObject(quotaFields(z)) as unknown as ZodType<QuotaEntry>;

/** The same, among other fields. */
export const quotaFields = (z: typeof Zod): { readonly [Field in keyof QuotaEntry]-?: ZodType } => ({
  limits: limitsSchema(z).optional().describe("what is not said is not limited"),
  budgets: budgetsSchema(z).optional(),
  enforcement: z
    .enum(["enforce", "warn", "shadow"])
    .optional()
    .describe("what is done with a call that is over; default enforce"),
});

/** An entry of `tags`. */
export const tagSchema = (z: typeof Zod): ZodType<TagQuotas> =>
  z.strictObject({
    each: quotaSchema(z).optional().describe("each value by itself"),
    values: namedBy(z, quotaSchema(z)).optional().describe("values by name, each with what differs from each"),
  }) as unknown as ZodType<TagQuotas>;

/** A model's `quota`. */
export const targetQuotaSchema = (z: typeof Zod): ZodType<TargetQuota> =>
  z
    .strictObject({
      ...rates(z),
      pool: z.string().min(1).optional().describe("models of an account that name the same pool share one quota"),
      cacheReads: z
        .enum(["counted", "free"])
        .optional()
        .describe("free where the vendor does not count tokens read from its prompt cache; default counted"),
    })
    .superRefine(burstsFit) as unknown as ZodType<TargetQuota>;

export const whenOverSchema = (z: typeof Zod): ZodType<WhenOver> =>
  z
    .union(
      [
        z.literal("reject"),
        z.strictObject({
          queue: z.strictObject({
            maxCalls: z.int().min(1).max(MAX_WAITING).optional().describe("that may wait in a process; default 100"),
            maxWaitMs: z.int().min(1).max(MAX_WAIT_MS).optional().describe("longest wait; default 30000"),
          }),
        }),
      ],
      { error: "expected reject, or queue: { maxCalls, maxWaitMs }" },
    )
    .describe("a call that is over is refused, or waits in line; default reject") as unknown as ZodType<WhenOver>;

/** Entries by a name of the owner's, which is not empty. */
export const namedBy = <Value>(z: typeof Zod, value: ZodType<Value>): ZodType<Readonly<Record<string, Value>>> =>
  z.record(z.string().min(1), value, {
    error: ({ code }) => (code === "invalid_key" ? "expected a name as the key" : undefined),
  }) as unknown as ZodType<Readonly<Record<string, Value>>>;

const limitsSchema = (z: typeof Zod) =>
  z
    .strictObject({
      ...rates(z),
      strict: z.boolean().optional().describe("at most the rate in any 60 seconds, instead of a burst; default false"),
    })
    .superRefine(burstsFit);

const rates = (z: typeof Zod) => {
  const requests = z.int().min(1).max(MAX_REQUESTS);
  const tokens = z.int().min(1).max(MAX_TOKENS);
  return {
    requestsPerMinute: requests.optional(),
    requestsPerDay: z.int().min(1).max(MAX_REQUESTS_PER_DAY).optional().describe("calls of a calendar day"),
    tokensPerMinute: tokens.optional().describe("input and output together"),
    inputTokensPerMinute: tokens.optional(),
    outputTokensPerMinute: tokens.optional(),
    parallelCalls: requests.optional().describe("calls at the same time"),
    requestsBurst: requests.optional().describe("calls at once after a pause; default: a minute's worth"),
    tokensBurst: tokens.optional().describe("the same for each of the token limits"),
    timeZone: timeZone(z).optional(),
  };
};

const budgetsSchema = (z: typeof Zod) => {
  const usd = z
    .number()
    .min(0)
    .max(MAX_USD_A_WINDOW)
    .refine(hasNineDecimals, { error: "expected dollars with at most nine decimals" })
    .optional();
  return z.strictObject({
    usdPerHour: usd,
    usdPerDay: usd,
    usdPerWeek: usd.describe("from Monday"),
    usdPerMonth: usd,
    timeZone: timeZone(z).optional(),
    rolling: z
      .boolean()
      .optional()
      .describe("the last hour, day, 7 days or 30 days instead of calendar windows; default false"),
    alerts: z
      .array(z.number().gt(0).max(1))
      .optional()
      .describe("shares of a budget at which it is told; default 0.8 and 1"),
  });
};

const timeZone = (z: typeof Zod) =>
  z
    .string()
    .refine(isTimeZone, { error: "expected a time zone such as Europe/Rome" })
    .describe("where calendar windows begin, such as Europe/Rome; default UTC");

/** Whether a figure is a whole number of nano-dollars: read back from nine decimals it is the same double. */
const hasNineDecimals = (usd: number): boolean => Number(usd.toFixed(9)) === usd;

/** A burst is a burst of something, and not of a limit that has none. */
const burstsFit = (limits: Loose<RateLimits>, context: { addIssue(issue: Misfit): void }): void => {
  const { requestsPerMinute, tokensPerMinute, inputTokensPerMinute, outputTokensPerMinute } = limits;
  const tokens = tokensPerMinute ?? inputTokensPerMinute ?? outputTokensPerMinute;
  const refuse = (key: string, message: string): void => context.addIssue({ code: "custom", path: [key], message });
  const fits = (key: "requestsBurst" | "tokensBurst", rate: number | undefined, needed: string): void => {
    if (limits[key] === undefined) return;
    if (limits.strict === true) refuse(key, "expected no burst beside strict");
    else if (rate === undefined) refuse(key, `expected ${needed} beside it`);
  };
  fits("requestsBurst", requestsPerMinute, "requestsPerMinute");
  fits("tokensBurst", tokens, "a limit of tokens a minute");
};

type Misfit = { readonly code: "custom"; readonly path: PropertyKey[]; readonly message: string };
type Loose<Fields> = { readonly [Key in keyof Fields]?: Fields[Key] | undefined };
