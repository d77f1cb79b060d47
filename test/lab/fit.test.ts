/** What `fit` says is so, within the error that it states; and where it knows nothing, it says nothing. */
import {
  type AttemptRecord,
  type CallRecord,
  createGateway,
  type FeedbackRecord,
  GatewayError,
  type LedgerEntry,
  memoryLedger,
} from "headgate";
import { compare, type Example, type Fit, type FitOptions, fit as fitted } from "headgate/lab";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { registryOf, type Truth, table } from "./truth.ts";

const MIX = { a: 0.6, b: 0.3, c: 0.1 };
const APART: Truth = {
  a: { mini: 0.97, mid: 0.985, strong: 0.995 },
  b: { mini: 0.7, mid: 0.96, strong: 0.99 },
  c: { mini: 0.2, mid: 0.6, strong: 0.93 },
};
/** Models that hardly differ, around the quality that is wanted: where choosing the best is most deceptive. */
const ALIKE: Truth = {
  a: { mini: 0.95, mid: 0.95, strong: 0.96 },
  b: { mini: 0.94, mid: 0.96, strong: 0.97 },
  c: { mini: 0.95, mid: 0.95, strong: 0.95 },
};

/** No doubt about any of them at 93 %. */
const CLEAR: Truth = {
  a: { mini: 0.97, mid: 0.985, strong: 0.995 },
  b: { mini: 0.7, mid: 0.965, strong: 0.99 },
  c: { mini: 0.2, mid: 0.6, strong: 0.85 },
};

/** The quality that a fit's choices really have. */
const trueQuality = ({ groups }: Fit, truth: Truth): number => {
  let [quality, weight] = [0, 0];
  for (const { name, verdict, asked } of groups) {
    if (verdict === "too_few") continue;
    const share = MIX[name as keyof typeof MIX];
    weight += share;
    for (const [model, part] of Object.entries(asked)) quality += share * part * (truth[name]?.[model] ?? 0);
  }
  return quality / weight;
};

describe("what it expects", () => {
  it.each([
    ["models apart, each kind of work", APART, {}],
    ["models apart, all calls together", APART, { across: "all" }],
    ["models alike", ALIKE, {}],
  ] as const)("on one half, judged on the other: within its stated error, over 60 tables: %s", async (name, truth, more) => {
    const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
    const counts = { truth: 0, quality: 0, cost: 0 };
    for (const seed of seeds) {
      const all = table(truth, MIX, 800, seed);
      const fit = await fitted(all.slice(0, 400), { registry: registryOf(truth), quality: 0.95, ...more });
      const judged = await fit.judge(all.slice(400));
      if (fit.expected === undefined) throw new Error("nothing was fitted");
      const { low, high } = fit.expected.quality;
      const real = trueQuality(fit, truth);
      if (low <= real && real <= high) counts.truth += 1;
      if (judged.qualityWithin === true) counts.quality += 1;
      if (judged.costWithin === true) counts.cost += 1;
    }
    const said = Object.entries(counts).map(([what, count]) => `${what} ${Math.round((count / seeds.length) * 100)} %`);
    console.log(`95 % intervals of ${seeds.length} fits (${name}) hold: ${said.join(", ")}`);
    for (const count of Object.values(counts)) expect(count / seeds.length).toBeGreaterThanOrEqual(0.9);
  });

  it("a model that is said to be good enough is, as often as it says", async () => {
    const wanted = 0.95;
    let [reached, good] = [0, 0];
    for (let seed = 101; seed <= 140; seed += 1) {
      const { groups } = await fitted(table(ALIKE, MIX, 600, seed), { registry: registryOf(ALIKE), quality: wanted });
      for (const { name, verdict, asked } of groups) {
        if (verdict !== "reached") continue;
        reached += 1;
        const [model = ""] = Object.keys(asked);
        if ((ALIKE[name]?.[model] ?? 0) >= wanted) good += 1;
      }
    }
    expect(reached).toBeGreaterThan(10);
    expect(good / reached).toBeGreaterThanOrEqual(0.95);
  });
});

