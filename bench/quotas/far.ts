/**
 * One process of four is 120 ms away from Redis, all of them serve one tenant. Bars: an admission there takes less than 1 ms
 * (median), it serves at least 85 % of what a near one does, and the budget is exact.
 */
import { Redis } from "ioredis";
import { startFarProxy } from "../../test/store/far-proxy.ts";
import { median } from "../measure.ts";
import { spentOf } from "./redis.ts";
import { loadScripts } from "./scripts.ts";
import type { Server } from "./server.ts";
import { askWorkers, startWorkers, stopWorkers, sumsOf } from "./workers.ts";

const ROUNDS = 3;
const ROUND_TRIP_MS = 120;
const RUN = { tenants: 1, inFlight: 64, callMs: [50, 150], warmMs: 2_000, runMs: 4_000 } as const;

export const benchFar = async (server: Server): Promise<boolean> => {
  const proxy = await startFarProxy(server.path, ROUND_TRIP_MS / 2);
  const redis = new Redis({ path: server.path });
  await loadScripts(redis);
  const near = { path: server.path, holders: 1 };
  const workers = await startWorkers([near, near, near, { port: proxy.port, holders: 1 }]);
  console.log(
    `One process of four ${ROUND_TRIP_MS} ms away, 64 calls of 50–150 ms in flight each, medians of ${ROUNDS}\n`,
  );
  let isGood = true;
  for (const subject of ["scripts", "claims", "slices"] as const) {
    const shares: number[] = [];
    const p50s: number[] = [];
    const p99s: number[] = [];
    let wrong = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `far-${subject}-${round}`;
      const figures = await askWorkers(workers, { ...RUN, subject, name });
      const far = sumsOf(figures.slice(-1), RUN.runMs);
      shares.push((far.pairsPerSecond * 3) / sumsOf(figures.slice(0, -1), RUN.runMs).pairsPerSecond);
      p50s.push(far.p50Ms);
      p99s.push(far.p99Ms);
      const actual = figures.reduce((sum, each) => sum + each.actualNanoUsd, 0);
      wrong += Math.abs(actual - (await spentOf(redis, subject, name, 1)));
    }
    console.log(
      `${subject.padEnd(8)} far: p50/p99 ${median(p50s).toFixed(2)}/${median(p99s).toFixed(0)} ms, ` +
        `${(median(shares) * 100).toFixed(0)} % of a near one's calls; budget off by ${wrong} nano-dollars`,
    );
    if (subject === "slices") isGood = wrong === 0 && median(p50s) < 1 && median(shares) >= 0.85;
  }
  await stopWorkers(workers);
  redis.disconnect();
  await proxy.stop();
  return isGood;
};
