import type { CacheControlEphemeral, ContentBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { CacheHint } from "../../src/kit/index.ts";

/** The vendor's own limit on breakpoints in one request. */
const MOST = 4;
const FIVE_MINUTES_MS = 5 * 60_000;

/** A block that may carry a breakpoint; thinking may not. */
export type Cacheable = Exclude<ContentBlockParam, { readonly type: "thinking" | "redacted_thinking" }>;

/** Anthropic sells two lifetimes: five minutes, and an hour at a higher price of writing. */
export const cacheControl = (hint: CacheHint): CacheControlEphemeral =>
  (hint.ttlMs ?? 0) > FIVE_MINUTES_MS ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };

const isMarked = (block: ContentBlockParam): block is Cacheable & { cache_control?: CacheControlEphemeral } =>
  "cache_control" in block;

/**
 * Holds the breakpoints, given in the order of the prompt, to what the vendor takes: at most four, of which the
 * one for the `whole` prompt is one, and never an hour after five minutes. Of too many, the first stays, since most requests share it, and the
 * last ones, since a conversation grows at its end.
 */
export const limitBreakpoints = (
  blocks: readonly ContentBlockParam[],
  whole: CacheControlEphemeral | undefined,
): void => {
  const marked = blocks.filter(isMarked);
  const spare = marked.length - (whole === undefined ? MOST : MOST - 1);
  if (spare > 0) for (const block of marked.splice(1, spare)) delete block.cache_control;
  let ttl = whole?.ttl;
  for (const block of marked.reverse()) {
    ttl ??= block.cache_control?.ttl;
    if (ttl !== undefined) block.cache_control = { type: "ephemeral", ttl };
  }
};
