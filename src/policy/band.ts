import type { Ground } from "./ground.ts";

/** So many others have to be cheaper in every case before a target is passed over. */
export const DEPTH = 40;

/**
 * The targets that may come to stand among the first few, whatever the length of prompt and answer: those that fewer than
 * `DEPTH` others undercut in both prices, by more than speed may cost (`raised`, a share). Of thousands it leaves a few hundred to look
 * at. A price that depends on the length of the input undercuts nobody, and is never passed over. Pure.
 */
export const bandOf = ({ inputRate, outputRate, tiered }: Ground, able: Int32Array, raised: number): Int32Array => {
  const input = (index: number): number => inputRate[index] ?? 0;
  const output = (index: number): number => outputRate[index] ?? 0;
  const plain = able.filter((index) => tiered[index] !== 1);
  const byInput = plain.toSorted((one, other) => input(one) - input(other));
  const outputs = Float64Array.from(plain, output).sort();
  const counted = new Uint32Array(outputs.length + 1);
  const kept: number[] = able.filter((index) => tiered[index] === 1) as unknown as number[];
  const band: number[] = [...kept];
  let cheaper = 0;
  for (const index of byInput) {
    // Whoever is cheaper by input, with the share on top, is counted under its output price.
    while (input(byInput[cheaper] ?? index) * (1 + raised) < input(index)) {
      add(counted, rankBelow(outputs, output(byInput[cheaper] ?? index)));
      cheaper += 1;
    }
    if (sum(counted, rankBelow(outputs, output(index) / (1 + raised))) < DEPTH) band.push(index);
  }
  return Int32Array.from(band).sort();
};

/** How many of the sorted figures are below this one. */
const rankBelow = (sorted: Float64Array, figure: number): number => {
  let [from, until] = [0, sorted.length];
  while (from < until) {
    const middle = (from + until) >> 1;
    if ((sorted[middle] ?? 0) < figure) from = middle + 1;
    else until = middle;
  }
  return from;
};

/** A Fenwick tree: how many were counted at ranks below this one. */
const sum = (tree: Uint32Array, rank: number): number => {
  let total = 0;
  for (let at = rank; at > 0; at -= at & -at) total += tree[at] ?? 0;
  return total;
};

const add = (tree: Uint32Array, rank: number): void => {
  for (let at = rank + 1; at < tree.length; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
};
