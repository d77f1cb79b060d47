import {
  type Call,
  type CallRecord,
  createGateway,
  type Gateway,
  GatewayError,
  type GatewayEvents,
  type Layer,
  memoryLedger,
} from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { fakeProvider, virtualClock } from "headgate/testing";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { z } from "zod";
import { systemClock } from "../../src/flow/clock.ts";

const registry = { models: { fast: { provider: "fake", cost: { input: 1, output: 2 } } } };
const cost = 10 * 1_000 + 6 * 2_000;

describe("for()", () => {
  it("binds context once; what a call says goes first, and tags are joined", async () => {
    const ledger = memoryLedger();
    const gateway = createGateway({ providers: [fakeProvider()], registry, ledger });
    const search = gateway
      .for({ tenant: "search", keyId: "k1", tags: { team: "web", tier: "a" } })
      .for({ conversation: "c" });
    await search.complete({ prompt: "x" });
    await search.complete({ prompt: "x", tenant: "other", tags: { tier: "b" } });
    const [one, other] = ledger.entries() as CallRecord[];
    expect([one?.tenant, one?.keyId, one?.conversation, one?.tags]).toEqual([
      "search",
      "k1",
      "c",
      { team: "web", tier: "a" },
    ]);
    expect([other?.tenant, other?.tags]).toEqual(["other", { team: "web", tier: "b" }]);
  });

  it("with defaultTenant false a tenant is required, in the type and at the door", async () => {
    const gateway = createGateway({ providers: [fakeProvider()], registry, defaultTenant: false });
    // @ts-expect-error: who pays?
    await expect(gateway.complete({ prompt: "x" })).rejects.toThrow(/tenant: expected who pays/);
    await gateway.complete({ prompt: "x", tenant: "search" });
    await gateway.for({ tenant: "search" }).complete({ prompt: "x" });
  });
});

describe("types", () => {
  const gateway = createGateway({ providers: [fakeProvider({ name: "fake" })], registry });

  it("output is inferred from its schema, optional beside tools, absent without one", async () => {
    const title = z.object({ title: z.string() });
    type Plain = Awaited<ReturnType<typeof gateway.complete<never, undefined>>>;
    expectTypeOf<Plain>().not.toHaveProperty("output");
    const typed = () => gateway.complete({ prompt: "x", output: title });
    expectTypeOf<Awaited<ReturnType<typeof typed>>["output"]>().toEqualTypeOf<{ title: string }>();
    const beside = () => gateway.complete({ prompt: "x", output: title, tools: [{ name: "look", input: title }] });
    expectTypeOf<Awaited<ReturnType<typeof beside>>["output"]>().toEqualTypeOf<{ title: string } | undefined>();
    const streamed = () => gateway.stream({ prompt: "x", output: title }).completion();
    expectTypeOf<Awaited<ReturnType<typeof streamed>>["output"]>().toEqualTypeOf<{ title: string }>();
  });

  it("misspelt and contradictory requests do not compile", () => {
    const wrong = () => [
      // @ts-expect-error: no such field
      gateway.complete({ prompt: "x", temprature: 1 }),
      // @ts-expect-error: a pin takes no task
      gateway.complete({ prompt: "x", model: "fast", task: "chat" }),
      // @ts-expect-error: one or the other
      gateway.complete({ prompt: "x", messages: [{ role: "user", content: "x" }] }),
      // @ts-expect-error: no such provider was passed
      gateway.complete({ prompt: "x", providerOptions: { openai: {} } }),
    ];
    expect(wrong).toBeTypeOf("function");
  });
});

describe("a gateway's type", () => {
  it("knows the options of its providers, and any gateway is a Gateway", () => {
    const both = createGateway({ providers: [openai(), anthropic()], registry });
    const use = (gateway: Gateway) => gateway.for({ tenant: "a" });
    expect(use(both)).toBeDefined();
    const typed = () => [
      both.complete({ prompt: "x", providerOptions: { openai: { serviceTier: "flex" }, anthropic: { betas: ["x"] } } }),
      both.for({ tenant: "a" }).complete({ prompt: "x", providerOptions: { openai: { verbosity: "low" } } }),
      // @ts-expect-error: no such tier
      both.complete({ prompt: "x", providerOptions: { openai: { serviceTier: "fast" } } }),
    ];
    expect(typed).toBeTypeOf("function");
  });
});

