import { durationMs, type HeadersLike, type RateLimit } from "../../src/kit/index.ts";

const NAMES = ["requests", "tokens"] as const;

/** What `x-ratelimit-*` says: a hint for routing. What cannot be read is left out. */
export const rateLimits = (headers: HeadersLike): readonly RateLimit[] => {
  const limits: RateLimit[] = [];
  for (const name of NAMES) {
    const limit = amount(headers.get(`x-ratelimit-limit-${name}`));
    const remaining = amount(headers.get(`x-ratelimit-remaining-${name}`));
    const resetAfterMs = durationMs(headers.get(`x-ratelimit-reset-${name}`));
    if (limit === undefined && remaining === undefined) continue;
    limits.push({
      name,
      ...(limit !== undefined && { limit }),
      ...(remaining !== undefined && { remaining }),
      ...(resetAfterMs !== undefined && { resetAfterMs }),
    });
  }
  return limits;
};

const amount = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
