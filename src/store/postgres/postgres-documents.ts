import { randomUUID } from "node:crypto";
import type { DocumentStore } from "../../contract/index.ts";
import type { PostgresPool } from "./client.ts";
import { keyText } from "./key.ts";

export const postgresDocuments = (pool: PostgresPool, table: string): DocumentStore => ({
  async read(name) {
    const { rows } = await pool.query(`SELECT content, version FROM ${table} WHERE name = $1`, [keyText(name)]);
    const [row] = rows;
    return row && { text: (row["content"] as Buffer).toString("utf8"), version: String(row["version"]) };
  },
  async version(name) {
    const { rows } = await pool.query(`SELECT version FROM ${table} WHERE name = $1`, [keyText(name)]);
    return rows[0] && String(rows[0]["version"]);
  },
  async write(name, text) {
    const version = randomUUID();
    await pool.query(
      `INSERT INTO ${table} VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE
       SET content = EXCLUDED.content, version = EXCLUDED.version`,
      [keyText(name), Buffer.from(text, "utf8"), version],
    );
    return version;
  },
});
