import fc from "fast-check";
import type { Price, Usage } from "headgate";
import { describe, expect, it } from "vitest";
import { decimal } from "../../src/policy/decimal.ts";
import { costNanoUsd } from "../../src/policy/price.ts";

const usage = (
  input: Partial<Usage["input"]>,
  output: Partial<Usage["output"]> = {},
  meters: Usage["meters"] = {},
): Usage => {
  const parts = { uncached: 0, cacheRead: 0, cacheWrite: 0, ...input };
  return {
    input: { total: parts.uncached + parts.cacheRead + parts.cacheWrite, ...parts },
    output: { total: 0, reasoning: 0, ...output },
    meters,
    source: "reported",
  };
};

describe("what an answer costs", () => {
  it("tokens by the million: 1,000 in at $0.25 and 200 out at $2 are 250,000 + 400,000 nano-dollars", () => {
    expect(costNanoUsd(usage({ uncached: 1_000 }, { total: 200 }), { input: 0.25, output: 2 })).toBe(650_000);
  });

  it("a cached token is paid once, at its own price", () => {
    // 100 uncached × 3,000 + 900 read × 300 + 50 written × 3,750 + 10 out × 15,000 = 300,000 + 270,000 + 187,500 + 150,000
    const price: Price = { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 };
    expect(costNanoUsd(usage({ uncached: 100, cacheRead: 900, cacheWrite: 50 }, { total: 10 }), price)).toBe(907_500);
  });

  it("without a price for cached tokens they cost what others do, not nothing", () => {
    expect(costNanoUsd(usage({ uncached: 1, cacheRead: 1, cacheWrite: 1 }), { input: 1, output: 1 })).toBe(3_000);
  });

  it("reasoning is part of the output, paid once", () => {
    // 70 text × 2,000 + 30 reasoning × 3,000
    expect(costNanoUsd(usage({}, { total: 100, reasoning: 30 }), { input: 1, output: 2, reasoning: 3 })).toBe(230_000);
  });

  it("beyond a tier's threshold the whole answer is on its prices", () => {
    const price: Price = { input: 1, output: 1, tiers: [{ above: 1_000, input: 2, output: 3 }] };
    expect(costNanoUsd(usage({ uncached: 1_000 }, { total: 1 }), price)).toBe(1_001_000);
    expect(costNanoUsd(usage({ uncached: 1_001 }, { total: 1 }), price)).toBe(2_005_000);
  });

  it("a meter of tokens takes them out of their kind; a meter of things is added", () => {
    // 100 written, of which 40 for an hour at $6: 60 × 3,750 + 40 × 6,000 = 465,000; two searches at 1 cent: 20,000,000
    const price: Price = {
      input: 3,
      output: 15,
      cache_write: 3.75,
      meters: { "cacheWrite.1h": { usd: 0.000006, meterOf: "cacheWrite" }, webSearch: { usd: 0.01 } },
    };
    const used = usage({ cacheWrite: 100 }, {}, { "cacheWrite.1h": 40, "cacheWrite.5m": 60, webSearch: 2 });
    expect(costNanoUsd(used, price)).toBe(20_465_000);
  });

  it("what is billed and has no price makes the cost unknown, never zero", () => {
    expect(costNanoUsd(usage({ uncached: 1 }, {}, { webSearch: 1 }), { input: 1, output: 1 })).toBeUndefined();
  });

  it("multipliers count only where they are named, and the whole is rounded up once", () => {
    const price: Price = { input: 0.0001, output: 1, multipliers: { "service_tier.flex": 0.5 } };
    // 3 tokens × 0.1 nano = 0.3, up to 1; 15 × 0.1 × 0.5 = 0.75, up to 1; 30 × 0.1 × 0.5 = 1.5, up to 2
    expect(costNanoUsd(usage({ uncached: 3 }), price)).toBe(1);
    expect(costNanoUsd(usage({ uncached: 15 }), price, ["service_tier.flex"])).toBe(1);
    expect(costNanoUsd(usage({ uncached: 30 }), price, ["service_tier.flex"])).toBe(2);
  });

  it.each([
    Number.NaN,
    -1,
    1e308,
    0.5,
    Number.POSITIVE_INFINITY,
  ])("X6: a vendor's figure of %s moves no money", (figure) => {
    expect(costNanoUsd(usage({ uncached: figure }), { input: 1, output: 1 })).toBeUndefined();
    expect(costNanoUsd(usage({}, { total: figure }), { input: 1, output: 1 })).toBeUndefined();
    expect(costNanoUsd(usage({}, {}, { webSearch: figure }), { input: 1, output: 1 })).toBeUndefined();
  });

  const counts = fc.integer({ min: 0, max: 10_000_000 });
  const cents = fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 10_000);

  it("equals the exact sum, rounded up once", () => {
    fc.assert(
      fc.property(
        counts,
        counts,
        counts,
        counts,
        cents,
        cents,
        (uncached, cacheRead, cacheWrite, total, input, output) => {
          const cost = costNanoUsd(usage({ uncached, cacheRead, cacheWrite }, { total }), { input, output });
          // Prices here have four decimals a million tokens: a token costs a whole number of 1e-10 USD, ten to a nano.
          const tenths =
            BigInt(uncached + cacheRead + cacheWrite) * BigInt(Math.round(input * 1e4)) +
            BigInt(total) * BigInt(Math.round(output * 1e4));
          expect(cost).toBe(Number((tenths + 9n) / 10n));
        },
      ),
    );
  });

  it("never falls when more is used", () => {
    fc.assert(
      fc.property(counts, counts, counts, cents, cents, (uncached, more, total, input, output) => {
        const price = { input, output };
        const less = costNanoUsd(usage({ uncached }, { total }), price) ?? -1;
        expect(costNanoUsd(usage({ uncached: uncached + more }, { total }), price)).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});

describe("decimals as they were written", () => {
  it.each([
    [0.1, 3, 100n],
    [0.0375, 12, 37_500_000_000n],
    [1e-7, 12, 100_000n],
    [1.5e21, 0, 1_500_000_000_000_000_000_000n],
    [25, 2, 2_500n],
    [0.00019, 4, 2n],
  ])("%s with %s digits", (value, digits, expected) => {
    expect(decimal(value, digits)).toBe(expected);
  });
});
