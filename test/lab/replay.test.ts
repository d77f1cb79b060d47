/** What a gateway recorded, decided again: the same under the same registry, and told in money and quality under another. */
import {
  type CallRecord,
  createGateway,
  GatewayError,
  jsonSchema,
  type LedgerEntry,
  memoryLedger,
  type RegistryFile,
  type Request,
} from "headgate";
import { type Example, examplesOf, priceOnly, replay, strongestOnly } from "headgate/lab";
import { fakeProvider, virtualClock } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { seeded } from "../../src/testing/random.ts";

const can = { tool_call: true, structured_output: true, reasoning: true, input: ["text", "image"] } as const;
const REGISTRY: RegistryFile = {
  models: {
    tiny: {
      provider: "fake",
      quality: 20,
      cost: { input: 1, output: 4 },
      limit: { context: 3_000 },
      tags: { region: "eu" },
    },
    small: { provider: "fake", quality: { general: 40, code: 70 }, cost: { input: 2, output: 8 }, capabilities: can },
    middle: {
      provider: "other",
      quality: 60,
      cost: { input: 5, output: 20 },
      capabilities: can,
      tags: { region: "eu" },
    },
    large: {
      provider: "fake",
      quality: 90,
      cost: { input: 20, output: 80 },
      capabilities: can,
      tags: { region: "us" },
    },
    unpriced: { provider: "other", quality: 95, capabilities: can },
  },
  tasks: {
    chat: {},
    code: { quality: 65, maxOutputTokens: 200 },
    contract: { difficulty: "hard" },
    listed: { models: ["middle", "large"] },
  },
  difficulties: { easy: 10, medium: 50, hard: 80 },
  plans: { free: { deny: ["large"] }, gold: { quality: 50 } },
  tenants: { guest: { plan: "free" }, bank: { plan: "gold", pins: { chat: "large" } } },
};

/** Answers as long as is expected of a model that nobody knows yet: what a gateway learns while it runs is in no record. */
const script = () => ({ type: "answer", text: "word ".repeat(500) }) as const;
const providers = () => [fakeProvider({ script }), fakeProvider({ name: "other", script })];
const schema = jsonSchema({ type: "object", properties: {} });

