import { spawn } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Claim, Counter, Store } from "../../src/contract/index.ts";
import { redisStore } from "../../src/store/redis/index.ts";
import { CLIENTS, type Opened } from "./redis-clients.ts";
import { describeRedis, type RedisServer, startRedis } from "./redis-server.ts";

const COUNTERS: readonly Counter[] = [{ name: "parallel", type: "parallel", cap: 5 }];

const claim = (seq: number, want: number, more: Partial<Claim> = {}): Claim => ({
  holder: "me",
  seq,
  leaseMs: 60_000,
  validUntilMs: 0,
  nonce: 7,
  known: { born: 0, atMs: 0, counters: [] },
  positions: [{ used: [], keep: 0, want, least: 0 }],
  ...more,
});

/** As many ends as a test opened. */
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const serve = async (...args: string[]): Promise<RedisServer> => {
  const server = await startRedis(args);
  ends.push(() => server.stop());
  return server;
};

const opened = async (server: RedisServer, kind = "ioredis"): Promise<Opened & { readonly store: Store }> => {
  const each = await (CLIENTS[kind] as (typeof CLIENTS)[string])(server.path);
  const store = redisStore(each.client);
  ends.push(
    () => each.close(),
    () => store.close?.(),
  );
  return { ...each, store };
};

