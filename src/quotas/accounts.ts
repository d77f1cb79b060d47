import type { Claim, Counter, CounterTemplate, Granted, Known, Position, QuotaTemplate } from "../contract/index.ts";
import { Account } from "./account.ts";
import type { Refusal } from "./refusal.ts";
import { leftOf, usedIn, waitMs } from "./room.ts";
import { type Share, shareAt, waitForShare } from "./share.ts";
import { followed, sliceOf } from "./slice.ts";
import type { StoreTime } from "./store-time.ts";
import { type Admitting, Ticket } from "./ticket.ts";

/** What a claim is to ask for. */
export interface Wish {
  /** Of those who wait, first to last. */
  readonly needs: readonly (readonly number[])[];
  readonly nowMs: number;
  readonly elapsedMs: number;
  /** What is held may still be used. */
  readonly isFresh: boolean;
  /** For how much of the demand to hold ahead, in milliseconds; 0 for none. */
  readonly aheadMs: number;
  readonly holders: number;
  /** More than what is held already; else that alone is kept. */
  readonly asksMore: boolean;
}

/** The counters of one quota, as one process sees them: a need is a figure for each, in their order. */
export class Accounts {
  #template: QuotaTemplate;
  #all: readonly Account[];
  /** All that ever were, by name, once limits were changed: a counter that comes back goes on where it was, as it does in the store. */
  #ever: Map<string, Account> | undefined;
  readonly #time: StoreTime;

  constructor(template: QuotaTemplate, time: StoreTime) {
    this.#template = template;
    this.#time = time;
    this.#all = template.counters.map((each) => new Account(each, time));
  }

  get all(): readonly Account[] {
    return this.#all;
  }

  get template(): QuotaTemplate {
    return this.#template;
  }

  get counters(): readonly Counter[] {
    return this.#all.map(({ counter }) => counter);
  }

