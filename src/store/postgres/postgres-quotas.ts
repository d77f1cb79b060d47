import type { QuotaStore } from "../../contract/index.ts";
import { applyQuota, viewQuota } from "../../quotas/apply.ts";
import { decodeQuota, encodeQuota } from "../../quotas/codec.ts";
import type { Quota } from "../../quotas/record.ts";
import { inTransaction, type PostgresClient, type PostgresPool } from "./client.ts";
import { keyText } from "./key.ts";
import type { TimeSql } from "./server-time.ts";
import { toldTables } from "./told-tables.ts";

/** Quotas in a row each, which a claim locks for its four round trips. */
export const postgresQuotas = (pool: PostgresPool, table: string, time: TimeSql, lockTimeoutMs: number): QuotaStore => {
  const locked = async (client: PostgresClient, key: string): Promise<Record<string, unknown>> => {
    for (;;) {
      // The time is told outside of the locking query, so that it is that after the wait.
      const { rows } = await client.query(
        `SELECT record, ${time()} AS now_ms FROM (SELECT record FROM ${table} WHERE key = $1 FOR UPDATE) AS locked`,
        [key],
      );
      if (rows[0] !== undefined) return rows[0];
      // Whoever inserts first has the lock; a row that was swept in between is inserted again.
      await client.query(`INSERT INTO ${table} VALUES ($1, '', 0) ON CONFLICT (key) DO NOTHING`, [key]);
    }
  };
  return {
    claim(key, counters, claim) {
      const folded = inTransaction(pool, lockTimeoutMs, async (client) => {
        const name = keyText(key);
        const row = await locked(client, name);
        const had = quotaIn(row, key);
        const { quota, granted, keepUntilMs } = applyQuota(had, counters, claim, Number(row["now_ms"]));
        // Nothing new, or a late claim to what is not there: the row that was made for it goes.
        if (quota === undefined || quota === had) return { answer: granted, keep: false };
        await client.query(`UPDATE ${table} SET record = $2, keep_until_ms = $3 WHERE key = $1`, [
          name,
          encodeQuota(quota),
          keepUntilMs,
        ]);
        return { answer: granted, keep: true };
      });
      return toldTables(folded);
    },
    async read(key, counters) {
      const { rows } = await pool.query(`SELECT record, ${time()} AS now_ms FROM ${table} WHERE key = $1`, [
        keyText(key),
      ]);
      const quota = rows[0] && quotaIn(rows[0], key);
      return quota && viewQuota(quota, counters, Number(rows[0]?.["now_ms"]));
    },
  };
};

const quotaIn = (row: Record<string, unknown>, key: string): Quota | undefined =>
  row["record"] === "" ? undefined : decodeQuota(String(row["record"]), key);
