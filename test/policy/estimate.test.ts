/** L3: what is reserved before an attempt covers what it needs, as learnt of each model; and no vendor can talk it into nonsense. */
import fc from "fast-check";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";
import type { Request } from "../../src/contract/index.ts";
import { estimateInputTokens, measureOf, textTokens, USUAL_RATIO } from "../../src/policy/estimate.ts";
import { learntRatio, RATIO_SAMPLES, ratioSample } from "../../src/policy/input-ratio.ts";
import type { Live } from "../../src/policy/live.ts";
import { normalize } from "../../src/policy/normalize.ts";
import { longestOf } from "../../src/policy/output-length.ts";
import { decide } from "../../src/policy/plan.ts";
import { addSample, quantile, type Samples } from "../../src/policy/samples.ts";
import { check } from "../../src/registry/check.ts";

const textOf = (bytes: number) => measureOf({ messages: [{ role: "user", content: "x".repeat(bytes) }] });

const samplesOf = (figures: readonly number[], most = RATIO_SAMPLES): Samples =>
  figures.reduce((known: Samples, figure) => addSample(known, figure, most), { newest: [], sorted: [] });
const mostOf = (samples: Samples | undefined): number => (samples && learntRatio(samples)?.most) ?? 0;

/** A vendor whose tokens stand for `ratio` bytes, give or take. */
const vendor = (ratio: number, spread: number, seed: number) => {
  let state = seed >>> 0;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => {
    const bytes = Math.floor(500 + chance() ** 3 * 40_000);
    // Near to a bell: the sum of four draws.
    const noise = 1 + spread * (chance() + chance() + chance() + chance() - 2);
    return { bytes, tokens: Math.ceil((bytes / ratio) * noise) + 4 };
  };
};

const learnt = (samples: Samples | undefined, bytes: number): number | undefined => {
  const ratio = samples && learntRatio(samples);
  return ratio === undefined ? undefined : textTokens(textOf(bytes), ratio.most);
};

