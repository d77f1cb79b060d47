/** What decides where a call goes, through the gateway: hooks, plans, tenants, canaries, refusals, warm prompts. */
import {
  type CallRecord,
  type Classify,
  createGateway,
  GatewayError,
  type GatewayOptions,
  memoryLedger,
  type RegistryFile,
  type Tenants,
} from "headgate";
import { openai } from "headgate/openai";
import { fakeProvider, startVendor, virtualClock } from "headgate/testing";
import { describe, expect, it } from "vitest";

const models = {
  small: { provider: "fake", quality: 20, cost: { input: 1, output: 1 }, tags: { region: "us" } },
  middle: { provider: "fake", quality: 50, cost: { input: 5, output: 5 }, tags: { region: "eu" } },
  large: { provider: "fake", quality: 90, cost: { input: 25, output: 25 }, tags: { region: "eu" } },
};
const difficulties = { easy: 10, medium: 40, hard: 80 };
const registry: RegistryFile = {
  models,
  difficulties,
  tasks: { chat: { quality: 10 } },
  plans: {
    free: { models: ["small", "middle"], maxCostUsd: 0.01 },
    eu: { regions: ["eu"] },
    pinned: { pins: { chat: "large" } },
  },
  tenants: { acme: { plan: "eu" }, picky: { plan: "eu", quality: 80 } },
};

const stage = (options: Partial<GatewayOptions> = {}) => {
  const ledger = memoryLedger();
  const gateway = createGateway({ providers: [fakeProvider()], registry, ledger, ...options });
  const records = () => ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");
  return { gateway, records };
};

describe("classify", () => {
  const hooks: readonly (readonly [string, Classify, string])[] = [
    ["at once", () => "easy", "small"],
    ["later", async () => "medium", "middle"],
    ["that does not know", () => undefined, "large"],
    ["with a name that the registry has not", () => "trivial", "large"],
  ];
  it.each(hooks)("a hook that answers %s", async (_how, classify, expected) => {
    const { gateway, records } = stage({ classify });
    expect((await gateway.complete({ prompt: "hello" })).model).toBe(expected);
    expect(records()[0]?.difficulty).toBe(expected === "small" ? "easy" : expected === "middle" ? "medium" : "hard");
  });

  const failing: readonly (readonly [string, Classify])[] = [
    [
      "throws",
      () => {
        throw new Error("the prompt: SECRET");
      },
    ],
    ["rejects", () => Promise.reject(new Error("SECRET"))],
  ];
  it.each(
    failing,
  )("a hook that %s decides nothing: the hardest, with a warning that quotes nothing", async (_how, classify) => {
    const { gateway } = stage({ classify });
    const { model, warnings } = await gateway.complete({ prompt: "hello" });
    expect(model).toBe("large");
    expect(warnings.map(({ message }) => message)).toEqual([
      "The classify hook failed: the call is taken for the hardest kind.",
    ]);
  });

  it("a hook that hangs is ended by the call's deadline", async () => {
    const clock = virtualClock();
    const { gateway } = stage({ classify: () => new Promise<string>(() => {}), clock });
    const asked = gateway.complete({ prompt: "hello", timeouts: { totalMs: 1_000 } });
    const ended = expect(asked).rejects.toMatchObject({ code: "timeout" });
    await clock.advance(1_001);
    await ended;
  });

  it("is not asked where the call says how hard it is", async () => {
    let times = 0;
    const { gateway } = stage({
      classify: () => {
        times += 1;
        return "easy";
      },
    });
    await gateway.complete({ task: "chat", prompt: "x" });
    await gateway.complete({ model: "large", prompt: "x" });
    await gateway.complete({ difficulty: "hard", prompt: "x" });
    await gateway.complete({ needs: { quality: 60 }, prompt: "x" });
    expect(times).toBe(0);
  });
});

