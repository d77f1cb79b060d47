import type { Claim, Counter, CounterTemplate, Granted, Known, Position, QuotaTemplate } from "../contract/index.ts";
import { Account } from "./account.ts";
import type { Fleet } from "./fleet.ts";
import { type Refusal, Refused } from "./refusal.ts";
import { leftOf, usedIn, waitMs } from "./room.ts";
import { type Share, shareAt, shareOf, waitForShare } from "./share.ts";
import { followed, horizonMs, sliceOf } from "./slice.ts";
import { type Moment, StoreTime } from "./store-time.ts";
import { Ticket } from "./ticket.ts";

interface Waiting {
  readonly need: readonly number[];
  readonly resolve: (ticket: Ticket) => void;
  readonly reject: (refused: Refused) => void;
}

interface Sent {
  readonly claim: Claim;
  readonly sentAt: Moment;
}

/** Of the line: as many are asked for at once. */
const MOST_AT_ONCE = 1_000;
/** Part of a lease after which what is held counts no more here: the store's clock began later than this one. */
const LEASE_MARGIN = 0.9;
const RENEWALS = 3;
/** After so long without a call nothing is held ahead. */
const IDLE_MS = 200;
/** Settlements wait for so long, for another claim to ride on. */
const LAZY_MS = 50;
const FORGET_MS = 60_000;
/** A level older than this is no measure of what is left. */
const STALE_MS = 2_000;
const RETRY_MS = 250;
const MOST_STALE = 5;
const NO_ONE: Known = { born: 0, atMs: 0, counters: [] };

/**
 * This process, in one quota: what it holds there, who waits for more, what it used. It sends positions, one claim at a time;
 * whoever comes meanwhile rides on the next, and after a grant everyone who fits is served.
 */
export class Holder {
  readonly key: string;
  readonly #fleet: Fleet;
  /** Of its own, also after a pause: figures begin anew with each. */
  readonly #id: string;
  readonly #time: StoreTime;
  #template: QuotaTemplate;
  #accounts: readonly Account[];
  #line: Waiting[] = [];
  #sent: Sent | undefined;
  #known: Known = NO_ONE;
  #holders = 1;
  #roundTripMs = 0;
  #pumpedAtMs: number;
  #usedAtMs: number;
  #stales = 0;
  #isAlone = false;
  #isClosing = false;
  #whenIdle: (() => void) | undefined;

  constructor(key: string, template: QuotaTemplate, fleet: Fleet) {
    this.key = key;
    this.#fleet = fleet;
    this.#id = fleet.nextId();
    this.#time = new StoreTime(fleet.clock);
    this.#template = template;
    this.#accounts = template.counters.map((each) => this.#account(each));
    this.#pumpedAtMs = fleet.elapsed();
    this.#usedAtMs = this.#pumpedAtMs;
    if (fleet.isDown) this.#cutOff();
  }

  /** The store's time, as far as it is known here. */
  get storeNowMs(): number {
    return this.#time.nowMs;
  }

  get accounts(): readonly Account[] {
    return this.#accounts;
  }

