import type { LedgerEntry, LedgerSink } from "../contract/index.ts";

/** A ledger in memory: the last entries, and the count of those that had to go. */
export interface MemoryLedger extends LedgerSink {
  /** Oldest first. */
  entries(): readonly LedgerEntry[];
  /** How many entries were dropped to make room. */
  readonly dropped: number;
}

/**
 * Keeps the last `maxEntries` entries (default 10,000) in this process: for scripts, tests and a first look. It forgets
 * the oldest, and everything when the process ends.
 */
export const memoryLedger = ({ maxEntries = 10_000 }: { readonly maxEntries?: number } = {}): MemoryLedger => {
  const ring: LedgerEntry[] = [];
  let written = 0;
  return {
    contract: 1,
    write(entry) {
      ring[written % maxEntries] = entry;
      written += 1;
    },
    entries() {
      const start = written % maxEntries;
      return written <= maxEntries ? [...ring] : [...ring.slice(start), ...ring.slice(0, start)];
    },
    get dropped() {
      return Math.max(0, written - maxEntries);
    },
  };
};
