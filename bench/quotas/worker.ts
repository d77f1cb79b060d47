/** One process of a fleet: runs calls against a store for a while, whenever it is told to, and says what came out. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Store } from "../../src/contract/index.ts";
import type { Fleet } from "../../src/quotas/fleet.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { cpuOf } from "../measure.ts";
import { type Counted, counted, fleetOn, SCRIPT_LIMITS, settle, twoLimits } from "./held.ts";
import { admitByScript, settleByScript } from "./scripts.ts";
import { Times } from "./times.ts";

/** `far`: instead of the server's own socket. */
export interface Place {
  readonly path?: string;
  readonly port?: number;
  readonly holders: number;
}

export interface Run {
  readonly subject: "scripts" | "claims" | "slices";
  /** Before every key. */
  readonly name: string;
  readonly tenants: number;
  readonly inFlight: number;
  readonly warmMs: number;
  readonly runMs: number;
  /** How long a call takes: least and most. */
  readonly callMs: readonly [number, number] | undefined;
}

export interface Figures {
  /** While it was measured. */
  readonly pairs: number;
  readonly trips: number;
  readonly cpuUs: number;
  readonly times: readonly number[];
  /** Warm-up included. */
  readonly actualNanoUsd: number;
}

/** A process in the fleet's eyes. */
interface Member {
  readonly redis: Redis;
  readonly store: Store;
}

interface Subject {
  /** Answers what to call when the call is over. */
  admit(tenant: string, nanoUsd: number): Promise<(actual: number) => Promise<void> | void>;
  trips(): number;
  close(): Promise<void>;
}

let calls = 0;

const scripts = (redis: Redis): Subject => {
  let trips = 0;
  return {
    async admit(tenant, nanoUsd) {
      trips += 1;
      calls += 1;
      const call = { tenant, nanoUsd, id: `${process.pid}-${calls}` };
      await admitByScript(redis, call, SCRIPT_LIMITS);
      return (actual) => {
        trips += 1;
        return settleByScript(redis, call, actual);
      };
    },
    trips: () => trips,
    close: async () => {},
  };
};

const claims = ({ store, claims: trips }: Counted, slices: boolean): Subject => {
  const fleet: Fleet = fleetOn(store, slices);
  return {
    async admit(tenant, nanoUsd) {
      const asked = fleet.of(tenant, twoLimits).admit([1, nanoUsd]);
      const ticket = asked instanceof Promise ? await asked : asked;
      return (actual) => settle(ticket, [1, actual]);
    },
    trips,
    close: () => fleet.close(),
  };
};

const run = async (members: readonly Member[], options: Run): Promise<Figures> => {
  const { subject, name, tenants, inFlight, warmMs, runMs, callMs } = options;
  const subjects = members.map(({ redis, store }) =>
    subject === "scripts" ? scripts(redis) : claims(counted(store), subject === "slices"),
  );
  const startsAt = performance.now() + warmMs;
  const endsAt = startsAt + runMs;
  let [pairs, actualNanoUsd] = [0, 0];
  const times = new Times();
  const caller = async (of: Subject): Promise<void> => {
    for (;;) {
      const began = performance.now();
      if (began >= endsAt) return;
      const nanoUsd = 500_000 + Math.floor(Math.random() * 500_000);
      const actual = Math.floor(nanoUsd * (0.3 + Math.random() * 0.7));
      const end = await of.admit(`${name}:${Math.floor(Math.random() * tenants)}`, nanoUsd);
      const isMeasured = began >= startsAt;
      if (isMeasured) times.add(performance.now() - began);
      // A call lasts a turn of the event loop at least.
      await (callMs === undefined ? turn() : sleep(callMs[0] + Math.random() * (callMs[1] - callMs[0])));
      actualNanoUsd += actual;
      await end(actual);
      if (isMeasured && performance.now() < endsAt) pairs += 1;
    }
  };
  const callers = subjects.flatMap((each) => Array.from({ length: inFlight / subjects.length }, () => caller(each)));
  const trips = (): number => subjects.reduce((sum, each) => sum + each.trips(), 0);
  await sleep(warmMs);
  const [before, cpu] = [trips(), process.cpuUsage()];
  await sleep(runMs);
  const figures = { pairs, trips: trips() - before, cpuUs: cpuOf(cpu) };
  await Promise.all(callers);
  await Promise.all(subjects.map((each) => each.close()));
  return { ...figures, times: times.counts.map((count) => count ?? 0), actualNanoUsd };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const place = JSON.parse(process.argv[2] ?? "{}") as Place;
const members = await Promise.all(
  Array.from({ length: place.holders }, async (): Promise<Member> => {
    const address = place.path === undefined ? { port: place.port ?? 0, host: "127.0.0.1" } : { path: place.path };
    const redis = new Redis({ ...address, enableReadyCheck: false });
    await redis.ping();
    return { redis, store: redisStore(redis) };
  }),
);
process.on("message", async (options: Run) => {
  process.send?.(await run(members, options));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
