import type {
  AttemptRecord,
  Call,
  CallRecord,
  Fact,
  FinishReason,
  Outcome,
  Plan,
  Rejection,
  Usage,
} from "../contract/index.ts";
import { addUsage } from "../policy/billed-usage.ts";
import { sumNanoUsd } from "./money.ts";

/** What the facts of a call say, summed up once. */
export interface Summary {
  readonly plan: Plan | undefined;
  readonly attempts: readonly AttemptRecord[];
  readonly warnings: readonly (Fact & { readonly type: "warned" })["warning"][];
  readonly finishReason: FinishReason | undefined;
  readonly usage: Usage | undefined;
  readonly costNanoUsd: number | undefined;
}

export const summarize = (facts: readonly Fact[]): Summary => {
  let plan: Plan | undefined;
  let usage: Usage | undefined;
  let finishReason: FinishReason | undefined;
  const attempts: AttemptRecord[] = [];
  const warnings: Summary["warnings"][number][] = [];
  for (const fact of facts) {
    if (fact.type === "routed") plan = fact.plan;
    else if (fact.type === "warned") warnings.push(fact.warning);
    else if (fact.type === "finished") finishReason = fact.finishReason;
    else if (fact.type === "attempt-ended") {
      attempts.push(fact.attempt);
      usage = addUsage(usage, fact.attempt.usage);
    }
  }
  const costNanoUsd = sumNanoUsd(attempts.map((attempt) => attempt.costNanoUsd));
  return { plan, attempts, warnings, finishReason, usage, costNanoUsd };
};

/** The ledger's entry of a call. */
export const recordOf = (call: Call, tenant: string, outcome: Outcome): CallRecord => {
  const { plan, attempts, warnings, finishReason, usage, costNanoUsd } = summarize(call.scope.facts);
  const answered = attempts.find((attempt) => attempt.outcome === "ok" || attempt.outcome === "left");
  const nowMs = call.scope.clock.now();
  return {
    type: "call",
    id: call.id,
    atMs: call.startedAtMs,
    durationMs: nowMs - call.startedAtMs,
    operation: call.embed === undefined ? "generate" : "embed",
    mode: call.mode,
    tenant,
    ...callerOf(call),
    ...decisionOf(plan),
    model: answered?.model,
    why: whyOf(attempts),
    attempts,
    ...outcomeOf(outcome),
    ...(finishReason !== undefined && { finishReason }),
    usage,
    costNanoUsd,
    cache: "bypass",
    warnings: warnings.map((warning) => warning.message),
  };
};

const callerOf = ({ request }: Call) => ({
  ...(request.keyId !== undefined && { keyId: request.keyId }),
  ...(request.user !== undefined && { user: request.user }),
  ...(request.conversation !== undefined && { conversation: request.conversation }),
  ...(request.parentId !== undefined && { parentId: request.parentId }),
  tags: request.tags ?? {},
});

const decisionOf = (plan: Plan | undefined) => ({
  ...(plan?.task !== undefined && { task: plan.task }),
  ...(plan?.difficulty !== undefined && { difficulty: plan.difficulty }),
  needs: plan?.needs,
  ...(plan?.floor !== undefined && { floor: plan.floor }),
  ...(plan !== undefined && { expected: expectedOf(plan) }),
  registryVersion: plan?.registryVersion,
  ranked: plan?.ranked.map(({ target }) => target.model.name) ?? [],
  rejected: plan === undefined ? {} : reasonsOf(plan.rejected),
});

const expectedOf = ({ inputTokens, maxOutputTokens }: Plan): NonNullable<CallRecord["expected"]> => ({
  inputTokens,
  ...(maxOutputTokens !== undefined && { maxOutputTokens }),
});

/** A record does not grow with the registry. */
const MOST_REJECTED = 50;

const reasons = new WeakMap<readonly Rejection[], Readonly<Record<string, string>>>();

/** The router hands out the same list for all requests of a kind: of thousands of models one object, not one a call. */
const reasonsOf = (rejected: readonly Rejection[]): Readonly<Record<string, string>> => {
  const known = reasons.get(rejected);
  if (known !== undefined) return known;
  const told = rejected.slice(0, MOST_REJECTED).map(({ model, reason }) => [model, reason] as const);
  const made = Object.freeze(Object.fromEntries(told));
  reasons.set(rejected, made);
  return made;
};

const outcomeOf = (outcome: Outcome): Pick<CallRecord, "outcome" | "error"> => {
  if (outcome.type !== "error") return { outcome: outcome.type === "ok" ? "ok" : "left" };
  const { code, status, message, kind } = outcome.error;
  return { outcome: kind === "aborted" ? "aborted" : "error", error: { code, status, message } };
};

/** In words: why the model that answered (or was to) stood first in the end. */
const whyOf = (attempts: readonly AttemptRecord[]): string => {
  const failed = attempts.filter((attempt) => attempt.outcome === "error");
  if (failed.length === 0) return attempts.length === 0 ? "not reached" : "first of the eligible";
  return `after ${failed.map(({ model, error }) => `${model}: ${error?.code} (${error?.status})`).join(", ")}`;
};
