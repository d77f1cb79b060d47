import type { PostgresPool } from "./client.ts";
import type { TimeSql } from "./server-time.ts";
import type { Names } from "./tables.ts";

const EVERY_MS = 600_000;
/** Numbers of leases are kept for a day after their end; then the time of day sees to it that they rise. */
const LEASE_KEPT_MS = 86_400_000;

/** Throws out what is over, now and then, while something else is done. It may fail: the next one comes. */
export const sweeperOf = (pool: PostgresPool, names: Names, time: TimeSql, now: () => number): (() => void) => {
  const { quotas, cache, parks, leases } = names;
  let dueMs = now() + EVERY_MS;
  return () => {
    if (now() < dueMs) return;
    dueMs = now() + EVERY_MS;
    const over = [
      `DELETE FROM ${quotas} WHERE keep_until_ms < ${time()}`,
      `DELETE FROM ${cache} WHERE expires_at_ms < ${time()}`,
      `DELETE FROM ${parks} WHERE until_ms < ${time()}`,
      `DELETE FROM ${leases} WHERE until_ms < ${time()} - ${LEASE_KEPT_MS}`,
    ];
    void (async () => {
      for (const statement of over) await pool.query(statement);
    })().catch(() => {});
  };
};
