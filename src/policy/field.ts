import type { Model, Provider, Rejection, Target } from "../contract/index.ts";
import type { Snapshot } from "../registry/snapshot.ts";
import { type Criteria, eligible, qualityOf } from "./eligible.ts";
import { hashOf } from "./hash.ts";
import { NANO_A_TOKEN } from "./price.ts";

/**
 * The targets that can do a kind of request, laid out once for all requests of that kind: what ordering them needs is
 * in flat arrays, so that a call over thousands of models makes no garbage for each.
 */
export interface Field {
  readonly targets: readonly Target[];
  /** Every other model with its first reason. */
  readonly rejected: readonly Rejection[];
  readonly quality: readonly (number | undefined)[];
  /** Nano-dollars a token; `Infinity` where no price is known. */
  readonly inputRate: Float64Array;
  readonly outputRate: Float64Array;
  /** Indexes of targets whose price depends on the length of the input. */
  readonly tiered: readonly number[];
  readonly hash: Uint32Array;
  /** Indexes of a model's targets. */
  readonly ofModel: ReadonlyMap<string, readonly number[]>;
  readonly ofTarget: ReadonlyMap<string, number>;
  /** For the one ordering that is under way: expected cost by index. */
  readonly costs: Float64Array;
}

/** Lays the field out. Pure, and slow: see `fieldOf`. */
export const layOut = (
  models: Iterable<Model>,
  criteria: Criteria,
  providers: ReadonlyMap<string, Provider>,
): Field => {
  const { able, rejected } = eligible(models, criteria);
  const targets = able.flatMap((model) => targetsOf(model, providers));
  const rate = (pick: (cost: NonNullable<Model["cost"]>) => number): Float64Array =>
    Float64Array.from(targets, ({ model: { cost } }) =>
      cost === undefined ? Number.POSITIVE_INFINITY : pick(cost) * NANO_A_TOKEN,
    );
  const ofModel = new Map<string, number[]>();
  for (const [index, { model }] of targets.entries()) {
    const known = ofModel.get(model.name);
    if (known === undefined) ofModel.set(model.name, [index]);
    else known.push(index);
  }
  return {
    targets,
    rejected,
    quality: targets.map(({ model }) => qualityOf(model, criteria.label)),
    inputRate: rate(({ input }) => input),
    outputRate: rate(({ output }) => output),
    tiered: targets.flatMap(({ model }, index) => (model.cost?.tiers === undefined ? [] : [index])),
    hash: Uint32Array.from(targets, ({ id }) => hashOf(id)),
    ofModel,
    ofTarget: new Map(targets.map(({ id }, index) => [id, index])),
    costs: new Float64Array(targets.length),
  };
};

const made = new WeakMap<Model, readonly Target[]>();

/** A model's targets: one for each account that its provider has. */
const targetsOf = (model: Model, providers: ReadonlyMap<string, Provider>): readonly Target[] => {
  const provider = providers.get(model.provider);
  if (provider === undefined) return [];
  const known = made.get(model);
  if (known !== undefined && known[0]?.provider === provider) return known;
  const targets = provider.credentials.map((credential) => ({
    id: `${provider.name}/${model.name}/${credential.account}`,
    model,
    provider,
    credential,
  }));
  made.set(model, targets);
  return targets;
};

/** Kinds of requests that are remembered for a registry; beyond it the oldest is laid out anew when it comes again. */
const MOST_KINDS = 512;

/** Fields that were laid out, by the registry that they come from. */
const fields = new WeakMap<Snapshot, Map<string, Field>>();

/** The field of a kind of request, laid out when it first comes: for a registry, `criteria` say the kind. */
export const fieldOf = (snapshot: Snapshot, criteria: Criteria, providers: ReadonlyMap<string, Provider>): Field => {
  let known = fields.get(snapshot);
  if (known === undefined) {
    known = new Map();
    fields.set(snapshot, known);
  }
  const key = kindOf(snapshot, criteria, providers);
  const found = known.get(key);
  if (found !== undefined) return found;
  const field = layOut(snapshot.models.values(), criteria, providers);
  for (const oldest of known.keys()) {
    if (known.size < MOST_KINDS) break;
    known.delete(oldest);
  }
  known.set(key, field);
  return field;
};

/** Tokens count by the windows that they fit in, not one by one: the registry has few different ones. */
const kindOf = (snapshot: Snapshot, criteria: Criteria, providers: ReadonlyMap<string, Provider>): string => {
  const { contexts, outputs } = windowsOf(snapshot);
  const { needs, models, allow, deny, providers: _names, maxOutputTokens, ...rest } = criteria;
  const { context, ...flags } = needs;
  return JSON.stringify([
    identity(providers),
    flags,
    step(contexts, context ?? 0),
    step(outputs, maxOutputTokens ?? 0),
    identity(models),
    identity(allow),
    identity(deny),
    rest,
  ]);
};

interface Windows {
  readonly contexts: readonly number[];
  readonly outputs: readonly number[];
}
const windows = new WeakMap<Snapshot, Windows>();

const windowsOf = (snapshot: Snapshot): Windows => {
  const known = windows.get(snapshot);
  if (known !== undefined) return known;
  const limits = [...snapshot.models.values()].map(({ limit }) => limit);
  const sorted = (all: readonly (number | undefined)[]): readonly number[] =>
    [...new Set(all.filter((limit) => limit !== undefined))].sort((one, other) => one - other);
  const found = {
    contexts: sorted(limits.map((limit) => limit.context)),
    outputs: sorted(limits.map((limit) => limit.output)),
  };
  windows.set(snapshot, found);
  return found;
};

/** How many of the windows are too small. */
const step = (limits: readonly number[], tokens: number): number => {
  let [from, until] = [0, limits.length];
  while (from < until) {
    const middle = (from + until) >> 1;
    if ((limits[middle] ?? 0) < tokens) from = middle + 1;
    else until = middle;
  }
  return from;
};

const numbers = new WeakMap<object, number>();
let last = 0;

/** A number for an object that is known by itself, not by its content: lists of the registry are long, and stay the same. */
const identity = (object: object | undefined): number => {
  if (object === undefined) return 0;
  const known = numbers.get(object);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(object, last);
  return last;
};
