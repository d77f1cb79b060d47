/** A PostgreSQL of our own, which may be frozen, killed and started again. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Pool } from "pg";

const run = promisify(execFile);
const ROOT = "/usr/lib/postgresql";

/** The newest that is installed. */
const binaries = (): string | undefined =>
  existsSync(ROOT)
    ? readdirSync(ROOT)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(ROOT, version, "bin"))
        .find((folder) => existsSync(join(folder, "initdb")))
    : undefined;

/** Why tests of PostgreSQL cannot run here; `undefined` where they can. In CI they must. */
export const noPostgres = (): string | undefined => {
  if (binaries() !== undefined) return undefined;
  const reason = `no PostgreSQL below ${ROOT}`;
  if (process.env["CI"] === "true") throw new Error(`${reason}: install it, these tests must run in CI`);
  console.warn(`skipped: ${reason}`);
  return reason;
};

export interface PostgresServer {
  readonly config: { readonly host: string; readonly user: string; readonly database: string };
  /** Freezes the server and all that it runs. */
  pause(): void;
  resume(): void;
  /** Kills it, all of it, at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL does not run as root: as its own user then. */
const owner = async (): Promise<{ readonly uid?: number; readonly gid?: number }> => {
  if (process.getuid?.() !== 0) return {};
  const idOf = async (flag: string): Promise<number> => Number((await run("id", [flag, "postgres"])).stdout);
  return { uid: await idOf("-u"), gid: await idOf("-g") };
};

const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) \S /s, "")
          .startsWith(`${pid} `);
      } catch {
        return false;
      }
    })
    .map(Number);

export const startPostgres = async (): Promise<PostgresServer> => {
  const bin = binaries() ?? "";
  const folder = await mkdtemp("/tmp/headgate-pg-");
  await chmod(folder, 0o777);
  const data = join(folder, "data");
  const user = await owner();
  const initial = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"];
  await run(join(bin, "initdb"), ["-D", data, ...initial], user);
  const config = { host: folder, user: "postgres", database: "postgres" };
  let server: ChildProcess | undefined;
  /** The server first, so that it starts nothing anew while its children are told. */
  const signal = (name: NodeJS.Signals): void => {
    const pid = server?.pid ?? 0;
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, name);
  };
  const ended = async (): Promise<void> => {
    if (server?.exitCode === null && server.signalCode === null) {
      await new Promise((resolve) => server?.once("exit", resolve));
    }
  };
  const start = async (): Promise<void> => {
    const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "shared_buffers=16MB"];
    const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
    server = spawn(join(bin, "postgres"), args, { ...user, stdio: "ignore" });
    await answering(config);
  };
  await start();
  return {
    config,
    start,
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    async kill() {
      signal("SIGKILL");
      await ended();
    },
    async stop() {
      server?.kill("SIGQUIT");
      await ended();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const answering = async (config: PostgresServer["config"]): Promise<void> => {
  const pool = new Pool({ ...config, connectionTimeoutMillis: 1_000 });
  pool.on("error", () => {});
  for (let tries = 0; ; tries += 1) {
    const isUp = await pool.query("SELECT 1").then(
      () => true,
      () => false,
    );
    if (isUp) break;
    if (tries > 200) throw new Error("PostgreSQL does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await pool.end();
};
