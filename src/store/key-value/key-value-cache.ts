import { randomUUID } from "node:crypto";
import type { CacheStore, KeyValue } from "../../contract/index.ts";
import { isObject } from "../../kit/json.ts";
import type { Update } from "./update.ts";

const DAY_MS = 86_400_000;
/** An entry with tags lives no longer, so that what is known of a tag can be forgotten. */
const MAX_TAGGED_MS = 30 * DAY_MS;
const TAG_KEPT_MS = 32 * DAY_MS;

interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
  readonly setAtMs: number;
  /** The mark that each tag had when this was set: invalidating a tag gives it another. */
  readonly marks: Readonly<Record<string, string>>;
}

interface Keys {
  entry(key: string): string;
  tag(tag: string): string;
}

/** A cache over compare-and-set: reading costs one more read for each tag, all at once. */
export const keyValueCache = (kv: KeyValue, update: Update, now: () => number, keys: Keys): CacheStore => {
  const markOf = async (tag: string): Promise<readonly [string, string]> => [
    tag,
    (await kv.read(keys.tag(tag)))?.value ?? "",
  ];
  return {
    async get(key) {
      const entry = decoded((await kv.read(keys.entry(key)))?.value);
      if (entry === undefined || entry.expiresAtMs <= now()) return undefined;
      const marks = Object.entries(entry.marks);
      if (marks.length > 0 && entry.setAtMs + MAX_TAGGED_MS <= now()) return undefined;
      const stands = await Promise.all(marks.map(async ([tag, mark]) => (await markOf(tag))[1] === mark));
      return stands.every(Boolean) ? { value: entry.value, expiresAtMs: entry.expiresAtMs } : undefined;
    },
    async set(key, value, { expiresAtMs, tags = [] }) {
      if (expiresAtMs <= now()) return kv.delete(keys.entry(key));
      // Before the entry is written: a tag that is invalidated in between takes it along.
      const marks = Object.fromEntries(await Promise.all(tags.map(markOf)));
      const entry: Entry = { value, expiresAtMs, setAtMs: now(), marks };
      const text = JSON.stringify(entry);
      await update(keys.entry(key), () => ({ value: text, expiresAtMs, answer: undefined }));
    },
    delete: (key) => kv.delete(keys.entry(key)),
    invalidate: (tag) =>
      update(keys.tag(tag), () => ({ value: randomUUID(), expiresAtMs: now() + TAG_KEPT_MS, answer: undefined })),
  };
};

/** What cannot be read was not kept. */
const decoded = (text: string | undefined): Entry | undefined => {
  if (text === undefined) return undefined;
  try {
    const entry: unknown = JSON.parse(text);
    return isObject(entry) && typeof entry["value"] === "string" && isObject(entry["marks"])
      ? (entry as unknown as Entry)
      : undefined;
  } catch {
    return undefined;
  }
};
