import {
  type CallRecord,
  GatewayError,
  type GenerateRequest,
  type Model,
  type Needs,
  type Plan,
  type Request,
} from "../contract/index.ts";
import { estimateInputTokens } from "../policy/estimate.ts";
import { hashOf, mixed } from "../policy/hash.ts";
import { unknown } from "../policy/live.ts";
import { decide } from "../policy/plan.ts";
import { costNanoUsd } from "../policy/price.ts";
import { qualityOf } from "../policy/quality-of.ts";
import { tenantPlanOf } from "../policy/tenant-plan.ts";
import type { Snapshot } from "../registry/snapshot.ts";
import { type Example, usageOf } from "./example.ts";
import type { LabRegistry } from "./load.ts";

/** A model that can do it, whatever its quality: what a policy chooses among. */
export interface Candidate {
  readonly name: string;
  readonly model: Model;
  /** What the example's tokens cost at this model's own prices, in nano-dollars; `undefined` where no price is known. */
  readonly costNanoUsd: number | undefined;
  /** The registry's figure for this kind of work. */
  readonly quality: number | undefined;
  /** Its place in the router's order, from 1. `undefined`: the router would not ask it, since it is under the floor. */
  readonly rank: number | undefined;
}

export interface Decision {
  readonly candidates: readonly Candidate[];
  /** Why there is none, in the router's words. */
  readonly refused: string | undefined;
}

/** Whom the router would ask, and whom it could: the router's own code, on an example instead of a request. Pure. */
export const decisionOf = (example: Example, registry: LabRegistry): Decision => {
  const { snapshot } = registry;
  let plan: Plan;
  try {
    plan = planOf(example, registry);
  } catch (error) {
    if (GatewayError.is(error)) return { candidates: [], refused: error.message };
    throw error;
  }
  const rejected = new Map(plan.rejected.map(({ model, reason }) => [model, reason]));
  const carried = carriedOver(example.record);
  const label = labelOf(example, snapshot);
  const ranks = [...new Set(plan.ranked.map(({ target }) => target.model.name))].filter((name) => !carried.has(name));
  const usage = usageOf(example);
  const candidates = [...snapshot.models.values()]
    .filter(({ name }) => (rejected.get(name) ?? "below_quality") === "below_quality" && !carried.has(name))
    .map((model) => ({
      name: model.name,
      model,
      costNanoUsd: model.cost === undefined ? undefined : costNanoUsd(usage, model.cost),
      quality: qualityOf(model, label),
      rank: ranks.includes(model.name) ? ranks.indexOf(model.name) + 1 : undefined,
    }));
  const said = plan.rejected.map(({ model, reason, detail }) => `${model}: ${reason} (${detail})`).join("; ");
  return { candidates, refused: ranks.length > 0 ? undefined : said };
};

/** As the router plans a call of which it knows nothing but what is asked. */
const planOf = (example: Example, { snapshot, providers }: LabRegistry): Plan => {
  const tenantId = example.tenant ?? USUAL_TENANT;
  return decide({
    request: requestOf(example, snapshot),
    input: inputOf(example, snapshot),
    mode: example.record?.mode ?? "complete",
    snapshot,
    providers,
    live: unknown,
    // A tenant that the registry does not name was known to the application, or there would be no call.
    tenant: tenantPlanOf(tenantId, {}, snapshot),
    tenantId,
    // By the id, so that a canary gets its share, and the same calls every time.
    chance: mixed(hashOf(example.id), hashOf("chance")),
    whole: true,
  });
};

const USUAL_TENANT = "default";

/** Which of a model's qualities counts for this example. */
export const labelOf = ({ task }: Example, { tasks }: Snapshot): string | undefined =>
  task === undefined ? undefined : (tasks.get(task)?.label ?? task);

/**
 * Reasons that came from the request itself and cannot be worked out again from its record (its regions, its limits, who
 * holds its files): what ruled a model out then rules it out now.
 */
const CARRIED: ReadonlySet<string> = new Set(["region", "bound_elsewhere", "too_expensive", "too_slow"]);

const carriedOver = (record: CallRecord | undefined): ReadonlySet<string> =>
  new Set(
    Object.entries(record?.rejected ?? {})
      .filter(([, reason]) => CARRIED.has(reason))
      .map(([model]) => model),
  );

const requestOf = (example: Example, snapshot: Snapshot): Request => {
  const { task, difficulty, tenant, record, prompt = "" } = example;
  const context = {
    ...(tenant !== undefined && { tenant }),
    ...(record?.conversation !== undefined && { conversation: record.conversation }),
  };
  const pin = pinOf(record);
  if (pin !== undefined) return { ...context, model: pin, prompt };
  const needs = needsOf(example, snapshot);
  return {
    ...context,
    ...(task !== undefined && { task }),
    ...(difficulty !== undefined && { difficulty }),
    ...(needs !== undefined && { needs }),
    prompt,
  };
};

/** A call's own pin (a plan's has a task beside it): the one model that was not rejected for it. */
const pinOf = (record: CallRecord | undefined): string | undefined => {
  if (record === undefined || record.task !== undefined) return undefined;
  const rejected = Object.entries(record.rejected);
  if (!rejected.some(([, reason]) => reason === "not_pinned")) return undefined;
  return record.ranked[0] ?? rejected.find(([, reason]) => reason !== "not_pinned")?.[0];
};

/**
 * A record's needs hold the floor that its registry set. Under that same registry they stand; under another one, the floor
 * is that one's for the task and the difficulty, unless it was the call's own.
 */
const needsOf = ({ needs, record }: Example, { version }: Snapshot): Needs | undefined => {
  if (record === undefined || needs === undefined || record.registryVersion === version) return needs;
  if (record.task === undefined && record.difficulty === undefined) return needs;
  if (record.floor?.from === "needs.quality") return needs;
  const { quality: _then, ...rest } = needs;
  return rest;
};

/** What is sent, as long as it was: the router looks at its size and at nothing else. */
const inputOf = (example: Example, { tasks }: Snapshot): GenerateRequest => {
  const { prompt, record, task } = example;
  if (prompt !== undefined) return { messages: [{ role: "user", content: prompt }] };
  if (record?.expected !== undefined) {
    const { inputTokens, maxOutputTokens } = record.expected;
    return { ...ofTokens(inputTokens), ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
  }
  const room = tasks.get(task ?? "")?.maxOutputTokens ?? 0;
  const reckoned = record?.needs?.context === undefined ? undefined : record.needs.context - room;
  return ofTokens(reckoned ?? usageOf(example).input.total);
};

/** Zeroes, shared by all; as many as were ever needed, up to a text longer than any window. */
let zeroes = new ArrayBuffer(0);
const MOST_BYTES = 64 * 1_024 * 1_024;

/** A request that is estimated at so many tokens: a text of nothing, of the right size. */
const ofTokens = (tokens: number): GenerateRequest => {
  const sized = (bytes: number): GenerateRequest => {
    const size = Math.min(bytes, MOST_BYTES);
    if (size > zeroes.byteLength) zeroes = new ArrayBuffer(size);
    const data = { bytes: new Uint8Array(zeroes, 0, size) };
    return { messages: [{ role: "user", content: [{ type: "file", mediaType: "text/plain", data }] }] };
  };
  let [low, high] = [0, Math.max(1, tokens) * 8];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (estimateInputTokens(sized(middle)) < tokens) low = middle + 1;
    else high = middle;
  }
  return sized(low);
};
