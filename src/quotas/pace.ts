// When a process speaks to its store, and for how long it believes what it heard. Milliseconds, where nothing else is said.

/** Part of a lease after which what is held counts no more here: the store's clock began later than this one. */
export const LEASE_MARGIN = 0.9;
/** Claims a lease, where nothing else is to be said. */
export const RENEWALS = 3;
/** After so long without a call nothing is held ahead. */
export const IDLE_MS = 200;
/** Settlements wait for so long, for another claim to ride on. */
export const LAZY_MS = 50;
/** After so long without a call, and with nothing open, all is forgotten. */
export const FORGET_MS = 60_000;
/** A level older than this is no measure of what is left. */
export const STALE_MS = 2_000;
/** Between two attempts at a store that does not answer, and up to a fifth more. */
export const RETRY_MS = 250;
/** By when, besides a timeout, all other processes have tried again too: each waits for that, and then once more for its turn. */
export const RETURN_MS = 600;
export const MOST_STALE = 5;