describe("on()", () => {
  it("tells what a call did and cost; listeners that throw touch nothing", async () => {
    const gateway = createGateway({ providers: [fakeProvider()], registry });
    const seen: (keyof GatewayEvents)[] = [];
    const costs: GatewayEvents["cost"][] = [];
    gateway.on("attempt", () => seen.push("attempt"));
    gateway.on("call", () => {
      seen.push("call");
      throw new Error("mine");
    });
    gateway.on("cost", async (event) => {
      costs.push(event);
      throw new Error("mine, later");
    });
    const off = gateway.on("call", () => seen.push("call"));
    off();
    const completion = await gateway.for({ tenant: "web", tags: { team: "a" } }).complete({ prompt: "x" });
    expect(seen).toEqual(["attempt", "call"]);
    expect(costs).toMatchObject([
      {
        callId: completion.id,
        tenant: "web",
        tags: { team: "a" },
        costNanoUsd: cost,
        costUsd: cost / 1e9,
        source: "call",
      },
    ]);
    expect(completion.costUsd).toBe(cost / 1e9);
  });

  it("a price that is not known makes the cost unknown, never zero", async () => {
    const ledger = memoryLedger();
    const gateway = createGateway({
      providers: [fakeProvider()],
      registry: { models: { m: { provider: "fake" } } },
      ledger,
    });
    expect((await gateway.complete({ prompt: "x" })).costUsd).toBeUndefined();
    expect((ledger.entries()[0] as CallRecord).costNanoUsd).toBeUndefined();
  });
});

describe("a layer of one's own", () => {
  it("stands inside the record and outside routing", async () => {
    const order: string[] = [];
    const named =
      (name: string): Layer<Call> =>
      (next) =>
      (call) => {
        order.push(name);
        return next(call);
      };
    const refusing: Layer<Call> = (next) => (call) => {
      if (call.request.user === "blocked") throw new GatewayError("refused", "not you", { details: {} });
      return next(call);
    };
    const ledger = memoryLedger();
    const gateway = createGateway({
      providers: [fakeProvider()],
      registry,
      ledger,
      use: [named("outer"), named("inner"), refusing],
    });
    await gateway.complete({ prompt: "x" });
    expect(order).toEqual(["outer", "inner"]);
    await expect(gateway.complete({ prompt: "x", user: "blocked" })).rejects.toThrow("not you");
    expect((ledger.entries() as CallRecord[]).map((entry) => entry.error?.code)).toEqual([undefined, "refused"]);
  });
});

describe("close()", () => {
  it("waits for what runs, then ends what does not end, and says so", async () => {
    const clock = virtualClock();
    const provider = fakeProvider({
      script: [
        { type: "slow", wordMs: 100 },
        { type: "stall", afterWords: 1 },
      ],
    });
    const gateway = createGateway({ providers: [provider], registry, clock });
    const slow = gateway.complete({ prompt: "x" });
    const stuck = gateway.complete({ prompt: "x" }).catch((error: unknown) => error);
    const closed = gateway.close({ graceMs: 1_000 });
    await clock.advance(900);
    expect((await slow).text).toMatch(/^one two/);
    await clock.advance(200);
    expect(GatewayError.is(await stuck, "closed")).toBe(true);
    await closed;
    expect([provider.open, clock.pending]).toEqual([0, 0]);
  });
});

describe("a provider that throws what is no GatewayError", () => {
  it("is broken in a way that another may not be: the call goes on, and the message goes nowhere", async () => {
    const broken = {
      contract: 1,
      name: "broken",
      credentials: [{ id: "d", account: "d" }],
      generate: () => {
        throw new TypeError("the secret is sk-canary");
      },
    } as const;
    const gateway = createGateway({
      providers: [broken, fakeProvider()],
      registry: {
        models: {
          a: { provider: "broken", cost: { input: 0, output: 0 } },
          b: { provider: "fake", cost: { input: 1, output: 1 } },
        },
      },
    });
    const { model, attempts } = await gateway.complete({ prompt: "x" });
    expect(model).toBe("b");
    expect(attempts[0]?.error).toMatchObject({ code: "protocol" });
    expect(JSON.stringify(attempts)).not.toContain("canary");
  });
});

describe("a request that may do harm twice", () => {
  it("is not repeated once an attempt may have been carried out, but fails over from a refusal", async () => {
    const down = new GatewayError("server_error", "down", { details: {} });
    const models = {
      a: { provider: "a", cost: { input: 1, output: 1 } },
      b: { provider: "b", cost: { input: 2, output: 2 } },
    };
    const cut = fakeProvider({
      name: "a",
      script: [
        { type: "cut", afterWords: 2 },
        { type: "fail", error: down },
      ],
    });
    const gateway = createGateway({ providers: [cut, fakeProvider({ name: "b" })], registry: { models } });
    await expect(gateway.complete({ prompt: "x", idempotent: false })).rejects.toMatchObject({
      code: "stream_truncated",
    });
    expect((await gateway.complete({ prompt: "x", idempotent: false })).model).toBe("b");
  });
});

