import type { Json, JsonObject } from "../../src/kit/index.ts";
import { string } from "../openai-compatible/base.ts";

/** What the contract has fields for, and what only repeats the request. */
const TOLD: ReadonlySet<string> = new Set(
  `id object created_at completed_at status error incomplete_details model input output output_text usage instructions
  max_output_tokens max_tool_calls metadata parallel_tool_calls previous_response_id prompt prompt_cache_key reasoning
  safety_identifier store temperature text tool_choice tools top_logprobs top_p truncation user background`.split(
    /\s+/,
  ),
);

/** Whether an item became a part. */
const isPart = (item: JsonObject): boolean => /^(message|reasoning|\w+_call)$/.test(string(item["type"]));

/** What else an answer says; items that are no parts among it, as `items`. */
export const untold = (response: JsonObject, output: readonly JsonObject[]): Readonly<Record<string, Json>> => {
  const fields = Object.entries(response).filter(([key, value]) => value !== null && !TOLD.has(key));
  const items = output.filter((item) => !isPart(item));
  return { ...Object.fromEntries(fields), ...(items.length > 0 && { items }) };
};
