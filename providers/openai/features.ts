import type { Feature } from "../../src/kit/index.ts";

/** What the Responses API takes. */
export const RESPONSES_FEATURES: readonly Feature[] = [
  "image",
  "pdf",
  "tools",
  "tool_choice",
  "parallel_switch",
  "result_files",
  "result_errors",
  "strict_tools",
  "provider_tools",
  "output_schema",
  "reasoning_effort",
  "reasoning_state",
  "sources",
  "prompt_cache",
  "temperature",
  "top_p",
  "user",
];
