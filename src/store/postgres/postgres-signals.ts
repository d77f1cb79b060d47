import type { SignalStore } from "../../contract/index.ts";
import type { PostgresPool } from "./client.ts";
import { keyText } from "./key.ts";
import { type Notifications, payloadOf } from "./notifications.ts";
import type { TimeSql } from "./server-time.ts";
import type { Names } from "./tables.ts";

/** Parks and leases in a row each, by one statement each; messages by NOTIFY. */
export const postgresSignals = (
  pool: PostgresPool,
  { parks, leases, channel }: Pick<Names, "parks" | "leases" | "channel">,
  time: TimeSql,
  notifications: Notifications,
): Required<SignalStore> => ({
  async park(name, forMs) {
    await pool.query(
      `INSERT INTO ${parks} AS had VALUES ($1, ${time()} + $2::bigint) ON CONFLICT (name) DO UPDATE
       SET until_ms = GREATEST(had.until_ms, EXCLUDED.until_ms)`,
      [keyText(name), Math.ceil(forMs)],
    );
  },
  async parked(name) {
    const { rows } = await pool.query(`SELECT until_ms - ${time()} AS left_ms FROM ${parks} WHERE name = $1`, [
      keyText(name),
    ]);
    return Math.max(0, Number(rows[0]?.["left_ms"] ?? 0));
  },
  async lease(name, holder, forMs) {
    // A number begins at the time of day, so that it rises even where the row was swept.
    const { rows } = await pool.query(
      `INSERT INTO ${leases} AS had
       SELECT $1::text, $2::text, now_ms, now_ms + $3::bigint FROM (SELECT ${time()} AS now_ms) AS clock
       ON CONFLICT (name) DO UPDATE SET
         epoch = CASE WHEN had.until_ms > EXCLUDED.epoch THEN had.epoch ELSE GREATEST(had.epoch + 1, EXCLUDED.epoch) END,
         holder = EXCLUDED.holder, until_ms = EXCLUDED.until_ms
       WHERE had.until_ms <= EXCLUDED.epoch OR had.holder = EXCLUDED.holder
       RETURNING epoch`,
      [keyText(name), keyText(holder), Math.ceil(forMs)],
    );
    return rows[0] && { epoch: Number(rows[0]["epoch"]) };
  },
  async release(name, holder) {
    await pool.query(`UPDATE ${leases} SET until_ms = 0 WHERE name = $1 AND holder = $2`, [
      keyText(name),
      keyText(holder),
    ]);
  },
  async publish(topic, message) {
    await pool.query("SELECT pg_notify($1, $2)", [channel, payloadOf(topic, message)]);
  },
  subscribe: notifications.subscribe,
});
