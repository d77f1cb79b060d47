/** Where calendar windows begin, against a second opinion: clocks read minute by minute. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Period, windowStarts } from "../../src/quotas/windows.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const written = new Map<string, Intl.DateTimeFormat>();

/** What clocks show there, as Swedes write it: `2026-03-29 01:59:59`, which sorts. */
const clock = (timeZone: string, atMs: number): string => {
  let format = written.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
    written.set(timeZone, format);
  }
  return format.format(atMs);
};

/** The name of the window that clocks are in. */
const nameOf = (period: Period, shown: string): string => {
  if (period === "hour") return shown.slice(0, 13);
  if (period === "month") return shown.slice(0, 7);
  if (period === "day") return shown.slice(0, 10);
  const date = new Date(`${shown.slice(0, 10)}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
};

/** Minutes that are looked at: all of them, or of long windows those near a boundary and some between. */
const minutesOf = (period: Period, starts: readonly number[]): number[] => {
  const [from = 0, to = 0] = [starts[0], starts.at(-1)];
  const minutes: number[] = [];
  for (let at = from; at <= to; at += MINUTE_MS) {
    const near = starts.some((start) => Math.abs(at - start) < 3 * HOUR_MS);
    if (period === "hour" || near || (at - from) % (6 * HOUR_MS) === 0) minutes.push(at);
  }
  return minutes;
};

/** A window begins where clocks show a later name than ever before, and with every full hour. */
const check = (period: Period, timeZone: string, nowMs: number): void => {
  const starts = windowStarts(period, timeZone, nowMs);
  const said = `${period} ${timeZone} ${new Date(nowMs).toISOString()}`;
  expect(starts, said).toHaveLength(4);
  const [first = 0, current = 0, next = 0] = starts;
  expect(current <= nowMs && nowMs < next, said).toBe(true);
  let latest = nameOf(period, clock(timeZone, first - 1));
  const begun = minutesOf(period, starts).filter((at) => {
    const shown = clock(timeZone, at);
    const name = nameOf(period, shown);
    const begins = name > latest || (period === "hour" && shown.endsWith(":00:00"));
    if (name > latest) latest = name;
    return begins;
  });
  expect(
    begun.map((at) => clock("UTC", at)),
    said,
  ).toEqual(starts.map((at) => clock("UTC", at)));
};

/** Zones whose clocks have done something unusual, each with a day on which they did. */
const UNUSUAL: readonly (readonly [zone: string, day: string, what: string])[] = [
  ["Europe/Rome", "2026-03-29", "a day of 23 hours"],
  ["Europe/Rome", "2026-10-25", "a day of 25 hours"],
  ["America/New_York", "2026-11-01", "an hour that comes twice"],
  ["Australia/Lord_Howe", "2026-04-05", "half an hour back"],
  ["Australia/Lord_Howe", "2026-10-04", "half an hour on"],
  ["Asia/Kathmandu", "1986-01-01", "a quarter of an hour on, for good"],
  ["Pacific/Apia", "2011-12-30", "a day that never was"],
  ["Pacific/Kwajalein", "1993-08-21", "another, on the other side"],
  ["America/Sao_Paulo", "2018-11-04", "a midnight that is not"],
  ["America/Sao_Paulo", "2018-02-18", "midnight put back to eleven"],
  ["America/St_Johns", "2010-11-07", "a minute past midnight put back to a minute past eleven"],
  ["America/Havana", "2026-03-08", "a midnight that is not"],
  ["Africa/Cairo", "2026-04-24", "a midnight that is not"],
  ["Asia/Beirut", "2026-03-29", "a midnight that is not"],
  ["Africa/Casablanca", "2026-02-15", "clocks put back for Ramadan"],
  ["Antarctica/Troll", "2026-03-29", "two hours at once"],
  ["Asia/Pyongyang", "2018-05-05", "half an hour on, at half past eleven"],
  ["America/Caracas", "2016-05-01", "half an hour on, at half past two"],
];

const periods = ["hour", "day", "week", "month"] as const;
const anyTime = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2040, 0, 1) });

describe("windows", () => {
  it.each(UNUSUAL)("%s on %s: %s", (timeZone, day) => {
    const from = Date.parse(day);
    for (const period of periods) {
      for (let at = from - DAY_MS; at < from + 2 * DAY_MS; at += 7.5 * HOUR_MS) check(period, timeZone, at);
    }
  });

  it("of any zone at any time", () => {
    const zone = fc.constantFrom("UTC", ...Intl.supportedValuesOf("timeZone"));
    fc.assert(fc.property(fc.constantFrom(...periods), zone, anyTime, check), { numRuns: 400 });
  }, 60_000);

  it.each<readonly [string, Period, string, string, readonly string[]]>([
    [
      "a day of 23 hours",
      "day",
      "Europe/Rome",
      "2026-03-29T12:00:00Z",
      ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"],
    ],
    [
      "the day before one that never was",
      "day",
      "Pacific/Apia",
      "2011-12-30T09:59:59.999Z",
      ["2011-12-28T10:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"],
    ],
    [
      "a day that begins at one in the morning",
      "day",
      "America/Sao_Paulo",
      "2018-11-04T03:00:00Z",
      ["2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "2018-11-06T02:00:00Z"],
    ],
    [
      "an hour that comes twice",
      "hour",
      "America/New_York",
      "2026-11-01T05:30:00Z",
      ["2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"],
    ],
    [
      "hours of a zone that is three quarters of an hour off",
      "hour",
      "Asia/Kathmandu",
      "2026-01-01T00:00:00Z",
      ["2025-12-31T22:15:00Z", "2025-12-31T23:15:00Z", "2026-01-01T00:15:00Z", "2026-01-01T01:15:00Z"],
    ],
    [
      "weeks begin on Monday",
      "week",
      "UTC",
      "2026-03-01T23:59:59.999Z",
      ["2026-02-16T00:00:00Z", "2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"],
    ],
    [
      "months around a February",
      "month",
      "Asia/Tokyo",
      "2028-02-29T14:59:59.999Z",
      ["2027-12-31T15:00:00Z", "2028-01-31T15:00:00Z", "2028-02-29T15:00:00Z", "2028-03-31T15:00:00Z"],
    ],
    [
      "before the epoch",
      "week",
      "UTC",
      "1969-12-28T00:00:00Z",
      ["1969-12-15T00:00:00Z", "1969-12-22T00:00:00Z", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z"],
    ],
  ])("%s", (_what, period, timeZone, now, expected) => {
    const starts = windowStarts(period, timeZone, Date.parse(now));
    expect(starts.map((at) => new Date(at).toISOString().replace(".000", ""))).toEqual(expected);
  });

  it("are the same array while time stays in one, and another one after it", () => {
    const noon = Date.parse("2026-06-01T12:00:00Z");
    const starts = windowStarts("day", "Europe/Rome", noon);
    const [, current = 0, next = 0] = starts;
    expect(windowStarts("day", "Europe/Rome", current)).toBe(starts);
    expect(windowStarts("day", "Europe/Rome", next - 1)).toBe(starts);
    expect(windowStarts("day", "Europe/Rome", next)).not.toBe(starts);
    expect(windowStarts("day", "Europe/Rome", next).slice(0, 3)).toEqual(starts.slice(1));
    expect(windowStarts("hour", "Europe/Rome", noon)).not.toEqual(windowStarts("hour", "Asia/Kathmandu", noon));
    expect(Object.isFrozen(starts)).toBe(true);
  });

  it("of a zone that nobody knows are an error", () => {
    expect(() => windowStarts("day", "Mars/Olympus", 0)).toThrow(RangeError);
  });
});
