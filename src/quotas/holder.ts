import type { Claim, Counter, Granted, Known, QuotaTemplate } from "../contract/index.ts";
import type { Account } from "./account.ts";
import { Accounts } from "./accounts.ts";
import type { Fleet } from "./fleet.ts";
import { type Refusal, Refused } from "./refusal.ts";
import { usedIn } from "./room.ts";
import { type Share, shareOf } from "./share.ts";
import { horizonMs } from "./slice.ts";
import { type Moment, StoreTime } from "./store-time.ts";
import type { Ticket } from "./ticket.ts";

interface Waiting {
  readonly need: readonly number[];
  readonly resolve: (ticket: Ticket) => void;
  readonly reject: (refused: unknown) => void;
}

interface Sent {
  readonly claim: Claim;
  readonly counters: readonly Counter[];
  readonly sentAt: Moment;
}

/** Of the line: as many are asked for at once. */
const MOST_AT_ONCE = 1_000;
/** Part of a lease after which what is held counts no more here: the store's clock began later than this one. */
const LEASE_MARGIN = 0.9;
/** Claims a lease, where nothing else is to be said. */
const RENEWALS = 3;
/** After so long without a call nothing is held ahead. */
const IDLE_MS = 200;
/** Settlements wait for so long, for another claim to ride on. */
const LAZY_MS = 50;
/** After so long without a call, and with nothing open, all is forgotten. */
const FORGET_MS = 60_000;
/** A level older than this is no measure of what is left. */
const STALE_MS = 2_000;
/** Between two attempts at a store that does not answer, and up to a fifth more. */
const RETRY_MS = 250;
const MOST_STALE = 5;
const NOTHING: Known = { born: 0, atMs: 0, counters: [] };

/**
 * This process, in one quota: what it holds there, who waits for more, what it used. It sends positions, one claim at a time;
 * whoever comes meanwhile rides on the next, and after a grant everyone who fits is served. While the store is away it goes on
 * within its share.
 */
export class Holder {
  readonly key: string;
  readonly #fleet: Fleet;
  /** Of its own, also after a pause: figures begin anew with each. */
  readonly #id: string;
  readonly #time: StoreTime;
  readonly #accounts: Accounts;
  #line: Waiting[] = [];
  #sent: Sent | undefined;
  /** The record that was heard of, and its time then; 0 for none. */
  #born = 0;
  #heardAtMs = 0;
  #holders = 1;
  #roundTripMs = 0;
  #pumpedAtMs: number;
  #usedAtMs: number;
  #stales = 0;
  #isAlone = false;
  /** Something besides admissions is to be said. */
  #owes = false;
  #whenSaid: (() => void) | undefined;

  constructor(key: string, template: QuotaTemplate, fleet: Fleet) {
    this.key = key;
    this.#fleet = fleet;
    this.#id = fleet.nextId();
    this.#time = new StoreTime(fleet.clock);
    this.#accounts = new Accounts(template, this.#time);
    this.#pumpedAtMs = fleet.elapsed();
    this.#usedAtMs = this.#pumpedAtMs;
    if (fleet.isDown) this.#cutOff();
  }

  /** The store's time, as far as it is known here. */
  get storeNowMs(): number {
    return this.#time.nowMs;
  }

  get accounts(): readonly Account[] {
    return this.#accounts.all;
  }

  /** The share of the narrowest budget that is used, as far as it is known here; 0 where there is none. */
  get spentShare(): number {
    return this.#accounts.spentShare;
  }

