import type { CacheHint, Concede, GenerateCall, GenerateRequest, Part, ProviderModel } from "../../src/kit/index.ts";
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
  const hints = wish === "off" ? [] : hintsIn(call.request);
  if (!quirks.promptCacheKey) {
    if (typeof wish === "object" || hints.length > 0)
      concede("other", "promptCache", "The host caches prompts as it likes, and takes no hints.");
    return {};
  }
  if (hints.some((hint) => hint.ttlMs !== undefined || takesCacheOptions(call.model))) {
    concede(
      "other",
      "promptCache",
      "Marks in a prompt are taken by the Responses API alone: here it is cached unasked.",
    );
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

/** Marks of parts, those inside results among them. */
const hintsIn = ({ messages }: GenerateRequest): readonly CacheHint[] =>
  messages.flatMap(({ content }) => (typeof content === "string" ? [] : content.flatMap(hintsOf)));

const hintsOf = (part: Part): readonly CacheHint[] => {
  const own = "promptCache" in part && part.promptCache !== undefined ? [part.promptCache] : [];
  if (part.type !== "tool-result" || typeof part.output === "string" || part.output.type !== "parts") return own;
  return [...own, ...part.output.parts.flatMap(hintsOf)];
};
