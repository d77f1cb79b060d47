/** Calls that wait: for a plan's limits, and for what vendors allow. */
import type { Gateway, GatewayError } from "headgate";
import type { Provider } from "headgate/kit";
import type { VirtualClock } from "headgate/testing";
import { describe, expect, it, vi } from "vitest";
import { seeded } from "../../src/testing/random.ts";
import { ask, failure, limited, MODEL } from "./limited.ts";

const EVERY_SECOND = { requestsPerMinute: 60, requestsBurst: 1 } as const;
const QUEUE = { whenOver: { queue: { maxCalls: 200, maxWaitMs: 100_000 } } } as const;

/** Bottleneck's own timers are real ones, of 0 ms: they are given their turns between steps of virtual time. */
const pass = async (clock: VirtualClock, ms: number, stepMs = 500): Promise<void> => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(stepMs);
  }
};

/** Starts calls under a name, and tells in which order they were let in. */
const enter = (gateway: Gateway, order: string[], name: string, request: object = {}): Promise<void> =>
  gateway.complete({ ...ask, ...request }).then(
    () => void order.push(name),
    (error: GatewayError) => void order.push(`${name} ${error.code}`),
  );

const queued = async (gateway: Gateway, count: number): Promise<void> => {
  await vi.waitFor(() => expect(told.get(gateway)).toBe(count));
};
const told = new WeakMap<Gateway, number>();
const counting = (gateway: Gateway): void => {
  told.set(gateway, 0);
  gateway.on("limit", ({ action }) => {
    if (action === "queued") told.set(gateway, (told.get(gateway) ?? 0) + 1);
  });
};

