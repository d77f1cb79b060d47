import {
  type EmbedInput,
  GatewayError,
  type GenerateRequest,
  type Model,
  type Needs,
  type Plan,
  type Provider,
  type Ranked,
  type Rejection,
  type Request,
  type Target,
} from "../contract/index.ts";
import type { Snapshot, Task } from "../registry/snapshot.ts";
import { type Criteria, eligible } from "./eligible.ts";
import { estimateInputTokens } from "./estimate.ts";
import { nearest } from "./nearest.ts";
import { joinNeeds, needsOf, needsOfEmbed } from "./needs-of.ts";
import { type Live, order } from "./order.ts";

/** Output that is expected of a call that sets no limit: about a page. */
const USUAL_OUTPUT_TOKENS = 500;

export interface Circumstances {
  readonly request: Request;
  readonly input: GenerateRequest;
  readonly embed?: EmbedInput | undefined;
  readonly mode: "complete" | "stream";
  readonly snapshot: Snapshot;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly live: Live;
}

/**
 * The whole decision, as data: what is needed, which models can do it, in which order, and why the others cannot. Pure.
 * Throws `unknown_model` or `invalid_request` where the request names what the registry has not; a plan may be empty.
 */
export const decide = (circumstances: Circumstances): Plan => {
  const { request, input, embed, mode, snapshot, providers, live } = circumstances;
  const task = taskOf(request, snapshot);
  const pin = pinOf(request, snapshot);
  const inputTokens = estimateInputTokens(input);
  const maxOutputTokens = input.maxOutputTokens ?? task?.maxOutputTokens;
  const own = embed === undefined ? needsOf(request, input, inputTokens + (maxOutputTokens ?? 0)) : needsOfEmbed(input);
  const difficulty = pin === undefined ? difficultyOf(request, task, snapshot) : undefined;
  const floor = floorOf(request, task, difficulty, snapshot);
  const asked = joinNeeds(own.needs, task?.needs, request.needs);
  const needs: Needs = floor === undefined ? asked : { ...asked, quality: floor.quality };
  const label = task?.label ?? request.task;
  const criteria: Criteria = {
    needs,
    label,
    providers: new Set(providers.keys()),
    models: pin === undefined ? listOf(task) : new Set([pin]),
    pinned: pin !== undefined,
    boundTo: own.boundTo,
    regions: request.regions,
    maxOutputTokens,
    streamed: mode === "stream",
  };
  const { able, rejected } = eligible(snapshot.models.values(), criteria);
  const outputTokens = embed === undefined ? (maxOutputTokens ?? USUAL_OUTPUT_TOKENS) : 0;
  const expected = { inputTokens, outputTokens, label, tieShare: snapshot.policy.tieShare };
  const ranked = order(targetsOf(able, providers), expected, live);
  const limited = withinLimits(ranked, request, live);
  return {
    ranked: limited.ranked,
    rejected: [...rejected, ...limited.rejected],
    needs,
    floor,
    task: request.task,
    difficulty,
    registryVersion: snapshot.version,
    inputTokens,
    maxOutputTokens,
  };
};

/** The same, where an empty plan is an error that says every reason. */
export const plan = (circumstances: Circumstances): Plan => {
  const decided = decide(circumstances);
  if (decided.ranked.length > 0) return decided;
  const reasons = decided.rejected.map(({ model, reason, detail }) => `${model}: ${reason} (${detail})`);
  throw new GatewayError("no_route", `No model in the registry can do this. ${reasons.join("; ")}.`, {
    details: { rejected: decided.rejected },
  });
};

const taskOf = ({ task }: Request, { tasks }: Snapshot): Task | undefined => {
  if (task === undefined) return undefined;
  const found = tasks.get(task);
  if (found !== undefined) return found;
  const known = nearest(task, tasks.keys());
  throw new GatewayError("invalid_request", `The registry has no task "${task}"; it has ${list(known)}.`, {
    details: { issues: [{ path: "task", message: `expected one of ${list(known)}` }] },
  });
};

const pinOf = ({ model }: Request, { models }: Snapshot): string | undefined => {
  if (model === undefined || models.has(model)) return model;
  const known = nearest(model, models.keys());
  throw new GatewayError("unknown_model", `The registry has no model "${model}"; it has ${list(known)}.`, {
    details: { model, known },
  });
};

