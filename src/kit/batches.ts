/** A list in pieces of at most `size`, in order: vendors take only so many texts at once. */
export const batchesOf = <T>(all: readonly T[], size: number): readonly (readonly T[])[] => {
  const batches: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += size) batches.push(all.slice(from, from + size));
  return batches;
};
