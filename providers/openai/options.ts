import type { ChatRequestOptions } from "../openai-compatible/base.ts";

/** `providerOptions.openai`: what OpenAI alone has. */
export interface OpenAIRequestOptions extends ChatRequestOptions {
  /** `flex` is cheaper and slower, `priority` dearer and faster; the answer's `providerMetadata.service_tier` says which it was. */
  readonly serviceTier?: "auto" | "default" | "flex" | "priority" | "scale";
  /** Whether OpenAI keeps the answer for 30 days. @default false (OpenAI's own default is true) */
  readonly store?: boolean;
}

/** Which of OpenAI's two APIs a model is asked by. */
export type OpenAIApi = "responses" | "chat";
