import type { Claim, Counter, Granted, Known, Position, QuotaView } from "../contract/index.ts";
import { advanced, held, inSlot, levelOf, PARTS, reaches, roomOf, slotAt, withSlotAt } from "./counter-state.ts";
import type { CounterState, Quota, Row, RowCounter } from "./record.ts";
import { countsIn, dueOf, expire, isEmpty, KEEP_MS, revive, type States } from "./rows.ts";

/** What became of a claim. */
export interface Outcome {
  /** The record as it is now; the same object where nothing was written. */
  readonly quota: Quota | undefined;
  readonly granted: Granted;
  /** Store time until which the record must be kept, in epoch milliseconds. */
  readonly keepUntilMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Folds one holder's position into a quota. Pure, and the one rule of all stores: what Redis runs is its twin, line by line.
 * In this order: time moves on; rows that went silent are charged; what a lost record knew is restored; the holder gives back
 * all that it held, says what it used, keeps what it keeps (always, even into debt), and is granted what it wants of the rest,
 * all counters or none.
 */
export const applyQuota = (
  quota: Quota | undefined,
  counters: readonly Counter[],
  claim: Claim,
  timeMs: number,
): Outcome => {
  const nowMs = Math.max(timeMs, quota?.atMs ?? 0);
  const isLate = claim.validUntilMs > 0 && nowMs > claim.validUntilMs;
  if (isLate || !reaches(counters, nowMs) || claim.seq <= (rowOf(quota, claim.holder)?.seq ?? 0)) {
    return stale(quota, counters, nowMs);
  }
  const born = quota?.born ?? claim.nonce;
  const states = statesAt(quota, counters, nowMs);
  const reaped = reap(quota, states, nowMs);
  if (claim.known.born !== 0 && claim.known.born !== born) restore(states, counters, claim.known, nowMs);
  const had = rowOf(reaped, claim.holder);
  const row = had?.expired === true ? revive(states, had) : had;
  const posted = counters.map((counter, index) =>
    post(states, counter, claim.positions[index] ?? NOTHING, row?.counters[counter.name], nowMs),
  );
  const granted = grant(states, counters, claim.positions);
  const mine: Record<string, RowCounter> = { ...row?.counters };
  for (const [index, counter] of counters.entries()) {
    const hold = (claim.positions[index]?.keep ?? 0) + (granted[index] ?? 0);
    mine[counter.name] = { hold, slot: slotAt(counter, nowMs), used: posted[index] ?? [] };
  }
  const expiresAtMs = nowMs + claim.leaseMs;
  const live = had === undefined || had.expired ? reaped.live + 1 : reaped.live;
  const next: Quota = {
    born,
    atMs: nowMs,
    dueMs: reaped.dueMs === 0 ? expiresAtMs : Math.min(reaped.dueMs, expiresAtMs),
    live,
    counters: states,
    rows: { ...reaped.rows, [claim.holder]: { seq: claim.seq, expiresAtMs, expired: false, counters: mine } },
  };
  const levels = counters.map(({ name }) => levelOf(states[name] as CounterState));
  return {
    quota: next,
    granted: { nowMs, born, stale: false, granted, levels, holders: live },
    keepUntilMs: keepUntil(counters, states, expiresAtMs),
  };
};

/** A holder may be called `constructor`. */
const rowOf = (quota: Pick<Quota, "rows"> | undefined, holder: string): Row | undefined =>
  quota !== undefined && Object.hasOwn(quota.rows, holder) ? quota.rows[holder] : undefined;

const NOTHING: Position = { used: [], keep: 0, want: 0, least: 0 };

/** The quota as it would be at `timeMs`. Changes nothing. */
export const viewQuota = (quota: Quota, counters: readonly Counter[], timeMs: number): QuotaView => {
  const { granted } = stale(quota, counters, Math.max(timeMs, quota.atMs));
  return { nowMs: granted.nowMs, holders: granted.holders, levels: granted.levels };
};

/** Nothing is written, and everything that can be known is told. */
const stale = (quota: Quota | undefined, counters: readonly Counter[], nowMs: number): Outcome => {
  const known = reaches(counters, nowMs);
  const states = known ? statesAt(quota, counters, nowMs) : {};
  const levels = known ? counters.map(({ name }) => levelOf(states[name] as CounterState)) : [];
  const granted = counters.map(() => 0);
  return {
    quota,
    granted: { nowMs, born: quota?.born ?? 0, stale: true, granted, levels, holders: quota?.live ?? 0 },
    keepUntilMs: 0,
  };
};

const statesAt = (quota: Quota | undefined, counters: readonly Counter[], nowMs: number): States => {
  const states: States = { ...quota?.counters };
  for (const counter of counters)
    states[counter.name] = advanced(usable(states[counter.name], counter), counter, nowMs);
  return states;
};

/** A name that stood for another type of counter before begins anew. */
const usable = (state: CounterState | undefined, counter: Counter): CounterState | undefined =>
  state?.type === counter.type && (counter.type !== "rolling" || state.slotMs === counter.slotMs) ? state : undefined;

interface Reaped {
  readonly rows: Readonly<Record<string, Row>>;
  readonly dueMs: number;
  readonly live: number;
}

/** Rows that are due are charged, or forgotten. All rows are looked at only when one of them may be due. */
const reap = (quota: Quota | undefined, states: States, nowMs: number): Reaped => {
  if (quota === undefined) return { rows: {}, dueMs: 0, live: 0 };
  if (quota.dueMs === 0 || nowMs < quota.dueMs) return quota;
  const rows: Record<string, Row> = {};
  let dueMs = 0;
  let live = 0;
  for (const [holder, row] of Object.entries(quota.rows)) {
    const kept = nowMs < dueOf(row) ? row : silent(states, row, nowMs);
    if (kept === undefined) continue;
    rows[holder] = kept;
    if (!kept.expired) live += 1;
    dueMs = dueMs === 0 ? dueOf(kept) : Math.min(dueMs, dueOf(kept));
  }
  return { rows, dueMs, live };
};

const silent = (states: States, row: Row, nowMs: number): Row | undefined => {
  if (row.expired || isEmpty(row)) return undefined;
  const charged = expire(states, row);
  return nowMs < dueOf(charged) ? charged : undefined;
};

/** The record was lost and made anew: it begins at the most that any holder knew of the old one. */
const restore = (states: States, counters: readonly Counter[], known: Known, nowMs: number): void => {
  for (const [index, counter] of counters.entries()) {
    const { name } = counter;
    const was = known.counters[index];
    const state = states[name];
    if (was === undefined || state === undefined || counter.type === "parallel") continue;
    if (counter.type === "bucket") {
      const level = Math.min(state.level, was.level + Math.max(0, nowMs - known.atMs) * counter.perMinute);
      states[name] = { ...state, level };
      continue;
    }
    const made = withSlotAt(state, counter, was.slot, nowMs);
    const already =
      counter.type === "rolling"
        ? made.slots.reduce((sum, { restored }) => sum + restored, 0)
        : (made.slots.find(({ start }) => start === was.slot)?.restored ?? 0);
    const more = Math.max(0, was.used - already);
    states[name] = inSlot(made, was.slot, (slot) => ({
      ...slot,
      used: slot.used + more,
      restored: slot.restored + more,
    }));
  }
};

/** Gives back what was held, counts what was used since, keeps what is kept. Answers what the row is to remember. */
const post = (
  states: States,
  counter: Counter,
  position: Position,
  had: RowCounter | undefined,
  nowMs: number,
): RowCounter["used"] => {
  const { name } = counter;
  let state = states[name] as CounterState;
  if (had !== undefined && countsIn(state, had.slot)) state = held(state, -had.hold);
  const remembered = new Map(had?.used.map((each) => [each.slot, each]));
  const said = new Set<number>();
  for (const { slot, used, open, acked } of position.used) {
    const before = remembered.get(slot);
    const base = before?.used ?? (counter.type === "parallel" ? 0 : acked);
    const more = used - base;
    state = inSlot(withSlotAt(state, counter, slot, nowMs), slot, (each) => ({
      ...each,
      used: each.used + more,
      open: each.open + open - (before?.open ?? 0),
    }));
    if (state.type === "bucket") state = { ...state, level: state.level - more * PARTS };
    remembered.set(slot, { slot, used, open });
    said.add(slot);
  }
  if (counter.type === "bucket") {
    state = { ...state, level: Math.min(state.level, (counter.cap - state.held) * PARTS) };
  }
  state = held(state, position.keep);
  states[name] = state;
  const { slots } = state;
  // What ended, and of which its holder does not speak any more, it knows to be counted: it counts on from there.
  return [...remembered.values()].filter(
    ({ slot, open }) => (open !== 0 || said.has(slot)) && slots.some(({ start }) => start === slot),
  );
};

/** As much of what is wanted as there is room for, in every counter; nothing where one has less than the least of use. */
const grant = (states: States, counters: readonly Counter[], positions: readonly Position[]): readonly number[] => {
  const rooms = counters.map((counter) => roomOf(states[counter.name] as CounterState, counter));
  const fits = positions.every(({ least }, index) => least === 0 || (rooms[index] ?? 0) >= least);
  if (!fits) return counters.map(() => 0);
  return counters.map(({ name }, index) => {
    const amount = Math.max(0, Math.min(positions[index]?.want ?? 0, rooms[index] ?? 0));
    states[name] = held(states[name] as CounterState, amount);
    return amount;
  });
};

/** Until nothing in it can matter any more: no row to correct, no window that is open or was just closed. */
const keepUntil = (counters: readonly Counter[], states: States, expiresAtMs: number): number => {
  let latest = expiresAtMs + KEEP_MS;
  for (const counter of counters) {
    const state = states[counter.name] as CounterState;
    if (counter.type === "calendar") latest = Math.max(latest, (state.slots.at(-1)?.end ?? 0) + DAY_MS);
    else if (counter.type === "rolling") latest = Math.max(latest, state.slot + counter.slotMs * (counter.slots + 2));
    else if (counter.type === "bucket") {
      const emptyMs = Math.ceil((counter.cap * PARTS - state.level) / counter.perMinute);
      latest = Math.max(latest, state.atMs + emptyMs);
    }
  }
  return latest;
};