describe("waiting in line", () => {
  it("L4: a noisy tenant with 100 waiting delays a quiet one by a turn or two; whatever their priorities", async () => {
    for (const priority of ["normal", "high"] as const) {
      const stage = limited(QUEUE, { registry: { organization: { limits: EVERY_SECOND } } });
      const { gateway, clock } = stage;
      counting(gateway);
      await gateway.complete(ask);
      const order: string[] = [];
      const noisy = gateway.for({ tenant: "noisy" });
      const calls = Array.from({ length: 100 }, () => enter(noisy, order, "noisy", { priority }));
      await queued(gateway, 100);
      // Between two turns, so that it finds nothing free.
      await pass(clock, 2_500, 100);
      const quiet = enter(gateway.for({ tenant: "quiet" }), order, "quiet", { priority: "normal" });
      await queued(gateway, 101);
      const before = order.length;
      await pass(clock, 4_000);
      expect(order.indexOf("quiet") - before, `noisy at ${priority}`).toBeLessThanOrEqual(2);
      expect(order.indexOf("quiet"), `noisy at ${priority}`).toBeGreaterThanOrEqual(0);
      const closed = gateway.close({ graceMs: 1 });
      await pass(clock, 10_000, 2_500);
      await Promise.allSettled([...calls, quiet, closed]);
    }
  });

  it("within a tenant: high before normal before low, and in their order", async () => {
    const { gateway, clock } = limited({ limits: EVERY_SECOND, ...QUEUE });
    counting(gateway);
    await gateway.complete(ask);
    const order: string[] = [];
    // Who is at the head is not overtaken.
    const calls = [enter(gateway, order, "first")];
    await queued(gateway, 1);
    await pass(clock, 100, 50);
    for (const [name, priority] of [
      ["low", "low"],
      ["normal 1", "normal"],
      ["high", "high"],
      ["normal 2", "normal"],
    ] as const) {
      calls.push(enter(gateway, order, name, { priority }));
    }
    await queued(gateway, 5);
    await pass(clock, 8_000);
    await Promise.all(calls);
    expect(order).toEqual(["first", "high", "normal 1", "normal 2", "low"]);
    await gateway.close();
  });

  it("is bounded: who comes to a full line is told so, and counted nowhere", async () => {
    const plan = { limits: EVERY_SECOND, whenOver: { queue: { maxCalls: 3, maxWaitMs: 60_000 } } };
    const { gateway, clock, provider } = limited(plan);
    counting(gateway);
    await gateway.complete(ask);
    const order: string[] = [];
    const calls = [1, 2, 3].map((name) => enter(gateway, order, `${name}`));
    await queued(gateway, 3);
    await vi.waitFor(async () => {
      expect((await failure(gateway.complete(ask))).code).toBe("queue_full");
    });
    await pass(clock, 6_000);
    await Promise.all(calls);
    expect(order).toEqual(["1", "2", "3"]);
    expect(provider.attempts).toBe(4);
    await gateway.close();
  });

  it("ends at maxWaitMs, at the deadline, and at once when the caller leaves, whose place is free then", async () => {
    const plan = { limits: { requestsPerMinute: 1 }, whenOver: { queue: { maxCalls: 1, maxWaitMs: 70_000 } } };
    const { gateway, clock } = limited(plan);
    counting(gateway);
    await gateway.complete(ask);
    const controller = new AbortController();
    const left = failure(gateway.complete({ ...ask, signal: controller.signal }));
    await queued(gateway, 1);
    await pass(clock, 1_000);
    controller.abort();
    expect((await left).code).toBe("aborted");
    // The one place is free: the next may wait, until its own deadline.
    const late = failure(gateway.complete({ ...ask, timeouts: { totalMs: 5_000 } }));
    await queued(gateway, 2);
    await pass(clock, 6_000);
    expect(await late).toMatchObject({ code: "timeout", details: { clock: "total" } });
    // What cannot come in time is refused now, and not when the time is over.
    const short = limited({ ...plan, whenOver: { queue: { maxWaitMs: 10_000 } } });
    await short.gateway.complete(ask);
    const before = short.clock.now();
    const refused = failure(short.gateway.complete(ask));
    await pass(short.clock, 500, 100);
    expect((await refused).code).toBe("limit_exceeded");
    expect(short.clock.now() - before).toBeLessThan(1_000);
    await short.gateway.close();
    await gateway.close();
  });

  it("2,000 random aborts leave nothing behind: no place, no permit, no timer", async () => {
    const plan = {
      limits: { parallelCalls: 3, requestsPerDay: 100_000 },
      budgets: { usdPerDay: 100 },
      whenOver: { queue: { maxCalls: 5_000, maxWaitMs: 30_000 } },
    };
    const chance = seeded(3);
    const { gateway, clock, provider, ledger } = limited(plan, {
      script: () => ({ type: "slow", wordMs: 1 + Math.floor(chance() * 20) }),
    });
    await gateway.ready();
    const ends = new Map<string, number>();
    const calls = Array.from({ length: 2_000 }, async () => {
      const controller = new AbortController();
      clock.after(Math.floor(chance() * 2_000), () => controller.abort());
      const end = await gateway.complete({ ...ask, signal: controller.signal }).then(
        () => "ok",
        (error: GatewayError) => error.code,
      );
      ends.set(end, (ends.get(end) ?? 0) + 1);
    });
    await pass(clock, 3_000, 50);
    await Promise.all(calls);
    expect([...ends.keys()].sort()).toEqual(["aborted", "ok"]);
    await clock.advance(500);
    const [requests, parallel] = await gateway.limits();
    expect(parallel).toMatchObject({ used: 0, left: 3 });
    const asked = ledger.entries().filter((entry) => entry.type === "call" && entry.attempts.length > 0);
    expect([requests?.used, provider.attempts >= asked.length, provider.open]).toEqual([asked.length, true, 0]);
    expect((await gateway.spend())[0]?.reservedNanoUsd).toBe(0n);
    // Room for three at once, now as before.
    await pass(clock, 100, 50);
    const three = Promise.all([1, 2, 3].map(() => gateway.complete(ask)));
    await pass(clock, 500, 50);
    await three;
    await gateway.close();
    expect(clock.pending).toBe(0);
  });
});