  /** Limits may be changed while they are held: what goes on under the same name keeps what it had. */
  update(template: QuotaTemplate): void {
    const before = this.#all;
    this.#ever ??= new Map(before.map((account) => [account.counter.name, account]));
    const ever = this.#ever;
    this.#template = template;
    this.#all = template.counters.map((each) => this.#of(each, ever));
    // Nobody counts there any more, and what is heard of it is not brought up to date.
    for (const account of before) if (!this.#all.includes(account)) account.rest();
  }

  #of(template: CounterTemplate, ever: Map<string, Account>): Account {
    const counter = template.at(this.#time.nowMs);
    const known = ever.get(counter.name);
    if (known?.counter.type === counter.type) {
      // Under the new limit it would not have been granted.
      if (known.counter.cap !== counter.cap) known.letGo();
      known.template = template;
      known.counter = counter;
      return known;
    }
    const account = new Account(template, this.#time);
    ever.set(counter.name, account);
    return account;
  }

  /** Somebody asks: limits as they are now, and a demand that is one higher. */
  ask(need: readonly number[], nowMs: number): void {
    for (const [index, account] of this.#all.entries()) {
      const amount = need[index] ?? 0;
      account.counter = account.template.at(nowMs);
      account.asked += amount;
      if (amount > 0) account.lastNeed = amount;
    }
  }

  neverFits(need: readonly number[]): Refusal | undefined {
    const index = this.#all.findIndex(({ counter }, at) => (need[at] ?? 0) > counter.cap);
    const account = this.#all[index];
    if (account === undefined) return undefined;
    return { ...refused(account, need[index] ?? 0), never: true };
  }

  /** Whether what is held covers it. */
  holds(need: readonly number[], nowMs: number, isFresh: boolean): boolean {
    for (const [index, account] of this.#all.entries()) {
      const amount = need[index] ?? 0;
      if (amount > 0 && (!isFresh || account.spare < amount || !account.isSpareIn(nowMs))) return false;
    }
    return true;
  }

  take(need: readonly number[], nowMs: number, by: Admitting, over?: Refusal): Ticket {
    const slots: number[] = [];
    for (const [index, account] of this.#all.entries()) {
      const slot = account.slotAt(nowMs);
      slots.push(slot);
      account.take(need[index] ?? 0, slot);
    }
    return new Ticket(this.#all, need, slots, by, over);
  }

  /** Why it does not fit, by what the store last said; `undefined` where it may. */
  refusal(need: readonly number[], nowMs: number): Refusal | undefined {
    let refusal: Refusal | undefined;
    for (const [index, account] of this.#all.entries()) {
      const { counter } = account;
      const level = account.levelAt(nowMs);
      const amount = need[index] ?? 0;
      if (level === undefined || amount === 0) continue;
      const left = account.leftOf(level, nowMs);
      if (amount <= left) continue;
      const missing = amount - (left - leftOf(level, counter));
      const retryAfterMs = waitMs(level, counter, missing, nowMs);
      refusal = worse(refusal, { ...refused(account, amount), left: Math.max(0, left), retryAfterMs });
    }
    return refusal;
  }

  /** Why it does not fit into the share of a process whose store is away. Brings shares up to date. */
  refusalOfShare(
    need: readonly number[],
    nowMs: number,
    isFresh: boolean,
    shareOf: (account: Account) => Share,
  ): Refusal | undefined {
    let refusal: Refusal | undefined;
    for (const [index, account] of this.#all.entries()) {
      if (!isFresh || !account.isSpareIn(nowMs)) account.spare = 0;
      const share = shareAt(account.share ?? shareOf(account), nowMs);
      account.share = share;
      const amount = need[index] ?? 0;
      const missing = amount - account.spare;
      if (amount === 0 || missing <= share.left) continue;
      refusal = worse(refusal, {
        ...refused(account, amount),
        left: Math.max(0, Math.floor(account.spare + share.left)),
        retryAfterMs: waitForShare(share, missing, nowMs),
        storeLost: share.most === 0,
      });
    }
    return refusal;
  }

  /** What to claim. What is held beyond need and demand is let go here, before the claim says so. */
  positions({ needs, nowMs, elapsedMs, isFresh, aheadMs, holders, asksMore }: Wish): readonly Position[] {
    return this.#all.map((account, index) => {
      account.counter = account.template.at(nowMs);
      account.demand = followed(account.demand, account.asked, elapsedMs);
      account.asked = 0;
      if (!isFresh || !account.isSpareIn(nowMs)) account.spare = 0;
      let target = aheadMs === 0 ? 0 : sliceAhead(account, aheadMs, holders, nowMs);
      for (const need of needs) target += need[index] ?? 0;
      account.spare = Math.min(account.spare, target);
      const least = Math.max(0, (needs[0]?.[index] ?? 0) - account.spare);
      return account.position(asksMore ? target - account.spare : 0, least);
    });
  }

  /** What was last heard, for a record that is made anew; empty where not all of it was. */
  known(): Known["counters"] {
    const known: Known["counters"][number][] = [];
    for (const { level } of this.#all) {
      if (level === undefined) return [];
      known.push({ slot: level.slots.at(-1)?.start ?? 0, used: usedIn(level), level: level.level });
    }
    return known;
  }

  /** What a claim's answer says. `isLost`: the record that was known is gone. */
  learn(claim: Claim, counters: readonly Counter[], granted: Granted, isLost: boolean): void {
    for (const [index, account] of this.#all.entries()) {
      const level = granted.levels[index];
      const position = claim.positions[index];
      // Its limits may have been changed meanwhile.
      if (level === undefined || position === undefined || counters[index]?.name !== account.counter.name) continue;
      account.learn(position, level, granted.granted[index] ?? 0, granted.nowMs);
      if (counters[index]?.cap !== account.counter.cap) account.letGo();
      if (isLost) account.repeat();
    }
  }

  /**
   * What was taken is held until it is said to be used, and that rides on what is said of its end. But what is held of a bucket
   * is not filled up again: where that is more than a small part of it, others would wait for this process.
   */
  mustSayTaken(holders: number): boolean {
    return this.#all.some(
      ({ counter, hold, spare }) =>
        counter.type === "bucket" && (hold - spare) * Math.max(1, holders) * MOST_UNSAID > counter.cap,
    );
  }

  get hasLetGo(): boolean {
    return this.#all.some(({ isLetGo }) => isLetGo);
  }

  get isDirty(): boolean {
    return this.#all.some(({ isDirty }) => isDirty);
  }

  get hasSpare(): boolean {
    return this.#all.some(({ spare }) => spare > 0);
  }

  get hasOpen(): boolean {
    return this.#all.some(({ open }) => open > 0);
  }

  /** The share of the narrowest budget that is used, as far as it is known here; 0 where there is none. */
  spentShareAt(nowMs: number): number {
    let most = 0;
    for (const account of this.#all) {
      const { template, counter } = account;
      if (template.measure === "usd" && counter.cap > 0) most = Math.max(most, account.usedAt(nowMs) / counter.cap);
    }
    return most;
  }
}

/** Of a bucket, all processes together may have so small a part taken and not said. */
const MOST_UNSAID = 10;

const sliceAhead = (account: Account, aheadMs: number, holders: number, nowMs: number): number => {
  const level = account.levelAt(nowMs);
  return level === undefined
    ? 0
    : sliceOf(account.demand, aheadMs, account.leftOf(level, nowMs), holders, account.lastNeed);
};

const refused = ({ template, counter }: Account, need: number): Refusal => ({
  template,
  cap: counter.cap,
  need,
  left: 0,
  retryAfterMs: undefined,
  never: false,
  storeLost: false,
});

/** The one that takes longest is told; one that no time mends before all. */
const worse = (one: Refusal | undefined, other: Refusal): Refusal => {
  if (one === undefined) return other;
  if (one.retryAfterMs === undefined) return one;
  return other.retryAfterMs === undefined || other.retryAfterMs > one.retryAfterMs ? other : one;
};
