/** A store made of `read` and `compareAndSet`: what every store must do, and what happens when many write. */
import { fromKeyValue, GatewayError, type KeyValue, type KeyValueStore } from "headgate";
import {
  cacheStoreSuite,
  documentStoreSuite,
  quotaStoreSuite,
  type StoreStage,
  signalStoreSuite,
  virtualClock,
} from "headgate/testing";
import { describe, expect, it } from "vitest";
import { claimOf } from "../../src/testing/store-suites/quota-holder.ts";
import { share } from "../long.ts";

interface Kept {
  value: string;
  readonly version: string;
  readonly expiresAtMs: number;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As a stranger's store behaves: every operation takes a while, and what is over is gone. */
const keyValue = (now: () => number): { readonly kv: KeyValue; readonly kept: Map<string, Kept>; writes: number } => {
  const kept = new Map<string, Kept>();
  const at = (key: string): Kept | undefined => {
    const had = kept.get(key);
    return had === undefined || had.expiresAtMs < now() ? undefined : had;
  };
  const state = {
    kept,
    writes: 0,
    kv: {
      name: "a map",
      async read(key: string) {
        await turn();
        const had = at(key);
        await turn();
        return had && { value: had.value, version: had.version };
      },
      async compareAndSet(key: string, version: string | undefined, value: string, expiresAtMs: number) {
        await turn();
        if (at(key)?.version !== version) return false;
        state.writes += 1;
        kept.set(key, { value, version: `v${state.writes}`, expiresAtMs });
        return true;
      },
      async delete(key: string) {
        kept.delete(key);
      },
    },
  };
  return state;
};

/** Two processes on one store. */
const timed = () => {
  const { now, advance } = virtualClock();
  const state = keyValue(now);
  const stores = [fromKeyValue(state.kv, { now }), fromKeyValue(state.kv, { now })] as const;
  return { ...state, now, advance, stores };
};

const stageOf = <Name extends "quotas" | "cache" | "signals" | "documents">(
  name: Name,
): StoreStage<KeyValueStore[Name]> => {
  const { stores, now, advance } = timed();
  return { port: stores[0][name], other: stores[1][name], now, advance };
};

describe.each([
  ["cache", cacheStoreSuite({ open: () => stageOf("cache") })],
  ["signals", signalStoreSuite({ open: () => stageOf("signals") })],
  ["documents", documentStoreSuite({ open: () => stageOf("documents") })],
  [
    "quotas, R7",
    quotaStoreSuite({
      sequences: share(270),
      caseMs: 60_000,
      open() {
        const { stores, kept, now, advance } = timed();
        const spoil = (key: string): void => {
          const record = kept.get(`headgate:quota:${key}`);
          if (record !== undefined) record.value = record.value.slice(0, -5);
        };
        return { port: stores[0].quotas, other: stores[1].quotas, now, advance, spoil };
      },
    }),
  ],
  [
    "quotas, by the system's clock",
    quotaStoreSuite({
      never: { advance: "it is the system's", spoil: "shown above" },
      open() {
        const { kv } = keyValue(Date.now);
        return { port: fromKeyValue(kv).quotas, other: fromKeyValue(kv).quotas };
      },
    }),
  ],
])("a store of keys and values: %s", (_what, cases) => {
  for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run, 60_000);
});

const COUNTERS = [{ name: "parallel", type: "parallel", cap: 1_000_000 }] as const;

/** Each claims again as soon as it is answered, as long as the slowest is not done. */
const raced = async (stores: readonly KeyValueStore[], claims: number): Promise<readonly number[]> => {
  const done = stores.map(() => 0);
  await Promise.all(
    stores.map(async ({ quotas }, index) => {
      for (let seq = 1; Math.min(...done) < claims; seq += 1) {
        await quotas.claim(
          "a",
          COUNTERS,
          claimOf(COUNTERS, { holder: `p${index}`, seq, positions: { parallel: { want: 1 } } }),
        );
        done[index] = seq;
      }
    }),
  );
  return done;
};

