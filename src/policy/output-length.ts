import { quantile, type Samples } from "./samples.ts";

/** Answers to a task that count; and how many it takes before they are believed. */
export const LENGTH_SAMPLES = 64;
const FEWEST_SAMPLES = 20;
/** So many of the newest answers were no longer; and what is added to that. */
const [COVERED, MARGIN] = [0.95, 1.25];
/** Where nothing limits an answer and nothing was learnt: more than nearly all need. */
const UNKNOWN_TOKENS = 4_096;
/** No vendor's figure is believed beyond this. */
const MOST_TOKENS = 1_000_000;

/** Output tokens that will do for nearly all answers like these. `undefined` while there are too few. */
export const longestOf = (samples: Samples): number | undefined => {
  if (samples.newest.length < FEWEST_SAMPLES) return undefined;
  return Math.max(1, Math.min(MOST_TOKENS, Math.ceil(quantile(samples, COVERED) * MARGIN)));
};

/** What to reserve: the limit that is sent, else what was learnt, else what is usual; never more than the model can give. */
export const reservedOutput = (
  maxOutputTokens: number | undefined,
  learnt: number | undefined,
  modelLimit: number | undefined,
): number => Math.min(maxOutputTokens ?? learnt ?? UNKNOWN_TOKENS, modelLimit ?? Number.POSITIVE_INFINITY);
