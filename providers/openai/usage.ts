import { count, isObject, type Json, reportedUsage, type Usage } from "../../src/kit/index.ts";
import { chatMeters, details, UNTOLD } from "../openai-compatible/base.ts";

/** Usage of the Responses API: its totals include cached and reasoning tokens already. */
export const responsesUsage = (usage: Json | undefined, webSearches: number): Usage => {
  const input = isObject(usage) ? count(usage["input_tokens"]) : undefined;
  if (!isObject(usage) || input === undefined) return UNTOLD;
  const inputDetails = details(usage, "input_tokens_details");
  const outputDetails = details(usage, "output_tokens_details");
  return reportedUsage({
    input,
    output: count(usage["output_tokens"]) ?? 0,
    cacheRead: count(inputDetails["cached_tokens"]) ?? 0,
    cacheWrite: count(inputDetails["cache_write_tokens"]) ?? 0,
    reasoning: count(outputDetails["reasoning_tokens"]) ?? 0,
    meters: { ...chatMeters(inputDetails, outputDetails), ...(webSearches > 0 && { webSearch: webSearches }) },
  });
};
