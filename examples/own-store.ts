/** A store of one's own: keys and values in a file, and all that limits, caches and registries need is made of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { fromKeyValue, type KeyValue } from "headgate";
import * as testing from "headgate/testing";

const sqlite = (path: string): KeyValue & { close(): void } => {
  const file = new DatabaseSync(path, { timeout: 5_000 });
  file.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT, version TEXT, expiresAtMs INTEGER)`);
  const found = file.prepare("SELECT value, version FROM kv WHERE key = ?");
  const insert = file.prepare("INSERT INTO kv VALUES (?, ?, hex(randomblob(16)), ?) ON CONFLICT DO NOTHING");
  const update = file.prepare(
    "UPDATE kv SET value = ?, version = hex(randomblob(16)), expiresAtMs = ? WHERE key = ? AND version = ?",
  );
  const remove = file.prepare("DELETE FROM kv WHERE key = ?");
  return {
    name: "sqlite",
    read: async (key) => found.get(key) as { value: string; version: string } | undefined,
    async compareAndSet(key, version, value, ends) {
      const { changes } = version === undefined ? insert.run(key, value, ends) : update.run(value, ends, key, version);
      return changes === 1;
    },
    delete: async (key) => void remove.run(key),
    close: () => file.close(),
  };
};

// What a gateway takes: createGateway({ store: fromKeyValue(sqlite("headgate.db")), … }). Here the suites try it, with two
// connections to one file, as two processes have, and a clock that they move.
const folder = await mkdtemp(`${tmpdir()}/headgate-`);
const [one, other] = [sqlite(`${folder}/own.db`), sqlite(`${folder}/own.db`)];
const open = <Part extends "quotas" | "cache" | "signals" | "documents">(part: Part) => {
  const { now, advance } = testing.virtualClock();
  return { port: fromKeyValue(one, { now })[part], other: fromKeyValue(other, { now })[part], now, advance };
};
const cases = [
  ...testing.quotaStoreSuite({ open: () => open("quotas"), sequences: 5, never: { spoil: "not here" } }),
  ...testing.cacheStoreSuite({ open: () => open("cache") }),
  ...testing.signalStoreSuite({ open: () => open("signals") }),
  ...testing.documentStoreSuite({ open: () => open("documents") }),
];
let passed = 0;
for (const { run } of cases.filter((each) => each.skip === undefined)) {
  await run();
  passed += 1;
}
console.log(`${passed} cases hold, ${cases.length - passed} does not apply`);
for (const file of [one, other]) file.close();
await rm(folder, { recursive: true });
