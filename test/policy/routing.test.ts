/** Capability first, cost second: properties over random registries and requests. */
import fc from "fast-check";
import type { Model, Needs, Request } from "headgate";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { escalate } from "../../src/policy/escalate.ts";
import { estimateInputTokens } from "../../src/policy/estimate.ts";
import { explain } from "../../src/policy/explain.ts";
import { learn, recall } from "../../src/policy/latency.ts";
import { normalize } from "../../src/policy/normalize.ts";
import { type Circumstances, decide, plan } from "../../src/policy/plan.ts";
import type { Snapshot, Task } from "../../src/registry/snapshot.ts";

const providers = new Map(["a", "b"].map((name) => [name, fakeProvider({ name })]));
const live = { latencyMs: () => undefined };

const modelOf = (name: string, fields: Partial<Model> = {}): Model => ({
  name,
  id: name,
  provider: "a",
  capabilities: {},
  limit: {},
  tags: {},
  options: {},
  ...fields,
});

const snapshotOf = (models: readonly Model[], more: Partial<Snapshot> = {}): Snapshot => ({
  version: "v",
  models: new Map(models.map((model) => [model.name, model])),
  tasks: new Map(),
  difficulties: new Map(),
  policy: { tieShare: 0.05, unknownTenants: "allow" },
  plans: new Map(),
  tenants: new Map(),
  tags: new Map(),
  ...more,
});

const circumstances = (
  snapshot: Snapshot,
  request: Request,
  mode: "complete" | "stream" = "complete",
): Circumstances => ({
  request,
  input: normalize(request),
  mode,
  snapshot,
  providers,
  live,
});

const names = (snapshot: Snapshot, request: Request, mode?: "complete" | "stream"): string[] =>
  decide(circumstances(snapshot, request, mode)).ranked.map(({ target }) => target.model.name);

const price = (input: number, output: number = input) => ({ cost: { input, output } });

const flag = fc.option(fc.boolean(), { nil: undefined });
const arbitraryModel = fc.record({
  provider: fc.constantFrom("a", "b", "gone"),
  tool_call: flag,
  structured_output: flag,
  reasoning: flag,
  image: fc.boolean(),
  context: fc.option(fc.integer({ min: 10, max: 5_000 }), { nil: undefined }),
  quality: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  cost: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  region: fc.constantFrom("eu", "us"),
});
const arbitraryModels = fc.array(arbitraryModel, { minLength: 1, maxLength: 12 }).map((all) =>
  all.map(({ provider, image, context, quality, cost, region, ...flags }, index) =>
    modelOf(`m${index}`, {
      provider,
      capabilities: { ...defined(flags), ...(image && { input: ["text", "image"] as const }) },
      limit: context === undefined ? {} : { context },
      tags: { region },
      ...(quality !== undefined && { quality }),
      ...(cost !== undefined && price(cost)),
    }),
  ),
);
const defined = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

const arbitraryRequest: fc.Arbitrary<Request> = fc
  .record({
    tool_call: fc.boolean(),
    structured_output: fc.boolean(),
    reasoning: fc.boolean(),
    image: fc.boolean(),
    quality: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    eu: fc.boolean(),
    length: fc.integer({ min: 1, max: 6_000 }),
  })
  .map(({ image, quality, eu, length, ...flags }) => {
    const needs: Needs = { ...flags, ...(image && { input: ["image"] }), ...(quality !== undefined && { quality }) };
    return { prompt: "x".repeat(length), needs, ...(eu && { regions: ["eu"] }) };
  });

