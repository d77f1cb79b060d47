import type { Account } from "./account.ts";
import type { Refusal } from "./refusal.ts";

/** What a call was given by one quota. Must be settled, or cancelled, once; a second time does nothing. */
export class Ticket {
  /** It should not have been let in, but this quota only warns. */
  readonly over: Refusal | undefined;
  readonly #accounts: readonly Account[];
  readonly #amounts: readonly number[];
  readonly #slots: readonly number[];
  readonly #changed: () => void;
  #isSettled = false;

  constructor(
    accounts: readonly Account[],
    amounts: readonly number[],
    slots: readonly number[],
    changed: () => void,
    over?: Refusal,
  ) {
    this.#accounts = accounts;
    this.#amounts = amounts;
    this.#slots = slots;
    this.#changed = changed;
    this.over = over;
  }

  /** Ended: `actual` was used, by account; `undefined` keeps what was reckoned with. */
  settle(actual: readonly (number | undefined)[]): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const [index, account] of this.#accounts.entries()) {
      const amount = this.#amounts[index] ?? 0;
      account.settle(amount, actual[index] ?? amount, this.#slots[index] ?? 0);
    }
    this.#changed();
  }

  /** Learnt after the end: so much more. */
  add(more: readonly number[]): void {
    for (const [index, account] of this.#accounts.entries()) {
      const amount = more[index] ?? 0;
      if (amount !== 0) account.add(amount, this.#slots[index] ?? 0);
    }
    this.#changed();
  }

  /** As if it had never been. */
  cancel(): void {
    this.settle(this.#amounts.map(() => 0));
  }
}
