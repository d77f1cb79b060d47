import { count, isObject, type Json, type JsonObject, reportedUsage, type Usage } from "../../src/kit/index.ts";

/** What a vendor that did not tell its usage used, as far as it said. The gateway estimates the rest. */
export const UNTOLD: Usage = {
  input: { total: 0, uncached: 0, cacheRead: 0, cacheWrite: 0 },
  output: { total: 0, reasoning: 0 },
  meters: {},
  source: "estimated",
};

/**
 * Usage of Chat Completions. Prompt and completion tokens are totals, cached and reasoning ones included; but some hosts
 * (xAI, Google's compatible endpoint) leave reasoning out of `completion_tokens`: what `total_tokens` has beyond the two
 * is output as well. Cached tokens have three names: OpenAI's, `num_cached_tokens` (Mistral), `prompt_cache_hit_tokens`
 * (DeepSeek).
 */
export const chatUsage = (usage: Json | undefined): Usage => {
  const input = isObject(usage) ? count(usage["prompt_tokens"]) : undefined;
  if (!isObject(usage) || input === undefined) return UNTOLD;
  const prompt = details(usage, "prompt_tokens_details");
  const completion = details(usage, "completion_tokens_details");
  const told = count(usage["completion_tokens"]) ?? 0;
  const outside = Math.max(0, (count(usage["total_tokens"]) ?? 0) - input - told);
  const reasoning = count(completion["reasoning_tokens"]) ?? count(usage["reasoning_tokens"]) ?? 0;
  const cacheRead =
    count(prompt["cached_tokens"]) ?? count(usage["num_cached_tokens"]) ?? count(usage["prompt_cache_hit_tokens"]) ?? 0;
  return reportedUsage({
    input,
    output: told + outside,
    cacheRead,
    cacheWrite: count(prompt["cache_write_tokens"]) ?? 0,
    reasoning: Math.max(reasoning, outside),
    meters: chatMeters(prompt, completion),
  });
};

/** Shares of the tokens that some models price apart. */
export const chatMeters = (prompt: JsonObject, completion: JsonObject): Usage["meters"] => {
  const writes = details(prompt, "cache_write_tokens_details");
  const told = {
    "cacheWrite.30m": count(writes["ttl_30m"]),
    "cacheWrite.12h": count(writes["ttl_12h"]),
    "input.audio": count(prompt["audio_tokens"]),
    "output.audio": count(completion["audio_tokens"]),
  };
  const meters: Record<string, number> = {};
  for (const [meter, units] of Object.entries(told)) if (units !== undefined && units > 0) meters[meter] = units;
  return meters;
};

export const details = (usage: JsonObject, name: string): JsonObject => {
  const value = usage[name];
  return isObject(value) ? value : {};
};

/** The host's own price of an answer in US dollars, where it says one. */
export const chatCost = (
  usage: Json | undefined,
  cost: { readonly field: string; readonly perUsd: number } | undefined,
): number | undefined => {
  if (cost === undefined || !isObject(usage)) return undefined;
  const told = usage[cost.field];
  return typeof told === "number" && Number.isFinite(told) && told >= 0 ? told / cost.perUsd : undefined;
};