describe("the ratio that is learnt of a model", () => {
  it("L3: covers at least 99 % of what comes, and is after 50 answers is within 1.5 times of what is usual", () => {
    let [all, short, far, late] = [0, 0, 0, 0];
    const series = fc.record({
      ratio: fc.double({ min: 2, max: 5, noNaN: true }),
      spread: fc.double({ min: 0.05, max: 0.2, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(series, ({ ratio, spread, seed }) => {
        const next = vendor(ratio, spread, seed);
        let samples: Samples | undefined;
        for (let answer = 0; answer < 150; answer += 1) {
          const { bytes, tokens } = next();
          const estimate = learnt(samples, bytes);
          if (estimate !== undefined) {
            all += 1;
            if (estimate < tokens) short += 1;
            if (answer >= 50) late += 1;
            if (answer >= 50 && estimate > (bytes / ratio) * 1.5) far += 1;
          }
          const sample = ratioSample(textOf(bytes), 0, tokens);
          if (sample !== undefined) samples = addSample(samples, sample, RATIO_SAMPLES);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(all).toBe(300 * 130);
    expect(short / all).toBeLessThan(0.01);
    expect([late, far]).toEqual([300 * 100, 0]);
  });

  it("in the middle it is right: many cut answers together are off by less than 5 %", () => {
    for (const ratio of [2, 3.3, 4.2, 5]) {
      const next = vendor(ratio, 0.15, ratio * 1_000);
      let samples: Samples | undefined;
      let [sum, truth] = [0, 0];
      for (let answer = 0; answer < 1_000; answer += 1) {
        const { bytes, tokens } = next();
        const known = samples && learntRatio(samples);
        if (known !== undefined) {
          sum += textTokens(textOf(bytes), known.likely);
          truth += tokens;
        }
        samples = addSample(samples, ratioSample(textOf(bytes), 0, tokens) ?? Number.NaN, RATIO_SAMPLES);
      }
      expect(Math.abs(sum / truth - 1)).toBeLessThan(0.05);
    }
  });

  const NONSENSE = [0, -1, -1e308, 1, 1e308, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  it.each(NONSENSE)("X6: a vendor that reports %d for whatever it is cannot move it beyond its bounds", (reported) => {
    let samples: Samples | undefined;
    for (let answer = 0; answer < 100; answer += 1) {
      const sample = ratioSample(textOf(4_000), 0, reported);
      if (sample !== undefined) samples = addSample(samples, sample, RATIO_SAMPLES);
    }
    const { most, likely } = (samples && learntRatio(samples)) ?? USUAL_RATIO;
    for (const ratio of [most, likely]) expect(ratio).toBeGreaterThanOrEqual(1 / 6);
    for (const ratio of [most, likely]) expect(ratio).toBeLessThanOrEqual(1);
  });

  it("X6: three wild answers among the newest move it by nothing that matters", () => {
    const next = vendor(4, 0.05, 3);
    let samples: Samples | undefined;
    for (let answer = 0; answer < RATIO_SAMPLES; answer += 1) {
      const { bytes, tokens } = next();
      samples = addSample(samples, ratioSample(textOf(bytes), 0, tokens) ?? Number.NaN, RATIO_SAMPLES);
    }
    const before = mostOf(samples);
    for (let wild = 0; wild < 3; wild += 1) samples = addSample(samples, 1, RATIO_SAMPLES);
    expect(mostOf(samples)).toBeLessThan(before * 1.1);
  });

  it("teaches nothing: few answers, a short prompt, files that count for much", () => {
    expect(learntRatio(samplesOf(Array(19).fill(0.25)))).toBeUndefined();
    expect(learntRatio(samplesOf(Array(20).fill(0.25)))).toMatchObject({ likely: 0.25 });
    expect(ratioSample(textOf(399), 0, 100)).toBeUndefined();
    expect(ratioSample(textOf(4_000), 0, 1_004)).toBe(0.25);
    expect(ratioSample(textOf(4_000), 1_600, 2_600)).toBeUndefined();
    expect(ratioSample(textOf(4_000), 0, Number.NaN)).toBeUndefined();
  });
});

describe("what is counted", () => {
  it("text in bytes, files apart, text files as text; three bytes a token until it is known better", () => {
    const request = normalize({
      messages: [
        { role: "system", content: "äö" },
        {
          role: "user",
          content: [
            { type: "text", text: "hello" },
            { type: "file", mediaType: "text/plain", data: { bytes: new Uint8Array(90) } },
            { type: "file", mediaType: "text/plain", data: { url: "https://example.com/a.txt" } },
            { type: "file", mediaType: "image/png", data: { bytes: new Uint8Array(9_000) } },
          ],
        },
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "1", name: "f", input: { a: 1 }, executor: "caller" }],
        },
        { role: "tool", content: [{ type: "tool-result", id: "1", name: "f", output: "seven" }] },
      ],
    });
    const { textBytes, messages, files } = measureOf(request);
    expect({ textBytes, messages, files: files.length }).toEqual({
      textBytes: 4 + 5 + 90 + 7 + 5,
      messages: 4,
      files: 2,
    });
    expect(estimateInputTokens(request)).toBe(111 / 3 + 16 + 3_200);
    expect(estimateInputTokens(request, 20)).toBe(20 + 16 + 3_200);
  });

  it("quantiles are of what was seen", () => {
    expect(quantile(samplesOf([5, 1, 4, 2, 3]), 0.5)).toBe(3);
    expect(quantile(samplesOf([5, 1, 4, 2, 3]), 0.95)).toBe(5);
    expect(quantile(samplesOf([7]), 0.95)).toBe(7);
    expect(quantile(samplesOf([]), 0.95)).toBeNaN();
    expect(samplesOf([3, 1, Number.NaN, 4, 2], 3)).toEqual({ newest: [1, 4, 2], sorted: [1, 2, 4] });
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true })), fc.integer({ min: 1, max: 9 }), (figures, most) => {
        const { newest, sorted } = samplesOf(figures, most);
        expect(newest).toEqual(figures.slice(-most));
        expect(sorted.map((figure) => figure + 0)).toEqual(
          [...newest].map((figure) => figure + 0).sort((a, b) => a - b),
        );
      }),
    );
  });
});

