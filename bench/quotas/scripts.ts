/**
 * The baseline: a script an admission, and one a settlement. As simple as it can be, with a bucket and a budget: nobody's
 * lease runs out, and a settlement that is sent twice counts twice.
 */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

const ADMIT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local need, nano, cap, perMinute, budget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local had = redis.call('HMGET', KEYS[1], 'level', 'at', 'spent', 'reserved')
local level = math.min(cap, (tonumber(had[1]) or cap) + (now - (tonumber(had[2]) or now)) * perMinute / 60000)
local spent, reserved = tonumber(had[3]) or 0, tonumber(had[4]) or 0
if level < need then return { 0, math.ceil((need - level) * 60000 / perMinute) } end
if spent + reserved + nano > budget then return { 0, -1 } end
redis.call('HSET', KEYS[1], 'level', string.format('%.17g', level - need), 'at', string.format('%.0f', now), 'reserved', string.format('%.0f', reserved + nano))
redis.call('PEXPIRE', KEYS[1], 3600000)
return { 1, 0 }
`;

const SETTLE = `
redis.call('HINCRBY', KEYS[1], 'reserved', -tonumber(ARGV[1]))
return redis.call('HINCRBY', KEYS[1], 'spent', ARGV[2])
`;

const shaOf = (source: string): string => createHash("sha1").update(source).digest("hex");
const [ADMIT_SHA, SETTLE_SHA] = [shaOf(ADMIT), shaOf(SETTLE)];

export interface Limits {
  readonly cap: number;
  readonly perMinute: number;
  readonly budgetNanoUsd: number;
}

export const loadScripts = async (redis: Redis): Promise<void> => {
  await redis.script("LOAD", ADMIT);
  await redis.script("LOAD", SETTLE);
};

export const admitByScript = async (redis: Redis, key: string, nanoUsd: number, limits: Limits): Promise<void> => {
  const { cap, perMinute, budgetNanoUsd } = limits;
  const [isIn] = (await redis.evalsha(ADMIT_SHA, 1, key, 1, nanoUsd, cap, perMinute, budgetNanoUsd)) as [number, number];
  if (isIn !== 1) throw new Error("refused");
};

export const settleByScript = async (redis: Redis, key: string, reserved: number, actual: number): Promise<void> => {
  await redis.evalsha(SETTLE_SHA, 1, key, reserved, actual);
};

export const spentByScripts = async (redis: Redis, key: string): Promise<number> =>
  Number((await redis.hget(key, "spent")) ?? 0);
