import type {
  AmendmentRecord,
  AttemptRecord,
  Call,
  CallRecord,
  ErrorCode,
  Fact,
  Issue,
  LimitAction,
  LimitDetails,
  Usage,
  Warning,
} from "../contract/index.ts";
import { usd } from "../ledger/money.ts";
import type { Emitter } from "./emitter.ts";
import type { BudgetEvent, StoreEvent } from "./quotas.ts";

/** Who a diagnostic is about. */
export interface EventContext {
  readonly callId: string;
  readonly atMs: number;
  readonly tenant: string;
  readonly keyId?: string;
  readonly task?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Money spent: one for each call that cost or may have cost something, and one for each amendment. */
export interface CostEvent extends EventContext {
  readonly model: string | undefined;
  /** Integer nano-dollars; `undefined` where a price is unknown. */
  readonly costNanoUsd: number | undefined;
  /** The same in dollars, for people. */
  readonly costUsd: number | undefined;
  readonly usage: Usage | undefined;
  /** `amendment`: learnt after the call's end, to be added. */
  readonly source: "call" | "amendment";
}

/** A further attempt follows a failed one. */
export interface RetryEvent extends EventContext {
  /** `provider/model/account`. */
  readonly from: string;
  readonly to: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly waitMs: number;
}

export interface RegistryEvent {
  readonly atMs: number;
  /** `rejected`: the new one is not valid, the last good one stays in force. */
  readonly state: "loaded" | "reloaded" | "rejected";
  readonly version: string | undefined;
  readonly source: string;
  readonly issues: readonly Issue[];
}

/** What `gateway.on` tells. The union may grow. */
export interface GatewayEvents {
  call: CallRecord;
  cost: CostEvent;
  amendment: AmendmentRecord;
  attempt: EventContext & AttemptRecord;
  retry: RetryEvent;
  failover: RetryEvent;
  warning: EventContext & { readonly warning: Warning };
  registry: RegistryEvent;
  /** A quota was over: what was done about it, and by how much. */
  limit: LimitEvent;
  /** So much of a budget is used: once a window for each of `budgets.alerts`, by each process that sees it. */
  budget: BudgetEvent;
  /** The store of the quotas does not answer, or does again: once for each change. */
  store: StoreEvent;
}

/** A call met a quota that was over. */
export type LimitEvent = EventContext & LimitDetails & { readonly action: LimitAction };

/** Facts of calls and entries of the ledger, told as events. */
export class CallEvents {
  readonly #emitter: Emitter<GatewayEvents>;

  constructor(emitter: Emitter<GatewayEvents>) {
    this.#emitter = emitter;
  }

  fact(call: Call, tenant: string, fact: Fact): void {
    switch (fact.type) {
      case "attempt-ended":
        this.#emitter.emit("attempt", () => ({ ...contextOf(call, tenant), ...fact.attempt }));
        break;
      case "retry":
      case "failover": {
        const { from, to, waitMs, error } = fact;
        const { code, message } = error;
        this.#emitter.emit(fact.type, () => ({ ...contextOf(call, tenant), from, to, code, message, waitMs }));
        break;
      }
      case "limited":
        this.#emitter.emit("limit", () => ({
          ...contextOf(call, tenant),
          ...fact.details,
          action: fact.action,
        }));
        break;
      case "warned":
        this.#emitter.emit("warning", () => ({ ...contextOf(call, tenant), warning: fact.warning }));
        break;
      default:
        break;
    }
  }

  entry(call: Call, entry: CallRecord | AmendmentRecord): void {
    if (entry.type === "call") this.#emitter.emit("call", () => entry);
    else this.#emitter.emit("amendment", () => entry);
    if (entry.usage === undefined) return;
    const { model, costNanoUsd, usage } = entry;
    this.#emitter.emit("cost", () => ({
      ...contextOf(call, entry.tenant),
      model,
      costNanoUsd,
      costUsd: costNanoUsd === undefined ? undefined : usd(costNanoUsd),
      usage,
      source: entry.type,
    }));
  }
}

const contextOf = (call: Call, tenant: string): EventContext => ({
  callId: call.id,
  atMs: call.scope.clock.now(),
  tenant,
  ...(call.request.keyId !== undefined && { keyId: call.request.keyId }),
  ...(call.request.task !== undefined && { task: call.request.task }),
  tags: call.request.tags ?? {},
});
