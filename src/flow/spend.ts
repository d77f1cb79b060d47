import type { LimitDetails } from "../contract/index.ts";
import { limitName, UNITS } from "./limit-error.ts";
import type { LimitState } from "./limit-state.ts";

/** A budget, as far as it is spent. Integer nano-dollars. */
export interface Spend {
  readonly scope: LimitDetails["scope"];
  /** Such as `USD per day`. */
  readonly limit: string;
  readonly period: "hour" | "day" | "week" | "month";
  /** Of calendar windows, in epoch milliseconds; `undefined` for rolling ones. */
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly limitNanoUsd: bigint;
  /** Of calls that have ended, those of processes that died at what was set aside for them. */
  readonly spentNanoUsd: bigint;
  /** Set aside for calls that run, and held ahead by processes. */
  readonly reservedNanoUsd: bigint;
  /** Of `spentNanoUsd`: of processes that went silent; corrected if they come back. */
  readonly orphanedNanoUsd: bigint;
  /** Below 0: more was spent than the budget, which only what is not enforced, an outage or a late bill can do. */
  readonly leftNanoUsd: bigint;
  /** For people. */
  readonly spentUsd: number;
  readonly limitUsd: number;
}

/** A limit or budget, as it stands. */
export interface LimitStatus {
  readonly scope: LimitDetails["scope"];
  /** Such as `tenant search: requests per minute`. */
  readonly limit: string;
  readonly unit: LimitDetails["unit"];
  readonly max: number;
  /** Of what counts now, what is set aside for running calls included. Of a bucket: since it was last full. */
  readonly used: number;
  /** What another call could have now. */
  readonly left: number;
  /** When a calendar window ends, in epoch milliseconds. */
  readonly resetsAtMs: number | undefined;
}

const NANO_PER_USD = 1e9;

export const spendOf = (states: readonly LimitState[]): readonly Spend[] =>
  states.flatMap((state) => {
    const { template, counter, scope, used, open, held, orphaned, left, startsAtMs, endsAtMs } = state;
    if (template.measure !== "usd" || template.period === undefined) return [];
    const spent = used - open;
    return {
      scope,
      limit: template.label,
      period: template.period,
      startsAtMs,
      endsAtMs,
      limitNanoUsd: BigInt(counter.cap),
      spentNanoUsd: BigInt(spent),
      reservedNanoUsd: BigInt(open + held),
      orphanedNanoUsd: BigInt(orphaned),
      leftNanoUsd: BigInt(left),
      spentUsd: spent / NANO_PER_USD,
      limitUsd: counter.cap / NANO_PER_USD,
    };
  });

export const statusOf = (states: readonly LimitState[]): readonly LimitStatus[] =>
  states.map(({ template, counter, scope, used, left, endsAtMs }) => {
    const unit = UNITS[template.measure];
    const inUnits = (amount: number): number => (unit === "USD" ? amount / NANO_PER_USD : amount);
    return {
      scope,
      limit: limitName(scope, template.label),
      unit,
      max: inUnits(counter.cap),
      used: inUnits(counter.type === "bucket" ? Math.max(0, counter.cap - left) : used),
      left: inUnits(left),
      resetsAtMs: endsAtMs,
    };
  });
