import type { AttemptRecord, CallRecord, FeedbackRecord, LedgerEntry, Usage } from "../contract/index.ts";
import type { Example } from "./example.ts";

export interface FromLedger {
  readonly examples: readonly Example[];
  /** Calls that say nothing to reckon with: embeddings, and those of which nobody knows what they used. */
  readonly skipped: number;
}

/**
 * A ledger's calls as examples. The model that answered has the score that feedback gave it (the latest counts); a model
 * whose answer failed its schema has 0. An answer that nobody judged has no score: it is not taken for right.
 */
export const examplesOf = (entries: Iterable<LedgerEntry>): FromLedger => {
  const calls: CallRecord[] = [];
  const feedback = new Map<string, FeedbackRecord>();
  for (const entry of entries) {
    if (entry.type === "call") calls.push(entry);
    else if (entry.type === "feedback" && entry.atMs >= (feedback.get(entry.callId)?.atMs ?? 0)) {
      feedback.set(entry.callId, entry);
    }
  }
  const examples = calls.flatMap((record) => {
    const usage = record.operation === "generate" ? usedBy(record) : undefined;
    return usage === undefined ? [] : [exampleOf(record, usage, feedback.get(record.id))];
  });
  return { examples, skipped: calls.length - examples.length };
};

/** Of the answer; where there was none, of the last attempt that the vendor worked on. */
const usedBy = ({ attempts }: CallRecord): Usage | undefined =>
  (attempts.find(isWhole) ?? attempts.findLast((attempt) => attempt.usage !== undefined))?.usage;

const isWhole = ({ outcome }: AttemptRecord): boolean => outcome === "ok";

/** Whether the gateway looked at the answer's form: then an answer that passed tells something too. */
export const isChecked = ({ needs }: CallRecord): boolean =>
  needs?.structured_output === true || needs?.tool_call === true;

/** Models whose answer failed its schema, or whose tool call was broken: seen by the gateway, so no quiet failure. */
export const failedSchema = ({ attempts }: CallRecord): readonly string[] =>
  attempts.filter(({ error }) => error?.code === "invalid_output").map(({ model }) => model);

const exampleOf = (record: CallRecord, usage: Usage, feedback: FeedbackRecord | undefined): Example => {
  const failed = failedSchema(record).map((model) => [model, 0] as const);
  const judged = record.model === undefined || feedback === undefined ? [] : [[record.model, feedback.score] as const];
  const timed = record.attempts
    .filter(isWhole)
    .flatMap(({ model, firstContentMs }) => (firstContentMs === undefined ? [] : [[model, firstContentMs] as const]));
  return {
    id: record.id,
    ...(record.task !== undefined && { task: record.task }),
    ...(record.difficulty !== undefined && { difficulty: record.difficulty }),
    ...(record.needs !== undefined && { needs: record.needs }),
    tenant: record.tenant,
    usage,
    scores: Object.fromEntries([...failed, ...judged]),
    latencyMs: Object.fromEntries(timed),
    record,
  };
};
