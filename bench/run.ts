/** `npm run bench`: all of it. Absolute figures depend on the machine; ratios of one run are what counts. */
import { arch, cpus } from "node:os";

console.log(`Node ${process.version}, ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}\n`);
await import("./pipeline.ts");
console.log("");
await import("./sdk.ts");
console.log("");
await import("./registry.ts");
console.log("");
await import("./quotas.ts");
