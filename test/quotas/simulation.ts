import type { Counter, CounterTemplate, Measure, QuotaTemplate } from "../../src/contract/index.ts";
import type { QuotaSettings } from "../../src/quotas/fleet.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/virtual-clock.ts";
import { type Faults, SimulatedStore } from "./simulated-network.ts";
import { type SimulatedCall, SimulatedProcess } from "./simulated-process.ts";

export const KEY = "tenant:acme";
const HOUR_MS = 3_600_000;
export const HOUR = Date.UTC(2026, 5, 1, 12);

const still = (measure: Measure, counter: Counter): CounterTemplate => ({
  measure,
  label: counter.name,
  at: () => counter,
});

const hourly = (cap: number): CounterTemplate => ({
  measure: "usd",
  label: "USD per hour",
  period: "hour",
  at: (nowMs) => {
    const hour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    return { name: "usd.hour", type: "calendar", cap, starts: [-1, 0, 1, 2].map((each) => hour + each * HOUR_MS) };
  },
});

export const BUCKET = { cap: 60, perMinute: 1_200 };
export const ROLLING = { cap: 300, slotMs: 100, slots: 20 };

export interface Caps {
  readonly usd: number;
  readonly parallel: number;
}

/** Requests in a bucket, tokens in a rolling window of two seconds, dollars by the hour, calls at the same time. */
export const templateOf = ({ usd, parallel }: Caps): QuotaTemplate => ({
  counters: [
    still("requests", { name: "requests", type: "bucket", ...BUCKET }),
    still("tokens", { name: "tokens.strict", type: "rolling", ...ROLLING }),
    hourly(usd),
    still("parallel", { name: "parallel", type: "parallel", cap: parallel }),
  ],
  enforcement: "enforce",
  alerts: [],
});

export interface Plan {
  readonly seed: number;
  readonly processes: number;
  readonly caps: Caps;
  readonly settings?: Partial<QuotaSettings>;
  readonly faults: Faults;
  /** Calls a second, by all. */
  readonly rate: number;
  readonly forMs: number;
  /** Before the full hour. */
  readonly beforeMs?: number;
  /** Whether calls may use more than was reckoned with, also after their end. */
  readonly overuse?: boolean;
}

/** Some processes that share one quota, in time that stands still until it is told to go on. */
export class Simulation {
  readonly clock: VirtualClock;
  readonly store: SimulatedStore;
  readonly processes: SimulatedProcess[] = [];
  template: QuotaTemplate;
  readonly plan: Plan;
  /** Everybody that ever was. */
  readonly everyone: SimulatedProcess[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.clock = virtualClock({ startMs: HOUR - (plan.beforeMs ?? 1_000), seed: plan.seed });
    this.store = new SimulatedStore(this.clock);
    this.template = templateOf(plan.caps);
    for (let index = 0; index < plan.processes; index += 1) this.start();
  }

  get calls(): readonly SimulatedCall[] {
    return this.everyone.flatMap(({ calls }) => calls);
  }

  start(): SimulatedProcess {
    const started = new SimulatedProcess(this.store, this.clock, this.plan.settings);
    started.network.faults = this.plan.faults;
    this.processes.push(started);
    this.everyone.push(started);
    return started;
  }

  /** Calls come and go for as long as planned; `meanwhile` happens now and then. */
  async play(meanwhile: (chance: () => number) => void = () => {}): Promise<void> {
    const { clock, plan } = this;
    const untilMs = clock.now() + plan.forMs;
    const next = (): void => {
      if (clock.now() >= untilMs) return;
      clock.after((-Math.log(1 - clock.chance()) * 1_000) / plan.rate, () => {
        this.#one();
        next();
      });
    };
    const now = (): void => {
      if (clock.now() >= untilMs) return;
      clock.after(100, () => {
        meanwhile(() => clock.chance());
        now();
      });
    };
    next();
    now();
    await clock.advance(plan.forMs);
  }

  #one(): void {
    const { clock, processes } = this;
    const process = processes[Math.floor(clock.chance() * processes.length)];
    if (process === undefined || process.isPaused || process.isDead) return;
    const need = [1, 1 + Math.floor(clock.chance() * 20), 1 + Math.floor(clock.chance() * 50), 1];
    const call = process.ask(KEY, this.template, need);
    clock.after(50 + clock.chance() * 800, () => this.#end(call));
  }

  #end(call: SimulatedCall): void {
    const { clock, plan } = this;
    // It may not have been let in yet, or its process stands still.
    if (call.answeredAtMs === undefined || call.by.isPaused) {
      if (!call.by.isDead) clock.after(100, () => this.#end(call));
      return;
    }
    const most = plan.overuse === true ? 1.5 : 1;
    const used = (index: number): number => Math.floor((call.need[index] ?? 0) * clock.chance() * most);
    call.by.settle(call, [clock.chance() < 0.1 ? 0 : 1, used(1), used(2), 0]);
    if (plan.overuse === true && clock.chance() < 0.2) {
      clock.after(clock.chance() * 1_000, () => {
        if (!call.by.isPaused) call.by.amend(call, [0, 3, 5, 0]);
      });
    }
  }

  /** Everything is heard again, all calls end, and everybody says all that there is to say. */
  async calmDown(): Promise<void> {
    this.store.thaw();
    for (const process of this.processes) {
      process.goOn();
      process.network.isCut = false;
      process.network.faults = { ...this.plan.faults, ...QUIET };
    }
    await this.clock.advance(8_000);
  }

  /** What each counter was used by all, by what the test wrote down; of a calendar in one window. */
  used(index: number, slot?: number): number {
    let sum = 0;
    for (const { ticket, counts, slots } of this.calls)
      if (ticket !== undefined && (slot === undefined || slots[index] === slot)) sum += counts[index] ?? 0;
    return sum;
  }
}

const QUIET = { lostRequest: 0, lostAnswer: 0, lateAnswer: 0, rejected: 0, thrown: 0, garbage: 0, copied: 0 };
