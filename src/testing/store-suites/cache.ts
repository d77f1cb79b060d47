import assert from "node:assert/strict";
import type { CacheEntry, CacheStore } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import {
  casesOn,
  clientsOf,
  type Dice,
  nowOf,
  ODD_NAMES,
  type Playing,
  type PlayStep,
  playSequences,
  type StoreStage,
  type StoreSuiteOptions,
} from "./stage.ts";

export type CacheStoreSuiteOptions = StoreSuiteOptions<StoreStage<CacheStore>>;

const HOUR_MS = 3_600_000;
const SOON_MS = 200;
const LONG = "水".repeat(300_000);

/**
 * What every cache must do, as cases for any test runner. A cache may forget; what the suite sets it expects to find for
 * the moment, since a cache that forgets at once is none.
 *
 * @example
 * for (const { name, skip, run } of cacheStoreSuite({ open: () => ({ port: mine.cache }) })) test(name, { skip }, run);
 */
export const cacheStoreSuite = (options: CacheStoreSuiteOptions): readonly SuiteCase[] => {
  const on = casesOn<CacheStore, StoreStage<CacheStore>>(options);
  return [
    on("what nobody set is not there", async ({ port, own }) => {
      for (const key of ["a", "constructor", ""]) assert.equal(await port.get(own(key)), undefined);
      for (const key of ODD_NAMES) {
        await port.delete(key);
        assert.equal(await port.get(key), undefined, `${key.slice(0, 20)} was never set`);
      }
    }),
    on("answers what was set last, and when it is over", async (stage) => {
      const key = stage.own("a");
      const [one, two] = clientsOf(stage) as [CacheStore, CacheStore];
      for (const [value, forMs] of [
        ["first", HOUR_MS] as const,
        ["", 2 * HOUR_MS] as const,
        ["third", 9_000] as const,
      ]) {
        const entry = { value, expiresAtMs: nowOf(stage) + forMs };
        await one.set(key, value, { expiresAtMs: entry.expiresAtMs });
        for (const client of [one, two, one]) assert.deepEqual(await client.get(key), entry);
      }
    }),
    on("odd keys, tags and values are as good as others", async (stage) => {
      const { port } = stage;
      const expiresAtMs = nowOf(stage) + HOUR_MS;
      for (const odd of ODD_NAMES) await port.set(odd, `of ${odd}`, { expiresAtMs, tags: [odd] });
      for (const odd of ODD_NAMES) assert.deepEqual(await port.get(odd), { value: `of ${odd}`, expiresAtMs });
      for (const odd of ODD_NAMES) {
        await port.invalidate(odd);
        assert.equal(await port.get(odd), undefined, `tag ${odd.slice(0, 20)}`);
      }
      assert.equal(Object.hasOwn(Object.prototype, "value"), false, "the prototype of all objects was written to");
    }),
    on("a long value comes whole", async (stage) => {
      const expiresAtMs = nowOf(stage) + HOUR_MS;
      await stage.port.set(stage.own("long"), LONG, { expiresAtMs });
      const entry = await stage.port.get(stage.own("long"));
      assert(entry !== undefined && entry.value === LONG, "it is not the same");
    }),
    on("what is over is never returned", expiry),
    on("what is deleted is gone, and only that", async (stage) => {
      const [one, two] = clientsOf(stage) as [CacheStore, CacheStore];
      const expiresAtMs = nowOf(stage) + HOUR_MS;
      await one.set(stage.own("a"), "1", { expiresAtMs });
      await one.set(stage.own("ab"), "2", { expiresAtMs });
      for (const client of [two, one]) await client.delete(stage.own("a"));
      assert.equal(await one.get(stage.own("a")), undefined);
      assert.deepEqual(await one.get(stage.own("ab")), { value: "2", expiresAtMs });
    }),
    on("invalidate drops what was set with the tag before, by whomever, and nothing else", invalidation),
    on("many at once are each whole", async (stage) => {
      const expiresAtMs = nowOf(stage) + HOUR_MS;
      const clients = clientsOf(stage);
      const values = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(index + 1));
      const clientOf = (index: number): CacheStore => clients[index % 2] as CacheStore;
      await Promise.all(
        values.flatMap((value, index) => [
          clientOf(index).set(stage.own("one"), value, { expiresAtMs, tags: [stage.own(`${index % 3}`)] }),
          clientOf(index).set(stage.own(`key ${index}`), value, { expiresAtMs }),
        ]),
      );
      const { value } = (await stage.port.get(stage.own("one"))) ?? {};
      assert(values.includes(value ?? "nothing"), `a mixture: ${value?.slice(0, 50)}`);
      const found = await Promise.all(values.map((_, index) => stage.port.get(stage.own(`key ${index}`))));
      assert.deepEqual(
        found.map((entry) => entry?.value),
        values,
      );
    }),
    on("random operations: as a small model of it has it", (stage) =>
      playSequences(options, (sequence) => sequenceOn(stage, sequence)),
    ),
  ];
};

