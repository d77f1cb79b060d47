/**
 * What an attempt used. Totals are inclusive; their parts are disjoint and never exceed the total, so nothing can be
 * counted (or billed) twice. All figures are integers ≥ 0.
 */
export interface Usage {
  readonly input: {
    /** All input tokens, cached ones included. */
    readonly total: number;
    /** Tokens neither read from nor written to the vendor's prompt cache. */
    readonly uncached: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
  };
  readonly output: {
    /** All output tokens, reasoning included. */
    readonly total: number;
    readonly reasoning: number;
  };
  /**
   * What else is billed, by meter: a subset of tokens with a price of its own (`input.audio`, `cacheWrite.1h`), or another
   * unit (`webSearch`, `image`). Registry prices name the same meters.
   */
  readonly meters: Readonly<Record<string, number>>;
  /** `reported` by the vendor, or `estimated` by us because the vendor never said. */
  readonly source: "reported" | "estimated";
}

/**
 * Prices in USD per million tokens, in the vocabulary of models.dev (https://models.dev), so that its entries can be
 * pasted into a registry.
 */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Default: the input price (never zero, never a guess below it). */
  readonly cache_read?: number;
  /** Default: the input price. */
  readonly cache_write?: number;
  /** Default: the output price. */
  readonly reasoning?: number;
  /** Other meters, USD per unit of `usage.meters`. A token meter replaces the price of those tokens: see `meterOf`. */
  readonly meters?: Readonly<Record<string, MeterPrice>>;
  /** Used whole, instead of the base prices, once `input.total` is above `above`. The highest that applies wins. */
  readonly tiers?: readonly PriceTier[];
  /** Factors on the whole cost: `service_tier.flex: 0.5`, `batch: 0.5`, `region.eu: 1.1`. */
  readonly multipliers?: Readonly<Record<string, number>>;
}

export interface MeterPrice {
  /** USD per unit of the meter. */
  readonly usd: number;
  /** Set where the meter's units are tokens already counted there: they are then priced here and not there. */
  readonly meterOf?: "uncached" | "cacheRead" | "cacheWrite" | "output";
}

export interface PriceTier extends Pick<Price, "input" | "output" | "cache_read" | "cache_write" | "reasoning"> {
  readonly above: number;
}

/** Where a cost comes from. `unknown` is never zero: it is `undefined`. */
export type PriceSource = "registry" | "vendor" | "genai-prices" | "unknown";
