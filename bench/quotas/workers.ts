/** Starts processes of a fleet and asks all of them at once. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Times } from "./times.ts";
import type { Figures, Place, Run } from "./worker.ts";

export type Workers = readonly ChildProcess[];

export const startWorkers = async (places: readonly Place[]): Promise<Workers> => {
  const file = new URL("./worker.ts", import.meta.url).pathname;
  return Promise.all(
    places.map(async (place) => {
      const child = fork(file, [JSON.stringify(place)]);
      await once(child, "message");
      return child;
    }),
  );
};

export const stopWorkers = async (workers: Workers): Promise<void> => {
  await Promise.all(
    workers.map(async (worker) => {
      const ended = once(worker, "exit");
      worker.disconnect();
      await ended;
    }),
  );
};

export const askWorkers = (workers: Workers, run: Run): Promise<readonly Figures[]> =>
  Promise.all(
    workers.map(async (worker) => {
      const answer = once(worker, "message");
      worker.send(run);
      const [figures] = (await answer) as [Figures];
      return figures;
    }),
  );

export interface Sums {
  readonly pairsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly tripsPerPair: number;
  readonly cpuUsPerPair: number;
  /** Slowest process by the fastest. */
  readonly fairness: number;
}

export const sumsOf = (figures: readonly Figures[], runMs: number): Sums => {
  const sum = (pick: (each: Figures) => number): number => figures.reduce((all, each) => all + pick(each), 0);
  const pairs = sum((each) => each.pairs);
  const times = Times.all(figures.map((each) => each.times));
  const each = figures.map((one) => one.pairs);
  return {
    pairsPerSecond: (pairs * 1_000) / runMs,
    p50Ms: times.below(0.5),
    p99Ms: times.below(0.99),
    tripsPerPair: sum((one) => one.trips) / pairs,
    cpuUsPerPair: sum((one) => one.cpuUs) / pairs,
    fairness: Math.min(...each) / Math.max(...each),
  };
};