  /** The limits that hold from now on. */
  update(template: QuotaTemplate): void {
    if (template === this.#accounts.template) return;
    this.#accounts.update(template);
    this.#born = 0;
  }

  /**
   * What a call needs, by account: at once where this process holds enough, else by the store's answer. Throws or rejects with
   * `Refused`. A quota that does not enforce lets everybody in, and says on the ticket who should not have been.
   */
  admit(need: readonly number[]): Ticket | Promise<Ticket> {
    const nowMs = this.#time.nowMs;
    this.#usedAtMs = this.#fleet.elapsed();
    this.#accounts.ask(need, nowMs);
    const never = this.#accounts.neverFits(need);
    if (this.#accounts.template.enforcement !== "enforce") {
      const ticket = this.#take(need, nowMs, never ?? this.#accounts.refusal(need, nowMs));
      this.changed();
      return ticket;
    }
    if (never !== undefined) throw new Refused(never);
    if (this.#line.length === 0 && this.#accounts.holds(need, nowMs, this.#isFresh)) return this.#take(need, nowMs);
    if (this.#isAlone) return this.#byItself(need, nowMs);
    return new Promise((resolve, reject) => {
      this.#line.push({ need, resolve, reject });
      this.#pump();
    });
  }

  /** Something ended that the store does not know yet. */
  changed(): void {
    this.#owes = true;
    this.#fleet.wheel.after(this, LAZY_MS, true);
  }

  /** Called by the wheel. */
  due(): void {
    if (this.#sent !== undefined) return;
    if (this.#isAlone && !this.#fleet.mayProbe()) return this.#later(RETRY_MS);
    if (this.#isAlone || this.#hasToSay()) return this.#pump();
    if (this.#accounts.hasSpare) this.#later(IDLE_MS);
    else if (this.#accounts.hasOpen) this.#later(this.#renewalMs);
    else if (this.#fleet.elapsed() - this.#usedAtMs >= FORGET_MS) this.#fleet.forget(this);
    else this.#later(FORGET_MS);
  }

  /** Says all that is left to say, and gives everything back. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSaid = resolve;
      if (this.#sent === undefined) this.#last();
    });
  }

  get #isFresh(): boolean {
    return this.#time.sinceMs < this.#fleet.settings.leaseMs * LEASE_MARGIN;
  }

  get #renewalMs(): number {
    return this.#fleet.settings.leaseMs / RENEWALS;
  }

  #take(need: readonly number[], nowMs: number, over?: Refusal): Ticket {
    this.#later(this.#renewalMs);
    return this.#accounts.take(need, nowMs, this, over);
  }

  /** The store is away: a share of what was left when it was last heard. */
  #byItself(need: readonly number[], nowMs: number): Ticket {
    const refusal = this.#accounts.refusalOfShare(need, nowMs, this.#isFresh, (account) => this.#shareOf(account));
    if (refusal !== undefined) throw new Refused(refusal);
    return this.#take(need, nowMs);
  }

  #shareOf(account: Account): Share {
    const { counter, template, level, spare } = account;
    const isHeard = level !== undefined && this.#time.sinceMs < STALE_MS;
    return shareOf({
      counter,
      // What is held already is used before the share.
      left: isHeard ? account.leftOf(level) - spare : undefined,
      isMoney: template.measure === "usd",
      holders: this.#born === 0 ? this.#fleet.mostHolders : this.#holders,
      deny: this.#fleet.settings.onStoreLoss === "deny",
      nowMs: this.#time.nowMs,
    });
  }

  #hasToSay(): boolean {
    if (this.#owes) return true;
    const isDue = this.#time.sinceMs >= this.#renewalMs;
    const isIdle = this.#fleet.elapsed() - this.#usedAtMs >= IDLE_MS;
    return (this.#accounts.hasSpare && (isIdle || isDue)) || (this.#accounts.hasOpen && isDue);
  }

  get #known(): Known {
    const counters = this.#born === 0 ? undefined : this.#accounts.known();
    return counters === undefined ? NOTHING : { born: this.#born, atMs: this.#heardAtMs, counters };
  }

  #later(ms: number): void {
    this.#fleet.wheel.after(this, ms);
  }

  #pump(): void {
    if (this.#sent !== undefined) return;
    const { settings } = this.#fleet;
    const nowMs = this.#time.nowMs;
    const steadyMs = this.#fleet.elapsed();
    const isIdle = this.#whenSaid !== undefined || !settings.slices || steadyMs - this.#usedAtMs >= IDLE_MS;
    const line = this.#line.length > MOST_AT_ONCE ? this.#line.slice(0, MOST_AT_ONCE) : this.#line;
    const positions = this.#accounts.positions({
      needs: line.map(({ need }) => need),
      nowMs,
      elapsedMs: steadyMs - this.#pumpedAtMs,
      isFresh: this.#isFresh,
      aheadMs: isIdle ? 0 : horizonMs(this.#roundTripMs),
      holders: this.#holders,
    });
    this.#pumpedAtMs = steadyMs;
    // Beyond it the row could be gone, and counting would begin anew.
    const validUntilMs = this.#born === 0 ? 0 : nowMs + Math.floor(settings.leaseMs * LEASE_MARGIN);
    this.#owes = false;
    const claim = this.#fleet.claimOf(this.#id, positions, this.#known, validUntilMs);
    const sent: Sent = { claim, counters: this.#accounts.counters, sentAt: this.#time.moment() };
    this.#sent = sent;
    this.#fleet.send(this.key, sent.counters, claim).then(
      (granted) => this.#heard(sent, granted),
      (error: unknown) => this.#failed(sent, error),
    );
  }

  #heard(sent: Sent, granted: Granted): void {
    if (this.#sent !== sent) return;
    this.#sent = undefined;
    this.#time.heard(granted.nowMs, sent.sentAt);
    this.#roundTripMs = Number.isFinite(this.#time.sinceMs) ? this.#time.sinceMs : 0;
    if (granted.stale) {
      // Its time was off, or it was late: now it knows better.
      this.#stales += 1;
      if (this.#stales < MOST_STALE) this.#pump();
      else this.#failed(undefined, new Error("claims are stale again and again"));
      return;
    }
    this.#stales = 0;
    if (this.#isAlone) this.#backAgain();
    this.#learn(sent, granted);
    this.#serve(granted.nowMs);
    this.#afterwards();
  }

  #learn({ claim, counters }: Sent, granted: Granted): void {
    const isLost = this.#born !== 0 && this.#born !== granted.born;
    this.#holders = granted.holders;
    this.#fleet.saw(granted.holders);
    this.#accounts.learn(claim, counters, granted, isLost);
    if (isLost) this.#owes = true;
    this.#born = granted.born;
    this.#heardAtMs = granted.nowMs;
    for (const account of this.#accounts.all) {
      const { template, level } = account;
      if (template.measure === "usd" && level !== undefined) this.#fleet.spent(this.key, account, usedIn(level));
    }
  }

  /** First come, first served, as far as what is held goes; who does not fit into what is left is told so. */
  #serve(nowMs: number): void {
    const line = this.#line;
    if (line.length === 0) return;
    this.#line = [];
    const latestMs = Math.max(nowMs, this.#time.nowMs);
    for (const waiting of line) {
      if (this.#accounts.holds(waiting.need, latestMs, this.#isFresh)) {
        waiting.resolve(this.#take(waiting.need, latestMs));
        continue;
      }
      const refusal = this.#accounts.refusal(waiting.need, nowMs);
      if (refusal === undefined) this.#line.push(waiting);
      else waiting.reject(new Refused(refusal));
    }
  }

  #afterwards(): void {
    if (this.#line.length > 0) return this.#pump();
    if (this.#whenSaid !== undefined) return this.#last();
    if (this.#owes || this.#accounts.mustSayTaken(this.#holders)) return this.changed();
    this.#later(this.#accounts.hasSpare ? IDLE_MS : this.#renewalMs);
  }

  #last(): void {
    if (!this.#isAlone && (this.#accounts.isDirty || this.#accounts.hasSpare)) return this.#pump();
    this.#whenSaid?.();
    this.#whenSaid = undefined;
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
    for (const { need, resolve, reject } of line) {
      try {
        resolve(this.#byItself(need, this.#time.nowMs));
      } catch (refused) {
        reject(refused);
      }
    }
    if (this.#whenSaid !== undefined) this.#last();
    else this.#later(RETRY_MS * (1 + this.#fleet.clock.chance() / 5));
  }

  #cutOff(): void {
    if (this.#isAlone) return;
    this.#isAlone = true;
    for (const account of this.#accounts.all) account.share = this.#shareOf(account);
  }

  #backAgain(): void {
    this.#isAlone = false;
    for (const account of this.#accounts.all) account.share = undefined;
    this.#fleet.back(this);
  }
}
