/** A Redis of the bench's own, on a unix socket and, if asked, on a port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Server {
  readonly path: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** `undefined` where it is not installed. */
export const startServer = async (): Promise<Server | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  const path = join(folder, "redis.sock");
  const port = await freePort();
  const address = ["--port", String(port), "--bind", "127.0.0.1", "--unixsocket", path, "--dir", folder];
  const server = spawn("redis-server", [...address, "--save", "", "--appendonly", "no"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const started = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.once("exit", () => resolve(false));
    server.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString("utf8").includes("eady to accept connections")) resolve(true);
    });
  });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (!started) {
    remove();
    return undefined;
  }
  return {
    path,
    port,
    async stop() {
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      remove();
    },
  };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
