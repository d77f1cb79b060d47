import type { QuotaLevel, Ranked, Rejection, Request } from "../contract/index.ts";
import type { TenantPlan } from "../registry/snapshot.ts";
import type { Live } from "./live.ts";

/**
 * The caller's own limits, and the plan's. A price that is unknown is over any, and over any budget that is enforced, since
 * nobody could say what is left of it; a speed that is unknown is not too slow.
 */
export const withinLimits = (
  ranked: readonly Ranked[],
  { maxCostUsd, maxLatencyMs }: Request,
  tenant: TenantPlan | undefined,
  levels: readonly QuotaLevel[],
  live: Live,
): { readonly ranked: readonly Ranked[]; readonly rejected: readonly Rejection[] } => {
  const mostUsd = least(maxCostUsd, tenant?.maxCostUsd);
  const onBudget = levels.some(hasBudget);
  if (mostUsd === undefined && maxLatencyMs === undefined && !onBudget) return { ranked, rejected: [] };
  const kept: Ranked[] = [];
  const rejected: Rejection[] = [];
  for (const each of ranked) {
    const model = each.target.model.name;
    const reason = tooExpensive(each, mostUsd, onBudget) ?? tooSlow(live.latencyMs(each.target.id), maxLatencyMs);
    if (reason === undefined) kept.push(each);
    else rejected.push({ model, ...reason });
  }
  // A model with several accounts is told once, and not if one of them is left.
  const told = new Set(kept.map(({ target }) => target.model.name));
  const once = rejected.filter(({ model }) => !told.has(model) && told.add(model));
  return { ranked: kept, rejected: once };
};

const least = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

const hasBudget = ({ template }: QuotaLevel): boolean =>
  template.enforcement === "enforce" && template.counters.some(({ measure }) => measure === "usd");

type Limit = Pick<Rejection, "reason" | "detail"> | undefined;

const tooExpensive = ({ expectedNanoUsd }: Ranked, mostUsd: number | undefined, onBudget: boolean): Limit => {
  if (expectedNanoUsd === undefined) {
    const most = mostUsd === undefined ? ", and a budget applies" : `, at most $${mostUsd}`;
    return mostUsd === undefined && !onBudget
      ? undefined
      : { reason: "too_expensive", detail: `its price is unknown${most}` };
  }
  if (mostUsd === undefined || expectedNanoUsd <= mostUsd * 1e9) return undefined;
  return { reason: "too_expensive", detail: `about $${expectedNanoUsd / 1e9}, at most $${mostUsd}` };
};

const tooSlow = (latencyMs: number | undefined, maxLatencyMs: number | undefined): Limit => {
  if (latencyMs === undefined || maxLatencyMs === undefined || latencyMs <= maxLatencyMs) return undefined;
  return {
    reason: "too_slow",
    detail: `first content after about ${Math.round(latencyMs)} ms, at most ${maxLatencyMs} ms`,
  };
};
