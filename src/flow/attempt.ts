import type {
  AdmittedCall,
  AttemptCall,
  AttemptRecord,
  Fact,
  Meter,
  Outcome,
  Price,
  PriceSource,
  Ranked,
  Reservation,
  Usage,
} from "../contract/index.ts";
import { billedUsage, growth } from "../policy/billed-usage.ts";
import { costNanoUsd } from "../policy/price.ts";
import { reportedNanoUsd } from "../policy/reported-cost.ts";
import { attemptTimeouts } from "../policy/resolve-timeouts.ts";

/** Opens the scope, the meter and the record of one attempt. What it used is settled once, when its scope closes. */
export const openAttempt = (
  call: AdmittedCall,
  { target, likelyInputTokens }: Ranked,
  attempt: number,
  othersLeft: number,
  reservation: Reservation,
): AttemptCall => {
  const scope = call.scope.child();
  const nowMs = scope.clock.now();
  const meter = newMeter(nowMs, likelyInputTokens);
  const timeouts = attemptTimeouts(call.timeouts, call.startedAtMs + call.timeouts.totalMs - nowMs, othersLeft);
  const { model } = target;
  scope.report({ type: "attempt-started", attempt, target: target.id, model: model.name });
  const opened: AttemptCall = { ...call, scope, target, attempt, othersLeft, meter, timeouts };
  const response: { requestId?: string } = {};
  scope.onFact((fact) => {
    if (fact.type === "attempt-ended") reservation.settle({ ...fact.attempt, reached: meter.sent });
    else if (fact.type === "amended") reservation.amend(fact);
    else if (fact.type === "responded" && fact.response.requestId !== undefined)
      response.requestId = fact.response.requestId;
  });
  scope.onClose((outcome) => {
    const settled = settle(opened, outcome);
    const record = recordOf(opened, outcome, settled, response.requestId);
    scope.report({ type: "attempt-ended", attempt: record });
    let known = settled.usage;
    meter.late = () => {
      known = amend(opened, known);
    };
  });
  return opened;
};

const newMeter = (startedAtMs: number, inputTokens: number): Meter => ({
  startedAtMs,
  inputTokens,
  aliveAtMs: undefined,
  reported: undefined,
  finished: false,
  outputBytes: 0,
  sent: false,
  sentAtMs: startedAtMs,
  firstContentAtMs: undefined,
  late: undefined,
});

interface Settled {
  readonly usage: Usage | undefined;
  readonly costNanoUsd: number | undefined;
  readonly priceSource: PriceSource;
}

const settle = (call: AttemptCall, outcome: Outcome): Settled => {
  const error = outcome.type === "error" ? outcome.error : undefined;
  const usage = billedUsage(call.meter, error);
  return { usage, ...priced(call, usage) };
};

const priced = (call: AttemptCall, usage: Usage | undefined): Omit<Settled, "usage"> => {
  const price: Price | undefined = call.target.model.cost;
  if (usage === undefined) return { costNanoUsd: 0, priceSource: price === undefined ? "unknown" : "registry" };
  const cost = price === undefined ? undefined : costNanoUsd(usage, price);
  if (cost !== undefined) return { costNanoUsd: cost, priceSource: "registry" };
  const told = reportedNanoUsd(call.meter.reportedCostUsd);
  return { costNanoUsd: told, priceSource: told === undefined ? "unknown" : "vendor" };
};

const recordOf = (
  call: AttemptCall,
  outcome: Outcome,
  settled: Settled,
  requestId: string | undefined,
): AttemptRecord => {
  const { meter, target, attempt, scope } = call;
  const { model, provider, credential } = target;
  return {
    attempt,
    model: model.name,
    provider: provider.name,
    account: credential.account,
    vendorModel: model.id,
    outcome: outcomeOf(outcome),
    ...(outcome.type === "error" && { error: briefly(outcome) }),
    ...settled,
    startedAtMs: meter.startedAtMs,
    durationMs: scope.clock.now() - meter.startedAtMs,
    firstContentMs: meter.firstContentAtMs === undefined ? undefined : meter.firstContentAtMs - meter.sentAtMs,
    ...(requestId !== undefined && { requestId }),
  };
};

const outcomeOf = (outcome: Outcome): AttemptRecord["outcome"] => {
  if (outcome.type !== "error") return outcome.type;
  return outcome.error.kind === "aborted" ? "aborted" : "error";
};

const briefly = ({ error }: Outcome & { readonly type: "error" }): NonNullable<AttemptRecord["error"]> => ({
  code: error.code,
  status: error.status,
  message: error.message,
});

/** Something came after the end: what the attempt used has grown beyond what is on record. Answers what it used in all. */
const amend = (call: AttemptCall, known: Usage | undefined): Usage | undefined => {
  const now = billedUsage(call.meter, undefined);
  const usage = growth(known, now);
  if (usage === undefined || now === undefined) return known;
  const before = known === undefined ? 0 : priced(call, known).costNanoUsd;
  const after = priced(call, now).costNanoUsd;
  const costNanoUsd = before === undefined || after === undefined ? undefined : after - before;
  const fact: Fact = { type: "amended", attempt: call.attempt, model: call.target.model.name, usage, costNanoUsd };
  call.scope.report(fact);
  return now;
};
