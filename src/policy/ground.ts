import type { Model, Provider, Target } from "../contract/index.ts";
import type { Snapshot } from "../registry/snapshot.ts";
import { hashOf } from "./hash.ts";
import { NANO_A_TOKEN } from "./price.ts";

/**
 * All targets of a registry, laid out once: what ordering them needs is in flat arrays, so that a call over thousands of
 * models makes no garbage for each.
 */
export interface Ground {
  readonly models: readonly Model[];
  /** A model's targets are neighbours: those of `models[at]` begin at `from[at]` and end before `from[at + 1]`. */
  readonly from: Int32Array;
  readonly targets: readonly Target[];
  /** Nano-dollars a token; `Infinity` where no price is known. */
  readonly inputRate: Float64Array;
  readonly outputRate: Float64Array;
  /** 1 where the price depends on the length of the input. */
  readonly tiered: Uint8Array;
  readonly hash: Uint32Array;
  /** First target of a model, by its name. */
  readonly ofModel: ReadonlyMap<string, number>;
  readonly ofTarget: ReadonlyMap<string, number>;
  /** Expected cost by target, for the one ordering that is under way. */
  readonly costs: Float64Array;
  /** The distinct windows and output limits, smallest first. */
  readonly contexts: readonly number[];
  readonly outputs: readonly number[];
}

const grounds = new WeakMap<Snapshot, WeakMap<ReadonlyMap<string, Provider>, Ground>>();

export const groundOf = (snapshot: Snapshot, providers: ReadonlyMap<string, Provider>): Ground => {
  let known = grounds.get(snapshot);
  if (known === undefined) {
    known = new WeakMap();
    grounds.set(snapshot, known);
  }
  const found = known.get(providers);
  if (found !== undefined) return found;
  const ground = layOut([...snapshot.models.values()], providers);
  known.set(providers, ground);
  return ground;
};

const layOut = (models: readonly Model[], providers: ReadonlyMap<string, Provider>): Ground => {
  const targets: Target[] = [];
  const from = new Int32Array(models.length + 1);
  for (const [at, model] of models.entries()) {
    targets.push(...targetsOf(model, providers));
    from[at + 1] = targets.length;
  }
  const rate = (pick: (cost: NonNullable<Model["cost"]>) => number): Float64Array =>
    Float64Array.from(targets, ({ model: { cost } }) =>
      cost === undefined ? Number.POSITIVE_INFINITY : pick(cost) * NANO_A_TOKEN,
    );
  const limits = (kind: "context" | "output"): readonly number[] =>
    [...new Set(models.flatMap(({ limit }) => limit[kind] ?? []))].sort((one, other) => one - other);
  return {
    models,
    from,
    targets,
    inputRate: rate(({ input }) => input),
    outputRate: rate(({ output }) => output),
    tiered: Uint8Array.from(targets, ({ model }) => (model.cost?.tiers === undefined ? 0 : 1)),
    hash: Uint32Array.from(targets, ({ id }) => hashOf(id)),
    ofModel: new Map(models.map(({ name }, at) => [name, from[at] ?? 0])),
    ofTarget: new Map(targets.map(({ id }, index) => [id, index])),
    costs: new Float64Array(targets.length),
    contexts: limits("context"),
    outputs: limits("output"),
  };
};

/** One for each account that the model's provider has. */
const targetsOf = (model: Model, providers: ReadonlyMap<string, Provider>): readonly Target[] => {
  const provider = providers.get(model.provider);
  return (provider?.credentials ?? []).flatMap((credential) =>
    provider === undefined
      ? []
      : [{ id: `${provider.name}/${model.name}/${credential.account}`, model, provider, credential }],
  );
};
