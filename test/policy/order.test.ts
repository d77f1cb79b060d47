/** The order of those that can: 100,000 decisions over random registries, live figures and requests. */
import fc from "fast-check";
import type { Model, Provider, Ranked, Request } from "headgate";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";
import type { Live } from "../../src/policy/live.ts";
import { normalize } from "../../src/policy/normalize.ts";
import { decide } from "../../src/policy/plan.ts";
import type { Snapshot, Task, TenantPlan } from "../../src/registry/snapshot.ts";

const twoKeys = { ...fakeProvider({ name: "b" }), credentials: ["one", "two"].map((id) => ({ id, account: id })) };
const providers = new Map<string, Provider>([
  ["a", fakeProvider({ name: "a" })],
  ["b", twoKeys],
]);

interface Drawn {
  readonly provider: string;
  readonly tool_call: boolean;
  readonly image: boolean;
  readonly context: number | undefined;
  readonly quality: number | undefined;
  readonly input: number | undefined;
  readonly output: number;
  readonly region: string;
  readonly tiered: boolean;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 4 });
const drawnModel: fc.Arbitrary<Drawn> = fc.record({
  provider: fc.constantFrom("a", "b", "gone"),
  tool_call: fc.boolean(),
  image: fc.boolean(),
  context: maybe(fc.integer({ min: 10, max: 4_000 })),
  quality: maybe(fc.integer({ min: 0, max: 100 })),
  input: maybe(fc.integer({ min: 0, max: 40 })),
  output: fc.integer({ min: 0, max: 40 }),
  region: fc.constantFrom("eu", "us"),
  tiered: fc.boolean(),
});

const modelOf = (drawn: Drawn, index: number): Model => ({
  name: `m${index}`,
  id: `m${index}`,
  provider: drawn.provider,
  capabilities: { tool_call: drawn.tool_call, ...(drawn.image && { input: ["text", "image"] as const }) },
  limit: drawn.context === undefined ? {} : { context: drawn.context },
  tags: { region: drawn.region },
  options: {},
  ...(drawn.quality !== undefined && { quality: drawn.quality }),
  ...(drawn.input !== undefined && {
    cost: {
      input: drawn.input,
      output: drawn.output,
      cache_read: drawn.input / 10,
      ...(drawn.tiered && { tiers: [{ above: 200, input: drawn.input * 2, output: drawn.output }] }),
    },
  }),
});

const snapshotOf = (
  models: readonly Model[],
  tieShare: number,
  tasks: Readonly<Record<string, Task>> = {},
): Snapshot => ({
  version: "v",
  models: new Map(models.map((model) => [model.name, model])),
  tasks: new Map(Object.entries(tasks)),
  difficulties: new Map(),
  policy: { tieShare, unknownTenants: "allow" },
  plans: new Map(),
  tenants: new Map(),
  tags: new Map(),
});

