import type { RateLimit } from "../contract/index.ts";

/** Waits beyond an hour are no waits: they are another matter. */
const MAX_MS = 3_600_000;

/** What both kinds of `Headers` have. */
export interface HeadersLike {
  get(name: string): string | null;
}

/**
 * When the vendor says to come back, in milliseconds from now: `retry-after-ms`, `x-ms-retry-after-ms`, then `retry-after`
 * (seconds or a date). Between 0 and an hour; what cannot be read is not there.
 */
export const retryAfterMs = (headers: HeadersLike, nowMs: number): number | undefined =>
  milliseconds(headers.get("retry-after-ms")) ??
  milliseconds(headers.get("x-ms-retry-after-ms")) ??
  secondsOrDate(headers.get("retry-after"), nowMs);

const milliseconds = (text: string | null): number | undefined => {
  if (text === null || !/^\d{1,12}(\.\d{1,9})?$/.test(text.trim())) return undefined;
  return Math.min(MAX_MS, Math.ceil(Number(text)));
};

const secondsOrDate = (text: string | null, nowMs: number): number | undefined => {
  if (text === null) return undefined;
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text.trim())) return Math.min(MAX_MS, Math.ceil(Number(text) * 1_000));
  if (!/^[A-Z][a-z]{2}, \d/.test(text.trim())) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.min(MAX_MS, Math.max(0, atMs - nowMs));
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as OpenAI's `x-ratelimit-reset-*` headers spell it: `6m0s`, `1.5s`, `20ms`. */
export const durationMs = (text: string | null): number | undefined => {
  if (text === null || text.length > 32 || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, figure, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(figure) * (UNIT_MS[unit ?? ""] ?? 0);
  return Math.ceil(total);
};

/** When the limits that ran out are full again, in milliseconds: for vendors that say no `retry-after`. At most an hour. */
export const refilledAfterMs = (limits: readonly RateLimit[]): number | undefined => {
  const waits = limits.flatMap(({ remaining, resetAfterMs }) =>
    remaining === 0 && resetAfterMs !== undefined ? [resetAfterMs] : [],
  );
  return waits.length === 0 ? undefined : Math.min(MAX_MS, Math.max(...waits));
};
