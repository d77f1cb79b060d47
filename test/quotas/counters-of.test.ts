/** What a store is asked to count, from what the registry says. */
import fc from "fast-check";
import type { Counter, QuotaEntry, RateLimits } from "headgate";
import { describe, expect, it } from "vitest";
import { targetTemplateOf, templateOf } from "../../src/quotas/counters-of.ts";
import { windowStarts } from "../../src/quotas/windows.ts";

const NOON = Date.parse("2026-06-01T12:00:00Z");
const at = (entry: QuotaEntry, nowMs = NOON): Counter[] => templateOf(entry).counters.map((each) => each.at(nowMs));
const limits = (fields: RateLimits): Counter[] => at({ limits: fields });

describe("rates", () => {
  it.each<readonly [string, RateLimits, readonly Counter[]]>([
    ["nothing", {}, []],
    [
      "requests a minute: a bucket of a minute's worth",
      { requestsPerMinute: 60 },
      [{ name: "requests", type: "bucket", cap: 60, perMinute: 60 }],
    ],
    [
      "with a burst",
      { requestsPerMinute: 60, requestsBurst: 5 },
      [{ name: "requests", type: "bucket", cap: 5, perMinute: 60 }],
    ],
    [
      "strict: 60 seconds, one by one",
      { requestsPerMinute: 60, strict: true },
      [{ name: "requests.strict", type: "rolling", cap: 60, slotMs: 1_000, slots: 60 }],
    ],
    [
      "tokens, each kind with the same burst",
      { tokensPerMinute: 1_000, inputTokensPerMinute: 800, outputTokensPerMinute: 200, tokensBurst: 300 },
      [
        { name: "tokens", type: "bucket", cap: 300, perMinute: 1_000 },
        { name: "inputTokens", type: "bucket", cap: 300, perMinute: 800 },
        { name: "outputTokens", type: "bucket", cap: 300, perMinute: 200 },
      ],
    ],
    [
      "tokens, strict",
      { tokensPerMinute: 1_000, inputTokensPerMinute: 800, outputTokensPerMinute: 200, strict: true },
      [
        { name: "tokens.strict", type: "rolling", cap: 1_000, slotMs: 1_000, slots: 60 },
        { name: "inputTokens.strict", type: "rolling", cap: 800, slotMs: 1_000, slots: 60 },
        { name: "outputTokens.strict", type: "rolling", cap: 200, slotMs: 1_000, slots: 60 },
      ],
    ],
    ["calls at once", { parallelCalls: 4 }, [{ name: "parallel", type: "parallel", cap: 4 }]],
    [
      "requests a day, where the day begins",
      { requestsPerDay: 500, timeZone: "Asia/Tokyo" },
      [{ name: "requests.day", type: "calendar", cap: 500, starts: windowStarts("day", "Asia/Tokyo", NOON) }],
    ],
  ])("%s", (_what, fields, expected) => expect(limits(fields)).toEqual(expected));

  it("are named for people, and say what they count", () => {
    const { counters } = templateOf({
      limits: {
        requestsPerMinute: 1,
        requestsPerDay: 1,
        tokensPerMinute: 1,
        inputTokensPerMinute: 1,
        outputTokensPerMinute: 1,
        parallelCalls: 1,
      },
    });
    expect(counters.map(({ measure, label, period }) => [measure, label, period])).toEqual([
      ["requests", "requests per minute", undefined],
      ["requests", "requests per day", "day"],
      ["tokens", "tokens per minute", undefined],
      ["inputTokens", "input tokens per minute", undefined],
      ["outputTokens", "output tokens per minute", undefined],
      ["parallel", "parallel calls", undefined],
    ]);
  });
});