/** A call that says nothing of its difficulty is taken for the hardest kind: what is cheap must be said to be easy. */
const difficultyOf = (request: Request, task: Task | undefined, snapshot: Snapshot): string | undefined => {
  const { difficulties, policy } = snapshot;
  const said = request.difficulty ?? task?.difficulty;
  if (said !== undefined) {
    if (difficulties.has(said)) return said;
    const known = nearest(said, difficulties.keys());
    throw new GatewayError("invalid_request", `The registry has no difficulty "${said}"; it has ${list(known)}.`, {
      details: { issues: [{ path: "difficulty", message: `expected one of ${list(known)}` }] },
    });
  }
  if (task !== undefined || request.needs?.quality !== undefined) return undefined;
  if (policy.difficulty !== undefined) return policy.difficulty;
  return [...difficulties].sort(([, one], [, other]) => other - one)[0]?.[0];
};

const floorOf = (
  request: Request,
  task: Task | undefined,
  difficulty: string | undefined,
  { difficulties }: Snapshot,
): Plan["floor"] => {
  const floors = [
    { quality: task?.quality, from: `task ${request.task}` },
    { quality: task?.needs?.quality, from: `task ${request.task}` },
    { quality: difficulties.get(task?.difficulty ?? ""), from: `task ${request.task}` },
    { quality: difficulty === undefined ? undefined : difficulties.get(difficulty), from: `difficulty ${difficulty}` },
    { quality: request.needs?.quality, from: "needs.quality" },
  ];
  let highest: Plan["floor"];
  for (const { quality, from } of floors) {
    if (quality !== undefined && quality > (highest?.quality ?? Number.NEGATIVE_INFINITY)) highest = { quality, from };
  }
  return highest;
};

const listOf = (task: Task | undefined): ReadonlySet<string> | undefined =>
  task?.models === undefined ? undefined : new Set(task.models);

const targets = new WeakMap<Model, readonly Target[]>();

/** A model's targets: one for each account that its provider has. */
const targetsOf = (models: readonly Model[], providers: ReadonlyMap<string, Provider>): readonly Target[] =>
  models.flatMap((model) => {
    const provider = providers.get(model.provider);
    if (provider === undefined) return [];
    let made = targets.get(model);
    if (made === undefined || made[0]?.provider !== provider) {
      made = provider.credentials.map((credential) => ({
        id: `${provider.name}/${model.name}/${credential.account}`,
        model,
        provider,
        credential,
      }));
      targets.set(model, made);
    }
    return made;
  });

/** The caller's own limits. A price that is unknown is over any; a speed that is unknown is not too slow. */
const withinLimits = (
  ranked: readonly Ranked[],
  { maxCostUsd, maxLatencyMs }: Request,
  live: Live,
): { readonly ranked: readonly Ranked[]; readonly rejected: readonly Rejection[] } => {
  if (maxCostUsd === undefined && maxLatencyMs === undefined) return { ranked, rejected: [] };
  const kept: Ranked[] = [];
  const rejected: Rejection[] = [];
  for (const each of ranked) {
    const model = each.target.model.name;
    const reason = tooExpensive(each, maxCostUsd) ?? tooSlow(live.latencyMs(each.target.id), maxLatencyMs);
    if (reason === undefined) kept.push(each);
    else rejected.push({ model, ...reason });
  }
  return { ranked: kept, rejected };
};

type Limit = Pick<Rejection, "reason" | "detail"> | undefined;

const tooExpensive = ({ expectedNanoUsd }: Ranked, maxCostUsd: number | undefined): Limit => {
  if (maxCostUsd === undefined || (expectedNanoUsd !== undefined && expectedNanoUsd <= maxCostUsd * 1e9))
    return undefined;
  const expected = expectedNanoUsd === undefined ? "its price is unknown" : `about $${expectedNanoUsd / 1e9}`;
  return { reason: "too_expensive", detail: `${expected}, at most $${maxCostUsd}` };
};

const tooSlow = (latencyMs: number | undefined, maxLatencyMs: number | undefined): Limit => {
  if (latencyMs === undefined || maxLatencyMs === undefined || latencyMs <= maxLatencyMs) return undefined;
  return {
    reason: "too_slow",
    detail: `first content after about ${Math.round(latencyMs)} ms, at most ${maxLatencyMs} ms`,
  };
};

const list = (names: readonly string[]): string => (names.length === 0 ? "none" : names.slice(0, 8).join(", "));
