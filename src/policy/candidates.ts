import type { Field } from "./field.ts";
import type { Live } from "./live.ts";

export interface Choosing {
  /** A model whose targets are looked at whatever they cost. */
  readonly first: string | undefined;
  readonly most: number;
  /** Share of a cost by which something else may raise it, at most. */
  readonly raised: number;
}

/** More are not looked at, however equal they are. */
const MOST_CANDIDATES = 64;

/**
 * Indexes of the targets that may come to stand among the first `most`, in no order: the cheapest, and whatever is so
 * near to the last of them that speed may move it before that. Who is down is taken only where others are too few.
 */
export const candidates = (
  { ground, able }: Field,
  costs: Float64Array,
  { first, most, raised }: Choosing,
  live: Live,
): Iterable<number> => {
  if (able.length <= most) return able;
  const isDown = (index: number): boolean => live.isDown?.(ground.targets[index]?.id ?? "") === true;
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
