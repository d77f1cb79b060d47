import type { Json } from "../../src/kit/index.ts";

/** `providerOptions[name]`: what a host alone has. */
export interface ChatRequestOptions {
  /** Which queue, where the host sells several; the answer's `providerMetadata.service_tier` says which it was. */
  readonly serviceTier?: string;
  readonly verbosity?: "low" | "medium" | "high";
  /** Whether the host keeps the answer. Default: its own. */
  readonly store?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Further fields of the body, in the host's own spelling; they win. */
  readonly body?: Readonly<Record<string, Json>>;
}
