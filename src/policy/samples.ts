/** The newest figures of something, oldest first. Pure. */
export type Samples = readonly number[];

export const addSample = (known: Samples | undefined, sample: number, most: number): Samples =>
  known === undefined ? [sample] : [...known.slice(known.length < most ? 0 : 1), sample];

/** What so large a share of them (above 0, at most 1) does not exceed. NaN where there are none. */
export const quantile = (samples: Samples, share: number): number => {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
};
