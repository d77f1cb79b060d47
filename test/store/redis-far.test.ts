import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { systemClock } from "../../src/flow/clock.ts";
import { templateOf } from "../../src/quotas/counters-of.ts";
import { Fleet } from "../../src/quotas/fleet.ts";
import { Refused } from "../../src/quotas/refusal.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { startFarProxy } from "./far-proxy.ts";
import { describeRedis, startRedis } from "./redis-server.ts";

const ROUND_TRIP_MS = 120;
const IN_FLIGHT = 16;
const BUDGET_NANO_USD = 1_000_000_000;
/** Some 2,000 calls. */
const LIMITS = templateOf({ budgets: { usdPerMonth: BUDGET_NANO_USD / 1e9 } });

interface Tally {
  calls: number;
  /** Admitted without a word to the store. */
  local: number;
  actual: number;
}

/** Calls until the budget is used up: of a cost that is reckoned with, and less or as much in the end. */
const spend = async (fleet: Fleet, random: () => number): Promise<Tally> => {
  const tally: Tally = { calls: 0, local: 0, actual: 0 };
  const caller = async (): Promise<void> => {
    for (;;) {
      const need = 400_000 + Math.floor(random() * 600_000);
      try {
        const asked = fleet.of("tenant:hot", LIMITS).admit([need]);
        if (!(asked instanceof Promise)) tally.local += 1;
        const ticket = await asked;
        tally.calls += 1;
        await sleep(20 + random() * 40);
        const actual = Math.floor(need * (0.3 + random() * 0.7));
        ticket.settle(0, actual);
        tally.actual += actual;
      } catch (error) {
        if (error instanceof Refused) return;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return tally;
};

const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

describeRedis("a process in another region", () => {
  it("B1: three near processes and one 120 ms away spend a budget to its end, and not a nano-dollar more", async () => {
    const server = await startRedis();
    const proxy = await startFarProxy(server.path, ROUND_TRIP_MS / 2);
    const near = new Redis({ path: server.path });
    const far = new Redis({ port: proxy.port, host: "127.0.0.1" });
    const settings = { leaseMs: 60_000, timeoutMs: 10_000, slices: true, onStoreLoss: "deny" } as const;
    const listener = { store() {}, spent() {}, made() {}, forgotten() {} };
    const fleets = [near, near, near, far].map(
      (client) => new Fleet(redisStore(client), systemClock, settings, listener),
    );
    await far.ping();

    const tallies = await Promise.all(fleets.map((fleet, index) => spend(fleet, seeded(index + 1))));
    await Promise.all(fleets.map((fleet) => fleet.close()));
    const counters = LIMITS.counters.map((counter) => counter.at(Date.now()));
    const view = await redisStore(near).quotas.read("tenant:hot", counters);
    near.disconnect();
    far.disconnect();
    await proxy.stop();
    await server.stop();

    const actual = tallies.reduce((sum, each) => sum + each.actual, 0);
    expect(view?.levels[0]).toMatchObject({ held: 0, slots: [{ used: actual, open: 0, orphaned: 0, restored: 0 }] });
    expect(actual).toBeLessThanOrEqual(BUDGET_NANO_USD);
    expect(actual).toBeGreaterThan(BUDGET_NANO_USD * 0.98);
    // It does not wait for its round trip with each call, nor do the others take all.
    const [first, , , last] = tallies;
    expect(last?.local).toBeGreaterThan((last?.calls ?? 0) / 2);
    expect(last?.calls).toBeGreaterThan((first?.calls ?? 0) / 2);
  }, 30_000);
});
