import type { Capabilities, Model, Needs, OutputModality, Rejection } from "../contract/index.ts";
import { qualityOf } from "./quality-of.ts";
import { detailOf } from "./rejection-detail.ts";

/** What models are judged by, besides their capabilities. */
export interface Criteria {
  readonly needs: Needs;
  /** Which of a model's qualities counts, where it has several. */
  readonly label: string | undefined;
  /** Provider names that the gateway has. */
  readonly providers: ReadonlySet<string>;
  /** Only these, if given: a task's list. */
  readonly models: readonly string[] | undefined;
  /** Only these, and never those: the tenant's plan. */
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[] | undefined;
  readonly pin: string | undefined;
  readonly boundTo: readonly string[];
  /** Tagged with one of these: as the call says, and as the tenant's plan says. */
  readonly regions: readonly string[] | undefined;
  readonly planRegions: readonly string[] | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly streamed: boolean;
}

export interface Eligible {
  /** Places of the models that can do it. */
  readonly able: readonly number[];
  readonly rejected: readonly Rejection[];
}

/**
 * The models that can do it, and every other one with its first reason. Pure. `detailed`: each reason with its figures,
 * for people; else `detail` is empty, since thousands of reasons are told to nobody.
 */
export const eligible = (models: readonly Model[], criteria: Criteria, detailed: boolean): Eligible => {
  const able: number[] = [];
  const rejected: Rejection[] = [];
  const judge = judgeOf(criteria);
  // By hand: an iterator over entries takes longer than the judging.
  for (let at = 0; at < models.length; at += 1) {
    const model = models[at] as Model;
    const reason = judge(model);
    if (reason === undefined) able.push(at);
    else rejected.push({ model: model.name, reason, detail: detailed ? detailOf(reason, model, criteria) : "" });
  }
  return { able, rejected };
};

type Reason = Rejection["reason"];
type Judge = (model: Model) => Reason | undefined;

const FLAGS = ["tool_call", "structured_output", "reasoning", "temperature"] as const;
/** What is asked for where nothing is said: a model of vectors or of pictures alone gives no answer. */
const TEXT: readonly OutputModality[] = ["text"];

/** The criteria, looked at once for all models. */
const judgeOf = (criteria: Criteria): Judge => {
  const [listed, able, placed] = [listedBy(criteria), ableBy(criteria), placedBy(criteria)];
  return (model) => listed(model) ?? able(model) ?? placed(model);
};

/** Who may be asked at all. */
const listedBy = ({ models, allow, deny, pin, providers, boundTo }: Criteria): Judge => {
  const listed = [setOf(models), setOf(allow)].filter((set) => set !== undefined);
  const denied = setOf(deny);
  return ({ name, provider }) => {
    if (pin !== undefined && pin !== name) return "not_pinned";
    if (listed.length > 0 && listed.some((set) => !set.has(name))) return "not_allowed";
    if (denied?.has(name) === true) return "not_allowed";
    if (!providers.has(provider)) return "no_provider";
    return boundTo.length > 0 && boundTo.some((each) => each !== provider) ? "bound_elsewhere" : undefined;
  };
};

/** Who can do it, and has room for it. */
const ableBy = ({ needs, maxOutputTokens = 0, streamed }: Criteria): Judge => {
  const flags = FLAGS.filter((flag) => needs[flag] === true);
  const { context = 0, parallel_tool_call: parallel = false } = needs;
  const [input, output] = [needs.input ?? [], needs.output ?? TEXT];
  return ({ capabilities, limit }) => {
    if (lacksFlag(capabilities, flags, parallel, streamed)) return "lacks_capability";
    if (lacks(capabilities.input, input) || lacks(capabilities.output, output)) return "lacks_modality";
    if (limit.context !== undefined && context > limit.context) return "context_too_small";
    return limit.output !== undefined && maxOutputTokens > limit.output ? "output_too_small" : undefined;
  };
};

/** Where it stands, and how good it is. */
const placedBy = ({ needs, label, regions, planRegions }: Criteria): Judge => {
  const wanted = [regions, planRegions].filter((each) => each !== undefined);
  const tags = Object.entries(needs.tags ?? {});
  const floor = needs.quality;
  return (model) => {
    if (wanted.length > 0 && wanted.some((each) => !each.includes(model.tags["region"] ?? ""))) return "region";
    if (tags.length > 0 && tags.some(([key, value]) => model.tags[key] !== value)) return "tags";
    if (floor === undefined) return undefined;
    const quality = qualityOf(model, label);
    return quality !== undefined && quality >= floor ? undefined : "below_quality";
  };
};

const lacksFlag = (
  capabilities: Capabilities,
  flags: readonly (typeof FLAGS)[number][],
  parallel: boolean,
  streamed: boolean,
): boolean => {
  for (const flag of flags) if (capabilities[flag] !== true) return true;
  if (parallel && (capabilities.parallel_tool_call ?? capabilities.tool_call) !== true) return true;
  return streamed && capabilities.streaming === false;
};

const lacks = (has: readonly OutputModality[] = TEXT, needed: readonly OutputModality[]): boolean => {
  for (const modality of needed) if (!has.includes(modality)) return true;
  return false;
};

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A list of the registry as a set, made once. */
const setOf = (list: readonly string[] | undefined): ReadonlySet<string> | undefined => {
  if (list === undefined) return undefined;
  const known = sets.get(list);
  if (known !== undefined) return known;
  const made = new Set(list);
  sets.set(list, made);
  return made;
};
