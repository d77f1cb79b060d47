import type { Json } from "../../src/kit/index.ts";

/**
 * How a host differs from OpenAI's own Chat Completions, as data. Everything has a default: what nearly every host takes.
 */
export interface ChatQuirks {
  /** Field of the output limit. @default "max_tokens" */
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
  /** Role of system messages. @default "system" */
  readonly systemRole: "system" | "developer";
  /** System messages only at the head: later ones are moved there. @default false */
  readonly systemFirst: boolean;
  /** Whether `stream_options.include_usage` may be sent; a host that refuses it tells its usage unasked. @default true */
  readonly streamUsage: boolean;
  /** What stands for no text beside tool calls: some hosts refuse `null`. @default "null" */
  readonly noText: "null" | "empty";
  /** How an answer is held to a schema. `json_object`: to JSON only; the schema is told in words. @default "json_schema" */
  readonly output: "json_schema" | "json_object" | "none";
  /** Whether schemas may be marked `strict`. @default true */
  readonly strict: boolean;
  /** Whether the schema of a tool's input must be an object's, with no alternatives at its root. @default false */
  readonly objectTools: boolean;
  /** Whether `tool_choice` is understood; where not, a wish is dropped with a warning. @default true */
  readonly toolChoice: boolean;
  /** Word for "some tool". @default "required" */
  readonly requiredTool: "required" | "any";
  /** Whether `parallel_tool_calls` is taken. @default true */
  readonly parallelToolCalls: boolean;
  /** What ids of tool calls must look like, as a regular expression. @default at most 40 characters, as OpenAI has it */
  readonly toolIds: string;
  /** Field of the seed, if any. @default "seed" */
  readonly seed: "seed" | "random_seed" | "none";
  readonly stop: boolean;
  readonly penalties: boolean;
  readonly topK: boolean;
  /** Field for the end user's id, if any. @default "user" */
  readonly user: "user" | "safety_identifier" | "none";
  /** Whether `prompt_cache_key` is taken. @default false */
  readonly promptCacheKey: boolean;
  /** How reasoning is asked for. @default "reasoning_effort" */
  readonly reasoning: "reasoning_effort" | "reasoning" | "thinking" | "none";
  /** Own reasoning that must go back with the tool calls it led to. @default "none" */
  readonly echo: "reasoning_content" | "reasoning_details" | "none";
  /** How images may be given. @default "url" (data URLs and addresses) */
  readonly images: "url" | "data" | "none";
  readonly audio: boolean;
  /** Documents other than images (`file` parts). @default false */
  readonly files: boolean;
  /**
   * What shows that a streamed answer is whole. `finish-reason`: the model said why it stopped (`[DONE]` may follow or
   * not). `done`: `[DONE]` alone will do (Snowflake sends no reason). @default "finish-reason"
   */
  readonly end: "finish-reason" | "done";
  /** The host's own price in `usage`: the field, and how many of its units are one US dollar. @default none */
  readonly cost?: { readonly field: string; readonly perUsd: number };
  /** Sent with every request, under what the caller says. */
  readonly body: Readonly<Record<string, Json>>;
}

export const DEFAULT_QUIRKS: ChatQuirks = {
  maxTokens: "max_tokens",
  systemRole: "system",
  systemFirst: false,
  streamUsage: true,
  noText: "null",
  output: "json_schema",
  strict: true,
  objectTools: false,
  toolChoice: true,
  requiredTool: "required",
  parallelToolCalls: true,
  toolIds: "^.{1,40}$",
  seed: "seed",
  stop: true,
  penalties: true,
  topK: false,
  user: "user",
  promptCacheKey: false,
  reasoning: "reasoning_effort",
  echo: "none",
  images: "url",
  audio: false,
  files: false,
  end: "finish-reason",
  body: {},
};

/** OpenAI's own Chat Completions. */
export const OPENAI_QUIRKS: ChatQuirks = {
  ...DEFAULT_QUIRKS,
  maxTokens: "max_completion_tokens",
  objectTools: true,
  user: "safety_identifier",
  promptCacheKey: true,
  audio: true,
  files: true,
};

/** Who is spoken to, and how it differs. */
export interface ChatHost {
  /** The provider's name. */
  readonly provider: string;
  readonly quirks: ChatQuirks;
}
