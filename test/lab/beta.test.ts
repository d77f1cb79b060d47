/** The arithmetic of what is not known exactly, against values that can be worked out by hand. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beliefOf } from "../../src/lab/belief.ts";
import { betaOf, cumulative, meanOf, quantile, tails, varianceOf } from "../../src/lab/beta.ts";

describe("a share that is not known exactly", () => {
  it("is below one half with 11/16 after one success and two failures, by the uniform prior", () => {
    expect(cumulative(0.5, 2, 3)).toBeCloseTo(11 / 16, 12);
  });

  it("has the quantiles of the uniform and of the arcsine distribution", () => {
    for (const p of [0.025, 0.3, 0.5, 0.975]) {
      expect(quantile({ a: 1, b: 1 }, p)).toBeCloseTo(p, 10);
      expect(quantile({ a: 0.5, b: 0.5 }, p)).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 10);
    }
  });

  it("quantiles undo the distribution, for shapes of all sizes", () => {
    const shape = fc.double({ min: 0.5, max: 20_000, noNaN: true });
    fc.assert(
      fc.property(shape, shape, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (a, b, p) => {
        expect(cumulative(quantile({ a, b }, p), a, b)).toBeCloseTo(p, 6);
      }),
    );
  });

  it("of a mean and a variance has that mean and that variance", () => {
    const beta = betaOf(0.97, 0.0001);
    expect([meanOf(beta), varianceOf(beta)]).toEqual([expect.closeTo(0.97, 9), expect.closeTo(0.0001, 9)]);
  });

  it("every count is as likely as any other where nothing is known", () => {
    expect(tails(3, 9, { a: 1, b: 1 })).toEqual({ upTo: expect.closeTo(0.4, 9), from: expect.closeTo(0.7, 9) });
  });
});

describe("what a model's other work is worth", () => {
  const cells = (own: readonly [number, number], ...others: readonly (readonly [number, number])[]) =>
    new Map(
      [own, ...others].map(([right, samples], index) => [`k${index}`, new Map([["m", { right, samples }]])] as const),
    );
  const mean = (of: ReturnType<typeof cells>): number => meanOf(beliefOf(of, "k0", "m").beta);

  it("nothing where there is none: half a success and half a failure", () => {
    expect(mean(cells([3, 4]))).toBeCloseTo(3.5 / 5, 12);
  });

  it("more where its kinds of work are alike than where they differ", () => {
    const alike = mean(cells([2, 4], [90, 100], [91, 100], [89, 100]));
    const apart = mean(cells([2, 4], [99, 100], [50, 100], [5, 100]));
    expect(alike).toBeGreaterThan(0.7);
    expect(Math.abs(apart - 0.5)).toBeLessThan(0.05);
  });

  it("little beside many samples of its own", () => {
    expect(mean(cells([500, 1_000], [990, 1_000], [990, 1_000]))).toBeCloseTo(0.5, 2);
  });
});
