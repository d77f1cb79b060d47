import type { SignalStore } from "../../contract/index.ts";
import { listeners } from "../listeners.ts";
import type { RedisPort, Subscriber } from "./port.ts";
import { scriptOf } from "./script.ts";

const PARK = scriptOf(`
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1
`);

const PARKED = scriptOf("return redis.call('PTTL', KEYS[1])");

/**
 * The number rises with the server's time, so that it does not begin again where the key was lost; within one millisecond, or
 * where that time went back, it rises by one. The key outlives the lease by a week.
 */
const LEASE = scriptOf(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local got = redis.call('HMGET', KEYS[1], 'holder', 'until', 'epoch')
local epoch = tonumber(got[3] or 0)
if got[1] and tonumber(got[2]) > now then
  if got[1] ~= ARGV[1] then return false end
else
  epoch = math.max(epoch + 1, now)
end
local text = string.format('%.0f', epoch)
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', string.format('%.0f', now + tonumber(ARGV[2])), 'epoch', text)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(ARGV[2]) + 604800000))
return text
`);

const RELEASE = scriptOf(`
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HDEL', KEYS[1], 'holder', 'until') end
return 1
`);

/** Signals in Redis, and the end of what they listen on. */
export interface RedisSignals {
  readonly signals: Required<SignalStore>;
  close(): void;
}

export const redisSignals = (port: RedisPort, prefix: string): RedisSignals => {
  const heard = listeners();
  const channelOf = (topic: string): string => `${prefix}m:${topic}`;
  let subscriber: Subscriber | undefined;
  return {
    signals: {
      async park(name, forMs) {
        if (forMs > 0) await port.evalScript(PARK, `${prefix}p:${name}`, [wholeMs(forMs)]);
      },
      async parked(name) {
        return Math.max(0, Number(await port.evalScript(PARKED, `${prefix}p:${name}`, [])));
      },
      async lease(name, holder, forMs) {
        const epoch = await port.evalScript(LEASE, `${prefix}l:${name}`, [holder, wholeMs(forMs)]);
        return epoch === null ? undefined : { epoch: Number(epoch) };
      },
      async release(name, holder) {
        await port.evalScript(RELEASE, `${prefix}l:${name}`, [holder]);
      },
      publish: (topic, message) => port.publish(channelOf(topic), message),
      subscribe(topic, hear) {
        const isFirst = !heard.has(topic);
        const end = heard.add(topic, hear);
        if (isFirst) {
          subscriber ??= port.openSubscriber();
          subscriber.subscribe(channelOf(topic), (message) => heard.tell(topic, message));
        }
        let isOver = false;
        return () => {
          if (isOver) return;
          isOver = true;
          end();
          if (!heard.has(topic)) subscriber?.unsubscribe(channelOf(topic));
        };
      },
    },
    close() {
      subscriber?.close();
      subscriber = undefined;
    },
  };
};

/** Redis counts in whole milliseconds: rather one too many. */
const wholeMs = (forMs: number): string => String(Math.ceil(forMs));
