import { signalStoreSuite } from "headgate/testing";
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Claim, Counter, Store } from "../../src/contract/index.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { describeRedis, freePort, type RedisServer, startRedis, startSentinel } from "./redis-server.ts";

const COUNTERS: readonly Counter[] = [{ name: "parallel", type: "parallel", cap: 5 }];
const CLAIM: Claim = {
  holder: "me",
  seq: 1,
  leaseMs: 60_000,
  validUntilMs: 0,
  nonce: 7,
  known: { born: 0, atMs: 0, counters: [] },
  positions: [{ used: [], keep: 0, want: 3, least: 0 }],
};

const openIoredis = async (port: number) => {
  const client = new Redis({ sentinels: [{ host: "127.0.0.1", port }], name: "main" });
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
};

const openNodeRedis = async (port: number) => {
  const client = createSentinel({ name: "main", sentinelRootNodes: [{ host: "127.0.0.1", port }] });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
};

describeRedis("a store in a Redis that a sentinel watches", () => {
  let server: RedisServer;
  let sentinel: Awaited<ReturnType<typeof startSentinel>>;

  beforeAll(async () => {
    server = await startRedis(["--bind", "127.0.0.1"], await freePort());
    sentinel = await startSentinel(server);
  });
  afterAll(async () => {
    await sentinel.stop();
    await server.stop();
  });

  describe.each([
    ["ioredis", openIoredis],
    ["node-redis", openNodeRedis],
  ] as const)("over %s", (name, open) => {
    let store: Store;
    let close: () => unknown;
    beforeAll(async () => {
      const opened = await open(sentinel.port);
      store = redisStore(opened.client, { prefix: `${name}:` });
      close = opened.close;
    });
    afterAll(async () => {
      await store.close?.();
      await close();
    });

    it("claims, caches and writes", async () => {
      expect((await store.quotas.claim("a", COUNTERS, CLAIM)).granted).toEqual([3]);
      await store.cache?.set("a", "b", { expiresAtMs: Date.now() + 60_000, tags: ["t"] });
      expect((await store.cache?.get("a"))?.value).toBe("b");
      await store.cache?.invalidate("t");
      expect(await store.cache?.get("a")).toBeUndefined();
      const version = await store.documents?.write("a", "text");
      expect(await store.documents?.read("a")).toEqual({ text: "text", version });
    });

    const signals = () => ({ port: store.signals as NonNullable<Store["signals"]> });
    for (const { name: what, skip, run } of signalStoreSuite({ open: signals, sequences: 2 })) {
      it.skipIf(skip !== undefined)(what, run);
    }
  });
});
