import type { Counter, CounterTemplate, Level, Position, Used } from "../contract/index.ts";
import { leftOf } from "./room.ts";
import type { Share } from "./share.ts";
import type { StoreTime } from "./store-time.ts";

interface Tally {
  readonly slot: number;
  used: number;
  open: number;
  /** As the store last acknowledged them. */
  acked: number;
  ackedOpen: number;
}

/** One counter as one process sees it: what it holds, what it used and has not yet been acknowledged, what it last heard. */
export class Account {
  template: CounterTemplate;
  counter: Counter;
  /** Held and free to be used, in the slot `spareSlot`. */
  spare = 0;
  spareSlot = 0;
  level: Level | undefined;
  /** What the store has as held by this process. */
  hold = 0;
  /** Units a millisecond that were asked for of late. */
  demand = 0;
  /** Asked for since the last claim. */
  asked = 0;
  /** By the last call. */
  lastNeed = 0;
  /** What may be used by itself, while the store is away. */
  share: Share | undefined;
  /** The window, and the highest share of the budget that was told in it. */
  toldSlot = 0;
  told = 0;
  /** By slot; as a list, since there is mostly one, and a process may have a hundred thousand accounts. */
  #tallies: readonly Tally[] = [];
  readonly #time: StoreTime;

  constructor(template: CounterTemplate, time: StoreTime) {
    this.template = template;
    this.#time = time;
    this.counter = template.at(time.nowMs);
  }

  /** The slot that is in force at this store time. */
  slotAt(nowMs: number): number {
    const { counter } = this;
    if (counter.type === "rolling") return Math.floor(nowMs / counter.slotMs) * counter.slotMs;
    if (counter.type !== "calendar") return 0;
    let slot = counter.starts[0] ?? 0;
    for (const start of counter.starts) if (start <= nowMs) slot = start;
    return slot;
  }

  /** Whether what is held may still be used: not in another window than it was granted in. */
  isSpareIn(nowMs: number): boolean {
    return this.counter.type !== "calendar" || this.spareSlot === this.slotAt(nowMs);
  }

  /** Takes from what is held, and what that does not cover from the share. */
  take(amount: number, slot: number): void {
    const tally = this.#tally(slot);
    tally.used += amount;
    tally.open += amount;
    const fromSpare = Math.min(amount, this.spare);
    this.spare -= fromSpare;
    if (this.share !== undefined) this.share = { ...this.share, left: this.share.left - (amount - fromSpare) };
  }

  /** Something that was taken has ended: `amount` was reckoned with, `actual` was used. The rest can be used again. */
  settle(amount: number, actual: number, slot: number): void {
    const tally = this.#tally(slot);
    tally.used += actual - amount;
    tally.open -= amount;
    const rest = amount - actual;
    if (this.share !== undefined) this.share = { ...this.share, left: this.share.left + rest };
    else if (rest > 0 && this.#isStillHeld(slot)) this.spare += rest;
  }

  /**
   * Whether what was taken in that slot can go back to what is held. Not of a bucket, which has been refilled since: the
   * store alone knows how far. Not of a slot that has left or may just be leaving.
   */
  #isStillHeld(slot: number): boolean {
    const { counter } = this;
    if (counter.type === "parallel") return true;
    if (counter.type === "calendar") return slot === this.spareSlot;
    return counter.type === "rolling" && slot > this.#time.nowMs - counter.slotMs * (counter.slots - 1);
  }

  /** Learnt after the end. */
  add(amount: number, slot: number): void {
    this.#tally(slot).used += amount;
  }

  /** Used and not acknowledged: what the last level does not know; of a calendar in this window. `open`: of it, what still runs. */
  unposted(window: number): { readonly used: number; readonly open: number } {
    const sum = { used: 0, open: 0 };
    for (const tally of this.#tallies) {
      if (this.counter.type === "calendar" && tally.slot !== window) continue;
      sum.used += tally.used - tally.acked;
      sum.open += tally.open - (Number.isNaN(tally.ackedOpen) ? 0 : tally.ackedOpen);
    }
    return sum;
  }

  /** What this process could still use of a level that it or another heard: what it holds itself is not lost to it. */
  leftOf(level: Level): number {
    return leftOf(level, this.counter) + this.hold - this.unposted(this.spareSlot).used;
  }

  get open(): number {
    let sum = 0;
    for (const { open } of this.#tallies) sum += open;
    return sum;
  }

  /** Used by this process alone since `sinceMs`, by slot. */
  usedSince(sinceMs: number): number {
    let sum = 0;
    for (const { slot, used } of this.#tallies) if (slot >= sinceMs) sum += used;
    return sum;
  }

  get isDirty(): boolean {
    for (const tally of this.#tallies) if (isChanged(tally)) return true;
    return false;
  }

  position(want: number, least: number): Position {
    return { used: this.#changed(), keep: this.spare, want, least };
  }

  /** A claim with this position was folded in. */
  acknowledge({ used }: Position): void {
    for (const { slot, used: amount, open } of used) {
      const tally = this.#known(slot);
      if (tally === undefined) continue;
      tally.acked = amount;
      tally.ackedOpen = open;
    }
    this.#forget();
  }

  /** The store lost the record: what runs must be said again. */
  repeat(): void {
    for (const tally of this.#tallies) tally.ackedOpen = Number.NaN;
  }

  #changed(): readonly Used[] {
    const changed: Used[] = [];
    for (const tally of this.#tallies) {
      const { slot, used, open, acked } = tally;
      if (isChanged(tally)) changed.push({ slot, used, open, acked });
    }
    return changed;
  }

  #tally(slot: number): Tally {
    const known = this.#known(slot);
    if (known !== undefined) return known;
    const tally = { slot, used: 0, open: 0, acked: 0, ackedOpen: 0 };
    // Not pushed: a list that grows takes room for many.
    this.#tallies = this.#tallies.concat(tally);
    return tally;
  }

  /** Mostly the latest. */
  #known(slot: number): Tally | undefined {
    for (let index = this.#tallies.length - 1; index >= 0; index -= 1) {
      const tally = this.#tallies[index];
      if (tally?.slot === slot) return tally;
    }
    return undefined;
  }

  /** Slots of windows that are over, and in which nothing runs, are not needed any more. */
  #forget(): void {
    if (this.#tallies.length < MOST_TALLIES) return;
    const newest = Math.max(...this.#tallies.map(({ slot }) => slot));
    this.#tallies = this.#tallies.filter(
      (tally) => tally.slot === newest || tally.open !== 0 || isChanged(tally) || !this.#isOver(tally.slot, newest),
    );
  }

  #isOver(slot: number, newest: number): boolean {
    const { counter } = this;
    if (counter.type === "rolling") return slot < newest - counter.slotMs * (counter.slots + 1);
    return counter.type === "calendar" && slot < newest;
  }
}

/** Fewer are not worth looking through. */
const MOST_TALLIES = 4;

const isChanged = ({ used, open, acked, ackedOpen }: Tally): boolean => used !== acked || open !== ackedOpen;
