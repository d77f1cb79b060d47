import {
  type Call,
  type CallContext,
  type Clock,
  GatewayError,
  type GenerateRequest,
  type Handler,
  type LedgerSink,
  type OwnedScope,
  type Provider,
  type Request,
  type Timeouts,
} from "./contract/index.ts";
import { systemClock } from "./flow/clock.ts";
import { Emitter } from "./flow/emitter.ts";
import { CallEvents, type GatewayEvents } from "./flow/events.ts";
import { Experience } from "./flow/experience.ts";
import { fault } from "./flow/fault.ts";
import { InFlight } from "./flow/in-flight.ts";
import { Planning } from "./flow/planning.ts";
import { Quotas, type StoreEvent } from "./flow/quotas.ts";
import type { Difference } from "./flow/reconcile.ts";
import { type LimitStatus, type Spend, spendOf, statusOf } from "./flow/spend.ts";
import type { CloseOptions, GatewayOptions } from "./gateway-api.ts";
import { memoryLedger } from "./ledger/memory-ledger.ts";
import { pipeline } from "./pipeline.ts";
import { type Explanation, explain } from "./policy/explain.ts";
import { validateOptions } from "./policy/validate-options.ts";
import type { QuotaSettings } from "./quotas/fleet.ts";
import { Registry } from "./registry/registry.ts";
import { memoryStore } from "./store/memory/memory-store.ts";

/** `undefined` says nothing. */
const defined = <T extends object>(given: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;

const MAX_ATTEMPTS = 3;
const CLOSE_GRACE_MS = 5_000;
const DEFAULT_TENANT = "default";
const QUOTA_SETTINGS: QuotaSettings = { leaseMs: 60_000, timeoutMs: 250, slices: true, onStoreLoss: "share" };

/** What all views of a gateway share: the registry in force, the pipeline, who listens, and what is running. */
export class House {
  readonly clock: Clock;
  readonly timeouts: Timeouts | undefined;
  readonly requiresTenant: boolean;
  readonly handler: Handler<Call>;
  readonly on: Emitter<GatewayEvents>["on"];
  readonly #registry: Registry;
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #sink: LedgerSink;
  readonly #inFlight = new InFlight();
  readonly #planning: Planning;
  readonly #quotas: Quotas;
  #closing: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    validateOptions(options);
    const emitter = new Emitter<GatewayEvents>();
    this.on = (name, listener) => emitter.on(name, listener);
    this.clock = options.clock ?? systemClock;
    this.timeouts = options.timeouts;
    this.requiresTenant = options.defaultTenant === false;
    this.#providers = new Map(options.providers.map((provider) => [provider.name, provider]));
    this.#sink = options.ledger ?? memoryLedger();
    const experience = new Experience(this.clock);
    this.#registry = new Registry(options.registry, [...this.#providers.keys()], (change) => {
      emitter.emit("registry", () => ({ atMs: this.clock.now(), ...change }));
      if (change.state === "rejected") warn(change.source, change.issues.length, change.version);
    });
    const defaultTenant = typeof options.defaultTenant === "string" ? options.defaultTenant : DEFAULT_TENANT;
    const store = options.store ?? memoryStore({ clock: this.clock });
    this.#quotas = new Quotas({
      store,
      clock: this.clock,
      settings: { ...QUOTA_SETTINGS, ...defined(options.quotas) },
      ledger: this.#sink,
      budget: (event) => emitter.emit("budget", () => event),
      lost: (event) => {
        emitter.emit("store", () => event);
        warnOfStore(event);
      },
    });
    this.#planning = new Planning({
      registry: this.#registry,
      providers: this.#providers,
      experience,
      defaultTenant,
      chance: () => this.clock.chance(),
      classify: options.classify,
      countTokens: options.countTokens,
      tenants: options.tenants,
      quotas: this.#quotas,
      clock: this.clock,
    });
    this.handler = pipeline({
      record: {
        sink: this.#sink,
        events: new CallEvents(emitter),
        defaultTenant,
        hear: (call, fact) => experience.hear(call, fact),
      },
      plan: (call) => this.#planning.plan(call),
      quotas: this.#quotas,
      maxAttempts: options.maxAttempts ?? MAX_ATTEMPTS,
      use: options.use ?? [],
    });
  }

  refuseIfClosed(): void {
    if (this.#closing === undefined) return;
    throw new GatewayError("closed", "The gateway is closed: it takes no more calls.", { details: {} });
  }

  enter(scope: OwnedScope): void {
    this.#inFlight.add(scope);
    // A lazy stream may be read for the first time when all is over.
    if (this.#closing !== undefined) {
      scope.abort(new GatewayError("closed", "The gateway was closed before the stream was read.", { details: {} }));
    }
  }

  async explain(request: Request, input: GenerateRequest): Promise<Explanation> {
    this.refuseIfClosed();
    return explain(await this.#planning.explain(request, input));
  }

  /** How much of each budget is spent, of those that who asks is under. */
  async spend(asking: CallContext): Promise<readonly Spend[]> {
    this.refuseIfClosed();
    return spendOf(await this.#quotas.state(await this.#planning.levels(asking)));
  }

  /** What is left of each limit. */
  async limits(asking: CallContext): Promise<readonly LimitStatus[]> {
    this.refuseIfClosed();
    return statusOf(await this.#quotas.state(await this.#planning.levels(asking)));
  }

  async reconcile(asking: CallContext): Promise<readonly Difference[]> {
    this.refuseIfClosed();
    return this.#quotas.reconcile(await this.#planning.levels(asking));
  }

  async ready(): Promise<void> {
    this.refuseIfClosed();
    const { models } = await this.#registry.current();
    const named = new Set([...models.values()].map((model) => model.provider));
    await Promise.all([...named].map((name) => this.#providers.get(name)?.ready?.()));
  }

  async reload(): Promise<void> {
    this.refuseIfClosed();
    await this.#registry.reload();
  }

  close({ graceMs = CLOSE_GRACE_MS }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    await this.#inFlight.drain(this.clock, graceMs);
    this.#registry.close();
    await this.#quotas.close();
    await Promise.allSettled([...this.#providers.values()].map((provider) => provider.close?.()));
    try {
      await this.#sink.flush?.();
      await this.#sink.close?.();
    } catch (error) {
      fault("a ledger sink could not be closed", error);
    }
  }
}

/** One line for each change of state, however many calls meet it. */
const warnOfStore = ({ state, store, code }: StoreEvent): void => {
  const why = code === undefined ? "" : ` (${code})`;
  const message =
    state === "lost"
      ? `the store of the quotas (${store}) does not answer${why}; each process goes on within its share of the limits`
      : `the store of the quotas (${store}) answers again`;
  process.emitWarning(`headgate: ${message}.`, { code: "HEADGATE_STORE" });
};

const warn = (source: string, issues: number, version: string | undefined): void => {
  const then = version === undefined ? "calls fail until it is mended" : `version ${version} stays in force`;
  process.emitWarning(`headgate: ${source} is not a valid registry (${issues} issues); ${then}.`, {
    code: "HEADGATE_REGISTRY",
  });
};
