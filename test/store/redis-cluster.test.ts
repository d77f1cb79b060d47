import { cacheStoreSuite, quotaStoreSuite, signalStoreSuite } from "headgate/testing";
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Claim, Counter, Store } from "../../src/contract/index.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { describeRedis, type RedisServer, startCluster } from "./redis-server.ts";

const COUNTERS: readonly Counter[] = [{ name: "parallel", type: "parallel", cap: 5 }];

const claim = (seq: number): Claim => ({
  holder: "me",
  seq,
  leaseMs: 60_000,
  validUntilMs: 0,
  nonce: 7,
  known: { born: 0, atMs: 0, counters: [] },
  positions: [{ used: [], keep: 0, want: 1, least: 0 }],
});

const openIoredis = async (nodes: readonly RedisServer[]) => {
  const client = new Cluster(
    nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
    { clusterRetryStrategy: () => 50, retryDelayOnFailover: 20, redisOptions: { maxRetriesPerRequest: 1 } },
  );
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
};

const openNodeRedis = async (nodes: readonly RedisServer[]) => {
  const client = createCluster({ rootNodes: nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
};

const KEYS = Array.from({ length: 100 }, (_, index) => `tenant ${index}`);

describeRedis("a store in a Redis Cluster", () => {
  describe.each([
    ["ioredis", openIoredis],
    ["node-redis", openNodeRedis],
  ] as const)("over %s", (_name, open) => {
    let nodes: readonly RedisServer[];
    let store: Store;
    let close: () => void;

    beforeAll(async () => {
      nodes = await startCluster();
      const opened = await open(nodes);
      store = redisStore(opened.client);
      close = opened.close;
      await vi.waitFor(() => store.quotas.claim("first", COUNTERS, claim(1)), 10_000);
    }, 60_000);

    afterAll(async () => {
      await store.close?.();
      close();
      await Promise.all(nodes.map((node) => node.stop()));
    });

    const port = <Name extends "cache" | "signals" | "quotas">(name: Name) => ({
      port: store[name] as NonNullable<Store[Name]>,
    });
    describe.each([
      [
        "quotas",
        quotaStoreSuite({ open: () => port("quotas"), never: { spoil: "of one node", advance: "the server's" } }),
      ],
      ["cache", cacheStoreSuite({ open: () => port("cache"), sequences: 5 })],
      ["signals", signalStoreSuite({ open: () => port("signals"), sequences: 5 })],
    ])("%s", (_what, cases) => {
      for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run);
    });

    it("keys lie on all nodes, and those of the others go on when one is killed", async () => {
      const claimAll = async (seq: number): Promise<readonly string[]> => {
        const answers = await Promise.allSettled(
          KEYS.map((key) => within(2_000, store.quotas.claim(key, COUNTERS, claim(seq)))),
        );
        return KEYS.filter((_, index) => answers[index]?.status === "fulfilled");
      };
      expect(await claimAll(1)).toEqual(KEYS);
      await nodes[2]?.kill();
      const rest = await vi.waitFor(
        async () => {
          const going = await claimAll(2);
          expect(going.length).toBeGreaterThan(40);
          return going;
        },
        { timeout: 15_000, interval: 200 },
      );
      expect(rest.length).toBeLessThan(90);
    }, 40_000);
  });
});

const within = <Result>(ms: number, work: Promise<Result>): Promise<Result> =>
  Promise.race([
    work,
    new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error("too late")), ms).unref()),
  ]);
