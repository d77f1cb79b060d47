import type {
  Budgets,
  Counter,
  CounterTemplate,
  Measure,
  QuotaEntry,
  QuotaTemplate,
  RateLimits,
  TargetQuota,
} from "../contract/index.ts";
import { decimal } from "../policy/decimal.ts";
import { type Period, windowStarts } from "./windows.ts";

const NANO_DIGITS = 9;
const ALERTS: readonly number[] = [0.8, 1];
/** A minute, a second at a time. */
const MINUTE = { slotMs: 1_000, slots: 60 } as const;
const ROLLING_SLOTS = 60;
const MINUTE_MS = 60_000;

/** What an entry's counters are, whatever the time: worked out once for each entry. */
export const templateOf = (entry: QuotaEntry): QuotaTemplate => {
  const known = templates.get(entry);
  if (known !== undefined) return known;
  const { limits = {}, budgets = {}, enforcement = "enforce" } = entry;
  const alerts = [...new Set(budgets.alerts ?? ALERTS)].sort((one, other) => one - other);
  const made = { counters: [...ratesOf(limits), ...budgetsOf(budgets)], enforcement, alerts };
  templates.set(entry, made);
  return made;
};

/** The same of what a vendor allows us, which is held to, and not told. */
export const targetTemplateOf = (quota: TargetQuota): QuotaTemplate => {
  const known = templates.get(quota);
  if (known !== undefined) return known;
  const made: QuotaTemplate = { counters: ratesOf(quota), enforcement: "enforce", alerts: [] };
  templates.set(quota, made);
  return made;
};

const templates = new WeakMap<object, QuotaTemplate>();

const ratesOf = (limits: RateLimits): readonly CounterTemplate[] => {
  const { requestsPerDay, parallelCalls, requestsBurst, tokensBurst, strict = false, timeZone } = limits;
  const rate = (measure: Measure, words: string, perMinute: number | undefined, burst: number | undefined) =>
    optional(perMinute, (cap) => still(measure, `${words} per minute`, ofMinute(measure, cap, burst, strict)));
  return [
    ...rate("requests", "requests", limits.requestsPerMinute, requestsBurst),
    ...optional(requestsPerDay, (cap) =>
      calendar("requests", "requests per day", "requests.day", "day", cap, timeZone),
    ),
    ...rate("tokens", "tokens", limits.tokensPerMinute, tokensBurst),
    ...rate("inputTokens", "input tokens", limits.inputTokensPerMinute, tokensBurst),
    ...rate("outputTokens", "output tokens", limits.outputTokensPerMinute, tokensBurst),
    ...optional(parallelCalls, (cap) =>
      still("parallel", "parallel calls", { name: "parallel", type: "parallel", cap }),
    ),
  ];
};

const ofMinute = (name: string, perMinute: number, burst: number | undefined, strict: boolean): Counter =>
  strict
    ? { name: `${name}.strict`, type: "rolling", cap: perMinute, ...MINUTE }
    : { name, type: "bucket", cap: burst ?? perMinute, perMinute };

interface Money {
  readonly period: Period;
  readonly field: "usdPerHour" | "usdPerDay" | "usdPerWeek" | "usdPerMonth";
  /** How long a rolling one is, and in words. */
  readonly minutes: number;
  readonly words: string;
}

const MONEY: readonly Money[] = [
  { period: "hour", field: "usdPerHour", minutes: 60, words: "60 minutes" },
  { period: "day", field: "usdPerDay", minutes: 24 * 60, words: "24 hours" },
  { period: "week", field: "usdPerWeek", minutes: 7 * 24 * 60, words: "7 days" },
  { period: "month", field: "usdPerMonth", minutes: 30 * 24 * 60, words: "30 days" },
];

const budgetsOf = (budgets: Budgets): readonly CounterTemplate[] =>
  MONEY.flatMap(({ period, field, minutes, words }) =>
    optional(budgets[field], (usd) => {
      const cap = Number.isFinite(usd) ? Number(decimal(usd, NANO_DIGITS)) : Number.NaN;
      const name = `usd.${period}`;
      if (budgets.rolling !== true) return calendar("usd", `USD per ${period}`, name, period, cap, budgets.timeZone);
      const slotMs = (minutes / ROLLING_SLOTS) * MINUTE_MS;
      const counter: Counter = { name: `${name}.rolling`, type: "rolling", cap, slotMs, slots: ROLLING_SLOTS };
      return { ...still("usd", `USD in any ${words}`, counter), period };
    }),
  );

/** One that is the same at all times. */
const still = (measure: Measure, label: string, counter: Counter): CounterTemplate => {
  const frozen = Object.freeze(counter);
  return { measure, label, at: () => frozen };
};

const calendar = (
  measure: Measure,
  label: string,
  name: string,
  period: Period,
  cap: number,
  timeZone = "UTC",
): CounterTemplate => {
  let last: Extract<Counter, { readonly type: "calendar" }> | undefined;
  return {
    measure,
    label,
    period,
    at: (nowMs) => {
      const starts = windowStarts(period, timeZone, nowMs);
      if (last?.starts !== starts) last = Object.freeze({ name, type: "calendar", cap, starts });
      return last;
    },
  };
};

const optional = <Value, Made>(value: Value | undefined, make: (value: Value) => Made): readonly Made[] =>
  value === undefined ? [] : [make(value)];
