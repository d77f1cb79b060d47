import type { Measure, Usage } from "../contract/index.ts";
import type { Account } from "./account.ts";

/** What a call or an attempt needs, or used. */
export interface Amounts {
  readonly requests: number;
  readonly parallel: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Integer nano-dollars; `undefined` where it cannot be known. */
  readonly nanoUsd: number | undefined;
}

/** What is counted by the call; all else is counted by the attempt. */
export const isOfCall = (measure: Measure): boolean => measure === "requests" || measure === "parallel";

export const amountOf = (amounts: Amounts, measure: Measure): number | undefined => {
  switch (measure) {
    case "usd":
      return amounts.nanoUsd;
    case "tokens":
      return amounts.inputTokens + amounts.outputTokens;
    default:
      return amounts[measure];
  }
};

/** By account, in their order. */
export const needOf = (accounts: readonly Account[], amounts: Amounts): readonly number[] =>
  accounts.map(({ template }) => {
    const amount = Math.ceil(amountOf(amounts, template.measure) ?? 0);
    return amount > 0 ? amount : 0;
  });

/** What was used; nothing of it where the vendor refused before it worked. */
export const usedAmounts = (
  usage: Usage | undefined,
  costNanoUsd: number | undefined,
  cacheReads: "counted" | "free" = "counted",
): Amounts => {
  const free = cacheReads === "free" ? (usage?.input.cacheRead ?? 0) : 0;
  return {
    requests: 0,
    parallel: 0,
    inputTokens: (usage?.input.total ?? 0) - free,
    outputTokens: usage?.output.total ?? 0,
    nanoUsd: costNanoUsd,
  };
};
