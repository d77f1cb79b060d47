import type { Concede, GenerateCall, GenerateRequest, ProviderModel } from "../../src/kit/index.ts";
import type { ChatQuirks } from "./quirks.ts";

interface CacheFields {
  prompt_cache_key?: string;
  prompt_cache_options?: { ttl: "30m" };
}

/** Calls of one conversation share a prompt, and so the vendor's cache of it. */
export const cacheKey = ({ request }: GenerateCall): { prompt_cache_key?: string } => {
  const { promptCache, conversation } = request;
  if (promptCache === "off") return {};
  const key = (typeof promptCache === "object" ? promptCache.key : undefined) ?? conversation;
  return key === undefined ? {} : { prompt_cache_key: key };
};

/**
 * Registry: `options.cacheOptions`. Whether a model takes `prompt_cache_options` and breakpoints (gpt-5.6 and later do;
 * others answer 400). All of OpenAI's models cache by themselves.
 */
export const takesCacheOptions = ({ options }: ProviderModel): boolean => options["cacheOptions"] === true;

/** The wish to have the prompt cached, as far as the host takes one. */
export const promptCache = (call: GenerateCall, quirks: ChatQuirks, concede: Concede): CacheFields => {
  const { promptCache: wish } = call.request;
  if (!quirks.promptCacheKey) {
    const isWished = typeof wish === "object" || (wish !== "off" && hasHints(call.request));
    if (isWished) concede("other", "promptCache", "The host caches prompts as it likes, and takes no hints.");
    return {};
  }
  const ttlMs = typeof wish === "object" ? wish.ttlMs : undefined;
  concedeLifetime(ttlMs, takesCacheOptions(call.model) ? HALF_HOUR_MS : 0, concede);
  return { ...cacheKey(call), ...(ttlMs !== undefined && takesCacheOptions(call.model) && OPTIONS) };
};

export const HALF_HOUR_MS = 1_800_000;
const OPTIONS = { prompt_cache_options: { ttl: "30m" } } as const;

/** Says that a wished lifetime is not sold. */
export const concedeLifetime = (ttlMs: number | undefined, longestMs: number, concede: Concede): void => {
  if (ttlMs === undefined || ttlMs <= longestMs) return;
  concede("other", "promptCache.ttlMs", "Prompts are cached for as long as the vendor likes.");
};

const hasHints = ({ messages }: GenerateRequest): boolean =>
  messages.some(
    ({ content }) =>
      typeof content !== "string" && content.some((part) => "promptCache" in part && part.promptCache !== undefined),
  );
