import { LRUCache } from "lru-cache";
import type { CacheEntry, CacheStore } from "../../contract/index.ts";

interface Entry extends CacheEntry {
  readonly tags: readonly string[];
}

/** JavaScript keeps two bytes a letter, and some more for each entry. */
const BYTES_PER_LETTER = 2;
const BYTES_PER_ENTRY = 200;

/** A cache in this process: what was not used for the longest goes first when `maxBytes` are full. */
export const memoryCache = (now: () => number, maxBytes: number): CacheStore => {
  const keysByTag = new Map<string, Set<string>>();
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    sizeCalculation: ({ value }, key) => (key.length + value.length) * BYTES_PER_LETTER + BYTES_PER_ENTRY,
    dispose: ({ tags }, key) => {
      for (const tag of tags) untag(keysByTag, tag, key);
    },
  });
  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.expiresAtMs > now()) return { value: entry.value, expiresAtMs: entry.expiresAtMs };
      entries.delete(key);
      return undefined;
    },
    async set(key, value, { expiresAtMs, tags = [] }) {
      // What stood there is untagged before the new one is tagged.
      entries.delete(key);
      if (expiresAtMs <= now()) return;
      entries.set(key, { value, expiresAtMs, tags });
      // One that is larger than the whole cache was not kept.
      if (entries.has(key)) for (const tag of tags) keysByTag.set(tag, (keysByTag.get(tag) ?? new Set()).add(key));
    },
    async delete(key) {
      entries.delete(key);
    },
    async invalidate(tag) {
      for (const key of [...(keysByTag.get(tag) ?? [])]) entries.delete(key);
    },
  };
};

const untag = (keysByTag: Map<string, Set<string>>, tag: string, key: string): void => {
  const keys = keysByTag.get(tag);
  keys?.delete(key);
  if (keys?.size === 0) keysByTag.delete(tag);
};