describe("budgets", () => {
  const all = { usdPerHour: 0.1, usdPerDay: 1, usdPerWeek: 5.000000001, usdPerMonth: 9_000_000 };

  it("are calendar windows in nano-dollars", () => {
    const zone = "Europe/Rome";
    expect(at({ budgets: { ...all, timeZone: zone } })).toEqual([
      { name: "usd.hour", type: "calendar", cap: 100_000_000, starts: windowStarts("hour", zone, NOON) },
      { name: "usd.day", type: "calendar", cap: 1_000_000_000, starts: windowStarts("day", zone, NOON) },
      { name: "usd.week", type: "calendar", cap: 5_000_000_001, starts: windowStarts("week", zone, NOON) },
      { name: "usd.month", type: "calendar", cap: 9e15, starts: windowStarts("month", zone, NOON) },
    ]);
    const { counters } = templateOf({ budgets: all });
    expect(counters.map(({ measure, label, period }) => [measure, label, period])).toEqual([
      ["usd", "USD per hour", "hour"],
      ["usd", "USD per day", "day"],
      ["usd", "USD per week", "week"],
      ["usd", "USD per month", "month"],
    ]);
  });

  it("or roll, in 60 slots each", () => {
    expect(at({ budgets: { ...all, rolling: true } })).toEqual([
      { name: "usd.hour.rolling", type: "rolling", cap: 100_000_000, slotMs: 60_000, slots: 60 },
      { name: "usd.day.rolling", type: "rolling", cap: 1_000_000_000, slotMs: 24 * 60_000, slots: 60 },
      { name: "usd.week.rolling", type: "rolling", cap: 5_000_000_001, slotMs: 10_080_000, slots: 60 },
      { name: "usd.month.rolling", type: "rolling", cap: 9e15, slotMs: 12 * 3_600_000, slots: 60 },
    ]);
    const { counters } = templateOf({ budgets: { ...all, rolling: true } });
    expect(counters.map(({ label, period }) => [label, period])).toEqual([
      ["USD in any 60 minutes", "hour"],
      ["USD in any 24 hours", "day"],
      ["USD in any 7 days", "week"],
      ["USD in any 30 days", "month"],
    ]);
  });

  it("of 0 are budgets: they close", () => {
    expect(at({ budgets: { usdPerDay: 0 } })).toMatchObject([{ name: "usd.day", cap: 0 }]);
  });

  it("every figure with nine decimals is exactly so many nano-dollars", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9e15 }), (nano) => {
        const digits = String(nano).padStart(10, "0");
        const usd = Number(`${digits.slice(0, -9)}.${digits.slice(-9)}`);
        const [counter] = at({ budgets: { usdPerDay: usd } });
        // Near $9 million doubles are two nano-dollars apart.
        expect(Math.abs((counter?.type === "calendar" ? counter.cap : Number.NaN) - nano)).toBeLessThanOrEqual(
          usd < 4_000_000 ? 0 : 1,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a template", () => {
  const entry: QuotaEntry = {
    limits: { requestsPerMinute: 5, requestsPerDay: 100 },
    budgets: { usdPerDay: 1, usdPerHour: 1, rolling: false },
  };

  it("is made once for an entry; enforced, and told at 80 % and at the end, unless it says otherwise", () => {
    expect(templateOf(entry)).toBe(templateOf(entry));
    expect(templateOf({ ...entry })).not.toBe(templateOf(entry));
    expect(templateOf(entry)).toMatchObject({ enforcement: "enforce", alerts: [0.8, 1] });
    const other: QuotaEntry = { budgets: { usdPerDay: 1, alerts: [1, 0.5, 1] }, enforcement: "shadow" };
    expect(templateOf(other)).toMatchObject({ enforcement: "shadow", alerts: [0.5, 1] });
  });

  it("has the same counters while the time is in the same windows", () => {
    const before = at(entry, NOON);
    at(entry, NOON + 1).forEach((counter, place) => void expect(counter).toBe(before[place]));
    const later = at(entry, NOON + 3_600_000);
    expect(later.map((counter, place) => counter === before[place])).toEqual([true, true, false, true]);
    expect(later.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    const tomorrow = at(entry, NOON + 86_400_000);
    expect(tomorrow.map((counter, place) => counter === before[place])).toEqual([true, false, false, false]);
  });

  it("of what a vendor allows has its rates alone", () => {
    const quota = { requestsPerMinute: 50, tokensPerMinute: 30_000, pool: "tier-1", cacheReads: "free" } as const;
    const template = targetTemplateOf(quota);
    expect(template.counters.map((each) => each.at(NOON))).toEqual([
      { name: "requests", type: "bucket", cap: 50, perMinute: 50 },
      { name: "tokens", type: "bucket", cap: 30_000, perMinute: 30_000 },
    ]);
    expect(template).toMatchObject({ enforcement: "enforce", alerts: [] });
    expect(targetTemplateOf(quota)).toBe(template);
  });
});