describeRedis("a store in Redis when things go wrong", () => {
  describe.each(["ioredis", "node-redis"])("over %s", (kind) => {
    it("a server that was killed and came back empty gets the scripts again (R2)", async () => {
      const server = await serve();
      const { store } = await opened(server, kind);
      expect((await store.quotas.claim("a", COUNTERS, claim(1, 3))).granted).toEqual([3]);
      await server.restart();
      const back = await vi.waitFor(() => store.quotas.claim("a", COUNTERS, claim(2, 4, { nonce: 8 })), 5_000);
      expect([back.born, back.granted, back.holders]).toEqual([8, [4], 1]);
    });

    it("a server that stands still answers once it goes on, and every claim counts once (B3)", async () => {
      const server = await serve();
      const { store } = await opened(server, kind);
      await store.quotas.claim("a", COUNTERS, claim(1, 1));
      server.pause();
      const late = [2, 3, 4].map((seq) => store.quotas.claim("a", COUNTERS, claim(seq, seq)));
      server.resume();
      expect((await Promise.all(late)).map(({ granted }) => granted)).toEqual([[2], [3], [4]]);
      expect((await store.quotas.read("a", COUNTERS))?.levels[0]?.held).toBe(4);
    });

    it("subscriptions stand again after the server was away, and nothing is thrown at nobody", async () => {
      const server = await serve();
      const { store } = await opened(server, kind);
      const heard: string[] = [];
      const end = store.signals?.subscribe?.("news", (message) => heard.push(message));
      const say = (word: string): Promise<void> =>
        vi.waitFor(async () => {
          await store.signals?.publish?.("news", word);
          expect(heard).toContain(word);
        }, 8_000);
      await say("before");
      await server.restart();
      await say("after");
      end?.();
    });

    it("close ends what listens, and leaves the client as it was", async () => {
      const server = await serve();
      const { store } = await opened(server, kind);
      const probe = new Redis({ path: server.path });
      ends.push(() => probe.disconnect());
      const connections = async (): Promise<number> =>
        String(await probe.client("LIST"))
          .trim()
          .split("\n").length;
      await store.quotas.read("a", COUNTERS);
      const before = await connections();
      store.signals?.subscribe?.("news", () => {});
      await vi.waitFor(async () => expect(await connections()).toBe(before + 1), 5_000);
      await store.close?.();
      await store.close?.();
      await vi.waitFor(async () => expect(await connections()).toBe(before), 5_000);
      expect(await store.quotas.claim("a", COUNTERS, claim(1, 1))).toMatchObject({ granted: [1] });
    });

    it("a script that closes its client ends, even while it listens", async () => {
      const server = await serve();
      const script = `
        import { Redis } from "ioredis";
        import { createClient } from "redis";
        import { redisStore } from "./src/store/redis/index.ts";
        const path = ${JSON.stringify(server.path)};
        const client = ${kind === "ioredis" ? "new Redis({ path })" : "await createClient({ socket: { path } }).connect()"};
        const store = redisStore(client);
        const heard = new Promise((resolve) => store.signals.subscribe("news", resolve));
        const timer = setInterval(() => store.signals.publish("news", "hello"), 20);
        console.log(await heard);
        clearInterval(timer);
        client.${kind === "ioredis" ? "disconnect" : "destroy"}();
      `;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => {
        said += chunk.toString("utf8");
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
      const [code] = await once(child, "exit");
      clearTimeout(timer);
      expect([code, said]).toEqual([0, "hello\n"]);
    });

    it("what is no quota of this version is refused, and left as it is", async () => {
      const server = await serve();
      const { store } = await opened(server, kind);
      const raw = new Redis({ path: server.path });
      ends.push(() => raw.disconnect());
      const garbage: Readonly<Record<string, () => Promise<unknown>>> = {
        text: () => raw.set("headgate:q:text", "a"),
        list: () => raw.rpush("headgate:q:list", "a"),
        hash: () => raw.hset("headgate:q:hash", "name", "value"),
        version: () => raw.hset("headgate:q:version", "q", "2 7 0 0 0"),
        counter: () => raw.hset("headgate:q:counter", "q", "1 7 0 0 0", "c:parallel", "p 0 much"),
        row: () => raw.hset("headgate:q:row", "q", "1 7 0 0 0", "h:me", "?"),
      };
      for (const [key, write] of Object.entries(garbage)) {
        await write();
        const before = await raw.dump(`headgate:q:${key}`);
        const refused = expect.objectContaining({ code: "store_unavailable", details: { store: "redis" } });
        await expect(store.quotas.claim(key, COUNTERS, claim(1, 1)), key).rejects.toEqual(refused);
        if (key !== "row") await expect(store.quotas.read(key, COUNTERS), key).rejects.toEqual(refused);
        expect(await raw.dump(`headgate:q:${key}`), key).toEqual(before);
      }
    });

    it("warns once where Redis may evict what was spent", async () => {
      const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
      ends.push(() => warn.mockRestore());
      const evicting = await opened(await serve("--maxmemory-policy", "allkeys-lru"), kind);
      await evicting.store.quotas.claim("a", COUNTERS, claim(1, 1));
      await evicting.store.quotas.claim("a", COUNTERS, claim(2, 1));
      await redisStore(evicting.client).quotas.claim("a", COUNTERS, claim(3, 1));
      await vi.waitFor(() => expect(warn).toHaveBeenCalled());
      expect(warn.mock.calls).toEqual([[expect.stringContaining("allkeys-lru"), { code: "HEADGATE_REDIS" }]]);
      const keeping = await opened(await serve(), kind);
      await keeping.store.quotas.claim("a", COUNTERS, claim(1, 1));
      const silent = await opened(
        await serve(
          "--maxmemory-policy",
          "allkeys-lru",
          "--user",
          "default",
          "on",
          "nopass",
          "~*",
          "&*",
          "+@all",
          "-info",
        ),
        kind,
      );
      await silent.store.quotas.claim("a", COUNTERS, claim(1, 1));
      await silent.store.quotas.claim("a", COUNTERS, claim(2, 1));
      expect(warn).toHaveBeenCalledTimes(1);
    });
  });

  it("an error of the client is its own, without what was sent and without passwords", async () => {
    const server = await serve();
    const { store } = await opened(server);
    const raw = new Redis({ path: server.path });
    ends.push(() => raw.disconnect());
    await raw.rpush("headgate:l:a", "x");
    const error = await store.signals?.lease("a", "secret holder", 1_000).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(/WRONGTYPE/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/HMGET|secret holder/);
    const failing = new Redis({ lazyConnect: true });
    ends.push(() => failing.disconnect());
    failing.call = () => Promise.reject(new Error("cannot reach redis://user:hunter2@example.test:6379"));
    const told = await redisStore(failing)
      .documents?.read("a")
      .catch((thrown: unknown) => thrown);
    expect(String((told as Error).stack)).not.toContain("hunter2");
    expect((told as Error).message).toBe("cannot reach redis://[redacted]@example.test:6379");
  });

  it("a client of node-redis that was not connected says so", async () => {
    const store = redisStore(createClient({ url: "redis://user:hunter2@127.0.0.1:1" }));
    await expect(store.quotas.claim("a", COUNTERS, claim(1, 1))).rejects.toThrow(/closed/i);
  });
});
