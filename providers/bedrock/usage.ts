import { count, isObject, type Json, type JsonObject, type Usage } from "../../src/kit/index.ts";
import { objects } from "./fields.ts";

/** What nobody told: the gateway puts its own estimate in its place. */
const UNTOLD: Usage = {
  input: { total: 0, uncached: 0, cacheRead: 0, cacheWrite: 0 },
  output: { total: 0, reasoning: 0 },
  meters: {},
  source: "estimated",
};

/**
 * What an answer used. Bedrock's `inputTokens` leaves the cached ones out (user guide, prompt caching); reasoning is part of
 * `outputTokens` and never told apart.
 */
export const usageOf = (told: Json | undefined): Usage => {
  if (!isObject(told)) return UNTOLD;
  const uncached = count(told["inputTokens"]);
  const output = count(told["outputTokens"]);
  if (uncached === undefined) return UNTOLD;
  const cacheRead = count(told["cacheReadInputTokens"]) ?? 0;
  const cacheWrite = count(told["cacheWriteInputTokens"]) ?? 0;
  return {
    input: { total: uncached + cacheRead + cacheWrite, uncached, cacheRead, cacheWrite },
    output: { total: output ?? 0, reasoning: 0 },
    meters: lifetimes(told, cacheWrite),
    source: "reported",
  };
};

/** Written tokens by how long they live: an hour costs more. What is not told apart lives five minutes. */
const lifetimes = (told: JsonObject, cacheWrite: number): Usage["meters"] => {
  const long = objects(told["cacheDetails"]).filter(({ ttl }) => ttl === "1h");
  const oneHour = Math.min(
    cacheWrite,
    long.reduce((sum, detail) => sum + (count(detail["inputTokens"]) ?? 0), 0),
  );
  return {
    ...(cacheWrite > oneHour && { "cacheWrite.5m": cacheWrite - oneHour }),
    ...(oneHour > 0 && { "cacheWrite.1h": oneHour }),
  };
};

/** Told in `usage` above, or the same under an older name. */
const KNOWN = new Set([
  "inputTokens",
  "outputTokens",
  "totalTokens",
  "cacheReadInputTokens",
  "cacheWriteInputTokens",
  "cacheReadInputTokenCount",
  "cacheWriteInputTokenCount",
  "cacheDetails",
]);

/** What the vendor counts beside tokens; undefined where that is nothing. */
export const otherCounts = (told: Json | undefined): JsonObject | undefined => {
  if (!isObject(told)) return undefined;
  const rest = Object.entries(told).filter(
    ([key, value]) => !KNOWN.has(key) && !(isObject(value) && Object.keys(value).length === 0),
  );
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
};
