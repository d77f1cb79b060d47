/**
 * What an adapter can carry to its vendor, whatever the model: an answer to "would this be lost?". What a model can do is
 * said in the registry. What is asked for and not listed is dropped with a warning, or refused; never lost unseen.
 */
export const FEATURES = {
  image: "images in messages",
  pdf: "PDFs in messages",
  audio: "sound in messages",
  video: "video in messages",
  tools: "tools that the application runs",
  tool_choice: "no tool, some tool, or this one",
  parallel_switch: "one tool at a time (`parallelToolCalls: false`)",
  result_files: "images in a tool's result",
  result_errors: "a mark on a failed tool's result",
  strict_tools: "tools held to their schema (`strict`)",
  provider_tools: "tools that the vendor runs",
  output_schema: "answers held to a JSON Schema",
  reasoning_effort: "reasoning by effort",
  reasoning_budget: "reasoning by a budget of tokens",
  reasoning_state: "opaque reasoning, given back to its own account",
  sources: "sources that an answer cites",
  prompt_cache: "hints to cache the prompt",
  prefill: "an answer begun for the model",
  temperature: "`temperature`",
  top_p: "`topP`",
  top_k: "`topK`",
  stop: "`stop`",
  seed: "`seed`",
  penalties: "`presencePenalty`, `frequencyPenalty`",
  user: "the end user's id (`user`)",
  reported_cost: "the vendor's own price of an answer",
} as const;

export type Feature = keyof typeof FEATURES;