interface Asked {
  readonly tool_call: boolean;
  readonly image: boolean;
  readonly quality: number | undefined;
  readonly eu: boolean;
  readonly length: number;
  readonly chance: number;
}
const asked: fc.Arbitrary<Asked> = fc.record({
  tool_call: fc.boolean(),
  image: fc.boolean(),
  quality: maybe(fc.integer({ min: 0, max: 100 })),
  eu: fc.boolean(),
  length: fc.integer({ min: 1, max: 3_000 }),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

const requestOf = ({ tool_call, image, quality, eu, length }: Asked): Request => ({
  prompt: "x".repeat(length),
  needs: { tool_call, ...(image && { input: ["image"] as const }), ...(quality !== undefined && { quality }) },
  ...(eu && { regions: ["eu"] }),
});

const ALL_IDS = Array.from({ length: 9 }, (_, index) => [
  `a/m${index}/default`,
  `b/m${index}/one`,
  `b/m${index}/two`,
]).flat();

/** Figures by the target's name, so that taking a model out changes none of the others'. */
const liveOf = (seed: number): Live => ({
  latencyMs: (id) => ((id.length + seed) % 3 === 0 ? undefined : ((id.charCodeAt(3) * 37 + seed) % 50) * 100 + 50),
  inFlight: (id) => (id.charCodeAt(3) + seed) % 4,
  down: new Set(ALL_IDS.filter((id) => (id.charCodeAt(3) * 7 + seed) % 11 === 0)),
});

const ids = (ranked: readonly Ranked[]): string[] => ranked.map(({ target }) => target.id);
const costOf = ({ expectedNanoUsd }: Ranked): number => expectedNanoUsd ?? Number.POSITIVE_INFINITY;

const registries = fc.array(drawnModel, { minLength: 1, maxLength: 9 });
/** Registries are dear to draw, requests are not: each registry is asked twenty times. */
const [REGISTRIES, REQUESTS] = [5_000, 20];
const requests = fc.array(asked, { minLength: REQUESTS, maxLength: REQUESTS });

describe("the order of those that can do it", () => {
  it("F6: 100,000 decisions: none lacks a need, all are accounted for, the order is what the policy says", () => {
    let decisions = 0;
    fc.assert(
      fc.property(registries, requests, fc.integer({ min: 0, max: 1_000 }), (drawn, all, seed) => {
        const models = drawn.map(modelOf);
        const tieShare = (seed % 3) * 0.05;
        const snapshot = snapshotOf(models, tieShare);
        const without = snapshotOf(models.slice(1), tieShare);
        const live = liveOf(seed);
        for (const one of all) {
          decisions += 1;
          const request = requestOf(one);
          const given = {
            request,
            input: normalize(request),
            mode: "complete",
            providers,
            live,
            chance: one.chance,
          } as const;
          const { ranked, rejected, needs, more } = decide({ ...given, snapshot });
          const failed = wrong(ranked, needs.context ?? 0, one, live, tieShare);
          if (failed !== undefined) throw new Error(failed);
          const told = new Set([
            ...ranked.map(({ target }) => target.model.name),
            ...rejected.map(({ model }) => model),
          ]);
          if (more === 0 && told.size !== models.length) throw new Error("a model is neither eligible nor rejected");
          const rest = ids(decide({ ...given, snapshot: without }).ranked);
          const gone = models[0]?.name;
          const others = ids(ranked.filter(({ target }) => target.model.name !== gone));
          const both = rest.filter((id) => others.includes(id));
          if (both.join() !== others.join())
            throw new Error("a model that was taken out changed the order of the others");
        }
      }),
      { numRuns: REGISTRIES },
    );
    expect(decisions).toBeGreaterThanOrEqual(100_000);
  }, 120_000);

  const wrong = (
    ranked: readonly Ranked[],
    context: number,
    { tool_call, image, quality, eu }: Asked,
    live: Live,
    tieShare: number,
  ): string | undefined => {
    for (const { target, quality: has } of ranked) {
      const { capabilities, limit, tags, provider } = target.model;
      if (tool_call && capabilities.tool_call !== true) return "lacks tools";
      if (image && capabilities.input?.includes("image") !== true) return "lacks eyes";
      if (limit.context !== undefined && context > limit.context) return "too small";
      if (quality !== undefined && (has ?? -1) < quality) return "below the floor";
      if (eu && tags["region"] !== "eu") return "elsewhere";
      if (provider === "gone") return "no provider";
    }
    for (const [at, one] of ranked.entries()) {
      for (const other of ranked.slice(at + 1)) {
        const [down, later] = [one, other].map(({ target }) => live.down?.has(target.id) === true);
        if (down === true && later === false) return "one that is down goes before one that is not";
        if (down !== later) continue;
        // Speed may cost the share, and no more.
        if (costOf(one) > costOf(other) * (1 + tieShare) + 1) return "a dearer one goes before a cheaper one";
        const same = live.latencyMs(one.target.id) === undefined && live.latencyMs(other.target.id) === undefined;
        if (same && costOf(one) > costOf(other) + 1) return "at equal speed a dearer one goes first";
      }
    }
    return undefined;
  };

  it("the same decision, whatever order the file has, and remembered or not", () => {
    fc.assert(
      fc.property(registries, asked, (drawn, one) => {
        const models = drawn.map(modelOf);
        const request = requestOf(one);
        const given = {
          request,
          input: normalize(request),
          mode: "stream",
          providers,
          live: liveOf(1),
          chance: one.chance,
        } as const;
        const [snapshot, reversed] = [snapshotOf(models, 0.05), snapshotOf([...models].reverse(), 0.05)];
        const first = ids(decide({ ...given, snapshot }).ranked);
        expect(ids(decide({ ...given, snapshot }).ranked)).toEqual(first);
        expect(ids(decide({ ...given, snapshot: reversed }).ranked)).toEqual(first);
        expect(ids(decide({ ...given, snapshot, whole: true }).ranked).slice(0, first.length)).toEqual(first);
      }),
      { numRuns: 2_000 },
    );
  });
});

const priced = (name: string, cost: number, more: Partial<Model> = {}): Model => ({
  name,
  id: name,
  provider: "a",
  capabilities: {},
  limit: {},
  tags: {},
  options: {},
  cost: { input: cost, output: cost, cache_read: cost / 10 },
  ...more,
});
const still: Live = { latencyMs: () => undefined };

const firstOf = (
  models: readonly Model[],
  request: Request,
  more: { live?: Live; tenant?: TenantPlan; tasks?: Readonly<Record<string, Task>>; chance?: number } = {},
): readonly string[] => {
  const { live = still, tasks, ...rest } = more;
  const snapshot = snapshotOf(models, 0.05, tasks);
  const given = { request, input: normalize(request), mode: "complete", snapshot, providers, live, ...rest } as const;
  return decide(given).ranked.map(({ target }) => target.model.name);
};

describe("what moves a model forward or back", () => {
  it("output lengths that a task has really needed: a cheap model that talks much is not cheap", () => {
    const [terse, chatty] = [priced("terse", 3), priced("chatty", 1)];
    expect(firstOf([terse, chatty], { prompt: "x" })).toEqual(["chatty", "terse"]);
    const byModel = new Map([
      ["terse", 100],
      ["chatty", 900],
    ]);
    const lengths = () => ({ usual: 500, byModel });
    expect(firstOf([terse, chatty], { prompt: "x" }, { live: { ...still, lengths } })).toEqual(["terse", "chatty"]);
    const limited = { prompt: "x", maxOutputTokens: 100 };
    expect(firstOf([terse, chatty], limited, { live: { ...still, lengths } })).toEqual(["chatty", "terse"]);
  });

  it("a model that was never asked is expected to need what the task has needed: no cheaper one loses by being new", () => {
    const [cheap, asked] = [priced("cheap", 1), priced("asked", 2)];
    const lengths = () => ({ usual: 6, byModel: new Map([["asked", 6]]) });
    expect(firstOf([asked, cheap], { prompt: "x" }, { live: { ...still, lengths } })).toEqual(["cheap", "asked"]);
  });

  it("a conversation stays where its prompt is cached, while that is cheaper", () => {
    const models = [priced("cheap", 1), priced("warm", 2), priced("dear", 30)];
    const request = { prompt: "x".repeat(30_000), conversation: "c", maxOutputTokens: 10 };
    expect(firstOf(models, request)[0]).toBe("cheap");
    const warm = (target: string) => ({ ...still, warm: () => ({ target, tokens: 9_500 }) });
    expect(firstOf(models, request, { live: warm("a/warm/default") })[0]).toBe("warm");
    expect(firstOf(models, request, { live: warm("a/dear/default") })[0]).toBe("cheap");
  });

  it("a tenant's plan narrows: models, denials, floors, regions, cost; a pin is asked alone", () => {
    const models = [
      priced("small", 1, { quality: 20, tags: { region: "us" } }),
      priced("middle", 5, { quality: 50, tags: { region: "eu" } }),
      priced("large", 25, { quality: 90, tags: { region: "eu" } }),
    ];
    const tasks = { chat: {} };
    const under = (tenant: TenantPlan) => firstOf(models, { task: "chat", prompt: "x" }, { tenant, tasks });
    expect(under({})).toEqual(["small", "middle", "large"]);
    expect(under({ models: ["large", "middle"] })).toEqual(["middle", "large"]);
    expect(under({ deny: ["small"] })).toEqual(["middle", "large"]);
    expect(under({ quality: 60 })).toEqual(["large"]);
    expect(under({ regions: ["us"] })).toEqual(["small"]);
    expect(under({ maxCostUsd: 0.003 })).toEqual(["small", "middle"]);
    expect(under({ pins: { chat: "large" } })).toEqual(["large"]);
    expect(firstOf(models, { prompt: "x", regions: ["us"] }, { tenant: { regions: ["eu"] } })).toEqual([]);
  });

  it("100,000 tenants whose plans an application makes anew are a few kinds of requests, each found once", () => {
    const models = [priced("small", 1), priced("middle", 2), priced("large", 3)];
    const snapshot = snapshotOf(models, 0.05);
    const request = { prompt: "x" };
    const input = normalize(request);
    const found = new Set<unknown>();
    for (let tenant = 0; tenant < 100_000; tenant += 1) {
      const plan = tenant % 2 === 0 ? { deny: ["small"] } : { models: ["small", "large"] };
      const given = { request, input, mode: "complete", snapshot, providers, live: still, tenant: plan } as const;
      found.add(decide(given).rejected);
    }
    expect(found.size).toBe(2);
  });

  it("near the end of a budget only cost counts: no canary, no floor of the plan", () => {
    const models = [priced("small", 1, { quality: 20 }), priced("canary", 9, { quality: 90 })];
    const tasks = { chat: { split: { canary: 1 }, quality: 10 } };
    const request = { task: "chat", prompt: "x" };
    const tenant = { quality: 80 };
    expect(firstOf(models, request, { tasks, tenant })).toEqual(["canary"]);
    const live = { ...still, isShort: () => true };
    expect(firstOf(models, request, { tasks, tenant, live })).toEqual(["small", "canary"]);
  });

  it("of thousands, those that may come first are looked at: the canary however dear, none that is down", () => {
    const many = Array.from({ length: 500 }, (_, index) => priced(`m${index}`, 1 + index));
    const tasks = { chat: { split: { m499: 1 } } };
    const request = { task: "chat", prompt: "x" };
    expect(firstOf(many, request, { tasks })[0]).toBe("m499");
    const ids = many.map(({ name }) => `a/${name}/default`);
    const live: Live = { ...still, down: new Set(ids.slice(0, 480)) };
    expect(firstOf(many, { prompt: "x" }, { live })).toEqual(many.slice(480, 490).map(({ name }) => name));
    const down: Live = { ...still, down: new Set(ids.filter((id) => !id.includes("m7/"))) };
    expect(firstOf(many, { prompt: "x" }, { live: down }).slice(0, 3)).toEqual(["m7", "m0", "m1"]);
  });

  it("of thousands, the order is that of a look at all of them", () => {
    const rate = fc.integer({ min: 1, max: 4_000 });
    const drawn = fc.array(fc.tuple(rate, rate, fc.boolean()), { minLength: 120, maxLength: 260 });
    const odd = fc.array(fc.integer({ min: 0, max: 119 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        drawn,
        odd,
        odd,
        fc.integer({ min: 1, max: 4_000 }),
        fc.integer({ min: 0, max: 99 }),
        (rates, down, learnt, length, seed) => {
          const models = rates.map(([input, output, tiered], index) =>
            priced(`m${index}`, 1, {
              cost: {
                input: (input + index * 40) / 100,
                output: (output + ((index * 131) % 997) * 9) / 100,
                ...(tiered && { tiers: [{ above: 500, input: 1 + index / 7, output: 1 + index / 9 }] }),
              },
            }),
          );
          const byModel = new Map(learnt.map((index) => [`m${index}`, (index * 37) % 3_000]));
          const live: Live = {
            latencyMs: (id) => ((id.length * 31 + id.charCodeAt(4) * 17 + seed) % 90) * 110,
            lengths: () => ({ usual: 300, byModel }),
            down: new Set(down.map((index) => `a/m${index}/default`)),
          };
          const request = { prompt: "x".repeat(length) };
          const snapshot = snapshotOf(models, 0.05);
          const given = {
            request,
            input: normalize(request),
            mode: "complete",
            snapshot,
            providers,
            live,
            chance: seed / 100,
          } as const;
          for (let time = 0; time < 5; time += 1) decide(given);
          const few = ids(decide(given).ranked);
          expect(few).toHaveLength(10);
          expect(few).toEqual(ids(decide({ ...given, whole: true }).ranked).slice(0, 10));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("one in a hundred calls takes a slow target for one that was never measured", () => {
    const models = [priced("slow", 1), priced("fast", 1)];
    const live: Live = { latencyMs: (id) => (id.includes("slow") ? 9_000 : 200) };
    let tried = 0;
    for (let call = 0; call < 20_000; call += 1) {
      if (firstOf(models, { prompt: "x" }, { live, chance: call / 20_000 })[0] === "slow") tried += 1;
    }
    expect(tried).toBeGreaterThan(100);
    expect(tried).toBeLessThan(320);
  });

  it("of equal ones the one with fewer calls under way; of quite equal ones each its share", () => {
    const models = [priced("left", 1), priced("right", 1)];
    const busy: Live = { latencyMs: () => 500, inFlight: (id) => (id.includes("left") ? 3 : 0) };
    expect(firstOf(models, { prompt: "x" }, { live: busy, chance: 0.5 })[0]).toBe("right");
    let left = 0;
    for (let call = 0; call < 2_000; call += 1) {
      if (firstOf(models, { prompt: "x" }, { chance: call / 2_000 })[0] === "left") left += 1;
    }
    expect(left).toBeGreaterThan(700);
    expect(left).toBeLessThan(1_300);
  });
});

describe("a canary", () => {
  const models = [priced("stable", 5), priced("canary", 1), priced("other", 9)];
  const tasks = { chat: { split: { canary: 0.05 } } };
  const [CALLS, SHARE] = [20_000, 0.05];
  /** Four standard deviations of a binomial. */
  const bound = 4 * Math.sqrt(CALLS * SHARE * (1 - SHARE));

  it("gets its share of 20,000 conversations, each of which stays on its side", () => {
    let seen = 0;
    for (let conversation = 0; conversation < CALLS; conversation += 1) {
      const request = { task: "chat", prompt: "x", conversation: `conversation ${conversation}` };
      const [first] = firstOf(models, request, { tasks, chance: 0.5 });
      if (first === "canary") seen += 1;
      if (conversation % 100 > 0) continue;
      for (const chance of [0, 0.3, 0.99]) expect(firstOf(models, request, { tasks, chance })[0]).toBe(first);
    }
    expect(Math.abs(seen - CALLS * SHARE)).toBeLessThan(bound);
  });

  it("gets its share of 20,000 calls without a conversation, by chance; else it is the last resort, however cheap", () => {
    const chance = seeded(7);
    let seen = 0;
    for (let call = 0; call < CALLS; call += 1) {
      const [first, ...rest] = firstOf(models, { task: "chat", prompt: "x" }, { tasks, chance: chance() });
      if (first === "canary") seen += 1;
      else expect(rest.at(-1)).toBe("canary");
    }
    expect(Math.abs(seen - CALLS * SHARE)).toBeLessThan(bound);
  });

  it("that cannot do it is not asked", () => {
    const weak = [priced("stable", 5, { quality: 50 }), priced("canary", 1, { quality: 10 })];
    const strict = { chat: { quality: 40, split: { canary: 1 } } };
    expect(firstOf(weak, { task: "chat", prompt: "x" }, { tasks: strict })).toEqual(["stable"]);
  });
});

const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};