describe("a ledger that fails", () => {
  it("touches no call, whether it throws, rejects, or cannot be closed", async () => {
    for (const write of [
      () => {
        throw new Error("full");
      },
      async () => {
        throw new Error("full");
      },
    ]) {
      const close = async (): Promise<void> => {
        throw new Error("stuck");
      };
      const gateway = createGateway({ providers: [fakeProvider()], registry, ledger: { contract: 1, write, close } });
      expect((await gateway.complete({ prompt: "x" })).finishReason).toBe("stop");
      await gateway.close();
    }
  });
});

describe("the system's clock", () => {
  it("L6: set back by an hour, it makes no deadline longer", () => {
    const before = systemClock.now();
    const wall = vi.spyOn(Date, "now").mockReturnValue(before - 3_600_000);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    wall.mockRestore();
  });
});

describe("of two that cost the same", () => {
  it("the one that answered faster of late is asked", async () => {
    const clock = virtualClock();
    const [slow, fast] = [
      fakeProvider({ name: "slow", script: () => ({ type: "slow", wordMs: 200 }) }),
      fakeProvider({ name: "fast" }),
    ];
    const models = {
      a: { provider: "slow", quality: 9, cost: { input: 1, output: 1 } },
      b: { provider: "fast", cost: { input: 1, output: 1 } },
    };
    const gateway = createGateway({ providers: [slow, fast], registry: { models }, clock });
    const ask = async (model?: "a" | "b"): Promise<string> => {
      const answer = gateway.complete({ prompt: "x", ...(model && { model }) });
      await clock.advance(2_000);
      return (await answer).model;
    };
    expect([await ask("a"), await ask("b")]).toEqual(["a", "b"]);
    expect(await ask()).toBe("b");
    // What was learnt is forgotten, and the stronger one is tried again.
    await clock.advance(61_000);
    expect(await ask()).toBe("a");
  });
});

describe("an attempt's share of the deadline", () => {
  it("is half of what remains while others stand behind, and all of it for the last", async () => {
    const clock = virtualClock();
    const stall = () => ({ type: "stall", afterWords: 0 }) as const;
    const names = ["a", "b"] as const;
    const providers = names.map((name) => fakeProvider({ name, script: stall }));
    const models = {
      a: { provider: "a", cost: { input: 1, output: 1 } },
      b: { provider: "b", cost: { input: 2, output: 2 } },
    };
    const gateway = createGateway({ providers, registry: { models }, clock });
    const call = gateway.complete({ prompt: "x", timeouts: { totalMs: 8_000 } }).catch((error: unknown) => error);
    await clock.advance(9_000);
    const error = await call;
    if (!GatewayError.is(error)) throw error;
    expect(error.attempts.map(({ model, durationMs }) => [model, durationMs])).toEqual([
      ["a", 4_000],
      ["b", 4_000],
    ]);
  });

  it("a stream may go on for longer than a whole answer is waited for", async () => {
    const clock = virtualClock();
    const provider = fakeProvider({ script: [{ type: "slow", wordMs: 25_000 }] });
    const gateway = createGateway({ providers: [provider], registry, clock });
    const stream = gateway.stream({ prompt: "x" }).completion();
    await clock.advance(160_000);
    expect((await stream).text).toMatch(/end$/);
  });
});

describe("a provider that opens too late", () => {
  it("has its answer let go when it comes, whoever has long gone", async () => {
    const clock = virtualClock();
    let returned = 0;
    let open: () => void = () => {};
    const events = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          returned += 1;
          return { done: true, value: undefined } as const;
        },
      }),
    };
    const late = {
      contract: 1,
      name: "late",
      credentials: [{ id: "d", account: "d" }],
      generate: () =>
        new Promise<typeof events>((resolve) => {
          open = () => resolve(events);
        }),
    } as const;
    const gateway = createGateway({ providers: [late], registry: { models: { m: { provider: "late" } } }, clock });
    const call = gateway.complete({ prompt: "x", timeouts: { totalMs: 100 } }).catch((error: unknown) => error);
    await clock.advance(200);
    expect(GatewayError.is(await call, "timeout")).toBe(true);
    open();
    await clock.advance(0);
    expect([returned, clock.pending]).toEqual([1, 0]);
  });
});
