/**
 * The long runs: every split of every recording, 100,000 damaged answers a vendor, conversations between all kinds of models,
 * 10,000 claims a store, fleets of processes whose stores and fellows are frozen and killed.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const vitest = fileURLToPath(new URL("../node_modules/.bin/vitest", import.meta.url));
const files = process.argv.slice(2);
const LONG = ["test/providers", "test/wire/travel.test.ts", "test/store", "test/fleet"];
const { status } = spawnSync(vitest, ["run", ...(files.length > 0 ? files : LONG)], {
  stdio: "inherit",
  env: { ...process.env, HEADGATE_LONG: "1" },
});
process.exit(status ?? 1);
