import { localMs } from "./local-time.ts";

export type Period = "hour" | "day" | "week" | "month";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No clock is further from UTC, nor ever was. */
const FURTHEST_MS = 16 * HOUR_MS;
/** A Monday, since the epoch is a Thursday. */
const FIRST_MONDAY = 4;

const known: Readonly<Record<Period, Map<string, readonly number[]>>> = {
  hour: new Map(),
  day: new Map(),
  week: new Map(),
  month: new Map(),
};

/**
 * Where calendar windows begin, in epoch milliseconds: the one before that of `nowMs`, that one, and the two after it. A
 * window begins at the first moment at which the zone's clocks show its hour or its date, or a later one: a midnight that
 * clocks skip is when they skip it, a date that they skip is no window, and a window is as long as its hours and days are
 * there. An hour that clocks show twice is two windows. Weeks begin on Monday. The same array while `nowMs` stays in its
 * window. Throws a `RangeError` for a time zone that this machine does not know.
 */
export const windowStarts = (period: Period, timeZone: string, nowMs: number): readonly number[] => {
  const last = known[period].get(timeZone);
  if (last !== undefined && nowMs >= (last[1] ?? 0) && nowMs < (last[2] ?? 0)) return last;
  const starts = period === "hour" ? hours(timeZone, nowMs) : dates(period, timeZone, nowMs);
  const current = starts.findLastIndex((start) => start <= nowMs);
  const found = Object.freeze(starts.slice(current - 1, current + 3));
  known[period].set(timeZone, found);
  return found;
};

/** Windows that are named by a date: some before now, and some after. */
const dates = (period: Exclude<Period, "hour">, timeZone: string, nowMs: number): readonly number[] => {
  const local = localMs(timeZone, nowMs);
  const starts = new Set<number>();
  for (let away = -3; away <= 4; away += 1) starts.add(firstAt(timeZone, dateAt(period, local, away)));
  return [...starts];
};

/** The midnight that a window is named by, `away` windows from the one that local time is in, as if it were UTC. */
const dateAt = (period: Exclude<Period, "hour">, local: number, away: number): number => {
  const day = Math.floor(local / DAY_MS);
  if (period === "day") return (day + away) * DAY_MS;
  if (period === "week") return (day - modulo(day - FIRST_MONDAY, 7) + 7 * away) * DAY_MS;
  const date = new Date(local);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + away, 1);
};

/** The first moment at which a zone's clocks show this or later. */
const firstAt = (timeZone: string, local: number): number => {
  const spans = spansOf(timeZone, local - FURTHEST_MS, local + FURTHEST_MS);
  const span = spans.find(({ toMs, offsetMs }) => local - offsetMs < toMs);
  return span === undefined ? local : Math.max(span.fromMs, local - span.offsetMs);
};

/** Full hours of a zone's clocks, and moments at which they skip one. */
const hours = (timeZone: string, nowMs: number): readonly number[] => {
  const starts: number[] = [];
  let before: number | undefined;
  for (const { fromMs, toMs, offsetMs } of spansOf(timeZone, nowMs - 4 * HOUR_MS, nowMs + 6 * HOUR_MS)) {
    const full = Math.ceil((fromMs + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs;
    const skips = before !== undefined && hourOf(fromMs + offsetMs) > hourOf(fromMs - 1 + before);
    if (skips && full > fromMs) starts.push(fromMs);
    for (let start = full; start < toMs; start += HOUR_MS) starts.push(start);
    before = offsetMs;
  }
  return starts;
};

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the zone's clocks from UTC. */
  readonly offsetMs: number;
}

/** A stretch of time, cut where the zone's clocks are put forward or back: once at most, since it is short. */
const spansOf = (timeZone: string, fromMs: number, toMs: number): readonly Span[] => {
  const offsetAt = (atMs: number): number => localMs(timeZone, atMs) - atMs;
  const [first, last] = [offsetAt(fromMs), offsetAt(toMs)];
  if (first === last) return [{ fromMs, toMs, offsetMs: first }];
  let [low, high] = [fromMs, toMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === first) low = middle;
    else high = middle;
  }
  return [
    { fromMs, toMs: high, offsetMs: first },
    { fromMs: high, toMs, offsetMs: last },
  ];
};

const hourOf = (local: number): number => Math.floor(local / HOUR_MS);

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
