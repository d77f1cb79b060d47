import type { Price, Usage } from "../contract/index.ts";
import { costNanoUsd, tierOf } from "./price.ts";

/**
 * The most that an attempt of this size can cost, in integer nano-dollars: every input token at the dearest rate that it may
 * be billed at (written to the vendor's cache, where that costs more), every output token likewise. What is billed by other
 * units (web searches) is not in it. `undefined` where there is no price. Pure.
 */
export const mostNanoUsd = (
  price: Price | undefined,
  inputTokens: number,
  outputTokens: number,
  mayWriteCache: boolean,
): number | undefined => {
  if (price === undefined) return undefined;
  const rates = tierOf(price, inputTokens) ?? price;
  const isWritten = mayWriteCache && (rates.cache_write ?? rates.input) > rates.input;
  const isReasoned = (rates.reasoning ?? rates.output) > rates.output;
  const usage: Usage = {
    input: {
      total: inputTokens,
      uncached: isWritten ? 0 : inputTokens,
      cacheRead: 0,
      cacheWrite: isWritten ? inputTokens : 0,
    },
    output: { total: outputTokens, reasoning: isReasoned ? outputTokens : 0 },
    meters: {},
    source: "estimated",
  };
  return costNanoUsd(usage, price);
};