/** Requests of all kinds, by seeded chance. */
const requests = (count: number): readonly Request[] => {
  const chance = seeded(11);
  const one = <T>(...all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
  const choice = (): object =>
    one(
      () => ({ task: one("chat", "code", "contract", "listed"), ...(chance() < 0.3 && { difficulty: "medium" }) }),
      () => ({ model: one("tiny", "small", "middle", "large", "unpriced") }),
      () => ({ difficulty: one("easy", "medium", "hard") }),
      () => ({ needs: { quality: one(15, 45, 85) } }),
      () => ({}),
    )();
  return Array.from(
    { length: count },
    () =>
      ({
        prompt: "word ".repeat(Math.floor(chance() * 3_000)),
        tenant: one("guest", "bank", "default", "stranger"),
        ...choice(),
        ...(chance() < 0.2 && { tools: [{ name: "look", input: schema }] }),
        ...(chance() < 0.2 && { reasoning: { effort: "low" } }),
        ...(chance() < 0.2 && { regions: [one("eu", "us")] }),
        ...(chance() < 0.2 && { maxCostUsd: 0.02 }),
        ...(chance() < 0.2 && { maxOutputTokens: one(50, 400) }),
      }) as Request,
  );
};

const recorded = async (): Promise<readonly CallRecord[]> => {
  const ledger = memoryLedger();
  await using gateway = createGateway({ providers: providers(), registry: REGISTRY, ledger, clock: virtualClock() });
  for (const request of requests(1_500)) await gateway.complete(request).catch(() => {});
  return ledger.entries().filter((entry) => entry.type === "call");
};

describe("records of a gateway", () => {
  it("are decided the same again under the same registry, whatever was asked and by whom", async () => {
    const records = await recorded();
    const { examples, skipped } = examplesOf(records);
    expect(examples.length).toBeGreaterThan(1_000);
    expect(examples.length + skipped).toBe(records.length);
    const again = await replay(records, { registry: REGISTRY });
    expect(again.changed).toBe(0);
    const first = new Map(records.map(({ id, ranked }) => [id, ranked[0]]));
    for (const { id, model } of again.examples) expect(model, id).toBe(first.get(id));
    expect(new Set(again.examples.map(({ model }) => model)).size).toBe(5);
    // What was refused then is refused now, and none of it was sent.
    expect(records.filter(({ outcome }) => outcome === "error").length).toBe(skipped);
  });

  it("another registry moves just the calls that it concerns, and says what they would have cost", async () => {
    const records = (await recorded()).filter(({ model }) => model !== "unpriced");
    const cheaper = structuredClone(REGISTRY) as {
      tasks: Record<string, object>;
      difficulties: Record<string, number>;
    };
    cheaper.difficulties["hard"] = 60;
    const [now, then] = [
      await replay(records, { registry: cheaper as RegistryFile }),
      await replay(records, { registry: REGISTRY }),
    ];
    expect(now.changed).toBeGreaterThan(0);
    for (const { id, model, before } of now.examples) {
      if (model === before) continue;
      const record = records.find((each) => each.id === id);
      expect([`${record?.difficulty} ${record?.task}`, before, model]).toEqual([
        expect.stringMatching(/hard|contract/),
        "large",
        "middle",
      ]);
    }
    expect(now.costNanoUsd).toBeLessThan(then.costNanoUsd ?? 0n);
    expect(then.costNanoUsd).toBe(records.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n));
  });

  it("a model, a task or a tenant that is gone is told, not guessed", async () => {
    const [record] = await recorded();
    if (record === undefined) throw new Error("no record");
    const calls = [
      { ...record, id: "1", task: "gone", rejected: {} },
      {
        ...record,
        id: "2",
        task: undefined,
        difficulty: undefined,
        ranked: ["gone"],
        rejected: { tiny: "not_pinned" },
      },
    ] as unknown as readonly CallRecord[];
    const told = await replay(calls, { registry: REGISTRY });
    expect(told.examples.map(({ model, refused }) => [model, refused])).toEqual([
      [undefined, 'The registry has no task "gone"; it has code, chat, listed, contract.'],
      [undefined, expect.stringMatching(/^The registry has no model "gone"/)],
    ]);
    expect([told.answered, told.quality]).toEqual([0, 0]);
  });

  it("feedback is the answer's score, the latest counts; a schema failure is none that was quiet", async () => {
    const ledger = memoryLedger();
    const output = jsonSchema({ type: "object", properties: {} }, (value) => ({ value }));
    await using gateway = createGateway({ providers: providers(), registry: REGISTRY, ledger });
    const ids = [];
    for (let index = 0; index < 4; index += 1) ids.push((await gateway.complete({ task: "chat", prompt: "x" })).id);
    // The fake provider's words are no JSON: every model fails.
    const failed = await gateway.complete({ task: "chat", prompt: "x", output }).catch((error: unknown) => error);
    expect(GatewayError.is(failed)).toBe(true);
    const feedback = (callId: string, score: number, atMs: number): LedgerEntry => ({
      type: "feedback",
      id: `${callId}-${atMs}`,
      callId,
      atMs,
      score,
    });
    const [one = "", other = "", third = ""] = ids;
    const set = [
      ...ledger.entries(),
      feedback(one, 0, 2),
      feedback(one, 1, 1),
      feedback(other, 1, 1),
      feedback(third, 0.8, 1),
    ];
    const told = await replay(set, { registry: REGISTRY });
    expect(told.examples.map(({ quality, qualityFrom, quietFailure }) => [quality, qualityFrom, quietFailure])).toEqual(
      [
        [0, "score", true],
        [1, "score", false],
        [0.8, "score", false],
        [0.2, "registry", undefined],
        [0, "score", false],
      ],
    );
    expect([told.quietFailures, told.quietFailureShare, told.judged]).toEqual([1, 0.25, 0.8]);
  });

  it("a canary gets its share, the same calls every time", async () => {
    const split: RegistryFile = { ...REGISTRY, tasks: { chat: { split: { large: 0.05 } } } };
    const set = Array.from(
      { length: 4_000 },
      (_, index): Example => ({ id: `c${index}`, task: "chat", usage: { input: 9, output: 9 } }),
    );
    const [once, twice] = [await replay(set, { registry: split }), await replay(set, { registry: split })];
    expect(once.models["large"]).toBeGreaterThan(150);
    expect(once.models["large"]).toBeLessThan(250);
    expect(twice.examples).toEqual(once.examples);
  });
});

