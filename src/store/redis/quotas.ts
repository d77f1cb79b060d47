import {
  type Claim,
  type Counter,
  GatewayError,
  type Granted,
  type Level,
  type Position,
  type QuotaStore,
  type QuotaView,
  type Slot,
} from "../../contract/index.ts";
import { viewQuota } from "../../quotas/apply.ts";
import type { CounterState, Quota } from "../../quotas/record.ts";
import { CLAIM } from "./claim-script.ts";
import type { RedisPort } from "./port.ts";
import { scriptOf } from "./script.ts";

/** Changes nothing: the time, what the record says of itself, and the counters that were asked for. */
const READ = scriptOf(`
local time = redis.call('TIME')
local fields = { 'q' }
for index, name in ipairs(ARGV) do fields[index + 1] = 'c:' .. name end
local got = redis.call('HMGET', KEYS[1], unpack(fields))
if not got[1] and redis.call('EXISTS', KEYS[1]) == 1 then error('HEADGATE_UNREADABLE: record') end
table.insert(got, 1, string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)))
return got
`);

export interface RedisQuotasOptions {
  readonly port: RedisPort;
  readonly prefix: string;
  readonly storeName: string;
  /** For tests: epoch milliseconds instead of the server's. */
  readonly timeMs?: () => number;
}

/** Quotas in Redis: `applyQuota` as a script, on one key. */
export const redisQuotas = ({ port, prefix, storeName, timeMs }: RedisQuotasOptions): QuotaStore => {
  const keyOf = (key: string): string => `${prefix}q:${key}`;
  const readable = async <Result>(work: Promise<Result>): Promise<Result> =>
    work.catch((error: unknown) => {
      throw isUnreadable(error) ? unreadable(storeName) : error;
    });
  return {
    async claim(key, counters, claim) {
      const args = argumentsOf(counters, claim, timeMs?.());
      return grantedOf(await readable(port.evalScript(CLAIM, keyOf(key), args)), counters);
    },
    async read(key, counters) {
      const names = counters.map(({ name }) => nameOf(name));
      const [time, head, ...states] = (await readable(port.evalScript(READ, keyOf(key), names))) as readonly unknown[];
      if (typeof head !== "string") return undefined;
      const quota = quotaOf(head, counters, states);
      if (quota === undefined) throw unreadable(storeName);
      return viewOf(quota, counters, timeMs?.() ?? Number(time));
    },
  };
};

/** A name without what separates things in a record. */
const nameOf = (name: string): string => encodeURIComponent(name);

const TYPES = { bucket: "b", rolling: "r", calendar: "c", parallel: "p" } as const;
const NOTHING: Position = { used: [], keep: 0, want: 0, least: 0 };

/** A claim as the script takes it. */
const argumentsOf = (counters: readonly Counter[], claim: Claim, timeMs: number | undefined): readonly string[] => {
  const { holder, seq, leaseMs, validUntilMs, nonce, known } = claim;
  const knownCounters = known.born === 0 ? [] : known.counters.slice(0, counters.length);
  const args: (string | number)[] = [timeMs ?? "", holder, seq, leaseMs, validUntilMs, nonce, known.born, known.atMs];
  args.push(counters.length, knownCounters.length);
  for (const { name } of counters) args.push(nameOf(name));
  for (const [index, counter] of counters.entries()) {
    args.push(TYPES[counter.type], counter.cap);
    if (counter.type === "bucket") args.push(counter.perMinute);
    else if (counter.type === "rolling") args.push(counter.slotMs, counter.slots);
    else if (counter.type === "calendar") args.push(counter.starts.length, ...counter.starts);
    const { used, keep, want, least } = claim.positions[index] ?? NOTHING;
    args.push(keep, want, least, used.length);
    for (const each of used) args.push(each.slot, each.used, each.open, each.acked);
  }
  for (const { slot, used, level } of knownCounters) args.push(slot, used, level);
  return args.map(String);
};

/** What the script says: see there. */
const grantedOf = (reply: unknown, counters: readonly Counter[]): Granted => {
  const [head = "", ...parts] = String(reply).split("|");
  const [nowMs = 0, born = 0, stale = 0, holders = 0] = figuresOf(head, " ");
  const granted = counters.map(() => 0);
  const levels = parts.map((part, index): Level => {
    const [figures = "", ...slots] = part.split(";");
    const [amount = 0, level = 0, held = 0] = figuresOf(figures, " ");
    granted[index] = amount;
    return { level, held, slots: slots.map(slotOf) };
  });
  return { nowMs, born, stale: stale === 1, granted, levels, holders };
};

const figuresOf = (text: string, separator: string): readonly number[] => text.split(separator).map(Number);

const slotOf = (text: string): Slot => {
  const [start = 0, end = 0, used = 0, open = 0, orphaned = 0, restored = 0] = figuresOf(text, ",");
  return { start, end, used, open, orphaned, restored };
};

/** The record without its rows. `undefined` where it is none. */
const quotaOf = (head: string, counters: readonly Counter[], raw: readonly unknown[]): Quota | undefined => {
  const figures = /^1 \d+ \d+ \d+ \d+$/.test(head) ? figuresOf(head, " ") : [];
  const [, born, atMs, dueMs, live] = figures;
  if (born === undefined || atMs === undefined || dueMs === undefined || live === undefined) return undefined;
  const states: Record<string, CounterState> = {};
  for (const [index, { name }] of counters.entries()) {
    const text = raw[index];
    if (typeof text !== "string") continue;
    const state = counterStateOf(text);
    if (state === undefined) return undefined;
    states[name] = state;
  }
  return { born, atMs, dueMs, live, counters: states, rows: {} };
};

const STATE = /^([brcp]) (-?\d+) (-?\d+) (-?\d+) (-?\d+) (\d+) -?\d+((?:;[-\d,]+)*)$/;

/** A counter as a record has it. */
export const counterStateOf = (text: string): CounterState | undefined => {
  const [, letter, level, atMs, held, slot, slotMs, slots = ""] = STATE.exec(text) ?? [];
  const type = (Object.keys(TYPES) as CounterState["type"][]).find((each) => TYPES[each] === letter);
  if (type === undefined) return undefined;
  const figures = { level: Number(level), atMs: Number(atMs), held: Number(held), slot: Number(slot) };
  return { type, ...figures, slotMs: Number(slotMs), slots: slots.split(";").slice(1).map(slotOf) };
};

const viewOf = (quota: Quota, counters: readonly Counter[], timeMs: number): QuotaView =>
  viewQuota(quota, counters, timeMs);

/** The script found no record of its own in the key, or something that is no hash at all. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof Error && /HEADGATE_UNREADABLE|WRONGTYPE/.test(error.message);

const unreadable = (store: string): GatewayError<"store_unavailable"> =>
  new GatewayError(
    "store_unavailable",
    `The store ${store} holds something under a quota's key that is no quota of this version of headgate. It was left as it is: delete the key, or choose another prefix.`,
    { details: { store } },
  );
