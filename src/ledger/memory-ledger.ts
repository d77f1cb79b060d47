import type { AmendmentRecord, CallRecord, LedgerEntry, LedgerSink, SpentQuery } from "../contract/index.ts";

/** A ledger in memory: the last entries, and the count of those that had to go. */
export interface MemoryLedger extends LedgerSink {
  /** Oldest first. */
  entries(): readonly LedgerEntry[];
  /** How many entries were dropped to make room. */
  readonly dropped: number;
  /** Of this process alone; `undefined` once entries of that time may have been dropped. */
  spent(query: SpentQuery): Promise<bigint | undefined>;
}

/**
 * Keeps the last `maxEntries` entries (default 10,000) in this process: for scripts, tests and a first look. It forgets
 * the oldest, and everything when the process ends.
 */
export const memoryLedger = ({ maxEntries = 10_000 }: { readonly maxEntries?: number } = {}): MemoryLedger => {
  const ring: LedgerEntry[] = [];
  let written = 0;
  let droppedUntilMs = Number.NEGATIVE_INFINITY;
  const entries = (): readonly LedgerEntry[] => {
    const start = written % maxEntries;
    return written <= maxEntries ? [...ring] : [...ring.slice(start), ...ring.slice(0, start)];
  };
  return {
    contract: 1,
    write(entry) {
      // Calls stand in the order of their ends; one that began later may have gone before one that began earlier.
      droppedUntilMs = Math.max(droppedUntilMs, ring[written % maxEntries]?.atMs ?? Number.NEGATIVE_INFINITY);
      ring[written % maxEntries] = entry;
      written += 1;
    },
    entries,
    get dropped() {
      return Math.max(0, written - maxEntries);
    },
    async spent(query) {
      return droppedUntilMs < query.sinceMs ? sumOf(entries(), query) : undefined;
    },
  };
};

/** A call counts in the window that it began in, with what was learnt of it later. */
const sumOf = (entries: readonly LedgerEntry[], { scope, sinceMs, untilMs }: SpentQuery): bigint | undefined => {
  const calls = new Set<string>();
  let sum = 0n;
  for (const entry of entries) {
    if (entry.type === "feedback") continue;
    if (entry.type === "call") {
      if (entry.atMs < sinceMs || entry.atMs >= untilMs || !isUnder(entry, scope)) continue;
      calls.add(entry.id);
    } else if (!calls.has(entry.callId)) continue;
    const cost = costOf(entry);
    if (cost === undefined) return undefined;
    sum += BigInt(cost);
  }
  return sum;
};

/** Of a call that asked nobody nothing is known, and nothing was spent. */
const costOf = ({ usage, costNanoUsd }: CallRecord | AmendmentRecord): number | undefined =>
  costNanoUsd ?? (usage === undefined ? 0 : undefined);

const isUnder = ({ tenant, keyId, tags }: CallRecord, { type, name }: SpentQuery["scope"]): boolean => {
  switch (type) {
    case "organization":
      return true;
    case "tenant":
      return tenant === name;
    case "key":
      return `${tenant}/${keyId}` === name;
    case "tag":
      return Object.entries(tags).some(([tag, value]) => `${tag}=${value}` === name);
    default:
      return false;
  }
};