  /** Limits may be changed while they are held: what goes on under the same name keeps what it had. */
  update(template: QuotaTemplate): void {
    if (template === this.#template) return;
    const had = new Map(this.#accounts.map((account) => [account.counter.name, account]));
    this.#template = template;
    this.#known = NO_ONE;
    this.#accounts = template.counters.map((each) => {
      const fresh = this.#account(each);
      const account = had.get(fresh.counter.name);
      if (account === undefined || account.counter.type !== fresh.counter.type) return fresh;
      account.template = each;
      account.counter = fresh.counter;
      return account;
    });
    if (this.#isAlone) for (const account of this.#accounts) account.share ??= this.#shareOf(account);
  }

  /**
   * What a call needs, by account: at once where this process holds enough, else by the store's answer. Throws or rejects with
   * `Refused`. A quota that only warns lets everybody in, and says so on the ticket.
   */
  admit(need: readonly number[]): Ticket | Promise<Ticket> {
    const nowMs = this.#time.nowMs;
    this.#ask(need, nowMs);
    const never = this.#neverFits(need);
    if (this.#template.enforcement !== "enforce") return this.#let(need, nowMs, never ?? this.#refusal(need, nowMs));
    if (never !== undefined) throw new Refused(never);
    if (this.#line.length === 0 && this.#holds(need, nowMs)) return this.#take(need, nowMs);
    if (this.#isAlone) return this.#byItself(need, nowMs);
    return new Promise((resolve, reject) => {
      this.#line.push({ need, resolve, reject });
      this.#pump();
    });
  }

  /** Something changed that the store does not know yet. */
  readonly changed = (): void => {
    this.#fleet.wheel.after(this, LAZY_MS, true);
  };

  /** Called by the wheel. */
  due(): void {
    if (this.#sent !== undefined) return;
    const idleMs = this.#fleet.elapsed() - this.#usedAtMs;
    if (this.#isAlone && !this.#fleet.mayProbe()) return this.#later(RETRY_MS);
    if (this.#hasToSay() || this.#isAlone) return this.#pump();
    if (this.#isInUse) this.#later(this.#fleet.settings.leaseMs / RENEWALS);
    else if (idleMs >= FORGET_MS) this.#fleet.forget(this);
    else this.#later(FORGET_MS);
  }

  /** Says all that is left to say, and gives everything back. */
  close(): Promise<void> {
    this.#isClosing = true;
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
      if (this.#sent === undefined) this.#last();
    });
  }

  /** The share of the narrowest budget that is used, as far as it is known here; 0 where there is none. */
  get spentShare(): number {
    let most = 0;
    for (const account of this.#accounts) {
      const { template, counter, level } = account;
      if (template.measure !== "usd" || level === undefined || counter.cap === 0) continue;
      most = Math.max(most, (usedIn(level) + account.unposted(account.spareSlot)) / counter.cap);
    }
    return most;
  }

  get #isInUse(): boolean {
    return this.#accounts.some(({ spare, open }) => spare > 0 || open > 0);
  }

  #account(template: CounterTemplate): Account {
    return new Account(template, () => this.#time.nowMs);
  }

  #ask(need: readonly number[], nowMs: number): void {
    this.#usedAtMs = this.#fleet.elapsed();
    for (const [index, account] of this.#accounts.entries()) {
      const amount = need[index] ?? 0;
      account.counter = account.template.at(nowMs);
      account.asked += amount;
      if (amount > 0) account.lastNeed = amount;
    }
  }

  #neverFits(need: readonly number[]): Refusal | undefined {
    for (const [index, account] of this.#accounts.entries()) {
      const amount = need[index] ?? 0;
      if (amount <= account.counter.cap) continue;
      const { template, counter } = account;
      return {
        template,
        cap: counter.cap,
        need: amount,
        left: 0,
        retryAfterMs: undefined,
        never: true,
        storeLost: false,
      };
    }
    return undefined;
  }

  /** Whether what is held covers it. */
  #holds(need: readonly number[], nowMs: number): boolean {
    if (this.#time.sinceMs >= this.#fleet.settings.leaseMs * LEASE_MARGIN) return need.every((amount) => amount === 0);
    for (const [index, account] of this.#accounts.entries()) {
      const amount = need[index] ?? 0;
      if (amount > 0 && (account.spare < amount || !account.isSpareIn(nowMs))) return false;
    }
    return true;
  }

  #take(need: readonly number[], nowMs: number, over?: Refusal): Ticket {
    const slots: number[] = [];
    for (const [index, account] of this.#accounts.entries()) {
      const slot = account.slotAt(nowMs);
      slots.push(slot);
      account.take(need[index] ?? 0, slot);
    }
    this.#later(this.#fleet.settings.leaseMs / RENEWALS);
    return new Ticket(this.#accounts, need, slots, this.changed, over);
  }

  /** Let in whatever is left, and told to the store soon. */
  #let(need: readonly number[], nowMs: number, over: Refusal | undefined): Ticket {
    const ticket = this.#take(need, nowMs, over);
    this.changed();
    return ticket;
  }

  /** The store is away: a share of what was left when it was last heard. */
  #byItself(need: readonly number[], nowMs: number): Ticket {
    const isFresh = this.#time.sinceMs < this.#fleet.settings.leaseMs * LEASE_MARGIN;
    let refusal: Refusal | undefined;
    for (const [index, account] of this.#accounts.entries()) {
      if (!isFresh || !account.isSpareIn(nowMs)) account.spare = 0;
      const share = shareAt(account.share ?? this.#shareOf(account), nowMs);
      account.share = share;
      const amount = (need[index] ?? 0) - account.spare;
      if (amount <= 0 || amount <= share.left) continue;
      refusal = worse(refusal, {
        template: account.template,
        cap: account.counter.cap,
        need: need[index] ?? 0,
        left: Math.max(0, Math.floor(account.spare + share.left)),
        retryAfterMs: waitForShare(share, amount, nowMs),
        never: false,
        storeLost: share.most === 0,
      });
    }
    if (refusal !== undefined) throw new Refused(refusal);
    return this.#take(need, nowMs);
  }

  #shareOf(account: Account): Share {
    const { counter, template, level } = account;
    const { settings } = this.#fleet;
    const isHeard = this.#time.sinceMs < STALE_MS;
    return shareOf({
      counter,
      level: isHeard ? level : undefined,
      unposted: isHeard ? account.unposted(account.spareSlot) : 0,
      isMoney: template.measure === "usd",
      holders: this.#known.born === 0 ? this.#fleet.mostHolders : this.#holders,
      deny: settings.onStoreLoss === "deny",
      nowMs: this.#time.nowMs,
    });
  }

  /** Why it does not fit, by what the store last said; `undefined` where it may. */
  #refusal(need: readonly number[], nowMs: number): Refusal | undefined {
    let refusal: Refusal | undefined;
    for (const [index, account] of this.#accounts.entries()) {
      const { level, counter, template, spare } = account;
      const amount = (need[index] ?? 0) - spare;
      if (level === undefined || amount <= 0) continue;
      const left =
        leftOf(level, counter) - (this.#template.enforcement === "enforce" ? 0 : account.unposted(account.spareSlot));
      if (amount <= left) continue;
      refusal = worse(refusal, {
        template,
        cap: counter.cap,
        need: need[index] ?? 0,
        left: Math.max(0, left + spare),
        retryAfterMs: waitMs(level, counter, amount, nowMs),
        never: false,
        storeLost: false,
      });
    }
    return refusal;
  }

  #hasToSay(): boolean {
    const sinceMs = this.#time.sinceMs;
    const isDueAgain = sinceMs >= this.#fleet.settings.leaseMs / RENEWALS;
    const isIdle = this.#fleet.elapsed() - this.#usedAtMs >= IDLE_MS;
    return this.#accounts.some(
      (account) => account.isDirty || (account.spare > 0 && (isIdle || isDueAgain)) || (isDueAgain && account.open > 0),
    );
  }

