import type { Json } from "../../src/kit/index.ts";

/** `providerOptions.openai`: what OpenAI alone has. */
export interface OpenAIRequestOptions {
  /** `flex` is cheaper and slower, `priority` dearer and faster; the answer's `providerMetadata.service_tier` says which it was. */
  readonly serviceTier?: "auto" | "default" | "flex" | "priority" | "scale";
  readonly verbosity?: "low" | "medium" | "high";
  /** Whether OpenAI keeps the answer for 30 days. @default false (OpenAI's own default is true) */
  readonly store?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Further fields of the body, in OpenAI's own spelling; they win. */
  readonly body?: Readonly<Record<string, Json>>;
}

/** Which of OpenAI's two APIs a model is asked by. */
export type OpenAIApi = "responses" | "chat";
