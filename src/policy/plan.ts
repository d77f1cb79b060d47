import {
  type EmbedInput,
  GatewayError,
  type GenerateRequest,
  type Needs,
  type Plan,
  type Provider,
  type QuotaLevel,
  type Request,
} from "../contract/index.ts";
import type { Snapshot, Task, TenantPlan } from "../registry/snapshot.ts";
import type { Criteria } from "./eligible.ts";
import { estimateInputTokens } from "./estimate.ts";
import { explainedField, fieldOf } from "./field.ts";
import { difficultyOf, floorOf, taskOf } from "./floor.ts";
import type { Live } from "./live.ts";
import { list, nearest } from "./nearest.ts";
import { joinNeeds, needsOf, needsOfEmbed } from "./needs-of.ts";
import { order } from "./order.ts";
import { type CountText, reserving } from "./reserve.ts";
import { sidesOf } from "./sides.ts";
import { withinLimits } from "./within-limits.ts";

/** Output that is expected of a call that sets no limit, of a task that has not been learnt yet: about a page. */
const USUAL_OUTPUT_TOKENS = 500;
const UNDER_NONE: readonly QuotaLevel[] = [];
/** Targets that a call may come to, failovers included. */
const MOST_RANKED = 10;

export interface Circumstances {
  readonly request: Request;
  readonly input: GenerateRequest;
  readonly embed?: EmbedInput | undefined;
  readonly mode: "complete" | "stream";
  readonly snapshot: Snapshot;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly live: Live;
  /** What the tenant may ask for. */
  readonly tenant?: TenantPlan | undefined;
  readonly tenantId?: string;
  /** The limits and budgets that the call is under. Default: none. */
  readonly levels?: readonly QuotaLevel[];
  /** The difficulty that a `classify` hook gave to a call that says none. */
  readonly classified?: string | undefined;
  /** The tokenizer that is plugged in. */
  readonly count?: CountText | undefined;
  /** In [0, 1): drawn once for the call. */
  readonly chance?: number;
  /** Every eligible target and every reason with this call's own figures: for explaining, not for calling. */
  readonly whole?: boolean;
}

/**
 * The whole decision, as data: what is needed, which models can do it, in which order, and why the others cannot. Pure.
 * Throws `unknown_model` or `invalid_request` where the request names what the registry has not; a plan may be empty.
 */
export const decide = (circumstances: Circumstances): Plan => {
  const {
    request,
    input,
    embed,
    snapshot,
    providers,
    live,
    tenant,
    levels = UNDER_NONE,
    whole = false,
  } = circumstances;
  const task = taskOf(request, snapshot);
  const pin = pinOf(request, tenant, snapshot);
  const isShort = live.isShort?.(circumstances.tenantId ?? "") === true;
  const difficulty =
    request.model === undefined ? difficultyOf(request, task, circumstances.classified, snapshot) : undefined;
  const floor = floorOf(request, task, difficulty, isShort ? undefined : tenant, snapshot);
  const inputTokens = estimateInputTokens(input, circumstances.count?.(undefined));
  const maxOutputTokens = input.maxOutputTokens ?? task?.maxOutputTokens;
  const criteria = criteriaOf(circumstances, { task, pin, floor, inputTokens, maxOutputTokens });
  const field = (whole ? explainedField : fieldOf)(snapshot, criteria, providers);
  const chance = circumstances.chance ?? 0;
  const lengths = live.lengths?.(request.task);
  const placed = order(
    field,
    {
      inputTokens,
      outputTokens: embed === undefined ? usualOutput(lengths?.usual, maxOutputTokens) : 0,
      maxOutputTokens,
      learnt: embed === undefined ? lengths?.byModel : undefined,
      warm: request.conversation === undefined ? undefined : live.warm?.(request.conversation),
    },
    {
      label: criteria.label,
      tieShare: isShort ? 0 : snapshot.policy.tieShare,
      ...sidesOf(request.task, isShort ? undefined : task?.split, request.conversation, chance),
      account: boundTo(input, providers),
      // Who is too slow is known only of those that are looked at.
      most: whole || request.maxLatencyMs !== undefined ? Number.POSITIVE_INFINITY : MOST_RANKED,
      chance,
    },
    live,
  );
  const { count } = circumstances;
  const reserved = { input, isEmbed: embed !== undefined, task: request.task, maxOutputTokens, live, count };
  const ranked = placed.map(reserving(reserved));
  const limited = withinLimits(ranked, request, tenant, levels, live);
  return {
    ranked: limited.ranked,
    rejected: limited.rejected.length === 0 ? field.rejected : [...field.rejected, ...limited.rejected],
    more: field.able.length - ranked.length,
    needs: criteria.needs,
    floor,
    task: request.task,
    difficulty,
    registryVersion: snapshot.version,
    inputTokens,
    maxOutputTokens,
    escalateRefusals: task?.escalateRefusals === true,
    levels,
    whenOver: tenant?.whenOver ?? "reject",
  };
};

