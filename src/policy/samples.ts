/** The newest figures of something. Pure. Each is put in its place as it comes, so that reading costs nothing. */
export interface Samples {
  /** Oldest first. */
  readonly newest: readonly number[];
  /** The same, least first. */
  readonly sorted: readonly number[];
}

const NONE: Samples = { newest: [], sorted: [] };

/** With one more; the oldest goes where there would be more than `most`. What is no number is left out. */
export const addSample = (known: Samples | undefined, sample: number, most: number): Samples => {
  const { newest, sorted } = known ?? NONE;
  if (Number.isNaN(sample)) return { newest, sorted };
  const isFull = newest.length >= most;
  const ordered = [...sorted];
  if (isFull) ordered.splice(placeOf(ordered, newest[0] ?? 0), 1);
  ordered.splice(placeOf(ordered, sample), 0, sample);
  return { newest: [...(isFull ? newest.slice(1) : newest), sample], sorted: ordered };
};

/** What so large a share of them (above 0, at most 1) does not exceed. NaN where there are none. */
export const quantile = ({ sorted }: Samples, share: number): number =>
  sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;

/** Of the first that is not less. */
const placeOf = (sorted: readonly number[], figure: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < figure) low = middle + 1;
    else high = middle;
  }
  return low;
};
