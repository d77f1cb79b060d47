import type { Ranked, Rejection, Request } from "../contract/index.ts";
import type { TenantPlan } from "../registry/snapshot.ts";
import type { Live } from "./live.ts";

/** The caller's own limits, and the plan's. A price that is unknown is over any; a speed that is unknown is not too slow. */
export const withinLimits = (
  ranked: readonly Ranked[],
  { maxCostUsd, maxLatencyMs }: Request,
  tenant: TenantPlan | undefined,
  live: Live,
): { readonly ranked: readonly Ranked[]; readonly rejected: readonly Rejection[] } => {
  const mostUsd = least(maxCostUsd, tenant?.maxCostUsd);
  if (mostUsd === undefined && maxLatencyMs === undefined) return { ranked, rejected: [] };
  const kept: Ranked[] = [];
  const rejected: Rejection[] = [];
  for (const each of ranked) {
    const model = each.target.model.name;
    const reason = tooExpensive(each, mostUsd) ?? tooSlow(live.latencyMs(each.target.id), maxLatencyMs);
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

type Limit = Pick<Rejection, "reason" | "detail"> | undefined;

const tooExpensive = ({ expectedNanoUsd }: Ranked, mostUsd: number | undefined): Limit => {
  if (mostUsd === undefined || (expectedNanoUsd !== undefined && expectedNanoUsd <= mostUsd * 1e9)) return undefined;
  const expected = expectedNanoUsd === undefined ? "its price is unknown" : `about $${expectedNanoUsd / 1e9}`;
  return { reason: "too_expensive", detail: `${expected}, at most $${mostUsd}` };
};

const tooSlow = (latencyMs: number | undefined, maxLatencyMs: number | undefined): Limit => {
  if (latencyMs === undefined || maxLatencyMs === undefined || latencyMs <= maxLatencyMs) return undefined;
  return {
    reason: "too_slow",
    detail: `first content after about ${Math.round(latencyMs)} ms, at most ${maxLatencyMs} ms`,
  };
};
