import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";

const findsServer = (): boolean => {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const hasServer = findsServer();
if (!hasServer && process.env["CI"] === undefined) console.warn("Skipped, since redis-server is not installed.");

/** Suites that need a server of their own: skipped where there is none to start, but not in CI, where that fails. */
export const describeRedis: typeof describe | typeof describe.skip =
  hasServer || process.env["CI"] !== undefined ? describe : describe.skip;

/** A server of a test's own, which it may pause, kill and restart. */
export interface RedisServer {
  /** Its unix socket. */
  readonly path: string;
  /** 0 unless it was asked for. */
  readonly port: number;
  readonly pid: number;
  pause(): void;
  resume(): void;
  /** At once, without a word to its clients. */
  kill(): Promise<void>;
  /** Empty, at the same place. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const startRedis = async (args: readonly string[] = [], port = 0): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-redis-"));
  const path = join(folder, "redis.sock");
  let server = await launch(folder, path, port, args);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };
  return {
    path,
    port,
    get pid() {
      return server.pid ?? 0;
    },
    pause: () => server.kill("SIGSTOP"),
    resume: () => server.kill("SIGCONT"),
    kill,
    async restart() {
      await kill();
      server = await launch(folder, path, port, args);
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const launch = async (folder: string, path: string, port: number, args: readonly string[]): Promise<ChildProcess> => {
  const own = ["--port", String(port), "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", [...own, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      if (said.includes("eady to accept connections")) resolve();
    });
    server.once("exit", () => reject(new Error(`redis-server ended: ${said}`)));
    server.once("error", reject);
  });
  server.stdout.resume();
  return server;
};

/** A sentinel that watches `master`, which it calls `main`. */
export const startSentinel = async (master: RedisServer): Promise<{ readonly port: number; stop(): Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-sentinel-"));
  const port = await freePort();
  const config = join(folder, "sentinel.conf");
  writeFileSync(
    config,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor main 127.0.0.1 ${master.port} 1\n`,
  );
  const server = spawn("redis-server", [config, "--sentinel"], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    server.stdout.on("data", (chunk: Buffer) => chunk.toString("utf8").includes("+monitor") && resolve());
    server.once("exit", () => reject(new Error("the sentinel ended")));
    server.once("error", reject);
  });
  return {
    port,
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A port that nobody listens on, and none 10,000 above it, where a cluster's nodes speak to each other. */
export const freePort = async (): Promise<number> => {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const isFree = async (each: number): Promise<boolean> => {
    const probe = createServer();
    return new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(each, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
  };
  return (await isFree(port)) && (await isFree(port + 10_000)) ? port : freePort();
};

/** Three masters without replicas, where a node that is lost takes only its own keys along. */
export const startCluster = async (): Promise<readonly RedisServer[]> => {
  const args = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "1000"];
  const nodes: RedisServer[] = [];
  for (let index = 0; index < 3; index += 1)
    nodes.push(await startRedis([...args, "--bind", "127.0.0.1"], await freePort()));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  execFileSync("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"], { stdio: "ignore" });
  return nodes;
};