const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("many writers", () => {
  it("four that write without a pause all come to their turn", async () => {
    const { kv } = keyValue(Date.now);
    // Somewhere else: one that answers within the same turn of the event loop lets nobody's wait end.
    const away: KeyValue = {
      ...kv,
      read: async (key) => turned().then(() => kv.read(key)),
      compareAndSet: async (...asked) => turned().then(() => kv.compareAndSet(...asked)),
    };
    const stores = [0, 1, 2, 3].map(() => fromKeyValue(away));
    const done = await raced(stores, 50);
    expect(Math.min(...done)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...done)).toBeLessThan(50 * 10);
    const view = await stores[0]?.quotas.read("a", COUNTERS);
    expect(view?.holders).toBe(4);
  });

  it("one process never loses to itself, however much it wants at once", async () => {
    const { kv, ...state } = timed();
    const counts = { lost: 0 };
    const counting: KeyValue = {
      ...kv,
      async compareAndSet(...asked) {
        const isWritten = await kv.compareAndSet(...asked);
        if (!isWritten) counts.lost += 1;
        return isWritten;
      },
    };
    const { quotas } = fromKeyValue(counting, { now: state.now });
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        quotas.claim("a", COUNTERS, claimOf(COUNTERS, { holder: `p${index}`, positions: { parallel: { want: 1 } } })),
      ),
    );
    expect(counts.lost).toBe(0);
    expect((await quotas.read("a", COUNTERS))?.levels[0]?.held).toBe(100);
  });

  it("who loses again and again is told, after 20 tries and waits that grow", async () => {
    const waits: number[] = [];
    const clock = {
      chance: () => 0.5,
      after(ms: number, fn: () => void) {
        waits.push(ms);
        queueMicrotask(fn);
        return () => {};
      },
    };
    const { kv } = keyValue(Date.now);
    const { quotas } = fromKeyValue({ ...kv, compareAndSet: async () => false }, { clock });
    const error = await quotas.claim("a", COUNTERS, claimOf(COUNTERS, {})).catch((thrown: unknown) => thrown);
    expect(GatewayError.is(error, "store_unavailable") && error.details.store).toBe("a map");
    expect(waits).toHaveLength(20);
    expect(waits.slice(0, 6)).toEqual([4, 8, 16, 32, 50, 50]);
  });

  it("a store that fails says so, and the next in line goes on", async () => {
    const { kv } = keyValue(Date.now);
    let reads = 0;
    const failing: KeyValue = {
      ...kv,
      read(key) {
        reads += 1;
        return reads === 1 ? Promise.reject(new Error("away")) : kv.read(key);
      },
    };
    const { quotas } = fromKeyValue(failing);
    const claims = [1, 2].map((seq) => quotas.claim("a", COUNTERS, claimOf(COUNTERS, { seq })));
    const [first, second] = await Promise.allSettled(claims);
    expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"]);
  });
});

it.each([
  ["garbage", "\u0000\u0001 nothing"],
  ["another version", "quota/2 {}"],
  ["a text that was cut", 'quota/1 {"born":1,"atMs":5,"rows":{'],
  ["another object", 'quota/1 {"born":"x"}'],
  [
    "rows that are none",
    'quota/1 {"born":1,"atMs":5,"dueMs":0,"live":1,"counters":{},"rows":{"p1":{"seq":1,"counters":{"a":{}}}}}',
  ],
])("a record that is %s is told by its key and without its content, and stays as it is", async (_what, value) => {
  const { stores, kept } = timed();
  const record = { value, version: "v0", expiresAtMs: 9e15 };
  kept.set("headgate:quota:a", record);
  const error = await stores[0].quotas.claim("a", COUNTERS, claimOf(COUNTERS, {})).catch(String);
  expect(error).toMatch(/^TypeError: The record of the quota "a" /);
  expect(error).not.toContain("born");
  expect(kept.get("headgate:quota:a")).toEqual(record);
});
