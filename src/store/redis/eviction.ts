import type { RedisPort } from "./port.ts";
import { scriptOf } from "./script.ts";

/** INFO, which is allowed in more places than CONFIG is. */
const POLICY = scriptOf("return string.match(redis.call('INFO', 'memory'), 'maxmemory_policy:(%S+)')");

const warned = new WeakSet<object>();

/**
 * Warns once a client where Redis may throw a budget away to make room: it would begin again as if nothing had been spent.
 * Where it cannot be asked, nothing is said.
 */
export const warnOfEviction = async (client: object, port: RedisPort, prefix: string): Promise<void> => {
  if (warned.has(client)) return;
  warned.add(client);
  const policy = await port.evalScript(POLICY, `${prefix}q:`, []).catch(() => undefined);
  if (typeof policy !== "string" || policy === "noeviction") return;
  process.emitWarning(
    `Redis evicts keys when its memory is full (maxmemory-policy ${policy}). An evicted quota begins anew, and with it what was spent of a budget. Set maxmemory-policy to noeviction, or give quotas a Redis of their own.`,
    { code: "HEADGATE_REDIS" },
  );
};
