/**
 * What a tenant takes: in the process while it is held, in Redis, and in the process once nobody calls any more. Run with
 * `--expose-gc`. Bar: 1 KB in the process, all of it free again.
 */
import { virtualClock } from "headgate/testing";
import { Redis } from "ioredis";
import type { Store } from "../../src/contract/index.ts";
import { applyQuota } from "../../src/quotas/apply.ts";
import { Fleet } from "../../src/quotas/fleet.ts";
import { memoryStore } from "../../src/store/memory/memory-store.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { settle, twoLimits } from "./held.ts";

const TENANTS = 100_000;
const IN_REDIS = 1_000;
/** Longer than a tenant is remembered that nobody calls for. */
const IDLE_MS = 200_000;

const heapBytes = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const listener = { store() {}, spent() {}, made() {}, forgotten() {} };
const settings = { leaseMs: 60_000, timeoutMs: 10_000, slices: true, onStoreLoss: "share" } as const;

/** Answers as any store does, and keeps nothing: what a store in memory keeps is not the holder's. */
const forgetful = (now: () => number): Store => {
  const store = memoryStore();
  return {
    ...store,
    quotas: {
      ...store.quotas,
      claim: async (_key, counters, claim) => applyQuota(undefined, counters, { ...claim, nonce: 1 }, now()).granted,
    },
  };
};

const oneCall = async (fleet: Fleet, tenant: number): Promise<void> => {
  const ticket = await fleet.of(`tenant:customer-${tenant}`, twoLimits).admit([1, 900_000]);
  settle(ticket, [1, 400_000]);
};

const inProcess = async (): Promise<boolean> => {
  const clock = virtualClock();
  const fleet = new Fleet(forgetful(clock.now), clock, settings, listener);
  // What is compiled and kept once is not a tenant's.
  for (let tenant = 0; tenant < 1_000; tenant += 1) await oneCall(fleet, -1 - tenant);
  await clock.advance(IDLE_MS);
  const before = heapBytes();
  for (let tenant = 0; tenant < TENANTS; tenant += 1) await oneCall(fleet, tenant);
  await clock.advance(1_000);
  const held = (heapBytes() - before) / TENANTS;
  const { size } = fleet;
  await clock.advance(IDLE_MS);
  const idle = (heapBytes() - before) / TENANTS;
  console.log(
    `${size} tenants, 2 limits, in the process: ${held.toFixed(0)} bytes a tenant; idle: ${fleet.size} are left, ${idle.toFixed(0)} bytes`,
  );
  await fleet.close();
  return fleet.size === 0;
};

const inRedis = async (path: string): Promise<void> => {
  const redis = new Redis({ path });
  const sizes: string[] = [];
  for (const processes of [1, 4, 16]) {
    await redis.flushdb();
    const clock = virtualClock({ startMs: Date.now() });
    const fleets = Array.from({ length: processes }, () => new Fleet(redisStore(redis), clock, settings, listener));
    for (const fleet of fleets) {
      await Promise.all(Array.from({ length: IN_REDIS }, (_, tenant) => oneCall(fleet, tenant)));
    }
    let bytes = 0;
    for (const key of await redis.keys("*")) bytes += (await redis.memory("USAGE", key)) ?? 0;
    sizes.push(`${(bytes / IN_REDIS).toFixed(0)} with ${processes} process${processes === 1 ? "" : "es"}`);
  }
  redis.disconnect();
  console.log(`in Redis, bytes a tenant: ${sizes.join(", ")}`);
};

const isSmall = await inProcess();
const path = process.argv[2];
if (path !== undefined) await inRedis(path);
process.exit(isSmall ? 0 : 1);
