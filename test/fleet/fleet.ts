/** Real processes, each with a gateway of its own, over one store. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as waited } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createGateway } from "headgate";
import { billingProvider, OUTPUT_NANO } from "./billing-provider.ts";
import type { Command, Job, Load, Report } from "./job.ts";
import { openStore } from "./process-store.ts";

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
export const PROCESSES = 4;
/** Calls in flight at once, in each. */
export const IN_FLIGHT = 64;

type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };

class Worker {
  readonly process: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly ready: Promise<unknown>;
  #ids = 0;

  constructor() {
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.process = fork(WORKER, [], { execArgv: [], env, serialization: "advanced" });
    this.ready = new Promise((resolve) => this.#waiting.set(0, resolve));
    this.process.on("message", (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  ask<Result = void>(command: Command): Promise<Result> {
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as Result);
        else reject(new Error(error));
      });
      this.process.send({ id, command });
    });
  }

  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill(signal);
    await exited;
  }
}

export class Fleet {
  workers: Worker[] = [];

  /** As many as there are to be, all of them ready. */
  async start(count: number = PROCESSES): Promise<void> {
    this.workers = this.workers.filter(
      ({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null,
    );
    while (this.workers.length < count) this.workers.push(new Worker());
    await Promise.all(this.workers.map(({ ready }) => ready));
  }

  async open(job: Omit<Job, "seed">, each?: (index: number) => Partial<Job>): Promise<number> {
    await this.start();
    const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    await Promise.all(
      this.workers.map((worker, index) =>
        worker.ask({ does: "open", job: { ...job, ...each?.(index), seed: seed + index } }),
      ),
    );
    return seed;
  }

  load(...loads: readonly Load[]): Promise<unknown> {
    return this.#all({ does: "load", loads });
  }

  finish(): Promise<unknown> {
    return this.#all({ does: "finish" });
  }

  stop(): Promise<unknown> {
    return this.#all({ does: "stop" });
  }

  close(): Promise<unknown> {
    return this.#all({ does: "close" });
  }

  cut(): Promise<unknown> {
    return this.#all({ does: "cut" });
  }

  reports(): Promise<readonly Report[]> {
    return Promise.all(this.workers.map((worker) => worker.ask<Report>({ does: "report" })));
  }

  /** Each of them has let calls in as the store said, so that it knows of the others. */
  async met(): Promise<void> {
    const hasMet = ({ admitted, storeEvents }: Report): boolean =>
      admitted.length > 0 && storeEvents.at(-1)?.state !== "lost";
    for (const endsAt = performance.now() + 10_000; performance.now() < endsAt; await waited(50)) {
      if ((await this.reports()).every(hasMet)) return;
    }
    throw new Error("a process did not reach the store");
  }

  /** All of them hear the store again. */
  async back(withinMs = 5_000): Promise<void> {
    const isBack = ({ storeEvents }: Report): boolean => storeEvents.at(-1)?.state === "back";
    for (const endsAt = performance.now() + withinMs; performance.now() < endsAt; await waited(50)) {
      if ((await this.reports()).every(isBack)) return;
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end()));
  }

  #all(command: Command): Promise<unknown> {
    return Promise.all(this.workers.map((worker) => worker.ask(command)));
  }
}

export interface Spent {
  readonly spent: bigint;
  readonly reserved: bigint;
  readonly orphaned: bigint;
}

/** What the store says, by the public door, from a process that uses nothing. */
export const watching = async (
  job: Omit<Job, "seed">,
): Promise<{
  spend(tenant: string): Promise<Spent>;
  calm(tenant: string, withinMs?: number): Promise<Spent>;
  end(): Promise<void>;
}> => {
  const { store, close } = await openStore(job.store);
  const gateway = createGateway({
    providers: [billingProvider()],
    registry: job.registry as never,
    store,
    quotas: { timeoutMs: 2_000 },
  });
  const spend = async (tenant: string): Promise<Spent> => {
    const [only] = await gateway.spend({ tenant });
    if (only === undefined) throw new Error("no budget");
    return { spent: only.spentNanoUsd, reserved: only.reservedNanoUsd, orphaned: only.orphanedNanoUsd };
  };
  return {
    spend,
    /** As soon as nothing is reserved any more, and nothing more is said; what there is when the time is up. */
    async calm(tenant, withinMs = 5_000) {
      let before = await spend(tenant);
      for (const endsAt = performance.now() + withinMs; ; ) {
        await waited(200);
        const now = await spend(tenant);
        if ((now.reserved === 0n && now.spent === before.spent) || performance.now() > endsAt) return now;
        before = now;
      }
    },
    async end() {
      await gateway.close();
      await store.close?.();
      await close();
    },
  };
};

export const sum = (values: Iterable<bigint>): bigint => {
  let all = 0n;
  for (const value of values) all += value;
  return all;
};

export const billedOf = (reports: readonly Report[], tenant: string): bigint =>
  sum(reports.map(({ billed }) => billed[tenant] ?? 0n));

/** Nano-dollars that were set aside for the output of a tenant's calls that were let in between. */
export const reservedIn = (reports: readonly Report[], fromMs: number, toMs: number, tenant = "acme"): bigint => {
  const tokens = reports
    .flatMap(({ admitted }) => admitted)
    .filter((each) => each.tenant === tenant && each.atMs >= fromMs && each.atMs <= toMs)
    .reduce((all, each) => all + each.tokens, 0);
  return BigInt(tokens) * OUTPUT_NANO;
};

/** The value below which so large a share of all lies. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
