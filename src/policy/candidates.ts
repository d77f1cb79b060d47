import { DEPTH } from "./band.ts";
import type { Field } from "./field.ts";
import type { Live } from "./live.ts";
import type { Expected, Wishes } from "./order.ts";

export interface Choosing {
  /** A model whose targets are looked at whatever they cost. */
  readonly first: string | undefined;
  readonly most: number;
  /** Share of a cost by which something else may raise it, at most. */
  readonly raised: number;
}

/**
 * The targets of which costs are worth finding out: of thousands the band, with whatever this call knows better of. Where so
 * much is out of order that the band does not hold, all of them.
 */
export const lookedAt = (
  field: Field,
  { learnt, warm }: Pick<Expected, "learnt" | "warm">,
  { first, behind, most }: Pick<Wishes, "first" | "behind" | "most">,
  live: Live,
): Int32Array => {
  const { ground, able } = field;
  if (able.length <= 2 * DEPTH) return able;
  const extra: number[] = [];
  const band = field.band();
  if (band === undefined) return able;
  const { targets, holds } = band;
  for (const model of learnt?.keys() ?? []) extra.push(...targetsOf(ground, model));
  if (first !== undefined) extra.push(...targetsOf(ground, first));
  const at = warm === undefined ? undefined : ground.ofTarget.get(warm.target);
  if (at !== undefined) extra.push(at);
  let unsure = extra.length + downIn(targets, ground, live);
  for (const model of behind) unsure += targetsOf(ground, model).length;
  if (unsure + most > DEPTH) return able;
  const added = extra.filter(
    (index, place) => holds[index] !== 1 && extra.indexOf(index) === place && has(able, index),
  );
  return added.length === 0 ? targets : Int32Array.from([...targets, ...added]);
};

const targetsOf = ({ ofModel, targets }: Field["ground"], model: string): readonly number[] => {
  const found: number[] = [];
  const from = ofModel.get(model) ?? targets.length;
  for (let index = from; targets[index]?.model.name === model; index += 1) found.push(index);
  return found;
};

const downIn = (indexes: Int32Array, ground: Field["ground"], live: Live): number => {
  if (live.down === undefined || live.down.size === 0) return 0;
  const isDown = isDownIn(ground, live);
  return indexes.reduce((count, index) => count + (isDown(index) ? 1 : 0), 0);
};

/** Whether a sorted list has it. */
const has = (sorted: Int32Array, wanted: number): boolean => {
  let [from, until] = [0, sorted.length];
  while (from < until) {
    const middle = (from + until) >> 1;
    if ((sorted[middle] ?? 0) < wanted) from = middle + 1;
    else until = middle;
  }
  return sorted[from] === wanted;
};

const isDownIn =
  ({ targets }: Field["ground"], { down }: Live) =>
  (index: number): boolean =>
    down !== undefined && down.size > 0 && down.has(targets[index]?.id ?? "");

/** More are not looked at, however equal they are. */
const MOST_CANDIDATES = 64;

/**
 * Indexes of the targets that may come to stand among the first `most`, in no order: the cheapest, and whatever is so
 * near to the last of them that speed may move it before that. Who is down is taken only where others are too few.
 */
export const candidates = (
  { ground }: Field,
  able: Int32Array,
  costs: Float64Array,
  { first, most, raised }: Choosing,
  live: Live,
): Iterable<number> => {
  if (able.length <= most) return able;
  const isDown = isDownIn(ground, live);
  const dearest = nth(able, costs, most, isDown) * (1 + raised);
  const near: number[] = [];
  for (const index of able) {
    if ((costs[index] ?? 0) <= dearest && !isDown(index)) near.push(index);
  }
  if (near.length < most) for (const index of able) if (isDown(index)) near.push(index);
  if (near.length > MOST_CANDIDATES) {
    near.sort(
      (one, other) => (costs[one] ?? 0) - (costs[other] ?? 0) || (ground.hash[one] ?? 0) - (ground.hash[other] ?? 0),
    );
    near.length = MOST_CANDIDATES;
  }
  return first === undefined ? near : withFirst(near, able, ground, first);
};

/** The cost that `most` targets do not exceed, without those that are down. */
const nth = (able: Int32Array, costs: Float64Array, most: number, isDown: (index: number) => boolean): number => {
  const kept: number[] = [];
  for (const index of able) {
    const cost = costs[index] ?? 0;
    if ((kept.length === most && cost >= (kept[most - 1] ?? 0)) || isDown(index)) continue;
    let at = Math.min(kept.length, most - 1);
    while (at > 0 && (kept[at - 1] ?? 0) > cost) {
      kept[at] = kept[at - 1] ?? 0;
      at -= 1;
    }
    kept[at] = cost;
  }
  return kept.length < most ? Number.POSITIVE_INFINITY : (kept[most - 1] ?? 0);
};

const withFirst = (
  near: readonly number[],
  able: Int32Array,
  { targets }: Field["ground"],
  first: string,
): Iterable<number> => {
  const all = new Set(near);
  for (const index of able) if (targets[index]?.model.name === first) all.add(index);
  return all;
};
