import type { CacheStore } from "../../contract/index.ts";
import type { PostgresPool } from "./client.ts";
import { keyText } from "./key.ts";

/** A cache in a table that is not written to the log: it is faster, and empty after a crash. */
export const postgresCache = (pool: PostgresPool, table: string, now: () => number): CacheStore => ({
  async get(key) {
    const { rows } = await pool.query(`SELECT value, expires_at_ms FROM ${table} WHERE key = $1`, [keyText(key)]);
    const [row] = rows;
    if (row === undefined) return undefined;
    const expiresAtMs = Number(row["expires_at_ms"]);
    return expiresAtMs > now() ? { value: (row["value"] as Buffer).toString("utf8"), expiresAtMs } : undefined;
  },
  async set(key, value, { expiresAtMs, tags = [] }) {
    await pool.query(
      `INSERT INTO ${table} AS had VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE
       SET value = EXCLUDED.value, expires_at_ms = EXCLUDED.expires_at_ms, tags = EXCLUDED.tags`,
      [keyText(key), Buffer.from(value, "utf8"), Math.floor(expiresAtMs), tags.map(keyText)],
    );
  },
  async delete(key) {
    await pool.query(`DELETE FROM ${table} WHERE key = $1`, [keyText(key)]);
  },
  async invalidate(tag) {
    // In one order, so that two of them that meet do not wait for each other.
    await pool.query(
      `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table} WHERE tags @> $1 ORDER BY key FOR UPDATE)`,
      [[keyText(tag)]],
    );
  },
});
