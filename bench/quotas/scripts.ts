/**
 * The baseline: a script an admission, and one a settlement, with a bucket and a budget. As simple as is correct: a call has
 * a name and a lease, so that one whose process is gone is charged in the end, and one that is settled twice counts once.
 */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** KEYS: the counters, the leases. ARGV: call, nano-dollars, cap, a minute, budget, lease. */
const ADMIT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local nano, cap, perMinute = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for _, call in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], 0, now, 'LIMIT', 0, 10)) do
  local held = redis.call('HGET', KEYS[1], 'r:' .. call)
  redis.call('HINCRBY', KEYS[1], 'spent', held)
  redis.call('HINCRBY', KEYS[1], 'reserved', -tonumber(held))
  redis.call('HDEL', KEYS[1], 'r:' .. call)
  redis.call('ZREM', KEYS[2], call)
end
local had = redis.call('HMGET', KEYS[1], 'level', 'at', 'spent', 'reserved')
local level = math.min(cap, (tonumber(had[1]) or cap) + (now - (tonumber(had[2]) or now)) * perMinute / 60000)
local reserved = tonumber(had[4]) or 0
if level < 1 then return { 0, math.ceil((1 - level) * 60000 / perMinute) } end
if (tonumber(had[3]) or 0) + reserved + nano > tonumber(ARGV[5]) then return { 0, -1 } end
redis.call('HSET', KEYS[1], 'level', string.format('%.17g', level - 1), 'at', string.format('%.0f', now),
  'reserved', string.format('%.0f', reserved + nano), 'r:' .. ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[6])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], 3600000)
redis.call('PEXPIRE', KEYS[2], 3600000)
return { 1, 0 }
`;

/** ARGV: call, nano-dollars that it really cost. */
const SETTLE = `
local held = redis.call('HGET', KEYS[1], 'r:' .. ARGV[1])
if not held then return 0 end
redis.call('HDEL', KEYS[1], 'r:' .. ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'reserved', -tonumber(held))
redis.call('HINCRBY', KEYS[1], 'spent', ARGV[2])
return 1
`;

const shaOf = (source: string): string => createHash("sha1").update(source).digest("hex");
const [ADMIT_SHA, SETTLE_SHA] = [shaOf(ADMIT), shaOf(SETTLE)];
const LEASE_MS = 60_000;

export interface Limits {
  readonly cap: number;
  readonly perMinute: number;
  readonly budgetNanoUsd: number;
}

export interface ScriptedCall {
  readonly tenant: string;
  readonly id: string;
  readonly nanoUsd: number;
}

export const loadScripts = async (redis: Redis): Promise<void> => {
  await redis.script("LOAD", ADMIT);
  await redis.script("LOAD", SETTLE);
};

export const admitByScript = async (redis: Redis, call: ScriptedCall, limits: Limits): Promise<void> => {
  const { tenant, id, nanoUsd } = call;
  const { cap, perMinute, budgetNanoUsd } = limits;
  const args = [id, nanoUsd, cap, perMinute, budgetNanoUsd, LEASE_MS];
  const [isIn] = (await redis.evalsha(ADMIT_SHA, 2, tenant, leasesOf(tenant), ...args)) as [number, number];
  if (isIn !== 1) throw new Error("refused");
};

export const settleByScript = async (redis: Redis, { tenant, id }: ScriptedCall, actual: number): Promise<void> => {
  await redis.evalsha(SETTLE_SHA, 2, tenant, leasesOf(tenant), id, actual);
};

const leasesOf = (tenant: string): string => `${tenant}:leases`;

export const spentByScripts = async (redis: Redis, tenant: string): Promise<number> =>
  Number((await redis.hget(tenant, "spent")) ?? 0);
