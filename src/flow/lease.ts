import type { Lease, Ranked, Reservation, Spent } from "../contract/index.ts";
import { amountOf, isOfCall, usedAmounts } from "../quotas/amounts.ts";
import type { Ticket } from "../quotas/ticket.ts";

/** What a call was given by all the quotas it is under: a ticket from each. */
export class CallLease implements Lease {
  readonly #tickets: readonly Ticket[];
  readonly #more: (ranked: Ranked) => readonly Ticket[] | Promise<readonly Ticket[]>;
  #isStarted = false;
  /** Some provider was asked. */
  #isAsked = false;
  #isOver = false;

  constructor(tickets: readonly Ticket[], more: (ranked: Ranked) => readonly Ticket[] | Promise<readonly Ticket[]>) {
    this.#tickets = tickets;
    this.#more = more;
  }

  take(ranked: Ranked): Reservation | Promise<Reservation> {
    // There will be no attempt, and nobody would give it back.
    if (this.#isOver) return NOTHING;
    if (!this.#isStarted) {
      this.#isStarted = true;
      return this.#reservation(this.#tickets);
    }
    const tickets = this.#more(ranked);
    return tickets instanceof Promise ? tickets.then((given) => this.#reservation(given)) : this.#reservation(tickets);
  }

  #reservation(tickets: readonly Ticket[]): Reservation {
    return reservationOf(tickets, ({ reached }) => {
      this.#isAsked ||= reached !== false;
    });
  }

  /** The call is over. One that came to no attempt is as if it had never been; one that reached no vendor is no request. */
  end(): void {
    this.#isOver = true;
    for (const ticket of this.#tickets) {
      if (!this.#isStarted) {
        ticket.cancel();
        continue;
      }
      for (const [index, { template }] of ticket.accounts.entries()) {
        if (template.measure === "parallel") ticket.settle(index, 0);
        else if (template.measure === "requests") ticket.settle(index, this.#isAsked ? undefined : 0);
      }
    }
  }
}

/** What is counted by the attempt, on each of its tickets. */
const reservationOf = (tickets: readonly Ticket[], ended: (spent: Spent) => void): Reservation => {
  const each = (fn: (ticket: Ticket, index: number, ticketOf: Ticket["accounts"][number]) => void): void => {
    for (const ticket of tickets) {
      for (const [index, account] of ticket.accounts.entries()) {
        if (!isOfCall(account.template.measure)) fn(ticket, index, account);
      }
    }
  };
  return {
    settle(spent: Spent) {
      const { usage, costNanoUsd } = spent;
      ended(spent);
      const used = usedAmounts(usage, usage === undefined ? 0 : costNanoUsd);
      each((ticket, index, { template }) => ticket.settle(index, amountOf(used, template.measure)));
    },
    amend({ usage, costNanoUsd }: Spent) {
      const more = usedAmounts(usage, costNanoUsd);
      each((ticket, index, { template }) => ticket.add(index, amountOf(more, template.measure) ?? 0));
    },
    cancel() {
      each((ticket, index) => ticket.settle(index, 0));
    },
  };
};

const NOTHING: Reservation = { settle() {}, amend() {}, cancel() {} };

/** Of a call that is under no quota. */
export const freeLease: Lease = { take: () => NOTHING };