describe("a labelled set", () => {
  const set: readonly Example[] = [
    { id: "1", task: "chat", usage: { input: 1_000, output: 500 }, scores: { tiny: 0, large: 1 } },
    {
      id: "2",
      needs: { tool_call: true },
      difficulty: "easy",
      usage: { input: 10, output: 10 },
      latencyMs: { small: 300 },
    },
    { id: "3", needs: { input: ["video"] }, usage: { input: 10, output: 10 } },
  ];

  it("tells the model, its own price, a known score or the registry's figure, latency, and who cannot be served", async () => {
    const told = await replay(set, { registry: REGISTRY });
    expect(told.examples).toMatchObject([
      {
        id: "1",
        model: "tiny",
        costNanoUsd: 1_000 * 1_000 + 500 * 4_000,
        quality: 0,
        qualityFrom: "score",
        quietFailure: true,
      },
      { id: "2", model: "small", costNanoUsd: 100_000, quality: 0.4, qualityFrom: "registry", latencyMs: 300 },
      {
        id: "3",
        model: undefined,
        costNanoUsd: 0,
        quality: 0,
        qualityFrom: "unanswered",
        refused: expect.stringMatching(/video/),
      },
    ]);
    expect(String(told)).toMatch(/^capabilityFirst +3 +67 % +13\.3 % +1 \(100\.0 %\) +\$0\.00310/m);
  });

  it("other policies choose among those that can do it; yours is any function", async () => {
    const asked = async (policy: Parameters<typeof replay>[1]["policy"]) =>
      (await replay(set, { registry: REGISTRY, ...(policy && { policy }) })).examples.map(({ model }) => model);
    expect(await asked(priceOnly)).toEqual(["tiny", "small", undefined]);
    expect(await asked(strongestOnly)).toEqual(["unpriced", "unpriced", undefined]);
    expect(await asked((example, models) => models.find(({ name }) => name !== "tiny")?.name ?? example.id)).toEqual([
      "small",
      "small",
      undefined,
    ]);
    expect(await asked(() => "nobody")).toEqual([undefined, undefined, undefined]);
  });

  it("an unknown price makes the whole unknown, never free", async () => {
    const { costUsd, costNanoUsd } = await replay(set, { registry: REGISTRY, policy: strongestOnly });
    expect([costUsd, costNanoUsd]).toEqual([undefined, undefined]);
  });

  it("what is wrong with it is told by its path, without its values", async () => {
    const wrong = [
      { id: "", usage: { input: -1, output: 0 } },
      7,
      { id: "x", usage: { input: 1, output: 1 }, scores: { a: 2 }, needs: { tools: true } },
    ];
    const refused = await replay(wrong as never, { registry: REGISTRY }).catch((error: unknown) => error);
    if (!GatewayError.is(refused, "invalid_request")) throw refused;
    expect(refused.details.issues.map(({ path }) => path)).toEqual([
      "[0].id",
      "[0].usage",
      "[1]",
      "[2].scores",
      "[2].needs.tools",
    ]);
  });

  it("a registry that is not valid is refused as a gateway refuses it", async () => {
    const broken = { models: { a: { provider: "x", quality: "good" } } } as never;
    await expect(replay(set, { registry: broken })).rejects.toMatchObject({ code: "registry_invalid" });
  });
});
