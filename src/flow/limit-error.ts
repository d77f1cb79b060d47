import { type ErrorCode, GatewayError, type LimitDetails, type Measure } from "../contract/index.ts";
import type { Refusal } from "../quotas/refusal.ts";

export type LimitScope = LimitDetails["scope"];

const NANO_PER_USD = 1e9;
export const UNITS: Readonly<Record<Measure, LimitDetails["unit"]>> = {
  requests: "requests",
  tokens: "tokens",
  inputTokens: "tokens",
  outputTokens: "tokens",
  parallel: "calls",
  usd: "USD",
};

/** Whose limit, and which: `tenant search: requests per minute`. */
export const limitName = ({ type, name }: LimitScope, label: string): string =>
  `${type === "organization" ? name : `${type} ${name}`}: ${label}`;

/** A refusal, in the words of the one who asked. */
export const limitDetails = (scope: LimitScope, refusal: Refusal): LimitDetails => {
  const { template, cap, left, need, retryAfterMs } = refusal;
  const unit = UNITS[template.measure];
  const inUnits = (amount: number): number => (unit === "USD" ? amount / NANO_PER_USD : amount);
  return {
    limit: limitName(scope, template.label),
    scope,
    unit,
    max: inUnits(cap),
    left: inUnits(left),
    needed: inUnits(need),
    retryAfterMs,
  };
};

/** What the caller is told, who is over a limit. */
export const limitError = (scope: LimitScope, refusal: Refusal): GatewayError => {
  const details = limitDetails(scope, refusal);
  if (refusal.storeLost) {
    const message = `${details.limit}: the store of the quotas does not answer, and no money is spent without it.`;
    return new GatewayError("store_unavailable", message, { details: { store: "quotas" } });
  }
  const isMoney = refusal.template.measure === "usd";
  const code: ErrorCode & ("never_fits" | "budget_exceeded" | "limit_exceeded") = refusal.never
    ? "never_fits"
    : isMoney
      ? "budget_exceeded"
      : "limit_exceeded";
  return new GatewayError(code, messageOf(details, refusal.never), {
    details,
    ...(details.retryAfterMs !== undefined && { retryAfterMs: details.retryAfterMs }),
  });
};

export const messageOf = ({ limit, unit, max, left, needed, retryAfterMs }: LimitDetails, never = false): string => {
  const figure = (amount: number): string => (unit === "USD" ? `$${amount}` : `${amount} ${unit}`);
  if (never) return `${limit}: the call needs ${figure(needed)}, and the limit is ${figure(max)}: it never fits.`;
  const when = retryAfterMs === undefined ? "" : ` It fits in ${retryAfterMs} ms.`;
  return `${limit}: the call needs ${figure(needed)}, and of ${figure(max)} there are ${figure(left)} left.${when}`;
};
