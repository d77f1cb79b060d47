import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLong } from "../long.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../store/postgres-server.ts";
import { describeRedis, type RedisServer, startRedis } from "../store/redis-server.ts";
import { MODEL } from "./billing-provider.ts";
import { billedOf, Fleet, IN_FLIGHT, percentile, sum, watching } from "./fleet.ts";
import type { Job, Load, StoreAddress } from "./job.ts";

const DOLLAR = 1_000_000_000n;

/** A reservation of at most 0.5 % of a dollar: 400 tokens. */
const COARSE: Load = {
  tenant: "acme",
  lanes: IN_FLIGHT,
  holdMs: [5, 25],
  outputTokens: [40, 400],
  uses: [0.2, 1],
  restMs: [5, 25],
  refusals: 12,
};

/** One of 0.07 %: several times as many calls. */
const FINE: Load = { ...COARSE, outputTokens: [10, 56] };

const registryOf = (usd: number): object => ({
  models: { one: MODEL },
  plans: { basic: { budgets: { usdPerMonth: usd } } },
  policy: { plan: "basic" },
});

const spendAll = async (fleet: Fleet, store: StoreAddress, slices: boolean, load: Load = COARSE): Promise<void> => {
  const job: Omit<Job, "seed"> = { store, registry: registryOf(1), quotas: { slices, timeoutMs: 5_000 } };
  const watch = await watching(job);
  await fleet.open(job);
  const startedAt = performance.now();
  await fleet.load(load);
  await fleet.finish();
  const tookMs = performance.now() - startedAt;
  const { spent, reserved, orphaned } = await watch.calm(load.tenant);
  const reports = await fleet.reports();
  const admitted = reports.flatMap((report) => report.admitted);
  const waits = admitted.map(({ waitedMs }) => waitedMs);
  console.log(
    `${store.kind}, slices ${slices ? "on" : "off"}: ${admitted.length} calls in ${Math.round(tookMs)} ms, used ${(Number(spent) / 1e7).toFixed(3)} %, ` +
      `admission p50 ${percentile(waits, 0.5).toFixed(2)} ms p99 ${percentile(waits, 0.99).toFixed(1)} ms`,
  );
  expect(reports.flatMap(({ storeEvents }) => storeEvents)).toEqual([]);
  expect(new Set(reports.flatMap((report) => report.refused.map(({ code }) => code)))).toEqual(
    new Set(["budget_exceeded"]),
  );
  expect(spent - billedOf(reports, load.tenant)).toBe(0n);
  expect(spent - sum(reports.map(({ recorded }) => recorded))).toBe(0n);
  expect({ reserved, orphaned }).toEqual({ reserved: 0n, orphaned: 0n });
  expect(spent).toBeLessThanOrEqual(DOLLAR);
  expect(spent).toBeGreaterThanOrEqual((DOLLAR * 99n) / 100n);
  expect(sum(reports.map(({ unhandled }) => BigInt(unhandled)))).toBe(0n);
  await fleet.close();
  expect(await watch.spend(load.tenant)).toEqual({ spent, reserved: 0n, orphaned: 0n });
  await watch.end();
};

describeRedis("a budget that 256 calls at once are under, in four processes, over Redis", () => {
  const fleet = new Fleet();
  let server: RedisServer;

  beforeAll(async () => {
    [server] = await Promise.all([startRedis(), fleet.start()]);
  });
  afterAll(async () => {
    await fleet.end();
    await server.stop();
  });

  it.each([
    { kind: "ioredis", slices: true },
    { kind: "ioredis", slices: false },
    { kind: "node-redis", slices: true },
    { kind: "node-redis", slices: false },
  ] as const)("B1: is spent to the nano-dollar, never beyond, and to 99 %: %j", async ({ kind, slices }) => {
    const address = { kind, path: server.path };
    for (let run = 0; run < (isLong ? 5 : 1); run += 1) {
      await fleet.close();
      await server.restart();
      await spendAll(fleet, address, slices);
    }
    if (!isLong) return;
    await fleet.close();
    await server.restart();
    await spendAll(fleet, address, slices, FINE);
  }, 120_000);
});

describe.skipIf(noPostgres() !== undefined)("the same in PostgreSQL", () => {
  const fleet = new Fleet();
  let server: PostgresServer;

  beforeAll(async () => {
    [server] = await Promise.all([startPostgres(), fleet.start()]);
  }, 60_000);
  afterAll(async () => {
    await fleet.end();
    await server.stop();
  });

  it.each(
    isLong ? [true, false] : [true],
  )("B1: is spent to the nano-dollar, never beyond, and to 99 %: slices %s", async (slices) => {
    // A tenant of its own for each run: the tables stay.
    const tenant = `acme ${slices}`;
    await spendAll(fleet, { kind: "postgres", config: server.config }, slices, { ...COARSE, tenant });
  }, 60_000);
});
