import type { Counter, Level } from "../contract/index.ts";
import { PARTS } from "./counter-state.ts";

/** Used by all holders together, in what counts now. */
export const usedIn = ({ slots }: Level): number => {
  let sum = 0;
  for (const { used } of slots) sum += used;
  return sum;
};

/** What is left of a counter, as a claim's answer tells it. Below 0: more is used than there is. */
export const leftOf = (level: Level, counter: Counter): number =>
  counter.type === "bucket" ? Math.floor(level.level / PARTS) : counter.cap - usedIn(level) - level.held;

/** A level as it is some time after it was heard, if nobody did anything since: refilled, its windows moved on. */
export const levelAt = (level: Level, counter: Counter, heardAtMs: number, nowMs: number): Level => {
  if (nowMs <= heardAtMs) return level;
  if (counter.type === "bucket") {
    const full = (counter.cap - level.held) * PARTS;
    return { ...level, level: Math.min(full, level.level + (nowMs - heardAtMs) * counter.perMinute) };
  }
  if (counter.type === "rolling") {
    const oldest = nowMs - counter.slotMs * (counter.slots + 1);
    return { ...level, slots: level.slots.filter(({ start }) => start > oldest) };
  }
  const isOver = counter.type === "calendar" && (level.slots.at(-1)?.end ?? 0) <= nowMs;
  return isOver ? { ...level, held: 0, slots: [] } : level;
};

/**
 * Milliseconds after `nowMs` until `need` fits, if nobody else comes first and what others hold stays held; `undefined`
 * where that is not a matter of time: it is more than the limit itself, or others must end first.
 */
export const waitMs = (level: Level, counter: Counter, need: number, nowMs: number): number | undefined => {
  if (need <= leftOf(level, counter)) return 0;
  if (need > counter.cap) return undefined;
  switch (counter.type) {
    case "bucket":
      return Math.ceil((need * PARTS - level.level) / counter.perMinute);
    case "calendar": {
      const endsAtMs = level.slots[0]?.end ?? 0;
      return endsAtMs > nowMs ? endsAtMs - nowMs : undefined;
    }
    case "rolling":
      return leavesAt(level, counter, need, nowMs);
    default:
      return undefined;
  }
};

/** When so many slots have left that it fits. */
const leavesAt = (
  level: Level,
  counter: Counter & { readonly type: "rolling" },
  need: number,
  nowMs: number,
): number | undefined => {
  let left = leftOf(level, counter);
  for (const { start, used } of level.slots) {
    left += used;
    if (left >= need) return Math.max(1, start + counter.slotMs * (counter.slots + 1) - nowMs);
  }
  return undefined;
};
