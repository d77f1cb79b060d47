import type { CacheHint, Concede, FilePart, JsonObject } from "../../src/kit/index.ts";

const FIVE_MINUTES_MS = 5 * 60_000;

/**
 * The key of `providerOptions` that a model reads. By convention its provider's name up to the first dot, in camel case
 * since V4; Anthropic's models read `anthropic` at other hosts too, Bedrock's `bedrock`, Azure's `openai` before V4.
 */
export const optionsKeyOf = ({
  provider,
  specificationVersion,
}: {
  readonly provider: string;
  readonly specificationVersion: string;
}): string => {
  if (provider.includes("anthropic")) return "anthropic";
  if (provider.includes("bedrock")) return "bedrock";
  if (provider.startsWith("azure-openai")) return "openai";
  const [first = ""] = provider.split(".");
  if (specificationVersion !== "v4") return first.trim();
  return first.trim().replace(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
};

/** Cache breakpoints, in the words of those providers that have some. */
const BREAKPOINTS: Readonly<Record<string, (hint: CacheHint) => JsonObject>> = {
  anthropic: ({ ttlMs = 0 }) => ({
    cacheControl: ttlMs > FIVE_MINUTES_MS ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" },
  }),
  bedrock: () => ({ cachePoint: { type: "default" } }),
  openrouter: () => ({ cacheControl: { type: "ephemeral" } }),
};
/** Providers that take a key for their prompt cache, and their word for it. */
const CACHE_KEYS: Readonly<Record<string, string>> = { openai: "promptCacheKey", azure: "promptCacheKey" };
/** Providers that can be told how closely to look at an image. */
const DETAILS: Readonly<Record<string, string>> = { openai: "imageDetail", azure: "imageDetail" };

/** What a part asks for besides, in the words of the provider. */
export const hintsOf = (
  part: { readonly promptCache?: CacheHint; readonly detail?: FilePart["detail"] },
  key: string,
  cache: boolean,
): JsonObject => {
  const breakpoint = cache && part.promptCache !== undefined ? BREAKPOINTS[key]?.(part.promptCache) : undefined;
  const word = part.detail === undefined ? undefined : DETAILS[key];
  const hints = { ...breakpoint, ...(word !== undefined && part.detail !== undefined && { [word]: part.detail }) };
  return Object.keys(hints).length === 0 ? {} : { [key]: hints };
};

/** Tells of hints that this provider has no word for. A hint is no order: it is left out under `strict` too. */
export const concedeHints = (
  { promptCache, detail }: { readonly promptCache?: CacheHint; readonly detail?: FilePart["detail"] },
  key: string,
  path: string,
  concede: Concede,
): void => {
  if (promptCache !== undefined && !Object.hasOwn(BREAKPOINTS, key)) {
    concede("other", path, `The AI SDK's "${key}" is not known to have cache breakpoints: the hint was left out.`);
  }
  if (detail !== undefined && detail !== "auto" && !Object.hasOwn(DETAILS, key)) {
    concede("other", `${path}.detail`, `The AI SDK's "${key}" is not told how closely to look at an image.`);
  }
};

/** `promptCache.key`, where the provider has one. */
export const cacheKeyOf = (wished: string | undefined, key: string, concede: Concede): JsonObject => {
  if (wished === undefined) return {};
  const word = CACHE_KEYS[key];
  if (word !== undefined) return { [word]: wished };
  concede("other", "promptCache.key", `The AI SDK's "${key}" is not known to take a cache key: it was left out.`);
  return {};
};
