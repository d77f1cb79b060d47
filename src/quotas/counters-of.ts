import type { Counter, Enforcement } from "../contract/index.ts";
export interface QuotaTemplate {
  readonly counters: readonly CounterTemplate[];
  readonly enforcement: Enforcement;
  readonly alerts: readonly number[];
}
export type Measure = "requests" | "tokens" | "inputTokens" | "outputTokens" | "parallel" | "usd";
export interface CounterTemplate {
  readonly measure: Measure;
  readonly label: string;
  readonly period?: "hour" | "day" | "week" | "month";
  readonly at: (nowMs: number) => Counter;
}
