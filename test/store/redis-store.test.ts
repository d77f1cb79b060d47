import { cacheStoreSuite, documentStoreSuite, quotaStoreSuite, signalStoreSuite } from "headgate/testing";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../src/contract/index.ts";
import { portOf } from "../../src/store/redis/client.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { redisQuotas } from "../../src/store/redis/quotas.ts";
import { share } from "../long.ts";
import { CLIENTS, type Opened } from "./redis-clients.ts";
import { describeRedis, type RedisServer, startRedis } from "./redis-server.ts";

/** Each of six clients plays as many. */
const sequences = share(40);

let server: RedisServer;

describeRedis("a store in Redis", () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe.each(Object.entries(CLIENTS))("over %s", (_name, open) => {
    let one: Opened;
    let other: Opened;
    let store: Store;
    let second: Store;

    beforeAll(async () => {
      one = await open(server.path);
      other = await open(server.path);
      store = redisStore(one.client);
      second = redisStore(other.client);
    });

    afterAll(async () => {
      await store.close?.();
      await second.close?.();
      one.close();
      other.close();
    });

    const both = <Name extends "cache" | "signals" | "documents" | "quotas">(
      name: Name,
    ): { port: NonNullable<Store[Name]>; other: NonNullable<Store[Name]> } => ({
      port: store[name] as NonNullable<Store[Name]>,
      other: second[name] as NonNullable<Store[Name]>,
    });

    const controlled = () => {
      let timeMs = 1_900_000_000_000;
      const on = ({ client }: Opened) =>
        redisQuotas({ port: portOf(client), prefix: "timed:", storeName: "redis", timeMs: () => timeMs });
      const advance = (ms: number): void => {
        timeMs += ms;
      };
      return { port: on(one), other: on(other), now: () => timeMs, advance };
    };

    const spoil = async (key: string): Promise<void> => {
      const raw = new Redis({ path: server.path });
      const keys = await raw.keys("*q:*");
      const found = keys.find((each) => each.endsWith(`q:${key}`));
      await raw.del(found ?? "");
      await raw.set(found ?? "", "not a quota");
      raw.disconnect();
    };

    describe.each([
      [
        "quotas",
        quotaStoreSuite({ open: () => ({ ...both("quotas"), spoil }), sequences, never: { advance: "the server's" } }),
      ],
      ["quotas whose time is moved", quotaStoreSuite({ open: () => ({ ...controlled(), spoil }), sequences })],
      ["cache", cacheStoreSuite({ open: () => both("cache"), sequences })],
      ["signals", signalStoreSuite({ open: () => both("signals"), sequences })],
      ["documents", documentStoreSuite({ open: () => both("documents"), sequences })],
    ])("%s", (_what, cases) => {
      for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run);
    });
  });
});

describe("what is handed in for a client", () => {
  it.each([
    ["nothing", undefined],
    ["a URL", "redis://localhost"],
    ["an object of something else", { get: () => {}, set: () => {} }],
    ["a legacy client of node-redis", createClient().legacy()],
  ])("is refused with the path and what was expected: %s", (_what, client) => {
    expect(() => redisStore(client as never)).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: expect.stringContaining("client: expected a client of ioredis 6"),
        details: { issues: [{ path: "client", message: expect.stringContaining("node-redis 6") }] },
      }),
    );
  });
});