const fileTokens = { asked: 0 };
const providers = new Map(
  ["a", "b", "c", "broken"].map((name) => [
    name,
    {
      ...fakeProvider({ name }),
      ...(name === "a" && { fileTokens: () => ++fileTokens.asked && 100.2 }),
      ...(name === "b" && { fileTokens: () => Number.NaN }),
      ...(name === "broken" && {
        fileTokens: () => {
          throw new Error("no");
        },
      }),
    },
  ]),
);

const capabilities = { input: ["text", "image"] as const };
const registry = {
  models: {
    left: { provider: "a", cost: { input: 1, output: 1 }, limit: { output: 2_000 }, capabilities },
    right: { provider: "b", cost: { input: 2, output: 2 }, capabilities },
    wild: { provider: "broken", cost: { input: 3, output: 3 }, capabilities },
    vectors: { provider: "c", capabilities: { output: ["embedding"] as const } },
  },
  tasks: { chat: {}, brief: { maxOutputTokens: 60 } },
};

const decided = async (request: Request, live: Partial<Live> = {}, embed = false) => {
  const snapshot = await check({ data: registry, locate: () => ({}) }, "test", [...providers.keys()]);
  const input = normalize(request);
  const { ranked } = decide({
    request,
    input,
    mode: "complete",
    snapshot,
    providers,
    live: { latencyMs: () => undefined, ...live },
    ...(embed && { embed: { input: ["x"] } as never }),
  });
  return Object.fromEntries(ranked.map(({ target, ...rest }) => [target.model.name, rest]));
};

describe("what each target reserves", () => {
  const prompt = "x".repeat(3_000);

  it("input by its own ratio, on the safe side; what is charged, as it is likely", async () => {
    const inputRatio = (model: string) => (model === "left" ? { most: 0.3, likely: 0.2 } : undefined);
    expect(await decided({ task: "chat", prompt }, { inputRatio })).toMatchObject({
      left: { inputTokens: 904, likelyInputTokens: 604 },
      right: { inputTokens: 1_004, likelyInputTokens: 754 },
    });
  });

  it("files by the provider's own rule; by what is usual where it has none, or it fails", async () => {
    const data = { url: "https://example.com/a.png" };
    const content = [{ type: "file", mediaType: "image/png", data }] as const;
    const ranked = await decided({ task: "chat", messages: [{ role: "user", content }] });
    expect(ranked).toMatchObject({
      left: { inputTokens: 4 + 101 },
      right: { inputTokens: 4 + 4_784 },
      wild: { inputTokens: 4 + 4_784 },
    });
    expect(fileTokens.asked).toBe(1);
  });

  it("output: the call's limit, the task's, what was learnt, 4,096; never more than the model gives", async () => {
    const longest = (task: string | undefined) =>
      task === "chat" ? { usual: 300, byModel: new Map([["right", 700]]) } : undefined;
    const outputs = async (request: Request) => {
      const { left, right } = await decided(request, { longest });
      return [left?.outputTokens, right?.outputTokens];
    };
    expect(await outputs({ task: "chat", prompt, maxOutputTokens: 50 })).toEqual([50, 50]);
    expect(await outputs({ task: "brief", prompt })).toEqual([60, 60]);
    expect(await outputs({ task: "chat", prompt })).toEqual([300, 700]);
    expect(await outputs({ prompt })).toEqual([2_000, 4_096]);
  });

  it("vectors are no output", async () => {
    expect(await decided({ model: "vectors", prompt }, {}, true)).toMatchObject({ vectors: { outputTokens: 0 } });
  });

  it("X6: lengths: enough for nearly all of the newest, whatever a vendor reports", () => {
    const usual = Array.from({ length: 60 }, (_, index) => 100 + index);
    expect(longestOf(samplesOf(usual.slice(0, 19)))).toBeUndefined();
    expect(longestOf(samplesOf(usual))).toBe(Math.ceil(156 * 1.25));
    expect(longestOf(samplesOf([...usual, 1e308, Number.POSITIVE_INFINITY]))).toBeLessThan(250);
    expect(longestOf(samplesOf(Array(30).fill(1e308)))).toBe(1_000_000);
    expect(longestOf(samplesOf(Array(30).fill(-7)))).toBe(1);
  });
});
