import type { ChatQuirks } from "./quirks.ts";

/** A host that is known by name. */
export interface Preset {
  /** Where it is. */
  readonly baseURL: string;
  /** Environment variable of its key; none for servers of one's own, which take any. */
  readonly variable?: string;
  readonly quirks: Partial<ChatQuirks>;
  /** `recordings`: read against recorded answers of the real host. `no`: after its documentation alone. */
  readonly verified: "recordings" | "no";
}

/** Servers of one's own: they take what they know and ignore the rest. */
const OWN_SERVER: Partial<ChatQuirks> = { user: "none", topK: true, parallelToolCalls: false };

export type PresetName =
  | "vllm"
  | "ollama"
  | "lmstudio"
  | "groq"
  | "together"
  | "fireworks"
  | "deepseek"
  | "mistral"
  | "xai"
  | "openrouter"
  | "cerebras";

/** By name. A difference that is not listed here is an option: `openaiCompatible({ preset, quirks })`. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  /** https://docs.vllm.ai/en/latest/serving/openai_compatible_server */
  vllm: {
    baseURL: "http://localhost:8000/v1",
    quirks: { ...OWN_SERVER, parallelToolCalls: true, audio: true },
    verified: "no",
  },
  /** https://docs.ollama.com/openai: images by data URL only, no `tool_choice`. */
  ollama: {
    baseURL: "http://localhost:11434/v1",
    quirks: { ...OWN_SERVER, topK: false, toolChoice: false, images: "data", strict: false, noText: "empty" },
    verified: "no",
  },
  /** https://lmstudio.ai/docs/app/api/endpoints/openai */
  lmstudio: { baseURL: "http://localhost:1234/v1", quirks: { ...OWN_SERVER, noText: "empty" }, verified: "no" },
  /** https://console.groq.com/docs/openai: stream usage also under `x_groq`. */
  groq: {
    baseURL: "https://api.groq.com/openai/v1",
    variable: "GROQ_API_KEY",
    quirks: { maxTokens: "max_completion_tokens" },
    verified: "recordings",
  },
  /** https://docs.together.ai/reference/chat-completions */
  together: {
    baseURL: "https://api.together.xyz/v1",
    variable: "TOGETHER_API_KEY",
    quirks: { topK: true, user: "none", parallelToolCalls: false },
    verified: "no",
  },
  /** https://docs.fireworks.ai/api-reference/post-chatcompletions */
  fireworks: {
    baseURL: "https://api.fireworks.ai/inference/v1",
    variable: "FIREWORKS_API_KEY",
    quirks: { topK: true },
    verified: "no",
  },
  /** https://api-docs.deepseek.com: JSON without a schema; reasoning goes back with the tool calls it led to. */
  deepseek: {
    baseURL: "https://api.deepseek.com",
    variable: "DEEPSEEK_API_KEY",
    quirks: {
      output: "json_object",
      strict: false,
      parallelToolCalls: false,
      seed: "none",
      user: "none",
      reasoning: "thinking",
      echo: "reasoning_content",
      images: "none",
      noText: "empty",
    },
    verified: "recordings",
  },
  /** https://docs.mistral.ai/api: unknown fields are refused (422), ids of tool calls are nine letters and digits. */
  mistral: {
    baseURL: "https://api.mistral.ai/v1",
    variable: "MISTRAL_API_KEY",
    quirks: {
      streamUsage: false,
      seed: "random_seed",
      requiredTool: "any",
      toolIds: "^[a-zA-Z0-9]{9}$",
      user: "none",
      noText: "empty",
    },
    verified: "recordings",
  },
  /** https://docs.x.ai/docs/api-reference: reasoning outside `completion_tokens`, a price in ticks of 10^-10 USD. */
  xai: {
    baseURL: "https://api.x.ai/v1",
    variable: "XAI_API_KEY",
    quirks: { maxTokens: "max_completion_tokens", cost: { field: "cost_in_usd_ticks", perUsd: 1e10 } },
    verified: "recordings",
  },
  /** https://openrouter.ai/docs/api-reference: its own price in `usage.cost`, opaque `reasoning_details`. */
  openrouter: {
    baseURL: "https://openrouter.ai/api/v1",
    variable: "OPENROUTER_API_KEY",
    quirks: {
      topK: true,
      reasoning: "reasoning",
      echo: "reasoning_details",
      files: true,
      audio: true,
      cost: { field: "cost", perUsd: 1 },
      body: { usage: { include: true } },
    },
    verified: "no",
  },
  /** https://inference-docs.cerebras.ai/api-reference/chat-completions: no penalties. */
  cerebras: {
    baseURL: "https://api.cerebras.ai/v1",
    variable: "CEREBRAS_API_KEY",
    quirks: { maxTokens: "max_completion_tokens", penalties: false, images: "none" },
    verified: "no",
  },
};
