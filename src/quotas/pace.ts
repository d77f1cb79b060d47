/** When a process speaks to its store, and for how long it believes what it heard. Milliseconds, where nothing else is said. */
export const PACE = {
  /** Part of a lease after which what is held counts no more here: the store's clock began later than this one. */
  leaseMargin: 0.9,
  /** Claims a lease, where nothing else is to be said. */
  renewals: 3,
  /** After so long without a call nothing is held ahead. */
  idleMs: 200,
  /** Settlements wait for so long, for another claim to ride on. */
  lazyMs: 50,
  /** After so long without a call, and with nothing open, all is forgotten. */
  forgetMs: 60_000,
  /** A level older than this is no measure of what is left. */
  staleMs: 2_000,
  /** Between two attempts at a store that does not answer, and up to a fifth more. */
  retryMs: 250,
  /** By when, besides a timeout, all other processes have tried again too: each waits for that, and then once more for its turn. */
  returnMs: 600,
  mostStale: 5,
} as const;
