import { randomUUID } from "node:crypto";
import type { CacheEntry, CacheStore } from "../../contract/index.ts";
import type { RedisPort } from "./port.ts";
import { scriptOf } from "./script.ts";

/** Keeps an entry for so many milliseconds; one that is over takes what stood there with it. */
const SET = scriptOf(`
if tonumber(ARGV[2]) <= 0 then return redis.call('DEL', KEYS[1]) end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
`);

const DELETE = scriptOf("return redis.call('DEL', KEYS[1])");

/** The tag's sign: the one it has, kept at least as long as the entry that bears it, or the new one. */
const SIGN = scriptOf(`
local sign = redis.call('GET', KEYS[1])
if not sign then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sign
`);

/** Beyond this many milliseconds (a hundred years) Redis is asked to keep nothing. */
const LONGEST_MS = 3_155_760_000_000;

/**
 * A cache in Redis. A tag has a random sign under a key of its own, and an entry bears the signs its tags had when it was set;
 * `invalidate` drops the sign, and the next one is another. So an entry is found only while all its signs are still there: one
 * that was being set meanwhile bears the old sign, one whose tag was evicted is forgotten, and no list of keys is kept.
 */
export const redisCache = (port: RedisPort, prefix: string, nowMs: () => number): CacheStore => {
  const entryKey = (key: string): string => `${prefix}c:${key}`;
  const tagKey = (tag: string): string => `${prefix}t:${tag}`;
  return {
    async get(key) {
      const text = await port.get(entryKey(key));
      const entry = text === undefined ? undefined : read(text);
      if (entry === undefined) return undefined;
      const signs = await Promise.all(entry.tags.map(({ tag }) => port.get(tagKey(tag))));
      const isValid = entry.tags.every(({ sign }, index) => signs[index] === sign);
      if (!isValid || entry.expiresAtMs <= nowMs()) return undefined;
      return { value: entry.value, expiresAtMs: entry.expiresAtMs };
    },
    async set(key, value, { expiresAtMs, tags = [] }) {
      const forMs = String(Math.min(LONGEST_MS, Math.ceil(expiresAtMs - nowMs())));
      const isOver = Number(forMs) <= 0;
      const signed = await Promise.all(
        (isOver ? [] : tags).map(async (tag) => ({
          tag,
          sign: String(await port.evalScript(SIGN, tagKey(tag), [randomUUID(), forMs])),
        })),
      );
      await port.evalScript(SET, entryKey(key), [written({ value, expiresAtMs, tags: signed }), forMs]);
    },
    async delete(key) {
      await port.evalScript(DELETE, entryKey(key), []);
    },
    async invalidate(tag) {
      await port.evalScript(DELETE, tagKey(tag), []);
    },
  };
};

interface Signed extends CacheEntry {
  readonly tags: readonly { readonly tag: string; readonly sign: string }[];
}

/** A line about the entry, then its value as it is. */
const written = ({ value, expiresAtMs, tags }: Signed): string =>
  `${JSON.stringify([expiresAtMs, ...tags.map(({ tag, sign }) => [tag, sign])])}\n${value}`;

/** `undefined` for what is no entry: another program's, or another version's. */
const read = (text: string): Signed | undefined => {
  const end = text.indexOf("\n");
  try {
    const [expiresAtMs, ...tags] = JSON.parse(text.slice(0, end)) as [number, ...[string, string][]];
    if (typeof expiresAtMs !== "number") return undefined;
    return { value: text.slice(end + 1), expiresAtMs, tags: tags.map(([tag, sign]) => ({ tag, sign })) };
  } catch {
    return undefined;
  }
};
