import type { Clock, Store } from "../../contract/index.ts";
import { memoryCache } from "./memory-cache.ts";
import { memoryDocuments } from "./memory-documents.ts";
import { memoryQuotas } from "./memory-quotas.ts";
import { memorySignals } from "./memory-signals.ts";

export interface MemoryStoreOptions {
  /** Default: the system's. */
  readonly clock?: Pick<Clock, "now">;
  /** How much the cache may keep, in bytes; what was not used for the longest goes first. Default 64 MiB. */
  readonly maxCacheBytes?: number;
}

const MAX_CACHE_BYTES = 64 * 1024 * 1024;

/**
 * A store in this process. Nothing in it outlives the process, and no other sees it: with four of them, four times the
 * limits are admitted.
 */
export const memoryStore = ({
  clock = Date,
  maxCacheBytes = MAX_CACHE_BYTES,
}: MemoryStoreOptions = {}): Required<Omit<Store, "close">> => {
  if (!Number.isSafeInteger(maxCacheBytes) || maxCacheBytes < 1) {
    throw new TypeError(`Expected \`maxCacheBytes\` to be an integer from 1 up, got \`${maxCacheBytes}\``);
  }
  const now = (): number => Math.floor(clock.now());
  return {
    contract: 1,
    name: "memory",
    shared: false,
    quotas: memoryQuotas(now),
    cache: memoryCache(now, maxCacheBytes),
    signals: memorySignals(now),
    documents: memoryDocuments(),
  };
};
