import type { Price, PriceTier, Usage } from "../contract/index.ts";
import { decimal } from "./decimal.ts";
import { isPlausible } from "./plausible.ts";

/** USD per million tokens are thousands of nano-dollars a token: for estimates, which may be floats. */
export const NANO_A_TOKEN = 1_000;
/** Prices a unit are kept as integers of 1e-18 USD: twelve decimals of a price a million tokens stay exact. */
const DIGITS = 18;
const ATTO_A_NANO = 10n ** 9n;
/** Multipliers are kept as integers of 1e-9. */
const FACTOR_DIGITS = 9;

/** USD a unit of each kind, in 1e-18 USD. */
interface Rates {
  readonly uncached: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
}

type Component = keyof Omit<Rates, "reasoning">;

/**
 * What `usage` costs at `price`, in integer nano-dollars: components added exactly, rounded up once. `undefined` where it
 * cannot be known: a billed unit without a price, or figures that no vendor can mean. `multipliers` names those that apply.
 */
export const costNanoUsd = (usage: Usage, price: Price, multipliers: readonly string[] = []): number | undefined => {
  if (!isPlausible(usage)) return undefined;
  const rates = ratesOf(tierOf(price, usage.input.total) ?? price);
  const units = {
    uncached: usage.input.uncached,
    cacheRead: usage.input.cacheRead,
    cacheWrite: usage.input.cacheWrite,
    output: usage.output.total - usage.output.reasoning,
  };
  const metered = meteredAtto(usage, price, units);
  if (metered === undefined) return undefined;
  let atto = metered + BigInt(usage.output.reasoning) * rates.reasoning;
  for (const kind of COMPONENTS) atto += BigInt(units[kind]) * rates[kind];
  return roundedUp(atto, price, multipliers);
};

const COMPONENTS: readonly Component[] = ["uncached", "cacheRead", "cacheWrite", "output"];

/** Meters with a price of their own. Those that count tokens take them out of `units`, so that none is paid twice. */
const meteredAtto = (usage: Usage, price: Price, units: Record<Component, number>): bigint | undefined => {
  let atto = 0n;
  for (const [name, count] of Object.entries(usage.meters)) {
    const meter = price.meters?.[name];
    if (meter === undefined) {
      if (count > 0 && !isShareOfTokens(name)) return undefined;
      continue;
    }
    const { meterOf } = meter;
    const taken = meterOf === undefined ? count : Math.min(count, units[meterOf]);
    if (meterOf !== undefined) units[meterOf] -= taken;
    atto += BigInt(taken) * decimal(meter.usd, DIGITS);
  }
  return atto;
};

/** `cacheWrite.1h`, `input.audio`: tokens that are counted in the totals, and priced with them unless priced apart. */
const isShareOfTokens = (meter: string): boolean => /^(input|output|cacheRead|cacheWrite)\./.test(meter);

/** The tier that an input of this size is on, in whatever order they are written. */
export const tierOf = (price: Price, inputTokens: number): PriceTier | undefined =>
  price.tiers
    ?.filter((tier) => inputTokens > tier.above)
    .reduce<PriceTier | undefined>(
      (best, tier) => (best !== undefined && best.above > tier.above ? best : tier),
      undefined,
    );

const known = new WeakMap<object, Rates>();

const ratesOf = (price: Price | PriceTier): Rates => {
  const made = known.get(price);
  if (made !== undefined) return made;
  const aToken = (usdAMillion: number): bigint => decimal(usdAMillion, DIGITS - 6);
  const rates: Rates = {
    uncached: aToken(price.input),
    cacheRead: aToken(price.cache_read ?? price.input),
    cacheWrite: aToken(price.cache_write ?? price.input),
    output: aToken(price.output),
    reasoning: aToken(price.reasoning ?? price.output),
  };
  known.set(price, rates);
  return rates;
};

const roundedUp = (atto: bigint, price: Price, multipliers: readonly string[]): number | undefined => {
  let numerator = atto;
  let denominator = ATTO_A_NANO;
  for (const name of multipliers) {
    const factor = price.multipliers?.[name];
    if (factor === undefined) continue;
    numerator *= decimal(factor, FACTOR_DIGITS);
    denominator *= 10n ** BigInt(FACTOR_DIGITS);
  }
  const nano = Number((numerator + denominator - 1n) / denominator);
  return Number.isSafeInteger(nano) ? nano : undefined;
};
