/** What quotas cost. `node bench/quotas.ts [words]`: of the settings in Redis, only those whose line has these words. */
import { spawnSync } from "node:child_process";
import { benchFar } from "./quotas/far.ts";
import { benchRedis } from "./quotas/redis.ts";
import { startServer } from "./quotas/server.ts";

const only = process.argv[2];
if (only === undefined) await import("./quotas/cpu.ts");
const server = await startServer();
console.log("");
if (only === undefined) {
  const file = new URL("./quotas/size.ts", import.meta.url).pathname;
  const sizes = spawnSync(process.execPath, ["--expose-gc", file, ...(server === undefined ? [] : [server.path])], {
    stdio: "inherit",
  });
  if (sizes.status !== 0) process.exitCode = 1;
  console.log("");
}
if (server === undefined) console.log("redis-server is not installed: the rest is skipped.");
else {
  if (only !== "far") {
    if (!(await benchRedis(server, only))) process.exitCode = 1;
    console.log("");
  }
  if (only === undefined || only === "far") {
    if (!(await benchFar(server))) process.exitCode = 1;
  }
  await server.stop();
}
