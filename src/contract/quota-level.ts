import type { Enforcement } from "./limits.ts";
import type { Counter } from "./quota.ts";

/** What is counted: of which a call needs so much of each. `usd` in nano-dollars. */
export type Measure = "requests" | "tokens" | "inputTokens" | "outputTokens" | "parallel" | "usd";

/** One limit, before it is known what time it is. */
export interface CounterTemplate {
  readonly measure: Measure;
  /** For people: `requests per minute`, `USD per day`. */
  readonly label: string;
  /** Of what is counted by the hour, the day, the week or the month, by the calendar or rolling. */
  readonly period?: "hour" | "day" | "week" | "month";
  /** As a store counts it at a time in epoch milliseconds. The same object while its windows are the same. */
  readonly at: (nowMs: number) => Counter;
}

/** The limits and budgets of one scope. */
export interface QuotaTemplate {
  /** Whatever the time, the same number in the same order. */
  readonly counters: readonly CounterTemplate[];
  readonly enforcement: Enforcement;
  /** Shares of a budget at which it is told, ascending. */
  readonly alerts: readonly number[];
}

/** A scope that a call is counted under. */
export interface QuotaLevel {
  /** Its name in the store. No two scopes have the same. */
  readonly key: string;
  /** For people: `tag` is named `team=web`, `key` by its tenant too, `acme/mobile`. */
  readonly scope: { readonly type: "organization" | "tag" | "tenant" | "key"; readonly name: string };
  readonly template: QuotaTemplate;
}
