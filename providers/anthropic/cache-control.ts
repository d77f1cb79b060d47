import type { CacheControlEphemeral } from "@anthropic-ai/sdk/resources/messages/messages";
import type { CacheHint } from "../../src/kit/index.ts";

/** The vendor's own limit on breakpoints in one request. */
const MOST = 4;
const FIVE_MINUTES_MS = 5 * 60_000;
const LONGEST = "1h";

/** Anthropic sells two lifetimes: five minutes, and an hour at a higher price of writing. */
export const cacheControl = (hint: CacheHint): CacheControlEphemeral =>
  (hint.ttlMs ?? 0) > FIVE_MINUTES_MS ? { type: "ephemeral", ttl: LONGEST } : { type: "ephemeral" };

/** What the vendor caches, in its order: tools, system, messages. */
export interface Marked {
  readonly type?: string | null;
  cache_control?: CacheControlEphemeral | null;
}

const isMarked = (block: Marked): boolean => block.cache_control !== undefined && block.cache_control !== null;

/**
 * Holds the breakpoints, given in the order of the prompt, to what the vendor takes: at most four, of which the one for the
 * `whole` prompt is one, and never an hour after five minutes. Of too many, the first stays, since most requests share it,
 * and the last ones, since a conversation grows at its end. Returns the one for the whole prompt, which stands for the last
 * block's own: two of different lifetimes there are refused.
 */
export const limitBreakpoints = (
  blocks: readonly Marked[],
  whole: CacheControlEphemeral | undefined,
): CacheControlEphemeral | undefined => {
  const last = blocks.at(-1);
  let ttl = whole?.ttl;
  if (whole !== undefined && last !== undefined && isMarked(last)) {
    ttl ??= last.cache_control?.ttl ?? undefined;
    delete last.cache_control;
  }
  const marked = blocks.filter(isMarked);
  const spare = marked.length - (whole === undefined ? MOST : MOST - 1);
  if (spare > 0) for (const block of marked.splice(1, spare)) delete block.cache_control;
  const kept = whole && ofLifetime(ttl);
  for (const block of marked.reverse()) {
    if (ttl !== LONGEST) ttl = block.cache_control?.ttl ?? ttl;
    block.cache_control = ofLifetime(ttl);
  }
  return kept;
};

const ofLifetime = (ttl: CacheControlEphemeral["ttl"]): CacheControlEphemeral =>
  ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl };
