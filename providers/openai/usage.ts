import { count, isObject, type Json, type Usage } from "../../src/kit/index.ts";

/** What a vendor that did not tell its usage used, as far as it said. The gateway estimates the rest. */
export const UNTOLD: Usage = {
  input: { total: 0, uncached: 0, cacheRead: 0, cacheWrite: 0 },
  output: { total: 0, reasoning: 0 },
  meters: {},
  source: "estimated",
};

/** Names of the same figures in the two APIs. */
interface Names {
  readonly input: string;
  readonly output: string;
}

export const responsesUsage = (usage: Json | undefined, webSearches: number): Usage =>
  read(usage, { input: "input_tokens", output: "output_tokens" }, webSearches);

export const chatUsage = (usage: Json | undefined): Usage =>
  read(usage, { input: "prompt_tokens", output: "completion_tokens" }, 0);

/** OpenAI's totals include cached and reasoning tokens already; no part may exceed its total. */
const read = (usage: Json | undefined, names: Names, webSearches: number): Usage => {
  const input = isObject(usage) ? count(usage[names.input]) : undefined;
  if (!isObject(usage) || input === undefined) return UNTOLD;
  const inputDetails = details(usage, `${names.input}_details`);
  const outputDetails = details(usage, `${names.output}_details`);
  const cacheRead = Math.min(count(inputDetails["cached_tokens"]) ?? 0, input);
  const cacheWrite = Math.min(count(inputDetails["cache_write_tokens"]) ?? 0, input - cacheRead);
  const output = count(usage[names.output]) ?? 0;
  const meters: Record<string, number> = {};
  const meter = (name: string, units: number | undefined): void => {
    if (units !== undefined && units > 0) meters[name] = units;
  };
  const writes = details(inputDetails, "cache_write_tokens_details");
  meter("cacheWrite.30m", count(writes["ttl_30m"]));
  meter("cacheWrite.12h", count(writes["ttl_12h"]));
  meter("input.audio", count(inputDetails["audio_tokens"]));
  meter("output.audio", count(outputDetails["audio_tokens"]));
  meter("webSearch", webSearches);
  return {
    input: { total: input, uncached: input - cacheRead - cacheWrite, cacheRead, cacheWrite },
    output: { total: output, reasoning: Math.min(count(outputDetails["reasoning_tokens"]) ?? 0, output) },
    meters,
    source: "reported",
  };
};

const details = (usage: { readonly [key: string]: Json }, name: string): { readonly [key: string]: Json } => {
  const value = usage[name];
  return isObject(value) ? value : {};
};
