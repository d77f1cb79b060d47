import type { RateLimit } from "../../src/kit/index.ts";

const NAMES = ["requests", "tokens", "input-tokens", "output-tokens"] as const;
/** No limit of Anthropic's is longer than a month; what says so is nonsense. */
const LONGEST_MS = 31 * 24 * 3_600_000;

/** What `anthropic-ratelimit-*` says: a hint for routing. Times are RFC 3339; what cannot be read is left out. */
export const rateLimits = (headers: Pick<Headers, "get">, nowMs: number): readonly RateLimit[] => {
  const limits: RateLimit[] = [];
  for (const name of NAMES) {
    const read = (what: string): string | null => headers.get(`anthropic-ratelimit-${name}-${what}`);
    const limit = amount(read("limit"));
    const remaining = amount(read("remaining"));
    const resetAfterMs = until(read("reset"), nowMs);
    if (limit === undefined && remaining === undefined && resetAfterMs === undefined) continue;
    limits.push({
      name,
      ...(limit !== undefined && { limit }),
      ...(remaining !== undefined && { remaining }),
      ...(resetAfterMs !== undefined && { resetAfterMs }),
    });
  }
  return limits;
};

const amount = (text: string | null): number | undefined => {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
};

const until = (text: string | null, nowMs: number): number | undefined => {
  const waitMs = text === null ? Number.NaN : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) || waitMs > LONGEST_MS ? undefined : Math.max(0, waitMs);
};