/** What the task has needed, never more than the limit; else the limit; else what is usual. */
const usualOutput = (learnt: number | undefined, limit: number | undefined): number =>
  learnt === undefined ? (limit ?? USUAL_OUTPUT_TOKENS) : Math.min(learnt, limit ?? Number.POSITIVE_INFINITY);

/** The same, where an empty plan is an error that says every reason. */
export const plan = (circumstances: Circumstances): Plan => {
  const decided = decide(circumstances);
  if (decided.ranked.length > 0) return decided;
  const { rejected } = decide({ ...circumstances, whole: true });
  const reasons = rejected.map(({ model, reason, detail }) => `${model}: ${reason} (${detail})`);
  throw new GatewayError("no_route", `No model in the registry can do this. ${reasons.join("; ")}.`, {
    details: { rejected },
  });
};

interface Found {
  readonly task: Task | undefined;
  readonly pin: string | undefined;
  readonly floor: Plan["floor"];
  readonly inputTokens: number;
  readonly maxOutputTokens: number | undefined;
}

const criteriaOf = (
  { request, input, embed, mode, providers, tenant }: Circumstances,
  { task, pin, floor, inputTokens, maxOutputTokens }: Found,
): Criteria => {
  const own = embed === undefined ? needsOf(request, input, inputTokens + (maxOutputTokens ?? 0)) : needsOfEmbed(input);
  const asked = joinNeeds(own.needs, task?.needs, request.needs);
  const needs: Needs = floor === undefined ? asked : { ...asked, quality: floor.quality };
  return {
    needs,
    label: task?.label ?? request.task,
    providers: namesOf(providers),
    models: task?.models,
    allow: tenant?.models,
    deny: tenant?.deny,
    pin,
    boundTo: own.boundTo,
    regions: request.regions,
    planRegions: tenant?.regions,
    maxOutputTokens,
    streamed: mode === "stream",
  };
};

/** The account that the conversation's state is bound to, by provider: looked for once. */
const boundTo = (
  input: GenerateRequest,
  providers: ReadonlyMap<string, Provider>,
): ((provider: string) => string | undefined) => {
  const found = new Map<string, string | undefined>();
  return (name) => {
    if (!found.has(name)) found.set(name, providers.get(name)?.affinity?.(input));
    return found.get(name);
  };
};

const names = new WeakMap<object, ReadonlySet<string>>();

const namesOf = (providers: ReadonlyMap<string, Provider>): ReadonlySet<string> => {
  const known = names.get(providers);
  if (known !== undefined) return known;
  const made = new Set(providers.keys());
  names.set(providers, made);
  return made;
};

/** The call's own pin, else the one that the tenant's plan has for its task. */
const pinOf = ({ model, task }: Request, tenant: TenantPlan | undefined, { models }: Snapshot): string | undefined => {
  const pin = model ?? (task === undefined ? undefined : tenant?.pins?.[task]);
  if (pin === undefined || models.has(pin)) return pin;
  const known = nearest(pin, models.keys());
  throw new GatewayError("unknown_model", `The registry has no model "${pin}"; it has ${list(known)}.`, {
    details: { model: pin, known },
  });
};
