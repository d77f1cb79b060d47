/** A process's store, as an application would have opened it, with an ear at its claims. */
import { openSync, writeSync } from "node:fs";
import { Cluster, Redis } from "ioredis";
import { Pool } from "pg";
import { createClient } from "redis";
import type { Claim, Counter, Granted, Store } from "../../src/contract/index.ts";
import { postgresStore } from "../../src/store/postgres/index.ts";
import { portOf } from "../../src/store/redis/client.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { redisQuotas } from "../../src/store/redis/quotas.ts";
import type { Job, StoreAddress } from "./job.ts";

export interface ProcessStore {
  readonly store: Store;
  /** The store's time of the answer that is being heard; `undefined` where none is. */
  grantedAt(tenant: string): number | undefined;
  note(line: string): void;
  /** All connections end at once, as if they were cut. */
  cut(): void;
  close(): Promise<void>;
}

interface Opened {
  readonly store: Store;
  cut(): void;
  close(): Promise<void> | void;
}

export const fastTime = (fast: Job["fast"]): (() => number) | undefined =>
  fast && (() => fast.since + (Date.now() - fast.since) * fast.times);

export const openStore = async (address: StoreAddress, fast?: Job["fast"]): Promise<Opened> => {
  switch (address.kind) {
    case "ioredis": {
      const client = new Redis(address.path);
      client.on("error", () => {});
      const store = withTime(redisStore(client), client, fast);
      return { store, cut: () => void client.stream.destroy(), close: () => client.disconnect() };
    }
    case "node-redis": {
      const client = createClient({ socket: { path: address.path, tls: false } });
      client.on("error", () => {});
      await client.connect();
      return { store: withTime(redisStore(client), client, fast), cut: () => {}, close: () => client.destroy() };
    }
    case "cluster": {
      const client = new Cluster(
        address.ports.map((port) => ({ host: "127.0.0.1", port })),
        { clusterRetryStrategy: () => 50, retryDelayOnFailover: 20, redisOptions: { maxRetriesPerRequest: 1 } },
      );
      client.on("error", () => {});
      return { store: redisStore(client), cut: () => {}, close: () => client.disconnect() };
    }
    case "postgres": {
      const pool = new Pool({ ...address.config, max: 4 });
      pool.on("error", () => {});
      const store = postgresStore(pool);
      await store.migrate();
      const close = async (): Promise<void> => {
        await store.close();
        await pool.end();
      };
      return { store, cut: () => {}, close };
    }
  }
};

const withTime = (store: Store, client: unknown, fast: Job["fast"]): Store => {
  const timeMs = fastTime(fast);
  if (timeMs === undefined) return store;
  const quotas = redisQuotas({ port: portOf(client), prefix: "headgate:", storeName: "redis", timeMs });
  return { ...store, quotas };
};

/** Longer than an answer takes, shorter than the store is given. */
const LOST_MS = 200;

export const openProcessStore = async ({ store: address, fast, repeatsLost, notes }: Job): Promise<ProcessStore> => {
  const { store, cut, close } = await openStore(address, fast);
  const file = notes === undefined ? undefined : openSync(notes, "a");
  const note = (line: string): void => {
    if (file !== undefined) writeSync(file, `${line}\n`);
  };
  const granting = new Map<string, number>();
  const claim = async (key: string, counters: readonly Counter[], claimed: Claim): Promise<Granted> => {
    const [position] = claimed.positions;
    note(`claim ${position?.used.at(-1)?.used ?? "same"} ${position?.keep} ${position?.want}`);
    const answer = store.quotas.claim(key, counters, claimed);
    if (repeatsLost === true) repeatIfLost(store, key, counters, claimed, answer);
    const granted = await answer;
    note(`granted ${granted.stale ? "stale" : granted.granted[0]}`);
    // Whoever is let in by this answer is let in before anything else is heard.
    granting.set(key, granted.nowMs);
    setImmediate(() => granting.delete(key));
    return granted;
  };
  return {
    store: { ...store, quotas: { claim, read: (key, counters) => store.quotas.read(key, counters) } },
    grantedAt: (tenant) => granting.get(`tenant:${tenant}`),
    note,
    cut,
    async close() {
      await store.close?.();
      await close();
    },
  };
};

/** What a client does that takes silence for failure, and repeats what it said under another name. */
const repeatIfLost = (
  { quotas }: Store,
  key: string,
  counters: readonly Counter[],
  claim: Claim,
  answer: Promise<Granted>,
): void => {
  const timer = setTimeout(() => {
    const repeated: Claim = { ...claim, holder: `${claim.holder}-again-${claim.seq}`, validUntilMs: 0 };
    quotas.claim(key, counters, repeated).catch(() => {});
  }, LOST_MS);
  answer.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  );
};
