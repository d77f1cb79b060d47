import type { Account } from "./account.ts";
import type { Refusal } from "./refusal.ts";

/** Is told when something that it admitted has ended. */
export interface Admitting {
  changed(): void;
}

/** What a call was given by one quota, account by account: each is settled once; a second time does nothing. */
export class Ticket {
  readonly accounts: readonly Account[];
  /** It should not have been let in, but this quota does not enforce. */
  readonly over: Refusal | undefined;
  readonly #amounts: readonly number[];
  readonly #slots: readonly number[];
  readonly #by: Admitting;
  readonly #settled: boolean[] = [];

  constructor(
    accounts: readonly Account[],
    amounts: readonly number[],
    slots: readonly number[],
    by: Admitting,
    over?: Refusal,
  ) {
    this.accounts = accounts;
    this.#amounts = amounts;
    this.#slots = slots;
    this.#by = by;
    this.over = over;
  }

  /** Ended: `actual` was used; `undefined` keeps what was reckoned with. */
  settle(index: number, actual: number | undefined): void {
    if (this.#settled[index] === true) return;
    this.#settled[index] = true;
    const amount = this.#amounts[index] ?? 0;
    this.accounts[index]?.settle(amount, Math.max(0, whole(actual) ?? amount), this.#slots[index] ?? 0);
    this.#by.changed();
  }

  /** Learnt after the end: so much more, or less. */
  add(index: number, more: number): void {
    this.accounts[index]?.add(whole(more) ?? 0, this.#slots[index] ?? 0);
    this.#by.changed();
  }

  /** Whatever is not settled was never used. */
  cancel(): void {
    for (const index of this.accounts.keys()) this.settle(index, 0);
  }
}

/** What a vendor or a provider says is a figure only if it is one: a single other would spoil all sums. */
const whole = (amount: number | undefined): number | undefined =>
  Number.isFinite(amount) ? Math.ceil(amount as number) : undefined;
