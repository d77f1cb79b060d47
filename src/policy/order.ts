import type { Ranked, Target } from "../contract/index.ts";
import { candidates, lookedAt } from "./candidates.ts";
import type { Field } from "./field.ts";
import type { Ground } from "./ground.ts";
import { mixed } from "./hash.ts";
import type { Live, Warm } from "./live.ts";
import { NANO_A_TOKEN, tierOf } from "./price.ts";
import { qualityOf } from "./quality-of.ts";
import { ELSEWHERE, raisedBy } from "./raised.ts";

/** A target in its place. */
export type Placed = Pick<Ranked, "target" | "expectedNanoUsd" | "quality">;

export interface Expected {
  readonly inputTokens: number;
  /** The caller's limit, or what is usual. */
  readonly outputTokens: number;
  /** No answer is longer. */
  readonly maxOutputTokens: number | undefined;
  /** By model, what this task has really needed. */
  readonly learnt: ReadonlyMap<string, number> | undefined;
  /** Where this conversation's prompt is likely to be cached. */
  readonly warm: Warm | undefined;
}

export interface Wishes {
  /** Which of a model's qualities counts, where it has several. */
  readonly label: string | undefined;
  /** What a faster answer may cost more, at most, as a share. */
  readonly tieShare: number;
  /** A model to be asked first, and models to be asked behind all others: see `sides`. */
  readonly first: string | undefined;
  readonly behind: ReadonlySet<string>;
  /** The account that the conversation's opaque state is bound to, by provider. */
  readonly account: (provider: string) => string | undefined;
  /** How many targets are wanted, best first. */
  readonly most: number;
  /** In [0, 1): the same for the whole call. */
  readonly chance: number;
}

/** Up to the first nobody minds, from the second on it cannot get worse; in between each doubling counts the same. */
const [FAST_MS, SLOW_MS] = [100, 10_000];
/** Share of calls for which a target's latency counts as unknown, so that one that was slow is tried again. */
const EXPLORED = 0.01;

/**
 * Cheapest first. A target's place depends on itself alone: what it is expected to cost, raised by its latency by at most
 * `tieShare`, so that among near-equals the faster one goes first, and speed never outranks price beyond that. Whoever is
 * taken out changes nothing between the others. Then the stronger one, then chance. An unknown price comes last: unknown is
 * not cheap. Behind all of them those that are known to be down.
 */
export const order = (field: Field, expected: Expected, wishes: Wishes, live: Live): readonly Placed[] => {
  const { ground } = field;
  const looked = lookedAt(field, expected, wishes, live);
  const costs = expectedCosts(ground, looked, expected);
  const keys: Key[] = [];
  for (const index of candidates(field, looked, costs, { ...wishes, raised: raisedBy(wishes.tieShare) }, live)) {
    const target = ground.targets[index];
    if (target !== undefined) keys.push(keyOf(target, ground.hash[index] ?? 0, costs[index] ?? 0, wishes, live));
  }
  return keys
    .sort(byKey)
    .slice(0, wishes.most)
    .map(
      ({ target, cost, quality }): Placed => ({
        target,
        expectedNanoUsd: Number.isFinite(cost) ? Math.ceil(cost) : undefined,
        quality,
      }),
    );
};

/** Nano-dollars that the call may cost at each target: for comparing, not for billing. */
const expectedCosts = (ground: Ground, looked: Int32Array, expected: Expected): Float64Array => {
  const { costs, inputRate, outputRate, tiered } = ground;
  const { inputTokens, outputTokens, learnt, warm } = expected;
  for (const index of looked) {
    costs[index] =
      tiered[index] === 1
        ? costAt(ground, index, expected, outputTokens, 0)
        : inputTokens * (inputRate[index] ?? 0) + outputTokens * (outputRate[index] ?? 0);
  }
  for (const model of learnt?.keys() ?? []) {
    const needed = outputOf(model, expected);
    const first = ground.ofModel.get(model) ?? ground.targets.length;
    for (let index = first; ground.targets[index]?.model.name === model; index += 1) {
      costs[index] = costAt(ground, index, expected, needed, 0);
    }
  }
  const at = warm === undefined ? undefined : ground.ofTarget.get(warm.target);
  if (warm !== undefined && at !== undefined) {
    const needed = outputOf(ground.targets[at]?.model.name ?? "", expected);
    costs[at] = costAt(ground, at, expected, needed, Math.min(warm.tokens, inputTokens));
  }
  return costs;
};

const outputOf = (model: string, { learnt, outputTokens, maxOutputTokens }: Expected): number =>
  Math.min(learnt?.get(model) ?? outputTokens, maxOutputTokens ?? Number.POSITIVE_INFINITY);

const costAt = (
  { targets }: Ground,
  index: number,
  { inputTokens }: Expected,
  outputTokens: number,
  cached: number,
): number => {
  const cost = targets[index]?.model.cost;
  if (cost === undefined) return Number.POSITIVE_INFINITY;
  const rates = tierOf(cost, inputTokens) ?? cost;
  const read = rates.cache_read ?? rates.input;
  return ((inputTokens - cached) * rates.input + cached * read + outputTokens * rates.output) * NANO_A_TOKEN;
};

interface Key {
  readonly target: Target;
  readonly cost: number;
  readonly quality: number | undefined;
  /** 0: down last … wished first. Lower goes first, as in all that follow. */
  readonly down: number;
  readonly side: number;
  readonly elsewhere: number;
  readonly effective: number;
  readonly waitMs: number;
  readonly drawn: number;
}

const keyOf = (target: Target, hash: number, cost: number, wishes: Wishes, live: Live): Key => {
  const { id, model, provider, credential } = target;
  const drawn = mixed(hash, Math.floor(wishes.chance * 2 ** 32));
  const waitMs = drawn < EXPLORED ? 0 : waitOf(id, live);
  const bound = wishes.account(provider.name);
  const elsewhere = bound === undefined || bound === credential.account ? 0 : 1;
  return {
    target,
    cost,
    quality: qualityOf(model, wishes.label),
    down: live.down?.has(id) === true ? 1 : 0,
    side: model.name === wishes.first ? 0 : wishes.behind.has(model.name) ? 2 : 1,
    elsewhere,
    effective: cost * (1 + wishes.tieShare * (slowness(waitMs) + ELSEWHERE * elsewhere)),
    waitMs,
    drawn,
  };
};

/** Each attempt under way makes the next one wait. What was never measured counts as at once, so that it gets measured. */
const waitOf = (id: string, live: Live): number => {
  const latencyMs = live.latencyMs(id);
  return latencyMs === undefined ? 0 : latencyMs * ((live.inFlight?.(id) ?? 0) + 1);
};

/** From 0 to 1. */
const slowness = (waitMs: number): number =>
  Math.min(1, Math.max(0, Math.log(waitMs / FAST_MS) / Math.log(SLOW_MS / FAST_MS)));

const byKey = (one: Key, other: Key): number =>
  one.down - other.down ||
  one.side - other.side ||
  difference(one.effective, other.effective) ||
  one.elsewhere - other.elsewhere ||
  one.waitMs - other.waitMs ||
  (other.quality ?? 0) - (one.quality ?? 0) ||
  one.drawn - other.drawn;

/** Also of two unknown prices, which differ by nothing. */
const difference = (one: number, other: number): number => (one === other ? 0 : one - other);
