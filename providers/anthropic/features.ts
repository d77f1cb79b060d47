import type { Feature } from "../../src/kit/index.ts";

/** What is carried to Anthropic. Sampling, budgets and a begun answer only where the registry says that the model takes them. */
export const FEATURES: readonly Feature[] = [
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
  "reasoning_budget",
  "reasoning_state",
  "sources",
  "prompt_cache",
  "prefill",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "user",
];
