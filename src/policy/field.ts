import type { Provider, Rejection } from "../contract/index.ts";
import type { Snapshot } from "../registry/snapshot.ts";
import { bandOf } from "./band.ts";
import { type Criteria, eligible } from "./eligible.ts";
import { type Ground, groundOf } from "./ground.ts";
import { raisedBy } from "./raised.ts";

/** The targets that can do a kind of request, found once for all requests of that kind. */
export interface Field {
  readonly ground: Ground;
  /** Indexes of the targets in the ground. */
  readonly able: Int32Array;
  /** Every other model with its first reason; without figures, which differ from call to call. */
  readonly rejected: readonly Rejection[];
  /** Of many, those that may come first: see `bandOf`. Not before the kind has come a few times: it takes a while to find. */
  readonly band: () => Band | undefined;
}

export interface Band {
  readonly targets: Int32Array;
  /** 1 for a target that is in it. */
  readonly holds: Uint8Array;
}

const FEW_TIMES = 4;
/** Kinds of requests that are remembered for a registry; beyond it the oldest is found anew when it comes again. */
const MOST_KINDS = 512;

const fields = new WeakMap<Ground, Map<string, Field>>();

/** The field of the kind of request that `criteria` say, found when it first comes. */
export const fieldOf = (snapshot: Snapshot, criteria: Criteria, providers: ReadonlyMap<string, Provider>): Field => {
  const ground = groundOf(snapshot, providers);
  let known = fields.get(ground);
  if (known === undefined) {
    known = new Map();
    fields.set(ground, known);
  }
  const kind = kindOf(ground, criteria);
  const found = known.get(kind);
  if (found !== undefined) return found;
  if (known.size >= MOST_KINDS) for (const oldest of known.keys()) if (known.delete(oldest)) break;
  const field = find(ground, criteria, false, raisedBy(snapshot.policy.tieShare));
  known.set(kind, field);
  return field;
};

/** The same for one call, with its own figures in each reason: slow, for explaining. */
export const explainedField = (
  snapshot: Snapshot,
  criteria: Criteria,
  providers: ReadonlyMap<string, Provider>,
): Field => find(groundOf(snapshot, providers), criteria, true, raisedBy(snapshot.policy.tieShare));

const find = (ground: Ground, criteria: Criteria, detailed: boolean, raised: number): Field => {
  const { able, rejected } = eligible(ground.models, criteria, detailed);
  const all = new Int32Array(ground.targets.length);
  let count = 0;
  for (const at of able) {
    for (let index = ground.from[at] ?? 0; index < (ground.from[at + 1] ?? 0); index += 1) {
      all[count] = index;
      count += 1;
    }
  }
  const targets = all.subarray(0, count);
  let [band, asked]: [Band | undefined, number] = [undefined, 0];
  return {
    ground,
    able: targets,
    rejected,
    band() {
      asked += 1;
      if (asked > FEW_TIMES) band ??= held(bandOf(ground, targets, raised), ground.targets.length);
      return band;
    },
  };
};

const held = (targets: Int32Array, all: number): Band => {
  const holds = new Uint8Array(all);
  for (const index of targets) holds[index] = 1;
  return { targets, holds };
};

const FLAGS = ["tool_call", "parallel_tool_call", "structured_output", "reasoning", "temperature"] as const;
/** Between fields, since names may hold anything a person types. */
const SEPARATOR = "\u0000";

/** Tokens count by the windows that they fit in, not one by one: a registry has few different ones. */
const kindOf = (ground: Ground, criteria: Criteria): string => {
  const { needs, label, models, allow, deny, pin, boundTo, regions, planRegions, streamed } = criteria;
  let flags = streamed ? 1 : 0;
  for (const flag of FLAGS) flags = flags * 2 + (needs[flag] === true ? 1 : 0);
  const room = `${smaller(ground.contexts, needs.context ?? 0)},${smaller(ground.outputs, criteria.maxOutputTokens ?? 0)}`;
  const lists = [models, allow, deny, planRegions].map(signOf).join(SEPARATOR);
  const seldom =
    needs.input === undefined &&
    needs.output === undefined &&
    needs.tags === undefined &&
    regions === undefined &&
    boundTo.length === 0
      ? ""
      : JSON.stringify([needs.input, needs.output, needs.tags, regions, boundTo]);
  return [flags, room, needs.quality, label, pin, lists, seldom].join(SEPARATOR);
};

/** How many of the limits, smallest first, are too small. */
const smaller = (limits: readonly number[], tokens: number): number => {
  let [from, until] = [0, limits.length];
  while (from < until) {
    const middle = (from + until) >> 1;
    if ((limits[middle] ?? 0) < tokens) from = middle + 1;
    else until = middle;
  }
  return from;
};

/** Longer lists are known by themselves. */
const MOST_SIGNED = 32;
const numbers = new WeakMap<object, number>();
let last = 0;

/**
 * What a list says: an application may make a tenant's anew for each call. Of a long one a number stands for it: it
 * comes from the registry, and stays the same.
 */
const signOf = (list: readonly string[] | undefined): string => {
  if (list === undefined) return "";
  if (list.length <= MOST_SIGNED) return JSON.stringify(list);
  const known = numbers.get(list);
  if (known !== undefined) return `#${known}`;
  last += 1;
  numbers.set(list, last);
  return `#${last}`;
};
