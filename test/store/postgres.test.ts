/** The store in PostgreSQL: what every store must do, and what becomes of it when the server or a client falls silent. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type PostgresStore, postgresStore, postgresTables } from "headgate/postgres";
import {
  cacheStoreSuite,
  documentStoreSuite,
  quotaStoreSuite,
  type StoreStage,
  type SuiteCase,
  signalStoreSuite,
  virtualClock,
} from "headgate/testing";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimOf } from "../../src/testing/store-suites/quota-holder.ts";
import { share } from "../long.ts";
import { noPostgres, type PostgresServer, startPostgres } from "./postgres-server.ts";

const reason = noPostgres();
const COUNTERS = [{ name: "parallel", type: "parallel", cap: 1_000 }] as const;

describe.skipIf(reason !== undefined)("the store in PostgreSQL", () => {
  let server: PostgresServer;
  let pools: readonly [Pool, Pool];
  beforeAll(async () => {
    server = await startPostgres();
    const poolOf = (): Pool => new Pool({ ...server.config, max: 20, allowExitOnIdle: true });
    pools = [poolOf(), poolOf()];
    await postgresStore(pools[0]).migrate();
  }, 60_000);
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await server.stop();
  }, 60_000);

  type Name = "quotas" | "cache" | "signals" | "documents";
  /** Two processes on one database, by the server's time or by one that is moved. */
  const open = <Part extends Name>(part: Part, isTimed: boolean): StoreStage<PostgresStore[Part]> => {
    const clock = virtualClock({ startMs: Date.now() });
    const options = isTimed ? { now: clock.now } : {};
    const stores = pools.map((pool) => postgresStore(pool, options));
    return {
      port: stores[0]![part],
      other: stores[1]![part],
      ...(isTimed && { now: clock.now, advance: clock.advance }),
      async close() {
        for (const store of stores) await store.close();
      },
    };
  };
  const spoil = async (key: string): Promise<void> => {
    await pools[0].query("UPDATE headgate_quotas SET record = left(record, 40) WHERE key = $1", [key]);
  };

  const SUITES: Readonly<Record<string, readonly SuiteCase[]>> = {
    cache: cacheStoreSuite({ open: () => open("cache", true), caseMs: 30_000 }),
    "cache, by its own time": cacheStoreSuite({ open: () => open("cache", false), sequences: 5, caseMs: 30_000 }),
    signals: signalStoreSuite({ open: () => open("signals", true), caseMs: 30_000 }),
    "signals, by its own time": signalStoreSuite({ open: () => open("signals", false), sequences: 5, caseMs: 30_000 }),
    documents: documentStoreSuite({ open: () => open("documents", false), caseMs: 30_000 }),
    "quotas, R7: as the function has it, in 10,000 random claims": quotaStoreSuite({
      sequences: share(270),
      caseMs: 240_000,
      open: () => ({ ...open("quotas", true), spoil }),
    }),
    "quotas, by its own time": quotaStoreSuite({
      never: { advance: "it is the server's", spoil: "shown above" },
      sequences: 5,
      caseMs: 60_000,
      open: () => open("quotas", false),
    }),
  };
  describe.each(Object.entries(SUITES))("%s", (_what, cases) => {
    for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run, 240_000);
  });

  const claimed = (store: PostgresStore, key: string, holder: string, seq = 1) =>
    store.quotas.claim(key, COUNTERS, claimOf(COUNTERS, { holder, seq, positions: { parallel: { want: 1 } } }));
  const inUse = async (): Promise<number> => {
    const { rows } = await pools[0].query(
      "SELECT count(*) AS open FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' OR wait_event_type = 'Lock'",
    );
    return Number(rows[0]?.open);
  };

  it("eight processes that start at once all find their tables", async () => {
    for (const prefix of ["eight_", "again_"]) {
      const stores = Array.from({ length: 8 }, () => postgresStore(new Pool({ ...server.config, max: 1 }), { prefix }));
      await Promise.all(stores.map((store) => store.migrate()));
      await Promise.all(stores.map((store, index) => claimed(store, "a", `p${index}`)));
      expect((await stores[0]?.quotas.read("a", COUNTERS))?.holders).toBe(8);
    }
  });

  it("a schema and a prefix keep stores apart; names that are none are refused", async () => {
    await pools[0].query("CREATE SCHEMA other");
    const [here, there] = [postgresStore(pools[0]), postgresStore(pools[0], { schema: "other", prefix: "x_" })];
    await there.migrate();
    await here.documents.write("a", "here");
    await there.documents.write("a", "there");
    expect((await here.documents.read("a"))?.text).toBe("here");
    expect(postgresTables({ schema: "other", prefix: "x_" })).toContain('"other"."x_quotas"');
    for (const wrong of [{ schema: 'a"b' }, { prefix: "" }, { prefix: "Ab" }, { prefix: "x".repeat(40) }]) {
      expect(() => postgresStore(pools[0], wrong)).toThrow(/^Expected `(schema|prefix)` to be/);
    }
    expect(() => postgresStore(pools[0], { lockTimeoutMs: 0 })).toThrow(/^Expected `lockTimeoutMs` to be/);
  });

  it("without its tables it says what to do, and gives every connection back", async () => {
    const pool = new Pool({ ...server.config, max: 1 });
    const store = postgresStore(pool, { prefix: "none_" });
    await expect(store.documents.read("a")).rejects.toThrow(/await store\.migrate\(\)/);
    for (let index = 0; index < 3; index += 1) {
      await expect(claimed(store, "a", "p1")).rejects.toThrow(/await store\.migrate\(\)/);
    }
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
    await pool.end();
  });

  it("a record that cannot be read costs no connection", async () => {
    const pool = new Pool({ ...server.config, max: 1 });
    const store = postgresStore(pool);
    await claimed(store, "spoilt", "p1");
    await spoil("spoilt");
    for (let index = 0; index < 3; index += 1) await expect(claimed(store, "spoilt", "p1", 2)).rejects.toThrow(/quota/);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    expect(await inUse()).toBe(0);
    await pool.end();
  });

  it("a claim that is abandoned in the middle gives its lock back by itself", async () => {
    const store = postgresStore(pools[0], { lockTimeoutMs: 300 });
    await claimed(store, "stuck", "p1");
    // A process that falls silent while it has the lock: its third query never comes.
    const thaw: (() => void)[] = [];
    const frozen = postgresStore(
      {
        query: (text, values) => pools[1].query(text, values),
        async connect() {
          const client = await pools[1].connect();
          return new Proxy(client, {
            get(target, name) {
              if (name !== "query") return Reflect.get(target, name, target);
              return (text: string, values?: unknown[]) =>
                text.startsWith("UPDATE")
                  ? new Promise<never>((_, reject) => thaw.push(() => reject(new Error("thawed"))))
                  : target.query(text, values);
            },
          });
        },
      },
      { lockTimeoutMs: 300 },
    );
    const abandoned = claimed(frozen, "stuck", "p2").catch(String);
    await expect.poll(inUse).toBeGreaterThan(0);
    await expect
      .poll(() => claimed(store, "stuck", "p1", 2).then((answer) => answer.holders, String), { timeout: 5_000 })
      .toBe(1);
    for (const each of thaw) each();
    expect(await abandoned).toMatch(/thawed/);
    expect(pools[1].idleCount).toBe(pools[1].totalCount);
  });

  it("who waits too long for a lock is told, and its connection is as good as before", async () => {
    const store = postgresStore(pools[0], { lockTimeoutMs: 200 });
    await claimed(store, "locked", "p1");
    const other = await pools[1].connect();
    await other.query("BEGIN; SELECT * FROM headgate_quotas WHERE key = 'locked' FOR UPDATE");
    await expect(claimed(store, "locked", "p1", 2)).rejects.toThrow(/statement timeout/);
    await other.query("ROLLBACK");
    other.release();
    expect((await claimed(store, "locked", "p1", 2)).stale).toBe(false);
  });

  it("a connection that the server ends in the middle is not used again", async () => {
    const pool = new Pool({ ...server.config, max: 2 });
    const store = postgresStore(pool, { lockTimeoutMs: 15_000 });
    await claimed(store, "ended", "p1");
    const other = await pools[1].connect();
    await other.query("BEGIN; SELECT * FROM headgate_quotas WHERE key = 'ended' FOR UPDATE");
    const waiting = claimed(store, "ended", "p1", 2).catch(String);
    const ended = async (): Promise<number | null> => {
      const { rowCount } = await pools[0].query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%headgate_quotas%'",
      );
      return rowCount;
    };
    await expect.poll(ended, { timeout: 10_000 }).toBe(1);
    expect(await waiting).toMatch(/terminating connection|Connection terminated/);
    await other.query("ROLLBACK");
    other.release();
    expect(pool.totalCount).toBe(0);
    expect((await claimed(store, "ended", "p1", 2)).stale).toBe(false);
    await pool.end();
  });

  it("what is over is swept, and what is not stays", async () => {
    const clock = virtualClock({ startMs: Date.now() });
    const store = postgresStore(pools[0], { prefix: "sweep_", now: clock.now });
    await store.migrate();
    const count = async (): Promise<number> => {
      const { rows } = await pools[0].query(
        "SELECT (SELECT count(*) FROM sweep_quotas) + (SELECT count(*) FROM sweep_cache) + (SELECT count(*) FROM sweep_parks) AS all",
      );
      return Number(rows[0]?.all);
    };
    await claimed(store, "a", "p1");
    await store.cache.set("a", "1", { expiresAtMs: clock.now() + 1_000 });
    await store.cache.set("b", "1", { expiresAtMs: clock.now() + 9e8 });
    await store.signals.park("a", 1_000);
    await clock.advance(86_400_000);
    await store.cache.get("b");
    await expect.poll(count).toBe(1);
    expect((await store.cache.get("b"))?.value).toBe("1");
  });

  it("many that invalidate, set and sweep at once do not wait for each other", async () => {
    const stores = pools.map((pool) => postgresStore(pool));
    const tags = ["one", "two", "three"];
    const expiresAtMs = Date.now() + 60_000;
    for (let round = 0; round < 10; round += 1) {
      const set = Array.from({ length: 40 }, (_, index) =>
        stores[index % 2]!.cache.set(`entry ${index}`, "1", { expiresAtMs, tags }),
      );
      const invalidate = Array.from({ length: 12 }, (_, index) =>
        stores[index % 2]!.cache.invalidate(tags[index % 3]!),
      );
      const done = await Promise.allSettled([...set, ...invalidate]);
      expect(done.filter(({ status }) => status === "rejected")).toEqual([]);
    }
  });

  it("a message that is too long for NOTIFY is refused, and says so", async () => {
    await expect(postgresStore(pools[0]).signals.publish("a", "x".repeat(8_000))).rejects.toThrow(/at most 7999 bytes/);
  });

  it("listening takes one connection, and gives it back with the last that listens", async () => {
    const pool = new Pool({ ...server.config, max: 5 });
    const store = postgresStore(pool);
    const ends = ["a", "b", "c"].map((topic) => store.signals.subscribe(topic, () => {}));
    await expect.poll(() => pool.totalCount - pool.idleCount).toBe(1);
    for (const end of ends) end();
    await expect.poll(() => pool.totalCount).toBe(0);
    await pool.end();
  });

  it("a script that listens and closes nothing ends by itself", async () => {
    const dist = (name: string): string => fileURLToPath(new URL(`../../dist/src/${name}index.js`, import.meta.url));
    const script = `
      import { Pool } from "pg";
      import { postgresStore } from ${JSON.stringify(dist("store/postgres/"))};
      const store = postgresStore(new Pool({ ...${JSON.stringify(server.config)}, allowExitOnIdle: true }));
      const heard = new Promise((resolve) => store.signals.subscribe("a", resolve));
      const timer = setInterval(() => store.signals.publish("a", "heard"), 50);
      console.log(await heard);
      clearInterval(timer);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      timeout: 15_000,
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    expect(stdout).toBe("heard\n");
  });
});

describe.skipIf(reason !== undefined)("a PostgreSQL that fails", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  it("killed and started again: calls fail, nothing is unhandled, and what was claimed is there", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    process.on("uncaughtException", note);
    const pool = new Pool({ ...server.config, max: 5, connectionTimeoutMillis: 500 });
    const store = postgresStore(pool);
    await store.migrate();
    const heard: string[] = [];
    store.signals.subscribe("a", (message) => heard.push(message));
    const said = async (message: string): Promise<boolean> => {
      await store.signals.publish("a", message).catch(() => {});
      return heard.includes(message);
    };
    await expect.poll(() => said("before"), { timeout: 5_000 }).toBe(true);
    const claim = (seq: number) =>
      store.quotas.claim(
        "a",
        COUNTERS,
        claimOf(COUNTERS, { seq, leaseMs: 600_000, positions: { parallel: { want: 7 } } }),
      );
    await claim(1);
    await Promise.all([1, 2, 3].map(() => store.documents.read("a")));
    const cut = [2, 3, 4].map((seq) => claim(seq).catch(() => undefined));
    await server.kill();
    await Promise.all(cut);
    await expect(claim(5)).rejects.toThrow();
    await server.start();
    await expect.poll(() => claim(Date.now()).then(({ stale }) => stale, String), { timeout: 5_000 }).toBe(false);
    expect((await store.quotas.read("a", COUNTERS))?.levels[0]?.held).toBe(7);
    await expect.poll(() => said("after"), { timeout: 10_000 }).toBe(true);
    await store.close();
    await pool.end();
    process.off("unhandledRejection", note);
    process.off("uncaughtException", note);
    expect(unhandled).toEqual([]);
  }, 60_000);

  it("frozen and thawed: what was sent meanwhile counts once", async () => {
    const pool = new Pool({ ...server.config, max: 5 });
    const store = postgresStore(pool, { lockTimeoutMs: 10_000 });
    await store.migrate();
    const claim = (seq: number, used: number) =>
      store.quotas.claim(
        "frozen",
        COUNTERS,
        claimOf(COUNTERS, { seq, positions: { parallel: { used: [{ slot: 0, used, open: 0, acked: 0 }] } } }),
      );
    await claim(1, 5);
    server.pause();
    const sent = [2, 3, 4].map((seq) => claim(seq, 5 + seq).catch(() => undefined));
    await Promise.race([Promise.all(sent), new Promise((resolve) => setTimeout(resolve, 300))]);
    server.resume();
    await Promise.all(sent);
    const { levels } = await claim(5, 12);
    expect(levels[0]?.slots[0]?.used).toBe(12);
    await store.close();
    await pool.end();
  }, 60_000);
});
