import { inSlot } from "./counter-state.ts";
import type { CounterState, Row, RowCounter } from "./record.ts";

/** A row that was charged is kept for so long, so that a process that comes back is charged what it really used. */
export const KEEP_MS = 3_600_000;

/** States by counter, while a claim is being folded in. */
export type States = Record<string, CounterState>;

/** When something is to be done about a row. */
export const dueOf = (row: Row): number => (row.expired ? row.expiresAtMs + KEEP_MS : row.expiresAtMs);

/** A row with nothing left to charge or to correct, and nothing that its holder may not know to be counted. */
export const isEmpty = (row: Row): boolean =>
  Object.values(row.counters).every(({ hold, used }) => hold === 0 && used.length === 0);

/**
 * Silent beyond its lease: whatever it held is taken for used, what it had open is nobody's; only calls at the same time end
 * with their process. Changes `states`.
 */
export const expire = (states: States, row: Row): Row => {
  const charged: Record<string, RowCounter> = {};
  for (const [name, mine] of Object.entries(row.counters)) {
    const state = states[name];
    if (state === undefined) continue;
    // It may have been used until now.
    const held = state.type === "rolling" ? { ...mine, slot: state.slot } : mine;
    states[name] = charge(state, held, 1);
    charged[name] = held;
  }
  return { ...row, expired: true, counters: charged };
};

/** It is back: all of that is undone. Changes `states`. */
export const revive = (states: States, row: Row): Row => {
  for (const [name, mine] of Object.entries(row.counters)) {
    const state = states[name];
    if (state !== undefined) states[name] = charge(state, mine, -1);
  }
  return { ...row, expired: false };
};

const charge = (state: CounterState, mine: RowCounter, sign: 1 | -1): CounterState => {
  const isParallel = state.type === "parallel";
  let next = state;
  for (const { slot, used, open } of mine.used) {
    next = inSlot(next, slot, (had) => ({
      ...had,
      used: isParallel ? had.used - sign * used : had.used,
      open: had.open - sign * open,
      orphaned: isParallel ? had.orphaned : had.orphaned + sign * open,
    }));
  }
  if (!isParallel && mine.hold > 0) {
    next = inSlot(next, mine.slot, (had) => ({
      ...had,
      used: had.used + sign * mine.hold,
      orphaned: had.orphaned + sign * mine.hold,
    }));
  }
  return countsIn(next, mine.slot) ? { ...next, held: Math.max(0, next.held - sign * mine.hold) } : next;
};

/** What was held in a calendar window that is over is not held in the next. */
export const countsIn = (state: CounterState, slot: number): boolean =>
  state.type !== "calendar" || state.slot === slot;
