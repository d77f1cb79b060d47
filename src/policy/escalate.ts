import type { Ranked } from "../contract/index.ts";

/** After an answer that failed its schema: up in quality, not sideways. Where no quality is known, any other model. */
export const escalate = (others: readonly Ranked[], failed: Ranked): readonly Ranked[] => {
  const { quality } = failed;
  if (quality === undefined) return others;
  return others.filter((other) => (other.quality ?? Number.NEGATIVE_INFINITY) > quality);
};
