import {
  type Clock,
  GatewayError,
  type LedgerSink,
  type LimitDetails,
  type QuotaLevel,
  type Store,
} from "../contract/index.ts";
import type { Account } from "../quotas/account.ts";
import { Fleet, type QuotaSettings } from "../quotas/fleet.ts";
import { storeKey } from "../quotas/store-key.ts";
import { Admission } from "./admission.ts";
import { warnIfClustered } from "./clustered.ts";
import { type LimitState, stateOf } from "./limit-state.ts";
import { type Difference, reconciled } from "./reconcile.ts";
import { TargetQuotas } from "./target-quotas.ts";
import { WaitingLines } from "./waiting-lines.ts";

/** A budget of which so much is used. */
export interface BudgetEvent {
  readonly atMs: number;
  readonly scope: LimitDetails["scope"];
  /** Such as `USD per day`. */
  readonly limit: string;
  /** The share that was reached, of those named in `budgets.alerts`. */
  readonly share: number;
  readonly spentNanoUsd: bigint;
  readonly limitNanoUsd: bigint;
}

/** The store of the quotas does not answer, or does again. */
export interface StoreEvent {
  readonly atMs: number;
  readonly state: "lost" | "back";
  readonly store: string;
  /** What the client said, where it gave a code. */
  readonly code: string | undefined;
}

export interface QuotasOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: QuotaSettings;
  readonly ledger: LedgerSink;
  readonly budget: (event: BudgetEvent) => void;
  readonly lost: (event: StoreEvent) => void;
}

/** From this share of a budget on, cost alone counts in routing. */
const SHORT = 0.9;

/** For so long after a store was found empty, records that are made are looked up in the ledger. */
const EMPTIED_MS = 60_000;
/** Not before all processes have said what they used, which the ledger may know already: it would count twice. */
const LOOK_UP_MS = 2_000;

/** Everything that is limited: who is let in, what is spent, what is told of it. */
export class Quotas {
  readonly admission: Admission;
  readonly targets: TargetQuotas;
  readonly #options: QuotasOptions;
  readonly #fleet: Fleet;
  /** When a record that was known was last found to be gone. */
  #emptiedAtMs = Number.NEGATIVE_INFINITY;
  readonly #lookingUp = new Set<string>();
  /** Levels by store key, of those that are in use: to tell whose budget it is. */
  readonly #levels = new Map<string, QuotaLevel>();

  constructor(options: QuotasOptions) {
    const { store, clock, settings } = options;
    this.#options = options;
    this.#fleet = new Fleet(store, clock, settings, {
      store: (state, error) => this.#told(state, error),
      spent: (key, account, usedNanoUsd) => this.#spent(key, account, usedNanoUsd),
      made: (key, isLost) => this.#made(key, isLost),
      forgotten: (key) => void this.#levels.delete(key),
    });
    const lines = new WaitingLines();
    this.admission = new Admission(this.#fleet, lines, (level) => {
      if (this.#levels.size === 0 && !store.shared) warnIfClustered();
      this.#levels.set(level.key, level);
    });
    this.targets = new TargetQuotas(this.#fleet, lines);
  }

  /** Whether a budget of the tenant's is near its end, as far as this process knows. */
  isShort(tenant: string): boolean {
    return this.#fleet.size > 0 && (this.#fleet.known(storeKey("tenant", tenant))?.spentShare ?? 0) >= SHORT;
  }

  /** What of each limit is used, by all processes together. */
  async state(levels: readonly QuotaLevel[]): Promise<readonly LimitState[]> {
    const { store, clock, settings } = this.#options;
    const read = levels.map(async (level): Promise<readonly LimitState[]> => {
      const holder = this.#fleet.known(level.key);
      const nowMs = holder?.storeNowMs ?? clock.now();
      const counters = level.template.counters.map((template) => template.at(nowMs));
      const view = await inTime(store.quotas.read(level.key, counters), clock, settings.timeoutMs);
      return stateOf(level, counters, view, holder);
    });
    try {
      return (await Promise.all(read)).flat();
    } catch {
      const message = `The store of the quotas (${store.name}) does not answer.`;
      throw new GatewayError("store_unavailable", message, { details: { store: store.name } });
    }
  }

  /** Compares budgets with the ledger, and adds what the ledger knows and the quotas do not. */
  async reconcile(levels: readonly QuotaLevel[]): Promise<readonly Difference[]> {
    const { ledger } = this.#options;
    if (ledger.spent === undefined) {
      const issue = { path: "ledger", message: "expected a ledger that can be asked (`spent`)" };
      throw new GatewayError("invalid_request", "The gateway's ledger cannot say what was spent.", {
        details: { issues: [issue] },
      });
    }
    const states = await this.state(levels);
    return reconciled(states, ledger, ({ key, counter, startsAtMs = 0, restored }, missing) => {
      const others = states.filter((state) => state.key === key && state.counter !== counter);
      const counters = [counter, ...others.map((other) => other.counter)];
      return this.#fleet.add(key, counters, startsAtMs, restored + missing);
    });
  }

  close(): Promise<void> {
    return this.#fleet.close();
  }

  /** A store that came back empty: what a ledger knows and no living process does is added. */
  #made(key: string, isLost: boolean): void {
    const { store, clock, ledger } = this.#options;
    const nowMs = clock.now();
    if (isLost) this.#emptiedAtMs = nowMs;
    const level = this.#levels.get(key);
    const isEmptied = nowMs - this.#emptiedAtMs < EMPTIED_MS;
    if (level === undefined || ledger.spent === undefined || !store.shared || !isEmptied) return;
    if (this.#lookingUp.has(key)) return;
    this.#lookingUp.add(key);
    clock.after(LOOK_UP_MS, () => {
      this.#lookingUp.delete(key);
      this.reconcile([level]).catch(() => {});
    });
  }

  #told(state: "lost" | "back", error: unknown): void {
    const { store, clock, lost } = this.#options;
    lost({ atMs: clock.now(), state, store: store.name, code: codeOf(error) });
  }

  /** Each share once a window. */
  #spent(key: string, account: Account, usedNanoUsd: number): void {
    const level = this.#levels.get(key);
    const { counter, spareSlot, template } = account;
    if (level === undefined) return;
    if (counter.type === "calendar" && account.toldSlot !== spareSlot) {
      account.toldSlot = spareSlot;
      account.told = 0;
    }
    const reached = level.template.alerts.filter((share) => usedNanoUsd >= share * counter.cap).at(-1) ?? 0;
    // Of a rolling budget, what has left can be used, and told, again.
    if (counter.type === "rolling" && reached < account.told) account.told = reached;
    if (reached <= account.told) return;
    account.told = reached;
    this.#options.budget({
      atMs: this.#options.clock.now(),
      scope: level.scope,
      limit: template.label,
      share: reached,
      spentNanoUsd: BigInt(usedNanoUsd),
      limitNanoUsd: BigInt(counter.cap),
    });
  }
}

const inTime = <T>(pending: Promise<T>, clock: Clock, ms: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error("no answer")), { keepAlive: true });
    pending.then(resolve, reject).finally(cancel);
  });

/** A client's own code (`ECONNREFUSED`, `NOAUTH`), never its words. */
const codeOf = (error: unknown): string | undefined => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[\w.-]{1,40}$/.test(code) ? code : undefined;
};
