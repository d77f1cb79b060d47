import type { AmendmentRecord, Call, CallRecord, Fact, Layer, LedgerSink } from "../contract/index.ts";
import type { CallEvents } from "../flow/events.ts";
import { fault } from "../flow/fault.ts";
import { recordOf } from "../ledger/record-of.ts";

export interface RecordOptions {
  readonly sink: LedgerSink;
  readonly events: CallEvents;
  readonly defaultTenant: string;
  /** Hears every fact, for what routing learns. */
  readonly hear: (call: Call, fact: Fact) => void;
}

/** Outermost: exactly one record on every way out, told to the ledger and to whoever listens. */
export const record =
  ({ sink, events, defaultTenant, hear }: RecordOptions): Layer<Call> =>
  (next) =>
  (call) => {
    const { scope } = call;
    const tenant = call.request.tenant ?? defaultTenant;
    const write = (entry: CallRecord | AmendmentRecord): void => {
      try {
        // A sink may be an async function, though nobody waits for it.
        const written: unknown = sink.write(entry);
        if (written instanceof Promise) written.catch(sinkFailed);
      } catch (error) {
        sinkFailed(error);
      }
      events.entry(call, entry);
    };
    scope.onFact((fact) => {
      if (fact.type === "amended") return write(amendmentOf(call, tenant, fact));
      hear(call, fact);
      events.fact(call, tenant, fact);
    });
    scope.onClose((outcome) => write(recordOf(call, tenant, outcome)));
    return next(call);
  };

const sinkFailed = (error: unknown): void => fault("a ledger sink threw", error);

const amendmentOf = (call: Call, tenant: string, fact: Fact & { readonly type: "amended" }): AmendmentRecord => ({
  type: "amendment",
  id: `${call.id}:${fact.attempt}:${call.scope.facts.length}`,
  callId: call.id,
  attempt: fact.attempt,
  atMs: call.scope.clock.now(),
  tenant,
  model: fact.model,
  usage: fact.usage,
  costNanoUsd: fact.costNanoUsd,
});
