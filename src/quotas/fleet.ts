import { randomBytes } from "node:crypto";
import type { Claim, Clock, Counter, Granted, Known, Position, QuotaTemplate, Store } from "../contract/index.ts";
import type { Account } from "./account.ts";
import { checkedAnswer } from "./answer.ts";
import { Holder } from "./holder.ts";
import { usedIn } from "./room.ts";
import { Wheel } from "./wheel.ts";

/** How quotas are held. */
export interface QuotaSettings {
  /** How long the store waits for word of a process before it takes what that held for used. */
  readonly leaseMs: number;
  /** How long a claim may take. */
  readonly timeoutMs: number;
  /** Whether to hold ahead of demand. */
  readonly slices: boolean;
  /** `share`: a share of what was left is spent without the store. `deny`: no money is. */
  readonly onStoreLoss: "share" | "deny";
}

/** What is heard of quotas, besides what calls hear. */
export interface FleetListener {
  /** One word for each change: the store does not answer, or does again. */
  store(state: "lost" | "back", error: unknown): void;
  /** What is used of a budget, whenever it is heard anew. */
  spent(key: string, account: Account, usedNanoUsd: number): void;
  /** A record was made anew: `isLost` where the one before was known here, and is gone. */
  made(key: string, isLost: boolean): void;
  /** Nobody here uses that quota any more. */
  forgotten(key: string): void;
}

const STEP_MS = 10;
const LAST_WORD_MS = 2_000;
/** After so many failures in a row the store is taken for down, and who comes new does not wait for it. */
const FAILURES = 3;
const PROBE_MS = 200;
/** Of no record: what is said to be known of it is taken over. */
const ANOTHER = -1;
const NONCES = 0x7fff_ffff;

/** All that this process holds of a store's quotas: one holder a key, one name, one timer, one opinion of whether the store is there. */
export class Fleet {
  readonly clock: Clock;
  readonly settings: QuotaSettings;
  readonly wheel: Wheel<Holder>;
  readonly #store: Store;
  readonly #listener: FleetListener;
  readonly #id = randomBytes(9).toString("base64url");
  readonly #holders = new Map<string, Holder>();
  readonly #cutOff = new Set<Holder>();
  #ids = 0;
  #seq = 0;
  #failures = 0;
  #probedAtMs = 0;
  #mostHolders = 1;

  constructor(store: Store, clock: Clock, settings: QuotaSettings, listener: FleetListener) {
    this.clock = clock;
    this.settings = settings;
    this.#store = store;
    this.#listener = listener;
    this.wheel = new Wheel(clock, STEP_MS, (holder) => holder.due());
  }

  /** This process in a quota, with the limits that hold now. */
  of(key: string, template: QuotaTemplate): Holder {
    let holder = this.#holders.get(key);
    if (holder === undefined) {
      holder = new Holder(key, template, this);
      this.#holders.set(key, holder);
    } else holder.update(template);
    return holder;
  }

  /** The same, if it is in use. */
  known(key: string): Holder | undefined {
    return this.#holders.get(key);
  }

  /** Quotas that this process knows something of. */
  get size(): number {
    return this.#holders.size;
  }

  /** The largest number of processes that was seen in any quota. */
  get mostHolders(): number {
    return this.#mostHolders;
  }

  get isDown(): boolean {
    return this.#failures >= FAILURES;
  }

  elapsed(): number {
    return this.clock.elapsed?.() ?? this.clock.now();
  }

  /** A name that no other holder has, now or later. */
  nextId(): string {
    this.#ids += 1;
    return `${this.#id}-${this.#ids.toString(36)}`;
  }

  claimOf(holder: string, positions: readonly Position[], known: Known, validUntilMs: number): Claim {
    this.#seq += 1;
    const nonce = 1 + Math.floor(this.clock.chance() * NONCES);
    const { leaseMs } = this.settings;
    return { holder, seq: this.#seq, leaseMs, validUntilMs, nonce, known, positions };
  }

  /** Rejects when the store does, when what it says is no answer, or when it takes too long; a late answer is nobody's any more. */
  send(key: string, counters: readonly Counter[], claim: Claim): Promise<Granted> {
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.settings;
      let isLate = false;
      const late = (): void => {
        isLate = true;
        reject(new Error(`no answer within ${timeoutMs} ms`));
      };
      const cancel = this.clock.after(timeoutMs, late, { keepAlive: true });
      const failed = (error: unknown): void => {
        cancel();
        reject(error);
      };
      const answered = (answer: unknown): void => {
        if (isLate) return;
        try {
          const granted = checkedAnswer(answer, claim);
          cancel();
          this.#failures = 0;
          resolve(granted);
        } catch (error) {
          failed(error);
        }
      };
      try {
        this.#store.quotas.claim(key, counters, claim).then(answered, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  /**
   * Adds to what is used in a window of the first counter, besides what any process says: for what only a ledger knows. The
   * others are those of the same quota: a claim that left one out would have the record kept only as long as the rest need it.
   */
  async add(key: string, counters: readonly Counter[], slot: number, used: number): Promise<void> {
    const known: Known = { born: ANOTHER, atMs: 0, counters: [{ slot, used, level: 0 }] };
    const positions = counters.map((): Position => ({ used: [], keep: 0, want: 0, least: 0 }));
    await this.send(key, counters, this.claimOf(this.nextId(), positions, known, 0));
  }

  made(key: string, isLost: boolean): void {
    this.#listener.made(key, isLost);
  }

  /** Of a quota: who is there, and how much of its budgets is used. */
  heard(key: string, accounts: readonly Account[], holders: number): void {
    if (holders > this.#mostHolders) this.#mostHolders = holders;
    for (const account of accounts) {
      const { template, level } = account;
      if (template.measure === "usd" && level !== undefined) this.#listener.spent(key, account, usedIn(level));
    }
  }

  /** While the store is down one asks for all. */
  mayProbe(): boolean {
    if (!this.isDown) return true;
    const nowMs = this.elapsed();
    if (nowMs - this.#probedAtMs < PROBE_MS) return false;
    this.#probedAtMs = nowMs;
    return true;
  }

  lost(holder: Holder, error: unknown): void {
    this.#failures += 1;
    if (this.#cutOff.size === 0) this.#listener.store("lost", error);
    this.#cutOff.add(holder);
  }

  back(holder: Holder): void {
    if (this.#cutOff.delete(holder) && this.#cutOff.size === 0) this.#listener.store("back", undefined);
  }

  forget(holder: Holder): void {
    if (this.#holders.get(holder.key) === holder) {
      this.#holders.delete(holder.key);
      this.#listener.forgotten(holder.key);
    }
    this.back(holder);
  }

  /** Gives everything back, as far as the store answers. */
  async close(): Promise<void> {
    const said = Promise.all([...this.#holders.values()].map((holder) => holder.close()));
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.clock.after(LAST_WORD_MS, resolve, { keepAlive: true });
    });
    await Promise.race([said, late]);
    cancel();
    this.wheel.end();
    this.#holders.clear();
  }
}
