import type { ResponseCreateParamsBase, ResponseInputText } from "openai/resources/responses/responses";
import type { CacheHint, Concede, GenerateCall } from "../../src/kit/index.ts";
import { cacheKey, concedeLifetime, HALF_HOUR_MS, takesCacheOptions } from "../openai-compatible/base.ts";

type Breakpoint = NonNullable<ResponseInputText["prompt_cache_breakpoint"]>;

/** The mark of a part that the prompt is to be cached up to; nothing where there is no hint, or the model takes none. */
export type BreakpointOf = (part: { readonly promptCache?: CacheHint }) => {
  prompt_cache_breakpoint?: Breakpoint;
};

export interface PromptCache {
  readonly fields: Pick<ResponseCreateParamsBase, "prompt_cache_key" | "prompt_cache_options">;
  readonly breakpoint: BreakpointOf;
}

const TWELVE_HOURS_MS = 43_200_000;

/** What OpenAI sells: half an hour, or twelve. */
const lifetime = (ttlMs: number): "30m" | "12h" => (ttlMs > HALF_HOUR_MS ? "12h" : "30m");

/** All models cache by themselves; newer ones take breakpoints and a lifetime (the registry says so). */
export const promptCache = (call: GenerateCall, concede: Concede): PromptCache => {
  const { promptCache: wish } = call.request;
  if (wish === "off") return { fields: {}, breakpoint: () => ({}) };
  const isTaken = takesCacheOptions(call.model);
  const tell = (ttlMs: number | undefined): void => concedeLifetime(ttlMs, isTaken ? TWELVE_HOURS_MS : 0, concede);
  const ttlMs = typeof wish === "object" ? wish.ttlMs : undefined;
  tell(ttlMs);
  return {
    fields: {
      ...cacheKey(call),
      ...(isTaken && ttlMs !== undefined && { prompt_cache_options: { ttl: lifetime(ttlMs) } }),
    },
    breakpoint({ promptCache: hint }) {
      tell(hint?.ttlMs);
      if (hint === undefined || !isTaken) return {};
      const ttl = hint.ttlMs === undefined ? {} : { ttl: lifetime(hint.ttlMs) };
      return { prompt_cache_breakpoint: { mode: "explicit", ...ttl } };
    },
  };
};
