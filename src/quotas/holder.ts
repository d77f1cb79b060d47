import type { Claim, Counter, Granted, Known, QuotaTemplate } from "../contract/index.ts";
import { Absence } from "./absence.ts";
import type { Account } from "./account.ts";
import { Accounts } from "./accounts.ts";
import type { Fleet } from "./fleet.ts";
import { PACE } from "./pace.ts";
import { type Refusal, Refused } from "./refusal.ts";
import { type Share, shareOf } from "./share.ts";
import { horizonMs } from "./slice.ts";
import { type Moment, StoreTime } from "./store-time.ts";
import type { Ticket } from "./ticket.ts";
import { given, Waiting } from "./waiting.ts";

interface Sent {
  readonly claim: Claim;
  readonly counters: readonly Counter[];
  readonly sentAt: Moment;
}

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
  readonly #waiting = new Waiting();
  #sent: Sent | undefined;
  /** The record that was heard of, and its time then; 0 for none. */
  #born = 0;
  #heardAtMs = 0;
  #holders = 1;
  #roundTripMs = 0;
  #pumpedAtMs: number;
  #usedAtMs: number;
  #stales = 0;
  /** The store is away. */
  readonly #absence: Absence;
  /** The store remembers what was said last, until it hears that this was acknowledged: from a claim that does not say it. */
  #isRemembered = false;
  /** Something besides admissions is to be said: those ride on what is said of their ends. */
  #owes = false;
  #whenSaid: (() => void) | undefined;

  constructor(key: string, template: QuotaTemplate, fleet: Fleet) {
    this.key = key;
    this.#fleet = fleet;
    this.#id = fleet.nextId();
    this.#time = new StoreTime(fleet.clock);
    this.#accounts = new Accounts(template, this.#time);
    this.#absence = new Absence(fleet.settings.timeoutMs);
    this.#pumpedAtMs = fleet.elapsed();
    this.#usedAtMs = this.#pumpedAtMs;
    if (fleet.isDown) {
      this.#cutOff();
      this.#later(PACE.retryMs);
    }
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
    return this.#accounts.spentShareAt(this.#time.nowMs);
  }

  /** The limits that hold from now on. */
  update(template: QuotaTemplate): void {
    if (template === this.#accounts.template) return;
    this.#accounts.update(template);
    if (this.#accounts.isDirty) this.changed();
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
    if (this.#waiting.size === 0 && this.#accounts.holds(need, nowMs, this.#isFresh)) return this.#take(need, nowMs);
    if (this.#absence.isOn) return given(this.#byItself(need, nowMs));
    const answer = this.#waiting.add(need);
    this.#pump();
    return answer;
  }

  /** Something ended that the store does not know yet. */
  changed(): void {
    this.#owes = true;
    this.#fleet.wheel.after(this, PACE.lazyMs, true);
  }

  /** Called by the wheel. */
  due(): void {
    if (this.#sent !== undefined) return;
    if (this.#absence.isOn && !this.#fleet.mayProbe()) return this.#later(PACE.retryMs);
    if (this.#absence.isOn || this.#hasToSay()) return this.#pump();
    if (this.#accounts.hasSpare) this.#later(PACE.idleMs);
    else if (this.#accounts.hasOpen) this.#later(this.#renewalMs);
    else if (this.#fleet.elapsed() - this.#usedAtMs < PACE.forgetMs) this.#later(PACE.forgetMs);
    else if (this.#isRemembered) this.#pump();
    else this.#fleet.forget(this);
  }

  /** Says all that is left to say, and gives everything back. Where the store was away it is tried once more. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSaid = resolve;
      if (this.#sent !== undefined) return;
      if (this.#absence.isOn && this.#accounts.isDirty) this.#pump();
      else this.#last();
    });
  }

  get #isFresh(): boolean {
    return this.#time.sinceMs < this.#fleet.settings.leaseMs * PACE.leaseMargin;
  }

  get #renewalMs(): number {
    return this.#fleet.settings.leaseMs / PACE.renewals;
  }

  #take(need: readonly number[], nowMs: number, over?: Refusal): Ticket {
    this.#later(this.#renewalMs);
    return this.#accounts.take(need, nowMs, this, over);
  }

  /** The store is away: a share of what was left when it was last heard. */
  #byItself(need: readonly number[], nowMs: number): Ticket | Refused {
    const refusal = this.#accounts.refusalOfShare(need, nowMs, this.#isFresh, (account) => this.#shareOf(account));
    return refusal === undefined ? this.#take(need, nowMs) : new Refused(refusal);
  }

  #shareOf(account: Account): Share {
    const { counter, template, level, spare } = account;
    const isHeard = level !== undefined && this.#time.sinceMs < PACE.staleMs;
    return shareOf({
      counter,
      // What is held already is used before the share.
      left: isHeard ? account.leftOf(level, this.#time.nowMs) - spare : undefined,
      isMoney: template.measure === "usd",
      holders: this.#born === 0 ? this.#fleet.mostHolders : this.#holders,
      deny: this.#fleet.settings.onStoreLoss === "deny",
      nowMs: this.#time.nowMs,
    });
  }

  #hasToSay(): boolean {
    if (this.#owes) return true;
    const isDue = this.#time.sinceMs >= this.#renewalMs;
    const isIdle = this.#fleet.elapsed() - this.#usedAtMs >= PACE.idleMs;
    return (this.#accounts.hasSpare && (isIdle || isDue)) || (this.#accounts.hasOpen && isDue);
  }

  get #known(): Known {
    return { born: this.#born, atMs: this.#heardAtMs, counters: this.#accounts.known() };
  }

  #later(ms: number): void {
    this.#fleet.wheel.after(this, ms);
  }

  #pump(): void {
    if (this.#sent !== undefined) return;
    const { settings } = this.#fleet;
    const nowMs = this.#time.nowMs;
    const steadyMs = this.#fleet.elapsed();
    const isIdle = this.#whenSaid !== undefined || !settings.slices || steadyMs - this.#usedAtMs >= PACE.idleMs;
    if (this.#absence.isOn && !this.#absence.isAnswered) {
      for (const account of this.#accounts.all) account.forgive(this.#absence.returnMs);
    }
    const positions = this.#accounts.positions({
      needs: this.#waiting.needs,
      nowMs,
      elapsedMs: steadyMs - this.#pumpedAtMs,
      isFresh: this.#isFresh,
      aheadMs: isIdle ? 0 : horizonMs(this.#roundTripMs),
      holders: this.#holders,
      asksMore: !this.#absence.isOn,
    });
    this.#pumpedAtMs = steadyMs;
    // Beyond it the row could be gone, and counting would begin anew. Where this process's own time is off, its first is stale.
    const validUntilMs = Math.ceil(nowMs + settings.leaseMs * PACE.leaseMargin);
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
      if (this.#stales < PACE.mostStale) this.#pump();
      else this.#failed(undefined, new Error("claims are stale again and again"));
      return;
    }
    this.#stales = 0;
    if (this.#absence.isOn && this.#absence.isOver(this.#fleet.elapsed())) this.#backAgain();
    this.#learn(sent, granted);
    this.#serve(granted.nowMs);
    this.#afterwards();
  }

  #learn({ claim, counters }: Sent, granted: Granted): void {
    const isLost = this.#born !== 0 && this.#born !== granted.born;
    this.#holders = granted.holders;
    this.#accounts.learn(claim, counters, granted, isLost);
    this.#fleet.heard(this.key, this.#accounts.all, granted.holders);
    this.#isRemembered = claim.positions.some(({ used }) => used.length > 0);
    this.#born = granted.born;
    this.#heardAtMs = granted.nowMs;
    this.#owes ||= isLost || this.#accounts.hasLetGo;
    if (isLost || granted.born === claim.nonce) this.#fleet.made(this.key, isLost);
  }

  /** First come, first served, as far as what is held goes; who does not fit into what is left is told so. */
  #serve(nowMs: number): void {
    if (this.#waiting.size === 0) return;
    const latestMs = Math.max(nowMs, this.#time.nowMs);
    this.#waiting.answer((need) => {
      if (this.#accounts.holds(need, latestMs, this.#isFresh)) return this.#take(need, latestMs);
      const refusal = this.#accounts.refusal(need, nowMs);
      return refusal && new Refused(refusal);
    });
  }

  #afterwards(): void {
    if (this.#waiting.size > 0) return this.#pump();
    if (this.#whenSaid !== undefined) return this.#last();
    if (this.#owes || this.#accounts.mustSayTaken(this.#holders)) return this.changed();
    if (this.#absence.isOn) return this.#later(PACE.retryMs);
    this.#later(this.#accounts.hasSpare ? PACE.idleMs : this.#renewalMs);
  }

  #last(): void {
    const isHeard = !this.#absence.isOn || this.#absence.isAnswered;
    const isAllSaid = !this.#accounts.isDirty && !this.#accounts.hasSpare && !this.#isRemembered;
    if (isHeard && !isAllSaid) return this.#pump();
    this.#whenSaid?.();
    this.#whenSaid = undefined;
  }

  /** No answer: whether the claim was folded in is not known, and need not be. */
  #failed(sent: Sent | undefined, error: unknown): void {
    if (this.#sent !== sent) return;
    this.#sent = undefined;
    this.#stales = 0;
    this.#owes = true;
    this.#absence.missed();
    this.#fleet.lost(this, error);
    this.#cutOff();
    this.#waiting.answer((need) => this.#byItself(need, this.#time.nowMs));
    if (this.#whenSaid !== undefined) this.#last();
    else this.#later(PACE.retryMs * (1 + this.#fleet.clock.chance() / 5));
  }

  #cutOff(): void {
    if (this.#absence.isOn) return;
    this.#absence.begin();
    for (const account of this.#accounts.all) account.cutOff(this.#shareOf(account));
  }

  #backAgain(): void {
    this.#absence.end();
    for (const account of this.#accounts.all) account.share = undefined;
    this.#fleet.back(this);
  }
}
