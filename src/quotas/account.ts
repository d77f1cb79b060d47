import type { Counter, CounterTemplate, Level, Position, Used } from "../contract/index.ts";
import { leftOf, levelAt, usedIn } from "./room.ts";
import { type Share, shareAt } from "./share.ts";
import type { StoreTime } from "./store-time.ts";

interface Tally {
  readonly slot: number;
  used: number;
  open: number;
  /** As the store last acknowledged them. */
  acked: number;
  ackedOpen: number;
  /** Said since, and not acknowledged: the store may have that, or what was acknowledged before. */
  isSaid: boolean;
}

/** One counter as one process sees it: what it holds, what it used and has not yet been acknowledged, what it last heard. */
export class Account {
  template: CounterTemplate;
  counter: Counter;
  /** Held and free to be used, in the slot `spareSlot`. */
  spare = 0;
  spareSlot = 0;
  /** As it was heard at `heardAtMs`, in the store's time. */
  level: Level | undefined;
  heardAtMs = 0;
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
  /** Of it, used and not settled with the store: see `forgive`. */
  #fromShare = 0;
  /** The window, and the highest share of the budget that was told in it. */
  toldSlot = 0;
  told = 0;
  #isLetGo = false;
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
    if (this.share !== undefined) this.#useShare(this.share, amount - fromSpare);
  }

  /** Something that was taken has ended: `amount` was reckoned with, `actual` was used. The rest can be used again. */
  settle(amount: number, actual: number, slot: number): void {
    const tally = this.#tally(slot);
    tally.used += actual - amount;
    tally.open -= amount;
    const rest = amount - actual;
    if (this.share !== undefined) this.#useShare(this.share, -rest);
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

  #useShare(share: Share, amount: number): void {
    this.share = { ...share, left: share.left - amount };
    this.#fromShare += amount;
  }

  /** The store is away: what may be used meanwhile. */
  cutOff(share: Share): void {
    this.share = share;
    this.#fromShare = 0;
  }

  /**
   * A bucket fills up while the store is away, and what runs over is lost to the store: it would take for a debt what came out
   * of it. So it is told of what was used no more than this process's part of the bucket lacks now, and what flows into it in
   * `spreadMs`: for so long the store goes on filling up until all processes have told it.
   */
  forgive(spreadMs: number): void {
    if (this.counter.type !== "bucket" || this.share === undefined) return;
    const { left, most, perMinute } = shareAt(this.share, this.#time.nowMs);
    const paid = this.#fromShare - Math.max(0, Math.ceil(most - left + (perMinute * spreadMs) / 60_000));
    if (paid <= 0) return;
    this.#fromShare -= paid;
    this.#tally(0).used -= paid;
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
  leftOf(level: Level, nowMs: number): number {
    const hold = this.isSpareIn(nowMs) ? this.hold : 0;
    return leftOf(level, this.counter) + hold - this.unposted(this.slotAt(nowMs)).used;
  }

  /** The level as it must be at `nowMs`, by what was heard; `undefined` where nothing was. */
  levelAt(nowMs: number): Level | undefined {
    return this.level && levelAt(this.level, this.counter, this.heardAtMs, nowMs);
  }

  /** Used in the window of `nowMs` by all, as far as it is known here; 0 where nothing is. */
  usedAt(nowMs: number): number {
    const level = this.levelAt(nowMs);
    return level === undefined ? 0 : usedIn(level) + this.unposted(this.slotAt(nowMs)).used;
  }

  get open(): number {
    let sum = 0;
    for (const { open } of this.#tallies) sum += open;
    return sum;
  }

  /** Something that was held is to go back. */
  get isLetGo(): boolean {
    return this.#isLetGo;
  }

  /** Whether there is something that the store is to hear. */
  get isDirty(): boolean {
    if (this.#isLetGo) return true;
    for (const tally of this.#tallies) if (isChanged(tally)) return true;
    return false;
  }

  position(want: number, least: number): Position {
    this.#isLetGo = false;
    return { used: this.#changed(), keep: this.spare, want, least };
  }

  /** What is held is not used any more, and the store is to be told. */
  letGo(): void {
    this.#isLetGo ||= this.spare > 0;
    this.spare = 0;
  }

  rest(): void {
    this.spare = 0;
    this.level = undefined;
  }

  /** A claim with this position was folded in, and so much granted. */
  learn(position: Position, level: Level, granted: number, nowMs: number): void {
    this.#acknowledge(position);
    const slot = level.slots.at(-1)?.start ?? 0;
    // A window has ended while the claim was under way: what was held in it is not there in the next.
    if (this.counter.type === "calendar" && slot !== this.spareSlot) this.letGo();
    this.level = level;
    this.heardAtMs = nowMs;
    this.hold = position.keep + granted;
    this.spare += granted;
    this.spareSlot = slot;
  }

  #acknowledge({ used }: Position): void {
    for (const { slot, used: amount, open } of used) {
      const tally = this.#known(slot);
      if (tally === undefined) continue;
      tally.acked = amount;
      tally.ackedOpen = open;
      tally.isSaid = false;
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
      if (!isChanged(tally)) continue;
      tally.isSaid = true;
      const { slot, used, open, acked } = tally;
      changed.push({ slot, used, open, acked });
    }
    return changed;
  }

  #tally(slot: number): Tally {
    const known = this.#known(slot);
    if (known !== undefined) return known;
    const tally = { slot, used: 0, open: 0, acked: 0, ackedOpen: 0, isSaid: false };
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
    // What began in the window before this one may still end, or grow: the store keeps it, and would take less for a correction.
    return counter.type === "calendar" && slot < Math.min(newest, counter.starts[0] ?? 0);
  }
}

/** Fewer are not worth looking through. */
const MOST_TALLIES = 4;

const isChanged = ({ used, open, acked, ackedOpen, isSaid }: Tally): boolean =>
  isSaid || used !== acked || open !== ackedOpen;
