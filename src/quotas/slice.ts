/** A slice covers so many round trips, and at least so long. */
const ROUND_TRIPS = 4;
const LEAST_MS = 200;
/** At most one part in so many of what is left, for each holder. */
const PARTS_OF_LEFT = 2;
/** Fewer calls than this are not worth holding. */
const LEAST_CALLS = 2;

/** For how much of its demand a holder holds ahead, in milliseconds. */
export const horizonMs = (roundTripMs: number): number => Math.max(LEAST_MS, ROUND_TRIPS * roundTripMs);

/**
 * What a process should hold ahead of one counter, so that most calls need no round trip: the demand of the next moment, less
 * as the limit nears (at most half of its share of what is left), nothing once that is too little for two calls, so that
 * nobody hoards what others need. Pure.
 */
export const sliceOf = (
  demandPerMs: number,
  aheadMs: number,
  left: number,
  holders: number,
  amountOfCall: number,
): number => {
  const most = Math.floor(left / (PARTS_OF_LEFT * Math.max(1, holders)));
  const slice = Math.min(Math.ceil(demandPerMs * aheadMs), most);
  return slice < LEAST_CALLS * amountOfCall ? 0 : Math.max(0, slice);
};

/** A demand that follows what is asked for: half of what it was counts after about a tenth of a second. Pure. */
export const followed = (demandPerMs: number, asked: number, elapsedMs: number): number => {
  if (elapsedMs <= 0) return demandPerMs;
  const weight = 1 - 0.5 ** (elapsedMs / HALF_LIFE_MS);
  return demandPerMs + (asked / elapsedMs - demandPerMs) * weight;
};

const HALF_LIFE_MS = 100;
