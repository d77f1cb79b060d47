import type { RegistryInput } from "../registry/source.ts";
import { checkedSet, type LabSet } from "./check-set.ts";
import { type Decision, decisionOf } from "./decision.ts";
import { type Example, scoreOf } from "./example.ts";
import { failedSchema } from "./examples-of.ts";
import { type LabRegistry, loadRegistry } from "./load.ts";
import { capabilityFirst, type Policy } from "./policies.ts";
import { medianLatencies } from "./speed.ts";
import { type Totals, totals, totalsTable } from "./totals.ts";

export interface LabOptions {
  /** The registry to try: a path, data, or a source. Nothing is sent to anyone whom it names. */
  readonly registry: RegistryInput;
  /** The figure of `quality` that stands for always right, where no score is known. Default 100, as `fit` writes them. */
  readonly qualityScale?: number;
}

export interface ReplayOptions extends LabOptions {
  /** Default: the router itself, `capabilityFirst`. */
  readonly policy?: Policy;
  /** For tables. Default: the policy's own name. */
  readonly name?: string;
}

/** What would have become of one example. */
export interface Replayed {
  readonly id: string;
  /** The model that would have been asked; `undefined`: none. */
  readonly model: string | undefined;
  /** Why none. */
  readonly refused: string | undefined;
  /** At that model's own prices, integer nano-dollars; `undefined` where no price is known. */
  readonly costNanoUsd: number | undefined;
  /** Expected, from 0 to 1: its score where one is known, else the registry's figure. No answer at all is 0. */
  readonly quality: number | undefined;
  readonly qualityFrom: "score" | "registry" | "unknown" | "unanswered";
  /** Known to be wrong, and told by nothing: an answer of status 200 that passed its schema. `undefined`: not known. */
  readonly quietFailure: boolean | undefined;
  /** Expected milliseconds to the first content, where records tell. */
  readonly latencyMs: number | undefined;
  /** The model that answered then, where a record says so. */
  readonly before: string | undefined;
}

export interface Replay extends Totals {
  readonly examples: readonly Replayed[];
  /** The totals as a table. */
  toString(): string;
}

/**
 * What a policy would have done with these calls, without sending anything: which model each would have gone to, for how
 * much, how well and how fast. Costs are of the first answer alone: what a failover or an escalation would have added is
 * not reckoned. Live latency is not replayed: near-equals are told apart as by a gateway that has just started.
 */
export const replay = async (set: LabSet, options: ReplayOptions): Promise<Replay> => {
  const { policy = capabilityFirst, registry, qualityScale } = options;
  const tried = rehearse(checkedSet(set), await loadRegistry(registry));
  const examples = perform(tried, policy, qualityScale);
  const all = totals(options.name ?? (policy.name || "policy"), examples);
  return { ...all, examples, toString: () => totalsTable([all]) };
};

/** Examples with the router's decision on each, and what is known of the models' speed: the same for every policy. */
export interface Rehearsal {
  readonly examples: readonly Example[];
  readonly decisions: readonly Decision[];
  readonly latencies: ReadonlyMap<string, number>;
}

export const rehearse = (examples: readonly Example[], registry: LabRegistry): Rehearsal => ({
  examples,
  decisions: examples.map((example) => decisionOf(example, registry)),
  latencies: medianLatencies(examples),
});

/** Pure, but for what the policy itself does. */
export const perform = (
  { examples, decisions, latencies }: Rehearsal,
  policy: Policy,
  qualityScale = 100,
): readonly Replayed[] =>
  examples.map((example, index) => {
    const { candidates = [], refused } = decisions[index] ?? {};
    const chosen = policy(example, candidates);
    const model = candidates.find(({ name }) => name === chosen);
    const before = example.record?.model;
    if (model === undefined) {
      const why = refused ?? "the policy chose none of those that can do it";
      return { ...NOBODY, id: example.id, refused: why, before };
    }
    const { name, quality: figure } = model;
    const score = scoreOf(example, name);
    const expected = figure === undefined ? undefined : Math.min(1, Math.max(0, figure / qualityScale));
    const seen = example.record !== undefined && failedSchema(example.record).includes(name);
    return {
      id: example.id,
      model: name,
      refused: undefined,
      costNanoUsd: model.costNanoUsd,
      quality: score ?? expected,
      qualityFrom: score !== undefined ? "score" : expected === undefined ? "unknown" : "registry",
      quietFailure: score === undefined ? undefined : score < RIGHT && !seen,
      latencyMs: example.latencyMs?.[name] ?? latencies.get(name),
      before,
    };
  });

/** From this score on an answer counts as right. */
const RIGHT = 0.5;

const NOBODY = {
  model: undefined,
  costNanoUsd: 0,
  quality: 0,
  qualityFrom: "unanswered",
  quietFailure: false,
  latencyMs: undefined,
} as const;
