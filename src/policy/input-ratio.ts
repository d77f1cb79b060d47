import type { InputRatio, Measure } from "./estimate.ts";
import { ratioOf } from "./estimate.ts";
import { quantile, type Samples } from "./samples.ts";

/** Answers of a model that count; and how many it takes before they are believed. */
export const RATIO_SAMPLES = 64;
const FEWEST_SAMPLES = 20;
/** A shorter prompt is mostly what vendors wrap around it, and says little of its text. */
const FEWEST_BYTES = 400;
/** Files may be this share of what was reported. Their own figure is on the safe side: taken off, it would leave too little. */
const MOST_FILES = 0.1;
/** No vendor's figure is believed beyond these: six bytes a token, and a token a byte. */
const [LEAST, MOST] = [1 / 6, 1];
/** So many of the newest answers needed no more, by itself; and what is added to that. */
const [COVERED, MARGIN] = [0.95, 1.15];

/** What an answer teaches of its model: tokens that a byte of text made. `undefined` where it teaches nothing. */
export const ratioSample = (measure: Measure, fileTokens: number, reported: number): number | undefined => {
  if (measure.textBytes < FEWEST_BYTES || !(fileTokens <= reported * MOST_FILES)) return undefined;
  const ratio = ratioOf(measure, reported);
  return Number.isFinite(ratio) ? Math.min(MOST, Math.max(LEAST, ratio)) : undefined;
};

/** The rule that a model's newest answers make. `undefined` while there are too few. */
export const learntRatio = (samples: Samples): InputRatio | undefined => {
  if (samples.newest.length < FEWEST_SAMPLES) return undefined;
  return { most: Math.min(MOST, quantile(samples, COVERED) * MARGIN), likely: quantile(samples, 0.5) };
};
