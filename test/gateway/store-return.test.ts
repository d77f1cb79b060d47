import { createGateway, type GatewayOptions } from "headgate";
import { fakeProvider, virtualClock } from "headgate/testing";
import { expect, it } from "vitest";
import type { Store } from "../../src/contract/index.ts";
import { memoryStore } from "../../src/store/memory/memory-store.ts";

/** Ten tokens in and six out: 40 micro-dollars a call. */
const MODEL = { provider: "fake", cost: { input: 1, output: 5 }, limit: { output: 100 } };
const ask = { model: "one", prompt: "hi", maxOutputTokens: 6 } as const;

/** Two processes under one budget, each with a store that can be taken away from it alone. */
const openTwo = (usdPerDay: number) => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  const open = () => {
    const state = { isAway: false };
    const quotas: Store["quotas"] = {
      claim: (...claim) => (state.isAway ? Promise.reject(new Error("away")) : store.quotas.claim(...claim)),
      read: (...asked) => store.quotas.read(...asked),
    };
    const options: GatewayOptions = {
      providers: [fakeProvider()],
      registry: { models: { one: MODEL }, plans: { basic: { budgets: { usdPerDay } } }, policy: { plan: "basic" } },
      store: { ...store, quotas },
      quotas: { slices: false },
      clock,
    };
    const gateway = createGateway(options);
    const call = (): Promise<boolean> =>
      gateway.complete(ask).then(
        () => true,
        () => false,
      );
    /** How many calls it lets in before it refuses one. */
    const spendAll = async (): Promise<number> => {
      for (let calls = 0; ; calls += 1) if (!(await call())) return calls;
    };
    return { state, gateway, call, spendAll };
  };
  return { clock, one: open(), other: open() };
};

it("R4: who hears the store first after an outage does not spend what another spent meanwhile", async () => {
  const budgetNano = 4_000_000;
  const { clock, one, other } = openTwo(budgetNano / 1e9);
  for (const each of [one, other, one, other]) await each.call();
  await clock.advance(100);
  one.state.isAway = true;
  other.state.isAway = true;
  expect(await one.call()).toBe(true);
  const others = await other.spendAll();
  expect(others).toBeGreaterThan(20);
  one.state.isAway = false;
  // The other tries again half a second after this one was heard.
  await clock.advance(400);
  await one.spendAll();
  other.state.isAway = false;
  await clock.advance(5_000);
  const spent = async () => (await one.gateway.spend())[0]?.spentNanoUsd ?? 0n;
  expect(await spent()).toBeLessThanOrEqual(BigInt(budgetNano));
  // All of it can be had once both have been heard.
  await one.spendAll();
  await clock.advance(1_000);
  expect(await spent()).toBeLessThanOrEqual(BigInt(budgetNano));
  expect(await spent()).toBeGreaterThan((BigInt(budgetNano) * 97n) / 100n);
  await one.gateway.close();
  await other.gateway.close();
});

it("R3, R5: a limit that filled up again while the store was away is no debt when it is back, and no second burst", async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  let isAway = false;
  const [burst, perMinute] = [10, 60];
  const gateway = createGateway({
    providers: [fakeProvider()],
    registry: {
      models: { one: MODEL },
      plans: { basic: { limits: { requestsPerMinute: perMinute, requestsBurst: burst } } },
      policy: { plan: "basic" },
    },
    store: {
      ...store,
      quotas: {
        claim: (...claim) => (isAway ? Promise.reject(new Error("away")) : store.quotas.claim(...claim)),
        read: (...asked) => store.quotas.read(...asked),
      },
    },
    clock,
  });
  const letIn: number[] = [];
  const run = async (seconds: number): Promise<number> => {
    const before = letIn.length;
    for (let step = 0; step < seconds * 4; step += 1) {
      const isIn = await gateway.complete(ask).then(
        () => true,
        () => false,
      );
      if (isIn) letIn.push(clock.now());
      await clock.advance(250);
    }
    return letIn.length - before;
  };
  expect(await run(20)).toBeGreaterThan(25);
  isAway = true;
  expect(await run(120)).toBeGreaterThan(110);
  isAway = false;
  expect(await run(60)).toBeGreaterThan(50);
  // In any window at most the burst and its share of the rate.
  for (const [first, from] of letIn.entries()) {
    for (const [more, to] of letIn.slice(first).entries()) {
      expect(more + 1).toBeLessThanOrEqual(burst + ((to - from + 1) * perMinute) / 60_000);
    }
  }
  await gateway.close();
});
