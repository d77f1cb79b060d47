/** What quotas cost. `node bench/quotas.ts [words]`: of the settings in Redis, only those whose line has these words. */
import { benchRedis } from "./quotas/redis.ts";
import { startServer } from "./quotas/server.ts";

const only = process.argv[2];
if (only === undefined) await import("./quotas/cpu.ts");
const server = await startServer();
if (server === undefined) console.log("\nredis-server is not installed: the rest is skipped.");
else {
  console.log("");
  const isAhead = await benchRedis(server, only);
  await server.stop();
  if (!isAhead) process.exitCode = 1;
}
