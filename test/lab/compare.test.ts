/** Policies side by side: properties of the frontier, of price-only, and of what is drawn. */
import fc from "fast-check";
import { difficultyEstimator, type RegistryFile } from "headgate";
import {
  capabilityFirst,
  compare,
  confusion,
  type Example,
  only,
  oracle,
  paretoFrontier,
  priceOnly,
  strongestOnly,
} from "headgate/lab";
import { describe, expect, it } from "vitest";
import { axis } from "../../src/lab/axis.ts";
import { registryOf, table } from "./truth.ts";

const truth = { a: { mini: 0.9, mid: 0.95, strong: 1 }, b: { mini: 0.2, mid: 0.7, strong: 0.95 } };
const registry = registryOf(truth, { tasks: { a: { quality: 40 }, b: { quality: 90 } } });
const set = table(truth, { a: 0.8, b: 0.2 }, 400, 1);

describe("the frontier", () => {
  const points = fc.array(fc.record({ cost: fc.nat({ max: 20 }), quality: fc.nat({ max: 20 }) }), { maxLength: 30 });
  type Spot = { readonly cost: number; readonly quality: number };
  const beats = (one: Spot, other: Spot): boolean =>
    one.cost <= other.cost && one.quality >= other.quality && (one.cost < other.cost || one.quality > other.quality);

  it("nothing on it is beaten, and all that is not beaten is on it, cheapest first", () => {
    fc.assert(
      fc.property(points, (all) => {
        const line = paretoFrontier(all);
        for (const each of line) expect(all.some((other) => beats(other, each))).toBe(false);
        for (const each of all) {
          const unbeaten = !all.some((other) => beats(other, each));
          expect(line.some(({ cost, quality }) => cost === each.cost && quality === each.quality)).toBe(unbeaten);
        }
        for (const [index, { cost, quality }] of line.slice(1).entries()) {
          expect(cost).toBeGreaterThan(line[index]?.cost ?? 0);
          expect(quality).toBeGreaterThan(line[index]?.quality ?? 0);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const arbitraryRegistry: fc.Arbitrary<RegistryFile> = fc
  .array(
    fc.record({ price: fc.nat({ max: 30 }), quality: fc.nat({ max: 100 }), tools: fc.boolean(), priced: fc.boolean() }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => ({
    models: Object.fromEntries(
      all.map(({ price, quality, tools, priced }, index) => [
        `m${index}`,
        {
          provider: "p",
          quality,
          capabilities: { tool_call: tools },
          ...((priced || index === 0) && { cost: { input: price, output: price } }),
        },
      ]),
    ),
    difficulties: { easy: 0, hard: Math.max(...all.map(({ quality }) => quality)) },
  }));

const arbitrarySet: fc.Arbitrary<readonly Example[]> = fc
  .array(
    fc.record({ tools: fc.boolean(), hard: fc.boolean(), input: fc.nat({ max: 5_000 }), output: fc.nat({ max: 900 }) }),
  )
  .map((all) =>
    all.map(({ tools, hard, input, output }, index) => ({
      id: `${index}`,
      difficulty: hard ? "hard" : "easy",
      ...(tools && { needs: { tool_call: true } }),
      usage: { input, output },
    })),
  );

describe("policies", () => {
  it("price-only is never dearer than any other, call by call, whoever else has a known price", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRegistry, arbitrarySet, fc.nat(), async (registry, examples, salt) => {
        const any = (example: Example, models: readonly { readonly name: string }[]) =>
          models[(Number(example.id) * 7 + salt) % Math.max(1, models.length)]?.name;
        for (const example of examples) {
          const { policies } = await compare([example], {
            registry,
            policies: { priceOnly, capabilityFirst, strongestOnly, oracle, any },
          });
          const [price, ...others] = policies;
          for (const other of others) {
            expect(other.answered).toBeLessThanOrEqual(price?.answered ?? 0);
            if (other.answered === 0 || other.costNanoUsd === undefined) continue;
            expect(price?.costNanoUsd).toBeLessThanOrEqual(other.costNanoUsd);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("side by side: money, quality, quiet failures; each model alone; what labels could still bring", async () => {
    const policies = { priceOnly, capabilityFirst, strongestOnly, oracle, onlyMid: only("mid") };
    const { policies: told, models, frontier, ...rest } = await compare(set, { registry, policies });
    const [price, router, strongest, best, mid] = told;
    expect(price?.quality).toBeLessThan(router?.quality ?? 0);
    expect(router?.costUsd).toBeLessThan((strongest?.costUsd ?? 0) / 2);
    expect(best?.quality).toBeGreaterThanOrEqual(strongest?.quality ?? 1);
    expect(best?.costUsd).toBeLessThan(router?.costUsd ?? 0);
    expect(models.map(({ policy }) => policy)).toEqual(["mini", "mid", "strong"]);
    expect({ ...models[1], policy: "" }).toEqual({ ...mid, policy: "" });
    expect(frontier).toEqual(["mini", "mid", "strong"]);
    expect(price?.quietFailureShare).toBeCloseTo(1 - (price?.quality ?? 0), 9);
    const text = rest.toString();
    expect(text).toMatch(
      /^policy +calls +answered +quality +quietly wrong +cost +of strongestOnly +first content +asked$/m,
    );
    expect(text).toMatch(
      /^capabilityFirst +400 +100 % +\d\d\.\d % +\d+ \(\d+\.\d %\) +\$\d+\.\d+ +\d+ % +unknown +mini 3\d\d, strong \d\d$/m,
    );
  });
});

/** Whether it is well-formed XML: every tag closed in turn, attributes quoted, nothing that must be spelt out left bare. */
const wellFormed = (text: string): boolean => {
  const open: string[] = [];
  const tag = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let roots = 0;
  while (tag.lastIndex < text.length) {
    const found = tag.exec(text);
    if (found === null) return false;
    const [whole, close, name = "", attributes = "", empty, words] = found;
    if (/&(?!(amp|lt|gt|quot|#\d+);)/.test(words ?? attributes) || whole.includes("\u0000")) return false;
    if (words !== undefined) {
      if (open.length === 0 && words.trim() !== "") return false;
    } else if (close === "/") {
      if (open.pop() !== name) return false;
    } else {
      const names = [...attributes.matchAll(/([\w:-]+)=/g)].map((match) => match[1]);
      if (new Set(names).size !== names.length) return false;
      if (open.length === 0) roots += 1;
      if (empty !== "/") open.push(name);
    }
  }
  return open.length === 0 && roots === 1;
};

describe("the picture", () => {
  it("the checker itself tells good from bad", () => {
    expect(wellFormed('<a b="c &amp; d"><e/>x</a>\n')).toBe(true);
    for (const bad of ["<a>", "<a></b>", "<a b=c/>", "<a>&</a>", '<a b="<"/>', "<a/><a/>", '<a b="1" b="2"/>', "x"]) {
      expect(wellFormed(bad), bad).toBe(false);
    }
  });

  it("is well-formed XML, whatever the names, the set and the prices", async () => {
    const names = fc.uniqueArray(
      fc.string({ minLength: 1, unit: "binary" }).filter((name) => name !== "__proto__"),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        names,
        arbitraryRegistry,
        arbitrarySet,
        fc.string({ unit: "binary" }),
        async (all, registry, examples, title) => {
          const policies = Object.fromEntries(all.map((name) => [name, priceOnly]));
          const svg = (await compare(examples, { registry, policies })).toSvg({ title });
          expect(wellFormed(svg), svg).toBe(true);
          expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("shows every policy by its name, and the models' frontier as a line through its points", async () => {
    const svg = (
      await compare(set, { registry, policies: { "<cheap> & cheerful": priceOnly, capabilityFirst } })
    ).toSvg({
      title: "A <set>",
    });
    expect(svg).toContain(">&lt;cheap&gt; &amp; cheerful</text>");
    expect(svg).toContain(">capabilityFirst</text>");
    expect(svg).toContain('<title id="title">A &lt;set&gt;</title>');
    const [, line = ""] = /<polyline points="([^"]+)"/.exec(svg) ?? [];
    expect(line.split(" ")).toHaveLength(3);
    expect(svg.match(/<circle/g)).toHaveLength(5);
    const inside = [...svg.matchAll(/ (?:x|cx)="(-?[\d.]+)"/g)].every(([, x]) => Number(x) >= 0 && Number(x) <= 760);
    expect(inside).toBe(true);
  });

  it("an axis has round ticks around all values, and stays within its bounds", () => {
    const real = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(real, { maxLength: 8 }), (values) => {
        const { ticks, place } = axis(values, 10, 110);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(12);
        for (const value of values) {
          expect(place(value)).toBeGreaterThanOrEqual(10 - 1e-6);
          expect(place(value)).toBeLessThanOrEqual(110 + 1e-6);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(axis([100, 100], 0, 1, [0, 100]).ticks.at(-1)).toBe(100);
    expect(axis([79.2, 99.1], 0, 1, [0, 100]).ticks).toEqual([75, 80, 85, 90, 95, 100]);
  });
});

describe("confusion", () => {
  it("labels against guesses, and what was taken for too easy", async () => {
    const labelled = ["easy", "easy", "hard", "hard", "hard"].map((difficulty, index) => ({
      id: `${index}`,
      difficulty,
      prompt: index % 2 === 0 ? "why" : "list",
      usage: { input: 1, output: 1 },
    }));
    const told = confusion(labelled, ({ prompt }) => (prompt === "why" ? "hard" : "easy"), { order: ["easy", "hard"] });
    expect(told.counts).toEqual({ easy: { easy: 1, hard: 1 }, hard: { easy: 1, hard: 2 } });
    expect([told.right, told.tooEasy, told.tooHard, told.total]).toEqual([0.6, 0.2, 0.2, 5]);
    expect(String(told)).toBe(
      ["label \\ guess  easy  hard", "easy              1     1", "hard              1     2"].join("\n") +
        "\nright 60.0 %, too easy 20.0 %, too hard 20.0 % of 5",
    );
    const estimate = difficultyEstimator({ easy: 0.2 });
    const guessed = confusion(labelled, ({ prompt = "" }) => estimate({ prompt }), { order: ["easy", "hard"] });
    expect(guessed.total).toBe(5);
    const unsure = confusion(labelled, () => undefined);
    expect([unsure.names, unsure.right, unsure.tooEasy]).toEqual([["easy", "-", "hard"], 0, undefined]);
  });
});
