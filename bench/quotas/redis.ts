/**
 * Quotas in a Redis of the bench's own against a script an admission and one a settlement: processes of a fleet with 64 calls
 * in flight each, in turns on the same server. Bars: ahead of the scripts (`BEHIND` where not); round trips a call at most 0.7 without
 * slices and 0.15 with them where one tenant is hot; budgets exact.
 */
import { Redis } from "ioredis";
import { redisStore } from "../../src/store/redis/index.ts";
import { median } from "../measure.ts";
import { twoLimits } from "./held.ts";
import { loadScripts, spentByScripts } from "./scripts.ts";
import type { Server } from "./server.ts";
import type { Run } from "./worker.ts";
import { askWorkers, type Sums, startWorkers, stopWorkers, sumsOf } from "./workers.ts";

const ROUNDS = 3;
/** Where callers ask for so much and no more, all come out level. */
const LEVEL = 0.97;
const IN_FLIGHT = 64;
const REAL: readonly [number, number] = [50, 150];

interface Setting {
  readonly words: string;
  readonly processes: number;
  /** A process. */
  readonly holders: number;
  readonly tenants: number;
  readonly callMs: Run["callMs"];
  /** In flight a process. */
  readonly inFlight?: number;
}

const SETTINGS: readonly Setting[] = [
  ...[1, 4, 16].map((processes) => hot(`${processes} process${processes === 1 ? "" : "es"}`, processes, 1, undefined)),
  hot("64 holders in 4", 4, 16, undefined),
  ...[4, 16].map((processes) => hot(`${processes} processes, 50–150 ms`, processes, 1, REAL)),
  { ...hot("64 holders in 4, 50–150 ms", 4, 16, REAL), inFlight: 256 },
  ...[1_000, 10_000].map((tenants) => ({ ...hot(`4, ${tenants} tenants`, 4, 1, undefined), tenants })),
  ...[1_000, 10_000].map((tenants) => ({ ...hot(`4, ${tenants} tenants, 50–150 ms`, 4, 1, REAL), tenants })),
];

function hot(words: string, processes: number, holders: number, callMs: Run["callMs"]): Setting {
  return { words, processes, holders, tenants: 1, callMs };
}

const SUBJECTS = ["scripts", "claims", "slices"] as const;
type Subject = (typeof SUBJECTS)[number];

/** Answers whether all budgets were exact. */
export const benchRedis = async (server: Server, only = ""): Promise<boolean> => {
  const redis = new Redis({ path: server.path });
  await loadScripts(redis);
  console.log(
    `Redis, ${IN_FLIGHT} calls in flight a process, medians of ${ROUNDS} interleaved rounds (claims: without slices)\n`,
  );
  console.log(
    `${"".padEnd(28)}subject   pairs/s  × scripts   p50/p99 ms      trips a call   CPU µs a call   slowest/fastest`,
  );
  let isExact = true;
  for (const setting of SETTINGS.filter(({ words }) => words.includes(only))) {
    isExact = (await compare(redis, server, setting)) && isExact;
  }
  redis.disconnect();
  return isExact;
};

const compare = async (redis: Redis, server: Server, setting: Setting): Promise<boolean> => {
  const { words, processes, holders, tenants, callMs, inFlight = IN_FLIGHT } = setting;
  const workers = await startWorkers(Array.from({ length: processes }, () => ({ path: server.path, holders })));
  const all: Record<Subject, Sums[]> = { scripts: [], claims: [], slices: [] };
  let wrong = 0;
  const run = { tenants, inFlight, callMs, warmMs: processes > 4 ? 1_000 : 500, runMs: 1_500 };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const subject of SUBJECTS) {
      const name = `${subject}-${round}`;
      const figures = await askWorkers(workers, { ...run, subject, name });
      all[subject].push(sumsOf(figures, run.runMs));
      const actual = figures.reduce((sum, each) => sum + each.actualNanoUsd, 0);
      wrong += Math.abs(actual - (await spentOf(redis, subject, name, tenants)));
      await redis.flushdb();
    }
  }
  await stopWorkers(workers);
  return print(words, all, wrong);
};

export const spentOf = async (redis: Redis, subject: Subject, name: string, tenants: number): Promise<number> => {
  const { quotas } = redisStore(redis);
  const counters = twoLimits.counters.map((each) => each.at(Date.now()));
  const each = Array.from({ length: tenants }, async (_, tenant) => {
    const key = `${name}:${tenant}`;
    if (subject === "scripts") return spentByScripts(redis, key);
    return (await quotas.read(key, counters))?.levels[1]?.slots.at(-1)?.used ?? 0;
  });
  return (await Promise.all(each)).reduce((sum, one) => sum + one, 0);
};

const print = (words: string, all: Record<Subject, Sums[]>, wrongNanoUsd: number): boolean => {
  const middle = (subject: Subject, pick: (sums: Sums) => number): number => median(all[subject].map(pick));
  for (const subject of SUBJECTS) {
    const figure = (pick: (sums: Sums) => number, digits: number): string => middle(subject, pick).toFixed(digits);
    const ratio = median(
      all[subject].map((sums, round) => sums.pairsPerSecond / (all.scripts[round]?.pairsPerSecond ?? 0)),
    );
    const columns = [
      subject.padEnd(8),
      figure((sums) => sums.pairsPerSecond, 0).padStart(9),
      ratio.toFixed(2).padStart(11),
      `   ${figure((sums) => sums.p50Ms, 2)}/${figure((sums) => sums.p99Ms, 1)}`.padEnd(17),
      figure((sums) => sums.tripsPerPair, 3).padStart(13),
      figure((sums) => sums.cpuUsPerPair, 0).padStart(16),
      figure((sums) => sums.fairness, 2).padStart(18),
      ratio < LEVEL ? "   BEHIND" : "",
    ];
    console.log(`${(subject === "scripts" ? words : "").padEnd(28)}${columns.join("")}`);
  }
  if (wrongNanoUsd !== 0) console.log(`${"".padEnd(28)}WRONG: budgets are off by ${wrongNanoUsd} nano-dollars`);
  return wrongNanoUsd === 0;
};
