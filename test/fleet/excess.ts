/** What was let in beyond a rate, in whichever window. */

export interface Event {
  readonly atMs: number;
  readonly amount: number;
}

/**
 * The most that any window holds beyond `burst` and its share of `perMinute`; below 0: so much less. Times are whole
 * milliseconds, so a window may have been one longer than it seems. Of all windows that begin and end with an event, which
 * are those that count.
 */
export const excessOf = (
  events: readonly Event[],
  burst: number,
  perMinute: number,
  given: readonly Event[] = [],
): number => {
  const sorted = events.toSorted((one, other) => one.atMs - other.atMs);
  const before = sumUntil(given);
  let taken = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let worst = Number.NEGATIVE_INFINITY;
  for (const { atMs, amount } of sorted) {
    const refilled = (atMs * perMinute) / 60_000;
    lowest = Math.min(lowest, taken - refilled - before.strictly(atMs));
    taken += amount;
    worst = Math.max(worst, taken - ((atMs + 1) * perMinute) / 60_000 - before.until(atMs) - lowest);
  }
  return worst - burst;
};

/** The most that any window of `widthMs` holds, its end excluded. */
export const mostInWindow = (events: readonly Event[], widthMs: number): number => {
  const sorted = events.toSorted((one, other) => one.atMs - other.atMs);
  let [most, within, first] = [0, 0, 0];
  for (const { atMs, amount } of sorted) {
    within += amount;
    while ((sorted[first]?.atMs ?? 0) <= atMs - widthMs) {
      within -= sorted[first]?.amount ?? 0;
      first += 1;
    }
    most = Math.max(most, within);
  }
  return most;
};

const sumUntil = (events: readonly Event[]): { strictly(atMs: number): number; until(atMs: number): number } => {
  const sorted = events.toSorted((one, other) => one.atMs - other.atMs);
  const sums = [0];
  for (const { amount } of sorted) sums.push((sums.at(-1) ?? 0) + amount);
  const reached = (isIn: (atMs: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isIn(sorted[middle]?.atMs ?? 0)) low = middle + 1;
      else high = middle;
    }
    return sums[low] ?? 0;
  };
  return { strictly: (atMs) => reached((each) => each < atMs), until: (atMs) => reached((each) => each <= atMs) };
};
