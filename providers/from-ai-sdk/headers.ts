import { durationMs, type HeadersLike, isObject, type RateLimit, requestIdIn } from "../../src/kit/index.ts";

/** Headers that the AI SDK hands out as a record. */
export const headersOf = (told: unknown): HeadersLike => {
  const byName = new Map<string, string>();
  if (isObject(told)) {
    for (const [name, value] of Object.entries(told)) {
      if (typeof value === "string") byName.set(name.toLowerCase(), value);
    }
  }
  return { get: (name) => byName.get(name.toLowerCase()) ?? null };
};

/** Vendors' names for the id of a request. */
const REQUEST_IDS = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "x-goog-request-id"] as const;

export const requestIdOf = (headers: HeadersLike, secrets: readonly string[]): string | undefined =>
  requestIdIn(headers, REQUEST_IDS, secrets);

const LIMITS = ["requests", "tokens"] as const;

/** `x-ratelimit-*`, as OpenAI spells it and most hosts after it. What cannot be read is left out. */
export const rateLimits = (headers: HeadersLike): readonly RateLimit[] =>
  LIMITS.flatMap((name) => {
    const limit = amount(headers.get(`x-ratelimit-limit-${name}`));
    const remaining = amount(headers.get(`x-ratelimit-remaining-${name}`));
    const resetAfterMs = durationMs(headers.get(`x-ratelimit-reset-${name}`));
    if (limit === undefined && remaining === undefined) return [];
    return [
      {
        name,
        ...(limit !== undefined && { limit }),
        ...(remaining !== undefined && { remaining }),
        ...(resetAfterMs !== undefined && { resetAfterMs }),
      },
    ];
  });

const amount = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
