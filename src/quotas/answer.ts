import type { Claim, Granted, Level, Slot } from "../contract/index.ts";
import { isObject } from "../kit/json.ts";

/**
 * A store may be anybody's: what it answers to a claim is looked at before it is believed. One wrong figure would be counted
 * with for ever. Throws a `TypeError` that says what is wrong, without the answer itself.
 */
export const checkedAnswer = (answer: unknown, { positions }: Claim): Granted => {
  const wrong = isObject(answer) ? wrongIn(answer as Partial<Granted>, positions) : "an object";
  if (wrong === undefined) return answer as Granted;
  throw new TypeError(`The store's answer to a claim is none: expected ${wrong}`);
};

const wrongIn = (
  { nowMs, born, stale, holders, granted, levels }: Partial<Granted>,
  positions: Claim["positions"],
): string | undefined => {
  if (!areIntegers(nowMs, born, holders)) return "`nowMs`, `born` and `holders` to be integers";
  if (typeof stale !== "boolean") return "`stale` to be a boolean";
  if (stale) return undefined;
  const isGrant = (amount: unknown, index: number): boolean =>
    Number.isSafeInteger(amount) && (amount as number) >= 0 && (amount as number) <= (positions[index]?.want ?? 0);
  if (!areAll(granted, positions.length, isGrant))
    return "`granted` to be an integer for each counter, as wanted at most";
  return areAll(levels, positions.length, isLevel) ? undefined : "`levels` to be a level of integers for each counter";
};

const areAll = (list: unknown, length: number, isOne: (each: unknown, index: number) => boolean): boolean =>
  Array.isArray(list) && list.length === length && list.every(isOne);

const isLevel = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  const { level, held, slots } = value as Partial<Level>;
  return areIntegers(level, held) && Array.isArray(slots) && slots.every(isSlot);
};

const isSlot = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  const { start, end, used, open, orphaned, restored } = value as Partial<Slot>;
  return areIntegers(start, end, used, open, orphaned, restored);
};

const areIntegers = (...figures: readonly unknown[]): boolean => figures.every(Number.isSafeInteger);