describe("tenants and plans", () => {
  const ask = async (tenant: string, options: Partial<GatewayOptions> = {}, difficulty: string | undefined = "easy") =>
    (await stage(options).gateway.complete({ tenant, difficulty, prompt: "x" })).model;

  it("a tenant of the registry is held to its plan, with what differs for it", async () => {
    expect(await ask("acme")).toBe("middle");
    expect(await ask("picky")).toBe("large");
    expect(await ask("nobody")).toBe("small");
    await expect(ask("acme", {}, "hard")).resolves.toBe("large");
  });

  const functions: readonly (readonly [string, Tenants, string])[] = [
    ["a plan's name", () => "eu", "middle"],
    ["an entry", () => ({ plan: "eu", quality: 60 }), "large"],
    ["later", async () => ({ deny: ["small"] }), "middle"],
    ["nothing", () => undefined, "small"],
  ];
  it.each(
    functions,
  )("a function says the tenants that the registry does not name: %s", async (_what, tenants, expected) => {
    expect(await ask("someone", { tenants })).toBe(expected);
    expect(await ask("acme", { tenants: () => "free" })).toBe("middle");
  });

  it("a pin of the plan is for its task alone, and a call says why nobody else is asked", async () => {
    const { gateway } = stage({ tenants: () => "pinned" });
    expect((await gateway.complete({ task: "chat", prompt: "x" })).model).toBe("large");
    expect((await gateway.complete({ difficulty: "easy", prompt: "x" })).model).toBe("small");
  });

  it("unknown tenants are refused where the policy says so, before anything is sent", async () => {
    const strict: RegistryFile = { ...registry, policy: { unknownTenants: "refuse" } };
    const { gateway, records } = stage({ registry: strict });
    await expect(gateway.complete({ tenant: "nobody", prompt: "x" })).rejects.toMatchObject({ code: "unknown_tenant" });
    expect(records()[0]).toMatchObject({ outcome: "error", attempts: [] });
    expect((await gateway.complete({ tenant: "acme", prompt: "x" })).model).toBe("large");
    const known = stage({ registry: strict, tenants: (id) => (id === "nobody" ? {} : undefined) }).gateway;
    expect((await known.complete({ tenant: "nobody", difficulty: "easy", prompt: "x" })).model).toBe("small");
  });

  it("a plan that the function names and the registry has not is no plan", async () => {
    await expect(ask("someone", { tenants: () => "gold" })).rejects.toMatchObject({ code: "unknown_tenant" });
  });

  it("what no model of the plan can do says so, by name", async () => {
    const { gateway } = stage({ tenants: () => "free" });
    const error = await gateway.complete({ difficulty: "hard", prompt: "x" }).catch((thrown: unknown) => thrown);
    if (!GatewayError.is(error, "no_route")) throw error;
    expect(error.details.rejected).toEqual([
      { model: "small", reason: "below_quality", detail: "20, floor 80" },
      { model: "middle", reason: "below_quality", detail: "50, floor 80" },
      { model: "large", reason: "not_allowed", detail: "not in the tenant's plan" },
    ]);
  });
});

describe("a refusal", () => {
  const answering = async (escalateRefusals: boolean, reply: object) => {
    const vendor = await startVendor();
    const capabilities = {};
    const gateway = createGateway({
      providers: [openai({ apiKey: "k", baseURL: vendor.baseURL })],
      registry: {
        models: {
          weak: { provider: "openai", quality: 20, cost: { input: 1, output: 1 }, capabilities },
          same: { provider: "openai", quality: 20, cost: { input: 2, output: 2 }, capabilities },
          strong: { provider: "openai", quality: 80, cost: { input: 9, output: 9 }, capabilities },
        },
        tasks: { chat: { escalateRefusals } },
      },
    });
    vendor.script([{ reply }]);
    return {
      gateway,
      vendor,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await vendor.close();
      },
    };
  };

  it("is a result, unless the task asks others then: those of higher quality, never an equal one", async () => {
    await using usual = await answering(false, { refusal: "I cannot." });
    expect((await usual.gateway.complete({ task: "chat", prompt: "x" })).finishReason).toBe("refusal");
    await using upwards = await answering(true, { refusal: "I cannot." });
    const answer = await upwards.gateway.complete({ task: "chat", prompt: "x" });
    expect(answer.finishReason).toBe("stop");
    expect(answer.attempts.map(({ model, error }) => [model, error?.code])).toEqual([
      ["weak", "invalid_output"],
      ["strong", undefined],
    ]);
    expect(upwards.vendor.bill().items).toHaveLength(2);
  });

  it("in a stream that has spoken is a result", async () => {
    await using upwards = await answering(true, { refusal: "I cannot." });
    const { finishReason } = await upwards.gateway.stream({ task: "chat", prompt: "x" }).completion();
    expect(finishReason).toBe("refusal");
  });

  it("an answer cut by the caller's own limit is not asked again", async () => {
    await using upwards = await answering(true, { text: "It was a dark", finish: "length" });
    const { finishReason, attempts } = await upwards.gateway.complete({
      task: "chat",
      prompt: "x",
      maxOutputTokens: 4,
    });
    expect(finishReason).toBe("length");
    expect(attempts).toHaveLength(1);
  });
});

