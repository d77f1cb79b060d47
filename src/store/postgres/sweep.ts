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
    // What another has locked is in use, or being swept: it waits for nobody.
    const over = (table: string, key: string, isOver: string): string =>
      `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${isOver} FOR UPDATE SKIP LOCKED)`;
    const statements = [
      over(quotas, "key", `keep_until_ms < ${time()}`),
      over(cache, "key", `expires_at_ms < ${time()}`),
      over(parks, "name", `until_ms < ${time()}`),
      over(leases, "name", `until_ms < ${time()} - ${LEASE_KEPT_MS}`),
    ];
    void (async () => {
      for (const statement of statements) await pool.query(statement);
    })().catch(() => {});
  };
};