const expiry = async (stage: Playing<StoreStage<CacheStore>>): Promise<void> => {
  const { port, own, advance } = stage;
  await port.set(own("past"), "1", { expiresAtMs: nowOf(stage) - 1 });
  assert.equal(await port.get(own("past")), undefined, "it was over before it was set");
  await port.set(own("again"), "1", { expiresAtMs: nowOf(stage) + HOUR_MS });
  await port.set(own("again"), "2", { expiresAtMs: nowOf(stage) - 1 });
  assert.equal(await port.get(own("again")), undefined, "it was over before it was set, and what stood there is older");
  const expiresAtMs = nowOf(stage) + SOON_MS;
  await port.set(own("soon"), "1", { expiresAtMs, tags: [own("tag")] });
  await port.set(own("later"), "1", { expiresAtMs: expiresAtMs + HOUR_MS });
  if (advance !== undefined) {
    await advance(SOON_MS - 1);
    assert.deepEqual(await port.get(own("soon")), { value: "1", expiresAtMs });
    await advance(1);
    assert.equal(await port.get(own("soon")), undefined, "it is over at `expiresAtMs`");
  }
  await stage.until(async () => {
    const askedAtMs = nowOf(stage);
    const entry = await port.get(own("soon"));
    assert(entry === undefined || askedAtMs < expiresAtMs, `returned ${askedAtMs - expiresAtMs} ms after its end`);
    return nowOf(stage) >= expiresAtMs && entry === undefined;
  }, "it was over");
  assert.notEqual(await port.get(own("later")), undefined, "what is not over is there");
};

const invalidation = async (stage: Playing<StoreStage<CacheStore>>): Promise<void> => {
  const { own } = stage;
  const [one, two] = clientsOf(stage) as [CacheStore, CacheStore];
  const expiresAtMs = nowOf(stage) + HOUR_MS;
  const set = (key: string, ...tags: string[]): Promise<void> =>
    one.set(own(key), key, { expiresAtMs, ...(tags.length > 0 && { tags: tags.map(own) }) });
  const keys = ["none", "red", "blue", "red and blue", "was red"];
  const there = async (): Promise<string[]> => {
    const entries = await Promise.all(keys.map((key) => one.get(own(key))));
    return keys.filter((_, index) => entries[index] !== undefined);
  };
  await set("none");
  await set("red", "red");
  await set("blue", "blue");
  await set("red and blue", "red", "blue");
  await set("was red", "red");
  await set("was red", "blue");
  await two.invalidate(own("green"));
  assert.deepEqual(await there(), keys, "nothing has that tag");
  await two.invalidate(own("red"));
  assert.deepEqual(await there(), ["none", "blue", "was red"]);
  await set("red", "red");
  assert.deepEqual(await there(), ["none", "red", "blue", "was red"], "set after it was invalidated");
  await one.invalidate(own("blue"));
  await one.invalidate(own("blue"));
  assert.deepEqual(await there(), ["none", "red"]);
  await two.invalidate(own("red"));
  assert.deepEqual(await there(), ["none"], "a tag can be invalidated again");
};

interface Entry extends CacheEntry {
  readonly tags: readonly string[];
}

const KEYS = ["a", "b", "c", "d"];
const TAGS = ["x", "y", "z"];

/** What is to be found, by key. Ends are far, passed, or (where time can be moved) a few steps away. */
const sequenceOn = (stage: Playing<StoreStage<CacheStore>>, sequence: number): PlayStep => {
  const model = new Map<string, Entry>();
  const own = (name: string): string => stage.own(`${sequence} ${name}`);
  const expected = (key: string): CacheEntry | undefined => {
    const entry = model.get(key);
    return entry === undefined || entry.expiresAtMs <= nowOf(stage)
      ? undefined
      : { value: entry.value, expiresAtMs: entry.expiresAtMs };
  };
  const operations: Readonly<Record<string, (dice: Dice, cache: CacheStore) => Promise<string>>> = {
    async set(dice, cache) {
      const [key, value] = [dice.one(KEYS), `${dice.whole(1_000)}`];
      const tags = TAGS.filter(() => dice.whole(2) === 0);
      const ends = stage.advance === undefined ? [HOUR_MS, -1] : [HOUR_MS, -1, 0, 1, 5, 10];
      const expiresAtMs = nowOf(stage) + dice.one(ends);
      model.set(key, { value, expiresAtMs, tags });
      await cache.set(own(key), value, { expiresAtMs, tags: tags.map(own) });
      return `set ${key} [${tags}] until ${expiresAtMs}`;
    },
    async delete(dice, cache) {
      const key = dice.one(KEYS);
      model.delete(key);
      await cache.delete(own(key));
      return `delete ${key}`;
    },
    async invalidate(dice, cache) {
      const tag = dice.one(TAGS);
      for (const [key, { tags }] of model) if (tags.includes(tag)) model.delete(key);
      await cache.invalidate(own(tag));
      return `invalidate ${tag}`;
    },
    async advance(dice) {
      await stage.advance?.(dice.whole(6));
      return `at ${nowOf(stage)}`;
    },
  };
  const names = ["set", "set", "set", "delete", "invalidate", ...(stage.advance === undefined ? [] : ["advance"])];
  return async (dice, told) => {
    const clients = clientsOf(stage);
    told((await operations[dice.one(names)]?.(dice, dice.one(clients))) ?? "");
    const reader = dice.one(clients);
    for (const key of KEYS) assert.deepEqual(await reader.get(own(key)), expected(key), `get ${key}`);
  };
};