describe("what it chooses", () => {
  const registry = registryOf(CLEAR);
  const examples = table(CLEAR, MIX, 4_000, 7);

  it("the cheapest model that is good enough, task by task; where none is, the best, and says so", async () => {
    const fit = await fitted(examples, { registry, quality: 0.93 });
    expect(fit.groups.map(({ name, verdict, asked }) => [name, verdict, asked])).toEqual([
      ["a", "reached", { mini: 1 }],
      ["b", "reached", { mid: 1 }],
      ["c", "not_reached", { strong: 1 }],
    ]);
    expect(fit.patch.tasks).toMatchObject({ a: { quality: 93 }, b: { quality: 93 } });
    expect(String(fit)).toMatch(/^a: floor 93, cheapest for 93.0 % right, with 95 % confidence: mini$/m);
    expect(String(fit)).toMatch(/^c: floor \d\d\.?\d*, none is known to reach 93.0 % right/m);
    expect(String(fit)).toMatch(/^expected, from 1\d{3} calls held out: quality 9\d/m);
  });

  it("wanted of all calls together it costs less, since an easy task can make up for a hard one", async () => {
    const truth = { ...CLEAR, a: { mini: 0.98, mid: 0.985, strong: 0.995 }, b: { mini: 0.7, mid: 0.93, strong: 0.99 } };
    const set = table(truth, MIX, 4_000, 8);
    const each = await fitted(set, { registry, quality: 0.94 });
    const all = await fitted(set, { registry, quality: 0.94, across: "all" });
    expect(all.expected?.costUsd?.mean).toBeLessThan((each.expected?.costUsd?.mean ?? 0) * 0.8);
    expect(trueQuality(all, truth)).toBeGreaterThanOrEqual(0.94);
    expect(trueQuality(each, truth)).toBeGreaterThan(trueQuality(all, truth));
  });

  it("a higher wish never costs less", async () => {
    for (const across of ["each", "all"] as const) {
      let before = 0;
      for (const quality of [0.5, 0.7, 0.9, 0.95, 0.98, 0.999]) {
        const { expected } = await fitted(examples, { registry, quality, across });
        const cost = expected?.costUsd?.mean ?? 0;
        expect(cost, `${across} ${quality}`).toBeGreaterThanOrEqual(before * 0.999);
        before = cost;
      }
    }
  });

  it("the patched registry is one: a gateway takes it, its YAML says the same, and the router goes by it", async () => {
    const fit = await fitted(examples, { registry, quality: 0.93 });
    expect(parse(fit.yaml)).toEqual(fit.patch);
    expect(fit.yaml).toMatch(/^ {6}a: 9\d\.?\d* {2}# 1\d{3} samples: right 9\d\.\d %/m);
    await using gateway = createGateway({ providers: [fakeProvider()], registry: fit.registry });
    await gateway.ready();
    const asked = async (task: string) => (await gateway.explain({ task, prompt: "x" })).eligible[0]?.model;
    expect([await asked("a"), await asked("b"), await asked("c")]).toEqual(["mini", "mid", "strong"]);
  });

  it("a registry's own single figures stay for all other work", async () => {
    const fit = await fitted(examples, { registry, quality: 0.93 });
    expect(fit.registry.models["mini"]?.quality).toMatchObject({ general: 40 });
  });

  it("names of all kinds come through YAML", async () => {
    const name = '# "yes": {no}\n- \u2028\u0000x';
    const odd = { models: { [name]: { provider: "fake", cost: { input: 1, output: 1 } } }, tasks: { [name]: {} } };
    const set = Array.from({ length: 100 }, (_, index) => ({
      id: `${index}`,
      task: name,
      usage: { input: 1, output: 1 },
      scores: { [name]: 1 },
    }));
    const fit = await fitted(set, { registry: odd, quality: 0.9 });
    expect(parse(fit.yaml)).toEqual(fit.patch);
  });

  it("by difficulty: floors on the figures that there are", async () => {
    const graded = examples.map(({ task, ...rest }) => ({ ...rest, difficulty: task ?? "" }));
    const options = { registry: registryOf(CLEAR, { tasks: {}, difficulties: { a: 0, b: 0, c: 0 } }), quality: 0.93 };
    const fit = await fitted(graded, { ...options, by: "difficulty" });
    expect(fit.patch).toEqual({ difficulties: { a: 40, b: 65, c: 90 } });
    expect(fit.groups.map(({ verdict }) => verdict)).toEqual(["reached", "reached", "not_reached"]);
    const [, capabilityFirst] = (await compare(graded, { registry: fit.registry })).policies;
    expect(Object.keys(capabilityFirst?.models ?? {})).toEqual(["mini", "mid", "strong"]);
  });

  it("models that cannot do the work are not chosen, however good they are said to be", async () => {
    const can = { capabilities: { tool_call: true } };
    const models = Object.entries(registry.models).map(([name, model]) => [
      name,
      name === "mini" ? model : { ...model, ...can },
    ]);
    const tools = examples.map((example) => ({ ...example, needs: { tool_call: true } }));
    const { groups } = await fitted(tools, {
      registry: { ...registry, models: Object.fromEntries(models) },
      quality: 0.93,
    });
    expect(groups.find(({ name }) => name === "a")?.asked).toEqual({ mid: 1 });
  });
});

describe("what it does not know", () => {
  const registry = registryOf(APART);

  it("too few samples: says so, changes nothing, expects nothing", async () => {
    const fit = await fitted(table(APART, MIX, 30, 1), { registry, quality: 0.9 });
    expect(fit.groups.map(({ verdict }) => verdict)).toEqual(["too_few", "too_few", "too_few"]);
    expect([fit.patch, fit.yaml, fit.expected, fit.registry]).toEqual([{}, "{}\n", undefined, registry]);
    expect(String(fit)).toMatch(/a: left as it is: no model has 30 samples/);
    expect((await fit.judge(table(APART, MIX, 10, 2))).qualityWithin).toBeUndefined();
  });

  it("a model that was hardly tried is not let in by its old figure", async () => {
    const set = table(APART, MIX, 2_000, 3).map(({ scores: { mini: _untried, ...scores } = {}, ...rest }) => ({
      ...rest,
      scores,
    }));
    const boasting = { ...registry.models, mini: { ...registry.models["mini"], provider: "fake", quality: 99 } };
    const fit = await fitted(set, { registry: { ...registry, models: boasting }, quality: 0.9 });
    expect(fit.patch.models?.["mini"]?.quality).toMatchObject({ a: 0, b: 0 });
    expect(fit.yaml).toMatch(/a: 0 {2}# no samples/);
    expect(fit.groups[0]?.asked).toEqual({ mid: 1 });
  });

  it.each([
    [{ quality: 2 }, "quality"],
    [{ quality: 0.9, confidence: 1 }, "confidence"],
    [{ quality: 0.9, holdout: 1 }, "holdout"],
    [{ quality: 0.9, minSamples: 0 }, "minSamples"],
    [{ quality: 0.9, by: "model" }, "by"],
    [{ quality: 0.9, across: "some" }, "across"],
  ])("a wish that makes no sense is refused: %j", async (options, path) => {
    const refused = await fitted([], { registry, ...options } as FitOptions).catch((error: unknown) => error);
    if (!GatewayError.is(refused, "invalid_request")) throw refused;
    expect(refused.details.issues).toMatchObject([{ path }]);
  });
});

describe("from a ledger", () => {
  const truth = { chat: { mini: 0.9, mid: 0.9, strong: 0.9 } };
  /** Calls of one model: `failed` of them failed its schema, `scored` of the others were looked at, `good` of those liked. */
  const calls = (model: string, counts: { passed: number; failed: number; scored: number; good: number }) =>
    Array.from({ length: counts.passed + counts.failed }, (_, index): readonly LedgerEntry[] => {
      const failed = index >= counts.passed;
      const error = { code: "invalid_output", message: "x" } as const;
      const usage = {
        input: { total: 100, uncached: 100, cacheRead: 0, cacheWrite: 0 },
        output: { total: 10, reasoning: 0 },
        meters: {},
        source: "reported",
      } as const;
      const attempt: AttemptRecord = {
        attempt: 1,
        model,
        provider: "fake",
        account: "default",
        vendorModel: model,
        outcome: failed ? "error" : "ok",
        ...(failed && { error }),
        usage,
        costNanoUsd: 1,
        priceSource: "registry",
        startedAtMs: 0,
        durationMs: 1,
        firstContentMs: 1,
      };
      const id = `${model}-${index}`;
      const call: CallRecord = {
        type: "call",
        id,
        atMs: 0,
        durationMs: 1,
        operation: "generate",
        mode: "complete",
        tenant: "default",
        tags: {},
        task: "chat",
        needs: { structured_output: true, context: 100 },
        registryVersion: "then",
        ranked: [model],
        rejected: {},
        model: failed ? undefined : model,
        why: "",
        attempts: [attempt],
        outcome: failed ? "error" : "ok",
        usage,
        costNanoUsd: 1,
        cache: "bypass",
        warnings: [],
      };
      const feedback: FeedbackRecord = {
        type: "feedback",
        id: `f${id}`,
        callId: id,
        atMs: 1,
        score: index < counts.good ? 1 : 0,
      };
      return !failed && index < counts.scored ? [call, feedback] : [call];
    }).flat();
  const can = { capabilities: { structured_output: true } };
  const registry = {
    ...registryOf(truth),
    models: Object.fromEntries(
      Object.entries(registryOf(truth).models).map(([name, each]) => [name, { ...each, ...can }]),
    ),
  };

  it("schema failures weigh as much as the scores do: 90 % passed, half of them scored, 80 % of those good, is 72 %", async () => {
    const entries = calls("mid", { passed: 900, failed: 100, scored: 450, good: 360 });
    const { groups } = await fitted(entries, { registry, quality: 0.5, holdout: 0 });
    const mid = groups[0]?.models.find(({ model }) => model === "mid");
    expect(mid?.samples).toBe(500);
    expect(mid?.quality?.mean).toBeCloseTo(0.72, 2);
  });

  it("where nobody scored anything, the schema alone decides; what was never checked says nothing", async () => {
    const entries = calls("mid", { passed: 95, failed: 5, scored: 0, good: 0 });
    const checked = await fitted(entries, { registry, quality: 0.5, holdout: 0 });
    expect(checked.groups[0]?.models.find(({ model }) => model === "mid")?.quality?.mean).toBeCloseTo(0.945, 2);
    const unchecked = entries.map((entry) => (entry.type === "call" ? { ...entry, needs: { context: 100 } } : entry));
    const unknown = await fitted(
      unchecked.filter((entry) => entry.type !== "call" || entry.outcome === "ok"),
      { registry, quality: 0.5, holdout: 0 },
    );
    expect(unknown.groups[0]?.verdict).toBe("too_few");
  });

  it("of a real gateway: what failed its schema counts against the model, and feedback counts for it", async () => {
    const ledger = memoryLedger();
    await using gateway = createGateway({ providers: [fakeProvider()], registry: registryOf(truth), ledger });
    const ids: string[] = [];
    for (let index = 0; index < 120; index += 1) ids.push((await gateway.complete({ task: "chat", prompt: "x" })).id);
    const feedback = ids.map(
      (callId, index): LedgerEntry => ({
        type: "feedback",
        id: `f${callId}`,
        callId,
        atMs: 1,
        score: index % 10 === 0 ? 0 : 1,
      }),
    );
    const set = [...ledger.entries(), ...feedback];
    const { groups, patch } = await fitted(set, { registry: registryOf(truth), quality: 0.8, holdout: 0 });
    expect(groups[0]).toMatchObject({ name: "chat", verdict: "reached", asked: { mini: 1 } });
    expect(groups[0]?.models.map(({ model, samples }) => [model, samples])).toEqual([
      ["mini", 120],
      ["mid", 0],
      ["strong", 0],
    ]);
    expect(patch.tasks).toEqual({ chat: { quality: 80 } });
  });

  it("examples and a ledger's entries may come together", async () => {
    const entries = calls("mid", { passed: 50, failed: 0, scored: 50, good: 50 });
    const labelled: readonly Example[] = table(truth, { chat: 1 }, 50, 1);
    const { groups } = await fitted([...entries, ...labelled], { registry, quality: 0.5, holdout: 0 });
    expect(groups[0]?.models.map(({ model, samples }) => [model, samples])).toEqual([
      ["mini", 50],
      ["mid", 100],
      ["strong", 50],
    ]);
  });
});
