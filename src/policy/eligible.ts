import type { Capabilities, Model, Needs, OutputModality, Rejection } from "../contract/index.ts";

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

type Reason = Pick<Rejection, "reason" | "detail">;

/** A model's quality for a kind of work; `undefined` where the owner has not said. */
export const qualityOf = (
  { quality }: { readonly quality?: Model["quality"] | undefined },
  label: string | undefined,
): number | undefined => {
  if (typeof quality !== "object") return quality;
  return label !== undefined && Object.hasOwn(quality, label) ? quality[label] : quality["general"];
};

/** The models that can do it, and every other one with its first reason. Pure. */
export const eligible = (
  models: Iterable<Model>,
  criteria: Criteria,
): { readonly able: readonly Model[]; readonly rejected: readonly Rejection[] } => {
  const able: Model[] = [];
  const rejected: Rejection[] = [];
  for (const model of models) {
    const reason = reject(model, criteria);
    if (reason === undefined) able.push(model);
    else rejected.push({ model: model.name, ...reason });
  }
  return { able, rejected };
};

const reject = (model: Model, criteria: Criteria): Reason | undefined =>
  notListed(model, criteria) ??
  notReachable(model, criteria) ??
  lacks(model.capabilities, criteria) ??
  tooSmall(model, criteria) ??
  elsewhere(model, criteria) ??
  tooWeak(model, criteria);

const notListed = ({ name }: Model, { pin, models, allow, deny }: Criteria): Reason | undefined => {
  if (pin !== undefined && pin !== name) return { reason: "not_pinned", detail: "the call names another model" };
  if (models?.includes(name) === false) return { reason: "not_allowed", detail: "not among the task's models" };
  if (allow?.includes(name) === false) return { reason: "not_allowed", detail: "not in the tenant's plan" };
  return deny?.includes(name) === true ? { reason: "not_allowed", detail: "denied by the tenant's plan" } : undefined;
};

const notReachable = (model: Model, { providers, boundTo }: Criteria): Reason | undefined => {
  if (!providers.has(model.provider))
    return { reason: "no_provider", detail: `no provider "${model.provider}" was passed` };
  const elsewhere = boundTo.find((provider) => provider !== model.provider);
  if (elsewhere === undefined) return undefined;
  return { reason: "bound_elsewhere", detail: `the request holds a file or a tool of "${elsewhere}"` };
};

/** What is asked for where nothing is said: a model of vectors or of pictures alone gives no answer. */
const TEXT: readonly OutputModality[] = ["text"];
const FLAGS = ["tool_call", "structured_output", "reasoning", "temperature"] as const;

const lacks = (capabilities: Capabilities, { needs, streamed }: Criteria): Reason | undefined => {
  for (const flag of FLAGS) {
    if (needs[flag] === true && capabilities[flag] !== true) return { reason: "lacks_capability", detail: flag };
  }
  const parallel = capabilities.parallel_tool_call ?? capabilities.tool_call;
  if (needs.parallel_tool_call === true && parallel !== true) {
    return { reason: "lacks_capability", detail: "parallel_tool_call" };
  }
  if (streamed && capabilities.streaming === false) return { reason: "lacks_capability", detail: "streaming" };
  return (
    lacksModality("input", capabilities.input, needs.input) ??
    lacksModality("output", capabilities.output, needs.output ?? TEXT)
  );
};

const lacksModality = (
  side: string,
  has: readonly OutputModality[] = TEXT,
  needed: readonly OutputModality[] = [],
): Reason | undefined => {
  const missing = needed.find((modality) => !has.includes(modality));
  return missing === undefined ? undefined : { reason: "lacks_modality", detail: `${side}: ${missing}` };
};

const tooSmall = ({ limit }: Model, { needs, maxOutputTokens }: Criteria): Reason | undefined => {
  const context = needs.context ?? 0;
  if (limit.context !== undefined && context > limit.context) {
    return { reason: "context_too_small", detail: `about ${context} tokens, window ${limit.context}` };
  }
  if (limit.output !== undefined && maxOutputTokens !== undefined && maxOutputTokens > limit.output) {
    return { reason: "output_too_small", detail: `${maxOutputTokens} tokens asked, at most ${limit.output}` };
  }
  return undefined;
};

const elsewhere = ({ tags }: Model, { regions, planRegions, needs }: Criteria): Reason | undefined => {
  for (const wanted of [regions, planRegions]) {
    if (wanted === undefined || wanted.includes(tags["region"] ?? "")) continue;
    return { reason: "region", detail: `${tags["region"] ?? "no region"}, wanted ${wanted.join(" or ")}` };
  }
  const differs = Object.entries(needs.tags ?? {}).find(([key, value]) => tags[key] !== value);
  return differs === undefined ? undefined : { reason: "tags", detail: `${differs[0]} is not ${differs[1]}` };
};

const tooWeak = (model: Model, { needs, label }: Criteria): Reason | undefined => {
  const floor = needs.quality;
  if (floor === undefined) return undefined;
  const quality = qualityOf(model, label);
  if (quality !== undefined && quality >= floor) return undefined;
  return { reason: "below_quality", detail: `${quality ?? "unknown"}, floor ${floor}` };
};
