import type { Tokens } from "./dialect.ts";

/** Prices of a model in USD per million tokens, as decimals in text: no float takes part in a bill. */
export interface VendorPrice {
  readonly input: string;
  readonly output: string;
  /** Default: the input price. */
  readonly cacheRead?: string;
  /** Default: the input price. */
  readonly cacheWrite?: string;
}

/** What one request is billed. */
export interface BillItem {
  readonly model: string;
  /** All input tokens, cached ones included. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Whether the answer went out whole. */
  readonly whole: boolean;
  /** Exact amount in USD, as a fraction. */
  readonly usd: Fraction;
  /** The same in nano-dollars, rounded up for this request: what a ledger that rounds once an attempt must say. */
  readonly nanoUsd: bigint;
}

export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What a vendor would bill so far. */
export interface Bill {
  readonly items: readonly BillItem[];
  /** Sum of the items' rounded amounts, in nano-dollars. */
  readonly nanoUsd: bigint;
  /** The same by model. */
  readonly byModel: Readonly<Record<string, bigint>>;
}

/**
 * The bill of one request. Written apart from the library's own pricing, on purpose: it is the witness that the ledger is
 * checked against.
 */
export const billItem = (
  model: string,
  tokens: Omit<Tokens, "reasoning">,
  price: VendorPrice,
  whole: boolean,
): BillItem => {
  const parts = [
    times(tokens.input - tokens.cached - tokens.cacheWrite, price.input),
    times(tokens.cached, price.cacheRead ?? price.input),
    times(tokens.cacheWrite, price.cacheWrite ?? price.input),
    times(tokens.output, price.output),
  ];
  const usd = parts.reduce(plus, { numerator: 0n, denominator: 1n });
  const nano = usd.numerator * 1_000_000_000n;
  const nanoUsd = nano / usd.denominator + (nano % usd.denominator === 0n ? 0n : 1n);
  return {
    model,
    inputTokens: tokens.input,
    cachedTokens: tokens.cached,
    cacheWriteTokens: tokens.cacheWrite,
    outputTokens: tokens.output,
    whole,
    usd,
    nanoUsd,
  };
};

export const billOf = (items: readonly BillItem[]): Bill => {
  const byModel: Record<string, bigint> = {};
  for (const { model, nanoUsd } of items) byModel[model] = (byModel[model] ?? 0n) + nanoUsd;
  return { items, byModel, nanoUsd: items.reduce((sum, item) => sum + item.nanoUsd, 0n) };
};

/** `tokens` at a decimal price a million. */
const times = (tokens: number, price: string): Fraction => {
  const [whole = "0", decimals = ""] = price.split(".");
  return {
    numerator: BigInt(tokens) * BigInt(whole + decimals),
    denominator: 10n ** BigInt(decimals.length) * 1_000_000n,
  };
};

const plus = (one: Fraction, other: Fraction): Fraction => ({
  numerator: one.numerator * other.denominator + other.numerator * one.denominator,
  denominator: one.denominator * other.denominator,
});
