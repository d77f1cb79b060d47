const NANO_PER_USD = 1e9;

/** For people: nano-dollars as a number of dollars. */
export const usd = (nanoUsd: number | bigint): number => Number(nanoUsd) / NANO_PER_USD;

/** Exact sum; `undefined` as soon as one part is unknown, since unknown is never zero. */
export const sumNanoUsd = (parts: Iterable<number | undefined>): number | undefined => {
  let sum = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    sum += part;
  }
  return sum;
};
