import { isObject } from "../kit/json.ts";
import type { Quota } from "./record.ts";

/** Of the form below: a record of another is not read, and not written over. */
const VERSION = "quota/1 ";

/** A record as text, for stores that keep text. */
export const encodeQuota = (quota: Quota): string => `${VERSION}${JSON.stringify(quota)}`;

/** Throws for what is not a record of this version. The text itself stands in no message. */
export const decodeQuota = (text: string, key: string): Quota => {
  const what = `The record of the quota "${key.slice(0, 200)}"`;
  if (!text.startsWith(VERSION))
    throw new TypeError(`${what} is none of this version of headgate (${VERSION.trim()}).`);
  let quota: unknown;
  try {
    quota = JSON.parse(text.slice(VERSION.length));
  } catch {
    // What JSON.parse says of it would quote it.
  }
  if (!isQuota(quota)) throw new TypeError(`${what} cannot be read: it was cut or written over by something else.`);
  return quota;
};

const isQuota = (value: unknown): value is Quota =>
  isObject(value) &&
  [value["born"], value["atMs"], value["dueMs"], value["live"]].every(Number.isSafeInteger) &&
  isMapOf(value["counters"], (state) => typeof state["level"] === "number" && Array.isArray(state["slots"])) &&
  isMapOf(value["rows"], (row) => Number.isSafeInteger(row["seq"]) && isMapOf(row["counters"], hasUsed));

const hasUsed = (mine: Readonly<Record<string, unknown>>): boolean =>
  typeof mine["hold"] === "number" && Array.isArray(mine["used"]);

const isMapOf = (value: unknown, isOne: (each: Readonly<Record<string, unknown>>) => boolean): boolean =>
  isObject(value) && Object.values(value).every((each) => isObject(each) && isOne(each));
