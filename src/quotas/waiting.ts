import { Refused } from "./refusal.ts";
import type { Ticket } from "./ticket.ts";

interface Waiter {
  readonly need: readonly number[];
  readonly resolve: (ticket: Ticket) => void;
  readonly reject: (refused: unknown) => void;
}

/** Of those who wait, as many are asked for at once. */
const MOST_AT_ONCE = 1_000;

/** Those who wait for what a holder does not hold yet, first come first served. */
export class Waiting {
  #line: Waiter[] = [];

  get size(): number {
    return this.#line.length;
  }

  /** What the first of them need. */
  get needs(): readonly (readonly number[])[] {
    const line = this.#line.length > MOST_AT_ONCE ? this.#line.slice(0, MOST_AT_ONCE) : this.#line;
    return line.map(({ need }) => need);
  }

  /** Rejects with `Refused`. */
  add(need: readonly number[]): Promise<Ticket> {
    return new Promise((resolve, reject) => this.#line.push({ need, resolve, reject }));
  }

  /** Asks for each, in their order: `undefined` leaves it in the line. */
  answer(decide: (need: readonly number[]) => Ticket | Refused | undefined): void {
    const line = this.#line;
    this.#line = [];
    for (const waiter of line) {
      const answer = decide(waiter.need);
      if (answer === undefined) this.#line.push(waiter);
      else if (answer instanceof Refused) waiter.reject(answer);
      else waiter.resolve(answer);
    }
  }
}

/** For who need not wait: a refusal is thrown. */
export const given = (answer: Ticket | Refused): Ticket => {
  if (answer instanceof Refused) throw answer;
  return answer;
};