describe("what vendors allow", () => {
  const two = (quota: object, other: object = {}) => ({
    models: {
      one: { ...MODEL, quota },
      two: { ...MODEL, cost: { input: 2, output: 9 }, ...other },
    },
  });

  it("with another target behind, a full one is left, and asked last for a while; the last one waits for its turn", async () => {
    const { gateway, clock, provider } = limited({}, { registry: two(EVERY_SECOND) });
    const models = [];
    for (let call = 0; call < 3; call += 1) models.push((await gateway.complete(ask)).model);
    expect(models).toEqual(["one", "two", "two"]);
    expect((await gateway.explain(ask)).eligible.map(({ model }) => model)).toEqual(["two", "one"]);
    await clock.advance(1_000);
    expect((await gateway.complete(ask)).model).toBe("one");
    // Pinned, it is the last: it waits.
    const order: string[] = [];
    const pinned = enter(gateway, order, "pinned", { model: "one" });
    await pass(clock, 500, 100);
    expect(order).toEqual([]);
    await pass(clock, 800, 100);
    await pinned;
    expect(order).toEqual(["pinned"]);
    expect(provider.attempts).toBe(5);
    await gateway.close();
  });

  it("parallelCalls are held for the whole length of a stream", async () => {
    const { gateway, clock } = limited({}, { registry: two({ parallelCalls: 1 }) });
    const stream = gateway.stream({ ...ask, model: "one" });
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    const order: string[] = [];
    const waits = enter(gateway, order, "waits", { model: "one" });
    await pass(clock, 5_000);
    expect(order).toEqual([]);
    for (let read = await reader.next(); read.done !== true; read = await reader.next());
    await pass(clock, 1_000, 100);
    await waits;
    expect(order).toEqual(["waits"]);
    await gateway.close();
  });

  it("models of one pool share it", async () => {
    const pool = { pool: "p", tokensPerMinute: 40, tokensBurst: 40 } as const;
    const { gateway, clock } = limited({}, { registry: two(pool, { quota: pool }) });
    expect((await gateway.complete({ ...ask, model: "one" })).model).toBe("one");
    expect((await gateway.complete({ ...ask, model: "two" })).model).toBe("two");
    const order: string[] = [];
    const waits = enter(gateway, order, "waits", { model: "one" });
    await pass(clock, 1_000, 100);
    expect(order).toEqual([]);
    await pass(clock, 60_000, 5_000);
    await waits;
    await gateway.close();
  });

  it.each([
    ["free", 8],
    ["counted", 3],
  ] as const)("tokens read from the vendor's cache are %s where it says so: %s calls of a quota", async (cacheReads, fits) => {
    // Ten tokens in, all of them from its cache, and six out; sixteen are set aside.
    const cached: Provider = {
      contract: 1,
      name: "fake",
      credentials: [{ id: "default", account: "default" }],
      async *generate({ model }) {
        yield { type: "part-start", index: 0, part: { type: "text" } };
        yield { type: "part-end", index: 0, part: { type: "text", text: "one" } };
        const input = { total: 10, uncached: 0, cacheRead: 10, cacheWrite: 0 };
        const usage = { input, output: { total: 6, reasoning: 0 }, meters: {}, source: "reported" } as const;
        yield { type: "finish", finishReason: "stop", usage, response: { id: "x", model: model.id } };
      },
    };
    const quota = { tokensPerMinute: 1, tokensBurst: 60, cacheReads } as const;
    const { gateway } = limited({}, { providers: [cached], registry: two(quota) });
    const models = [];
    for (let call = 0; call < 10; call += 1) models.push((await gateway.complete(ask)).model);
    expect(models.filter((model) => model === "one")).toHaveLength(fits);
    await gateway.close();
  });
});
