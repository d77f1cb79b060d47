import type { Clock, QuotaTemplate, Store } from "../../src/contract/index.ts";
import { Fleet, type FleetListener, type QuotaSettings } from "../../src/quotas/fleet.ts";
import { Refused } from "../../src/quotas/refusal.ts";
import type { Ticket } from "../../src/quotas/ticket.ts";
import { CALM, SimulatedNetwork, type SimulatedStore } from "./simulated-network.ts";

/** A call, as the test knows it. */
export interface SimulatedCall {
  readonly by: SimulatedProcess;
  readonly askedAtMs: number;
  readonly need: readonly number[];
  /** `undefined` while it waits. */
  answeredAtMs: number | undefined;
  ticket: Ticket | undefined;
  refused: Refused | undefined;
  /** By counter: the slot it is counted in, what it counts with now. */
  slots: readonly number[];
  counts: number[];
  isOpen: boolean;
}

export const SETTINGS: QuotaSettings = { leaseMs: 3_000, timeoutMs: 250, slices: true, onStoreLoss: "share" };

/** A process of its own: it may stand still, die, and its wall clock may jump; what it asked for is written down. */
export class SimulatedProcess {
  readonly fleet: Fleet;
  readonly network: SimulatedNetwork;
  readonly calls: SimulatedCall[] = [];
  readonly events: string[] = [];
  isDead = false;
  wallMs = 0;
  /** Whether its clock has a steady part. */
  hasElapsed = true;
  timers = 0;
  #paused: (() => void)[] | undefined;
  readonly #clock: Clock;

  constructor(
    store: SimulatedStore,
    clock: Clock,
    settings: Partial<QuotaSettings> = {},
    listener: Partial<FleetListener> = {},
    asStore?: Store,
  ) {
    this.#clock = clock;
    this.network = new SimulatedNetwork(store, clock, (fn) => this.#run(fn));
    this.network.faults = CALM;
    this.fleet = new Fleet(
      asStore ?? this.network.asStore,
      this.#ownClock(),
      { ...SETTINGS, ...settings },
      {
        store: (state) => void this.events.push(state),
        spent: () => {},
        made: () => {},
        forgotten: () => {},
        ...listener,
      },
    );
  }

  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  pause(): void {
    this.#paused ??= [];
  }

  goOn(): void {
    const paused = this.#paused ?? [];
    this.#paused = undefined;
    for (const fn of paused) this.#run(fn);
  }

  die(): void {
    this.isDead = true;
  }

  ask(key: string, template: QuotaTemplate, need: readonly number[]): SimulatedCall {
    const call: SimulatedCall = {
      by: this,
      askedAtMs: this.#clock.now(),
      need,
      answeredAtMs: undefined,
      ticket: undefined,
      refused: undefined,
      slots: [],
      counts: [...need],
      isOpen: false,
    };
    this.calls.push(call);
    const holder = this.fleet.of(key, template);
    const entered = (ticket: Ticket): void => {
      call.answeredAtMs = this.#clock.now();
      call.ticket = ticket;
      call.slots = ticket.accounts.map((account) => account.slotAt(holder.storeNowMs));
      call.isOpen = true;
    };
    const refused = (error: unknown): void => {
      if (!(error instanceof Refused)) throw error;
      call.answeredAtMs = this.#clock.now();
      call.refused = error;
    };
    try {
      const ticket = holder.admit(need);
      if (ticket instanceof Promise) ticket.then(entered, refused);
      else entered(ticket);
    } catch (error) {
      refused(error);
    }
    return call;
  }

  /** The call has ended, and used so much. */
  settle(call: SimulatedCall, actual: readonly number[]): void {
    if (this.isDead || !call.isOpen) return;
    call.isOpen = false;
    for (const [index, amount] of actual.entries()) {
      call.counts[index] = amount;
      call.ticket?.settle(index, amount);
    }
  }

  amend(call: SimulatedCall, more: readonly number[]): void {
    if (this.isDead || call.ticket === undefined || call.isOpen) return;
    for (const [index, amount] of more.entries()) {
      call.counts[index] = (call.counts[index] ?? 0) + amount;
      call.ticket.add(index, amount);
    }
  }

  #run(fn: () => void): void {
    if (this.isDead) return;
    if (this.#paused === undefined) fn();
    else this.#paused.push(fn);
  }

  #ownClock(): Clock {
    const clock = this.#clock;
    const startMs = clock.now();
    return {
      now: () => clock.now() + this.wallMs,
      elapsed: () => clock.now() + (this.hasElapsed ? -startMs : this.wallMs),
      chance: () => clock.chance(),
      after: (ms, fn) => {
        this.timers += 1;
        let isOver = false;
        const end = (): boolean => {
          if (isOver) return false;
          isOver = true;
          this.timers -= 1;
          return true;
        };
        const cancel = clock.after(ms, () => this.#run(() => void (end() && fn())));
        return () => {
          end();
          cancel();
        };
      },
    };
  }
}
