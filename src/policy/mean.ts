/** A mean that follows what comes: the newest `most` samples count for nearly all of it. Pure. */
export interface Mean {
  readonly value: number;
  readonly samples: number;
}

export const learnMean = (known: Mean | undefined, sample: number, most: number): Mean => {
  if (known === undefined) return { value: sample, samples: 1 };
  const samples = Math.min(known.samples + 1, most);
  return { value: known.value + (sample - known.value) / samples, samples };
};
