import type { Counter, Level, Slot } from "../contract/index.ts";
import type { CounterState } from "./record.ts";

/** Parts of a unit in which a bucket's level is kept: a rate a minute is then a whole number a millisecond. */
export const PARTS = 60_000;

/** The place of `now` among a calendar's starts; -1 where it lies outside of them. */
const windowAt = (starts: readonly number[], nowMs: number): number => {
  for (let index = starts.length - 2; index >= 0; index -= 1) {
    if ((starts[index] ?? 0) <= nowMs) return nowMs < (starts[starts.length - 1] ?? 0) ? index : -1;
  }
  return -1;
};

/** Whether a claim's calendars reach to the store's time. If not, its holder's time is off: nothing can be said. */
export const reaches = (counters: readonly Counter[], nowMs: number): boolean =>
  counters.every((counter) => counter.type !== "calendar" || windowAt(counter.starts, nowMs) >= 0);

/** The slot that is in force at `nowMs`. */
export const slotAt = (counter: Counter, nowMs: number): number => {
  if (counter.type === "rolling") return Math.floor(nowMs / counter.slotMs) * counter.slotMs;
  return counter.type === "calendar" ? (counter.starts[windowAt(counter.starts, nowMs)] ?? 0) : 0;
};

const endOf = (counter: Counter, start: number): number => {
  if (counter.type !== "calendar") return 0;
  return counter.starts[counter.starts.indexOf(start) + 1] ?? 0;
};

/** Slots before this one are over, and forgotten. */
const oldestAt = (counter: Counter, nowMs: number): number => {
  if (counter.type === "rolling") return nowMs - counter.slotMs * (counter.slots + 1) + 1;
  if (counter.type !== "calendar") return 0;
  // The window before the one in force is kept, since what began in it may still end.
  return counter.starts[windowAt(counter.starts, nowMs) - 1] ?? 0;
};

const fresh = (start: number, end: number): Slot => ({
  start,
  end,
  used: 0,
  open: 0,
  orphaned: 0,
  restored: 0,
});

/** A counter as it is at `nowMs`: refilled, its windows moved on. */
export const advanced = (known: CounterState | undefined, counter: Counter, nowMs: number): CounterState => {
  if (counter.type === "bucket") return refilled(known, counter, nowMs);
  const slot = slotAt(counter, nowMs);
  const slotMs = counter.type === "rolling" ? counter.slotMs : 0;
  if (known === undefined) {
    const slots = [fresh(slot, endOf(counter, slot))];
    return { type: counter.type, level: 0, atMs: nowMs, held: 0, slot, slotMs, slots };
  }
  if (counter.type === "parallel") return known;
  const oldest = oldestAt(counter, nowMs);
  const isOver = (known.slots[0]?.start ?? 0) < oldest;
  if (known.slot === slot && !isOver) return known;
  const kept = isOver ? known.slots.filter(({ start }) => start >= oldest) : known.slots;
  if (counter.type === "rolling") return { ...known, slot, slots: withSlot(kept, fresh(slot, 0)) };
  return {
    ...known,
    slot,
    slots: withSlot(kept, opened(known, counter, slot, nowMs)),
    held: known.slot === slot ? known.held : 0,
  };
};

const refilled = (
  known: CounterState | undefined,
  { cap, perMinute }: Counter & { readonly type: "bucket" },
  nowMs: number,
): CounterState => {
  if (known === undefined) {
    const slots = [fresh(0, 0)];
    return { type: "bucket", level: cap * PARTS, atMs: nowMs, held: 0, slot: 0, slotMs: 0, slots };
  }
  const level = Math.min(known.level + (nowMs - known.atMs) * perMinute, (cap - known.held) * PARTS);
  return { ...known, level, atMs: nowMs };
};

/** A new window. Where another one was still running, since the calendar itself was changed, what it had goes on in this one. */
const opened = (known: CounterState, counter: Counter, slot: number, nowMs: number): Slot => {
  const window = fresh(slot, endOf(counter, slot));
  const running = known.slots.filter(({ start, end }) => start !== slot && end > nowMs);
  if (running.length === 0 || known.slots.some(({ start }) => start === slot)) return window;
  const used = running.reduce((sum, other) => sum + other.used, known.held);
  return { ...window, used, restored: used };
};

/** With `slot` in its place, unless there is one with that start. */
const withSlot = (slots: readonly Slot[], slot: Slot): readonly Slot[] => {
  let index = slots.length;
  while (index > 0 && (slots[index - 1]?.start ?? 0) >= slot.start) index -= 1;
  if (slots[index]?.start === slot.start) return slots;
  return [...slots.slice(0, index), slot, ...slots.slice(index)];
};

/** Changes what one slot has; nothing where that slot is not there (any more). */
export const inSlot = (state: CounterState, start: number, change: (slot: Slot) => Slot): CounterState => {
  const index = state.slots.findIndex((slot) => slot.start === start);
  const had = state.slots[index];
  return had === undefined ? state : { ...state, slots: state.slots.with(index, change(had)) };
};

/** The state with that slot, if it may still count: one that is over is not made again. */
export const withSlotAt = (state: CounterState, counter: Counter, start: number, nowMs: number): CounterState => {
  if (state.slots.some((slot) => slot.start === start) || start < oldestAt(counter, nowMs)) return state;
  const isKnown = counter.type === "rolling" || (counter.type === "calendar" && counter.starts.includes(start));
  return isKnown ? { ...state, slots: withSlot(state.slots, fresh(start, endOf(counter, start))) } : state;
};

/** Used in what counts now: all of a rolling window, the current one of a calendar. */
export const usedOf = (state: CounterState): number => {
  if (state.type === "calendar") return state.slots.find(({ start }) => start === state.slot)?.used ?? 0;
  return state.slots.reduce((sum, { used }) => sum + used, 0);
};

/** What could be granted now. Below 0: more is used than there is. */
export const roomOf = (state: CounterState, counter: Counter): number =>
  state.type === "bucket" ? Math.floor(state.level / PARTS) : counter.cap - usedOf(state) - state.held;

/**
 * Takes `amount` for a holder, or with a negative one gives it back: never more than is held, since a calendar that was
 * changed to and fro has forgotten who held what in between.
 */
export const held = (state: CounterState, amount: number): CounterState => {
  if (amount === 0) return state;
  const level = state.type === "bucket" ? state.level - amount * PARTS : state.level;
  return { ...state, held: Math.max(0, state.held + amount), level };
};

export const levelOf = (state: CounterState): Level => ({
  level: state.level,
  held: state.held,
  slots: state.type === "calendar" ? state.slots.filter(({ start }) => start === state.slot) : state.slots,
});