  #later(ms: number): void {
    this.#fleet.wheel.after(this, ms);
  }

  #pump(): void {
    if (this.#sent !== undefined) return;
    const nowMs = this.#time.nowMs;
    const positions = this.#positions(nowMs);
    const claim = this.#fleet.claimOf(this.#id, positions, this.#known, this.#validUntilMs());
    const sent: Sent = { claim, sentAt: this.#time.moment() };
    this.#sent = sent;
    const counters = this.#accounts.map(({ counter }) => counter);
    this.#fleet.send(this.key, counters, claim).then(
      (granted) => this.#heard(sent, counters, granted),
      (error: unknown) => this.#failed(sent, error),
    );
  }

  /** Beyond it the row could be gone, and counting would begin anew. */
  #validUntilMs(): number {
    return this.#known.born === 0 ? 0 : this.#time.nowMs + Math.floor(this.#fleet.settings.leaseMs * LEASE_MARGIN);
  }

  #positions(nowMs: number): readonly Position[] {
    const { settings } = this.#fleet;
    const nowSteady = this.#fleet.elapsed();
    const elapsedMs = nowSteady - this.#pumpedAtMs;
    this.#pumpedAtMs = nowSteady;
    const isFresh = this.#time.sinceMs < settings.leaseMs * LEASE_MARGIN;
    const isIdle = this.#isClosing || !settings.slices || nowSteady - this.#usedAtMs >= IDLE_MS;
    const line = this.#line.length > MOST_AT_ONCE ? this.#line.slice(0, MOST_AT_ONCE) : this.#line;
    return this.#accounts.map((account, index) => {
      account.counter = account.template.at(nowMs);
      account.demand = followed(account.demand, account.asked, elapsedMs);
      account.asked = 0;
      if (!isFresh || !account.isSpareIn(nowMs)) account.spare = 0;
      const needed = line.reduce((sum, { need }) => sum + (need[index] ?? 0), 0);
      const target = needed + (isIdle ? 0 : this.#slice(account));
      account.spare = Math.min(account.spare, target);
      const least = Math.max(0, (line[0]?.need[index] ?? 0) - account.spare);
      return account.position(target - account.spare, least);
    });
  }

  #slice({ level, counter, demand, lastNeed, spare }: Account): number {
    if (level === undefined) return 0;
    return sliceOf(demand, horizonMs(this.#roundTripMs), leftOf(level, counter) + spare, this.#holders, lastNeed);
  }

  #heard(sent: Sent, counters: readonly Counter[], granted: Granted): void {
    if (this.#sent !== sent) return;
    this.#sent = undefined;
    this.#time.heard(granted.nowMs, sent.sentAt);
    this.#roundTripMs = this.#time.sinceMs === Number.POSITIVE_INFINITY ? 0 : this.#time.sinceMs;
    this.#stales = granted.stale ? this.#stales + 1 : 0;
    if (granted.stale) {
      // Its time was off, or it was late: now it knows better.
      if (this.#stales < MOST_STALE) this.#pump();
      else this.#failed(undefined, new Error("claims are stale again and again"));
      return;
    }
    if (this.#isAlone) this.#backAgain();
    this.#learn(sent.claim, counters, granted);
    this.#serve(granted.nowMs);
    this.#afterwards();
  }

  #learn(claim: Claim, counters: readonly Counter[], granted: Granted): void {
    const isLost = this.#known.born !== 0 && this.#known.born !== granted.born;
    this.#holders = granted.holders;
    this.#fleet.saw(granted.holders);
    for (const [index, account] of this.#accounts.entries()) {
      const level = granted.levels[index];
      const position = claim.positions[index];
      // Its limits may have been changed meanwhile.
      if (level === undefined || position === undefined || counters[index]?.name !== account.counter.name) continue;
      account.acknowledge(position);
      account.level = level;
      account.spare += granted.granted[index] ?? 0;
      account.spareSlot = level.slots.at(-1)?.start ?? 0;
      if (isLost) account.repeat();
      if (account.template.measure === "usd") this.#fleet.spent(this.key, account, usedIn(level));
    }
    this.#known = {
      born: granted.born,
      atMs: granted.nowMs,
      counters: granted.levels.map((level) => ({
        slot: level.slots.at(-1)?.start ?? 0,
        used: usedIn(level),
        level: level.level,
      })),
    };
  }

  /** First come, first served, as far as what is held goes; who does not fit into what is left is told so. */
  #serve(nowMs: number): void {
    const line = this.#line;
    if (line.length === 0) return;
    this.#line = [];
    const estimated = Math.max(nowMs, this.#time.nowMs);
    for (const waiting of line) {
      if (this.#holds(waiting.need, estimated)) {
        waiting.resolve(this.#take(waiting.need, estimated));
        continue;
      }
      const refusal = this.#refusal(waiting.need, nowMs);
      if (refusal === undefined) this.#line.push(waiting);
      else waiting.reject(new Refused(refusal));
    }
  }

  #afterwards(): void {
    if (this.#line.length > 0) return this.#pump();
    if (this.#isClosing) return this.#last();
    if (this.#accounts.some(({ isDirty }) => isDirty)) return this.changed();
    this.#later(this.#accounts.some(({ spare }) => spare > 0) ? IDLE_MS : this.#fleet.settings.leaseMs / RENEWALS);
  }

  #last(): void {
    const isDone = this.#isAlone || this.#accounts.every(({ isDirty, spare }) => !isDirty && spare === 0);
    if (!isDone) return this.#pump();
    this.#whenIdle?.();
    this.#whenIdle = undefined;
  }

  /** No answer: whether the claim was folded in is not known, and need not be. */
  #failed(sent: Sent | undefined, error: unknown): void {
    if (this.#sent !== sent) return;
    this.#sent = undefined;
    this.#stales = 0;
    this.#fleet.lost(this, error);
    this.#cutOff();
    const line = this.#line;
    this.#line = [];
    const nowMs = this.#time.nowMs;
    for (const { need, resolve, reject } of line) {
      try {
        resolve(this.#byItself(need, nowMs));
      } catch (refused) {
        reject(refused as Refused);
      }
    }
    if (this.#isClosing) this.#last();
    else this.#later(RETRY_MS * (1 + this.#fleet.clock.chance() / 5));
  }

  #cutOff(): void {
    if (this.#isAlone) return;
    for (const account of this.#accounts) account.share = this.#shareOf(account);
    this.#isAlone = true;
  }

  #backAgain(): void {
    this.#isAlone = false;
    for (const account of this.#accounts) account.share = undefined;
    this.#fleet.back(this);
  }
}

/** The one that takes longest is told; one that no time mends before all. */
const worse = (one: Refusal | undefined, other: Refusal): Refusal => {
  if (one === undefined) return other;
  if (one.retryAfterMs === undefined) return one;
  return other.retryAfterMs === undefined || other.retryAfterMs > one.retryAfterMs ? other : one;
};