describe("what is learnt", () => {
  const learning = async (price: object) => {
    const vendor = await startVendor();
    const ledger = memoryLedger();
    const gateway = createGateway({
      providers: ["one", "two"].map((name) => openai({ name, apiKey: "k", baseURL: vendor.baseURL })),
      registry: {
        models: {
          left: { provider: "one", model: "m-1", cost: { input: 1, output: 1, ...price } },
          right: { provider: "two", model: "m-2", cost: { input: 1.2, output: 1.2, ...price } },
        },
        tasks: { chat: {} },
      },
      ledger,
    });
    return {
      vendor,
      gateway,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await vendor.close();
      },
    };
  };

  it("how long answers are: a cheaper model that needs more tokens is asked no more", async () => {
    await using on = await learning({});
    on.vendor.script((ask) => ({
      reply: { text: "x", usage: { input: 10, output: ask?.model === "m-1" ? 2_000 : 20 } },
    }));
    for (let call = 0; call < 6; call += 1) await on.gateway.complete({ task: "chat", prompt: "x" });
    expect((await on.gateway.explain({ task: "chat", prompt: "x" })).eligible[0]?.model).toBe("left");
    // While the first one fails, the other shows what it needs.
    on.vendor.script((ask) =>
      ask?.model === "m-1" ? { error: "overloaded" } : { reply: { text: "x", usage: { input: 10, output: 20 } } },
    );
    for (let call = 0; call < 6; call += 1) await on.gateway.complete({ task: "chat", prompt: "x" });
    const { eligible } = await on.gateway.explain({ task: "chat", prompt: "x" });
    expect(eligible.map(({ model }) => model)).toEqual(["right", "left"]);
  });

  it("where a conversation's prompt is cached: it stays there, until the cache proves cold", async () => {
    await using on = await learning({ cache_read: 0.1 });
    const prompt = "You know the whole manual. ".repeat(2_000);
    const talk = { prompt, conversation: "c", task: "chat", maxOutputTokens: 10 } as const;
    const first = async () => (await on.gateway.explain(talk)).eligible[0]?.model;
    const reply = (cached: number) => ({ reply: { text: "x", usage: { input: 14_000, cached, output: 5 } } });
    on.vendor.script([{ error: "overloaded" }, reply(0)]);
    expect((await on.gateway.complete(talk)).model).toBe("right");
    expect(await first()).toBe("right");
    on.vendor.script([reply(14_000)]);
    expect((await on.gateway.complete(talk)).model).toBe("right");
    expect(await first()).toBe("right");
    on.vendor.script(() => reply(0));
    for (let turn = 0; turn < 12 && (await first()) === "right"; turn += 1) await on.gateway.complete(talk);
    expect(await first()).toBe("left");
  });
});

it("explain tells the whole decision, as data and as a table, and the record the same", async () => {
  const { gateway, records } = stage({ tenants: () => "free" });
  const asked = { tenant: "t", difficulty: "medium", prompt: "hello" };
  const told = await gateway.explain(asked);
  expect(told.eligible.map(({ model }) => model)).toEqual(["middle"]);
  expect(told.rejected.map(({ model, reason }) => [model, reason])).toEqual([
    ["small", "below_quality"],
    ["large", "not_allowed"],
  ]);
  expect(String(told)).toMatch(
    /floor 40 by difficulty medium\n1\. middle\s+fake, about \$0\.\d+, quality 50\n-\s+small/,
  );
  await gateway.complete(asked);
  expect(records()[0]).toMatchObject({
    needs: told.needs,
    registryVersion: told.registryVersion,
    ranked: ["middle"],
    rejected: { small: "below_quality", large: "not_allowed" },
  });
});