describe("who is eligible", () => {
  it("F6: no eligible model lacks a need; every model is eligible or rejected with a reason", () => {
    fc.assert(
      fc.property(arbitraryModels, arbitraryRequest, (models, request) => {
        const { ranked, rejected, needs } = decide({ ...circumstances(snapshotOf(models), request), whole: true });
        for (const { target } of ranked) {
          const { capabilities, limit, quality, tags, provider } = target.model;
          for (const key of ["tool_call", "structured_output", "reasoning"] as const) {
            if (request.needs?.[key] === true) expect(capabilities[key]).toBe(true);
          }
          if (request.needs?.input?.includes("image")) expect(capabilities.input).toContain("image");
          if (limit.context !== undefined) expect(needs.context).toBeLessThanOrEqual(limit.context);
          if (request.needs?.quality !== undefined) expect(quality).toBeGreaterThanOrEqual(request.needs.quality);
          if (request.regions !== undefined) expect(request.regions).toContain(tags["region"]);
          expect(provider).not.toBe("gone");
        }
        const seen = [...ranked.map(({ target }) => target.model.name), ...rejected.map(({ model }) => model)];
        expect(seen.sort()).toEqual(models.map(({ name }) => name).sort());
        for (const { detail } of rejected) expect(detail).not.toBe("");
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ["tools", { tools: [{ name: "x", input: {} }] }, "tool_call"],
    ["a schema", { output: {} }, "structured_output"],
    ["reasoning", { reasoning: { effort: "high" } }, "reasoning"],
  ] as const)("what a request needs is seen from itself: %s", (_what, fields, capability) => {
    const schema = {
      "~standard": {
        version: 1,
        vendor: "x",
        validate: () => ({ value: 1 }),
        jsonSchema: { input: () => ({}), output: () => ({}) },
      },
    };
    const request = {
      prompt: "x",
      ...("tools" in fields
        ? { tools: [{ name: "x", input: schema }] }
        : "output" in fields
          ? { output: schema }
          : fields),
    } as Request;
    const snapshot = snapshotOf([modelOf("can", { capabilities: { [capability]: true } }), modelOf("cannot")]);
    expect(names(snapshot, request)).toEqual(["can"]);
  });

  it("files are needs: images, PDFs, and a file that one vendor holds", () => {
    const file = (mediaType: string, data: object): Request => ({
      messages: [{ role: "user", content: [{ type: "file", mediaType, data: data as never }] }],
    });
    const snapshot = snapshotOf([
      modelOf("eyes", { capabilities: { input: ["text", "image"] } }),
      modelOf("reader", { provider: "b", capabilities: { input: ["text", "image", "pdf"] } }),
    ]);
    expect(names(snapshot, file("image/png", { base64: "x" }))).toEqual(["eyes", "reader"]);
    expect(names(snapshot, file("application/pdf", { base64: "x" }))).toEqual(["reader"]);
    expect(names(snapshot, file("image/png", { fileId: "f", provider: "b" }))).toEqual(["reader"]);
  });

  it("what two vendors hold, no one can serve; the reason names the other", () => {
    const held = (provider: string) =>
      ({ type: "file", mediaType: "text/plain", data: { fileId: "f", provider } }) as const;
    const request: Request = { messages: [{ role: "user", content: [held("a"), held("b")] }] };
    const { ranked, rejected } = decide({
      ...circumstances(snapshotOf([modelOf("one"), modelOf("two", { provider: "b" })]), request),
      whole: true,
    });
    expect(ranked).toEqual([]);
    expect(rejected.map(({ model, detail }) => [model, /"(\w)"/.exec(detail)?.[1]])).toEqual([
      ["one", "b"],
      ["two", "a"],
    ]);
  });

  it("text counts by its bytes, wherever it stands: in files, tool calls and results", () => {
    const size = (content: object) =>
      estimateInputTokens(normalize({ messages: [{ role: "assistant", content: [content] }] } as never));
    const text = "日".repeat(3_000);
    const result = { type: "tool-result", id: "1", name: "x", executor: "vendor" };
    for (const part of [
      { type: "text", text },
      { type: "source", quote: text },
      { type: "tool-call", id: "1", name: "x", input: text, executor: "vendor" },
      { ...result, output: text },
      { ...result, output: { type: "json", value: text } },
      { ...result, output: { type: "parts", parts: [{ type: "text", text }] } },
      { type: "file", mediaType: "text/plain", data: { bytes: Buffer.from(text) } },
      { type: "file", mediaType: "text/plain", data: { base64: Buffer.from(text).toString("base64") } },
    ]) {
      expect(size(part), JSON.stringify(part).slice(0, 60)).toBeGreaterThanOrEqual(3_000);
    }
  });

  it("a model that cannot be streamed is not asked to", () => {
    const snapshot = snapshotOf([modelOf("whole", { capabilities: { streaming: false } }), modelOf("both")]);
    expect(names(snapshot, { prompt: "x" }, "stream")).toEqual(["both"]);
    expect(names(snapshot, { prompt: "x" })).toHaveLength(2);
  });
});

describe("how hard it is", () => {
  const graded = [
    modelOf("weak", { quality: 30, ...price(1) }),
    modelOf("middle", { quality: 60, ...price(5) }),
    modelOf("best", { quality: 90, ...price(20) }),
  ];
  const difficulties = new Map([
    ["easy", 20],
    ["hard", 80],
  ]);
  const tasks = new Map<string, Task>([
    ["chat", {}],
    ["review", { quality: 50 }],
    ["contract", { difficulty: "hard" }],
    ["code", { label: "code", quality: 50 }],
  ]);

  it("a call that says nothing is taken for the hardest kind, unless the policy says otherwise", () => {
    expect(names(snapshotOf(graded, { difficulties }), { prompt: "x" })).toEqual(["best"]);
    const policy = { tieShare: 0.05, difficulty: "easy", unknownTenants: "allow" } as const;
    expect(names(snapshotOf(graded, { difficulties, policy }), { prompt: "x" })).toEqual(["weak", "middle", "best"]);
  });

  it.each([
    ["a task without a floor", { task: "chat" }, ["weak", "middle", "best"]],
    ["a task's own floor", { task: "review" }, ["middle", "best"]],
    ["a task's difficulty", { task: "contract" }, ["best"]],
    ["the caller's difficulty on top", { task: "review", difficulty: "hard" }, ["best"]],
    ["a caller cannot make a task easier than it is", { task: "contract", difficulty: "easy" }, ["best"]],
    ["the caller's own floor on top", { task: "review", needs: { quality: 61 } }, ["best"]],
    ["a floor below the task's changes nothing", { task: "review", needs: { quality: 1 } }, ["middle", "best"]],
    ["a pin, whatever its quality", { model: "weak" }, ["weak"]],
  ])("%s", (_what, choice, expected) => {
    expect(names(snapshotOf(graded, { difficulties, tasks }), { prompt: "x", ...choice } as Request)).toEqual(expected);
  });

  it("quality is by task label, where the owner says so; unknown is below every floor", () => {
    const models = [
      modelOf("coder", { quality: { general: 10, code: 80 } }),
      modelOf("poet", { quality: { general: 90, code: 10 } }),
      modelOf("new"),
    ];
    expect(names(snapshotOf(models, { tasks }), { prompt: "x", task: "code" })).toEqual(["coder"]);
  });

  it("an answer that fails its schema goes up, not sideways", () => {
    const { ranked } = decide(circumstances(snapshotOf(graded), { prompt: "x" }));
    const [first, ...others] = ranked;
    expect(first && escalate(others, first).map(({ target }) => target.model.name)).toEqual(["middle", "best"]);
  });
});

describe("in which order", () => {
  it("the cheapest eligible first; an unknown price last", () => {
    const models = [
      modelOf("dear", price(9)),
      modelOf("unknown"),
      modelOf("cheap", price(1)),
      modelOf("middle", price(3)),
    ];
    expect(names(snapshotOf(models), { prompt: "x" })).toEqual(["cheap", "middle", "dear", "unknown"]);
  });

  it("cost is what the call may cost, not one of its prices: long inputs and long outputs differ", () => {
    const models = [modelOf("input-dear", price(10, 1)), modelOf("output-dear", price(1, 10))];
    expect(names(snapshotOf(models), { prompt: "x".repeat(30_000), maxOutputTokens: 10 })).toEqual([
      "output-dear",
      "input-dear",
    ]);
    expect(names(snapshotOf(models), { prompt: "x", maxOutputTokens: 1_000 })).toEqual(["input-dear", "output-dear"]);
  });

  it("a tier counts as it is billed, in whatever order tiers are written", () => {
    const tiers = [
      { above: 1_000, input: 50, output: 50 },
      { above: 10, input: 1, output: 1 },
    ];
    const models = [modelOf("tiered", { cost: { input: 1, output: 1, tiers } }), modelOf("flat", price(20))];
    expect(names(snapshotOf(models), { prompt: "x".repeat(30_000) })).toEqual(["flat", "tiered"]);
    expect(names(snapshotOf(models), { prompt: "x" })).toEqual(["tiered", "flat"]);
  });

  it("of near-equals the faster one, then the stronger one", () => {
    const models = [modelOf("slow", price(1)), modelOf("fast", { provider: "b", ...price(1.02) })];
    const given = circumstances(snapshotOf(models), { prompt: "x", maxOutputTokens: 1_000 });
    const timed = { ...given, live: { latencyMs: (id: string) => (id.includes("slow") ? 900 : 100) } };
    expect(decide(timed).ranked.map(({ target }) => target.model.name)).toEqual(["fast", "slow"]);
    const graded = [modelOf("weak", { ...price(1), quality: 1 }), modelOf("strong", { ...price(1), quality: 2 })];
    expect(names(snapshotOf(graded), { prompt: "x" })).toEqual(["strong", "weak"]);
  });

  it("who is known to be too slow is left out where the caller says so; who is not known is tried", () => {
    const models = [modelOf("slow", price(1)), modelOf("new", price(5))];
    const given = circumstances(snapshotOf(models), { prompt: "x", maxLatencyMs: 500 });
    const { ranked, rejected } = decide({
      ...given,
      live: { latencyMs: (id) => (id.includes("slow") ? 900 : undefined) },
    });
    expect(ranked.map(({ target }) => target.model.name)).toEqual(["new"]);
    expect(rejected).toEqual([
      { model: "slow", reason: "too_slow", detail: "first content after about 900 ms, at most 500 ms" },
    ]);
  });

  it("speed is learnt: a slow answer counts at once, fast ones by and by, old ones not at all", () => {
    const slow = learn(undefined, 900, 0);
    expect(recall(learn(slow, 2_000, 10), 10)).toBe(2_000);
    const better = recall(learn(slow, 100, 10_000), 10_000) ?? 0;
    expect(better).toBeGreaterThan(100);
    expect(better).toBeLessThan(900);
    expect(recall(slow, 60_001)).toBeUndefined();
  });

  it("is sorted by expected cost, outside groups of near-equals; and the same whatever order the file has", () => {
    fc.assert(
      fc.property(arbitraryModels, arbitraryRequest, (models, request) => {
        const { ranked } = decide(circumstances(snapshotOf(models), request));
        const costs = ranked.map(({ expectedNanoUsd }) => expectedNanoUsd ?? Number.POSITIVE_INFINITY);
        costs.forEach((cost, index) => {
          for (const later of costs.slice(index + 1)) expect(cost).toBeLessThanOrEqual(later * 1.05 + 1);
        });
        const distinct = new Set(costs).size === costs.length;
        if (distinct) {
          const reversed = decide(circumstances(snapshotOf([...models].reverse()), request)).ranked;
          expect(reversed.map(({ target }) => target.id)).toEqual(ranked.map(({ target }) => target.id));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("a model that is taken out changes nothing between the others, where no two count as equal", () => {
    fc.assert(
      fc.property(arbitraryModels, arbitraryRequest, fc.nat(), (models, request, which) => {
        const order = (of: readonly Model[]): string[] =>
          names(snapshotOf(of, { policy: { tieShare: 0, unknownTenants: "allow" } }), request);
        const gone = models[which % models.length]?.name;
        const rest = models.filter(({ name }) => name !== gone);
        expect(order(rest)).toEqual(order(models).filter((name) => name !== gone));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("what is told", () => {
  it("no_route says every reason; explain says it without failing, as data and as a table", () => {
    const snapshot = snapshotOf([modelOf("small", { limit: { context: 10 } }), modelOf("blind", price(1))]);
    const request: Request = {
      messages: [{ role: "user", content: [{ type: "file", mediaType: "image/png", data: { base64: "x" } }] }],
    };
    expect(() => plan(circumstances(snapshot, request))).toThrow(
      /small: lacks_modality \(input: image\); blind: lacks_modality/,
    );
    const told = explain(decide({ ...circumstances(snapshot, { prompt: "x".repeat(60) }), whole: true }));
    expect(told.eligible.map(({ model }) => model)).toEqual(["blind"]);
    expect(String(told)).toMatch(
      /1\. blind\s+a, about \$0\.\d+, quality unknown\n-\s+small\s+context_too_small: about \d+ tokens, window 10/,
    );
  });
});

describe("the estimate of input tokens", () => {
  it("never falls when text is added, and counts every kind of part", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, more) => {
        const tokens = (prompt: string) => estimateInputTokens(normalize({ prompt }));
        expect(tokens(one + more)).toBeGreaterThanOrEqual(tokens(one));
      }),
    );
    const file = { type: "file", mediaType: "image/png", data: { base64: "x" } } as const;
    expect(estimateInputTokens({ messages: [{ role: "user", content: [file] }] })).toBeGreaterThan(1_000);
  });
});
