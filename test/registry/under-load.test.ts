/** The registry is rewritten 200 times, in every way that files are, while calls run on it. */
import { lstat, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallRecord, createGateway, type Gateway, GatewayError, type GatewayEvents } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { check } from "../../src/registry/check.ts";
import { parse } from "../../src/registry/parse.ts";

const REWRITES = 200;
const IN_FLIGHT = 32;
/** So many in one way, then the next. */
const BLOCK = 10;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-load-"));
  file = join(folder, "headgate.yaml");
  vi.spyOn(process, "emitWarning").mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** The first model always fails, the second answers: both names say which text they stand in. */
const textOf = (turn: number): string =>
  `models:\n  a${turn}: { provider: down, cost: { input: 1, output: 1 } }\n  b${turn}: { provider: up, cost: { input: 2, output: 2 } }\n`;

/** Half of it, with a bracket open; or whole, and wrong. */
const brokenOf = (turn: number): string =>
  turn % 2 === 0 ? textOf(turn).slice(0, 40) : textOf(turn).replace("provider: up", "provider: nobody");

const versionOf = async (text: string): Promise<string> => {
  const { version } = await check(await parse({ text, format: "yaml" }, "x"), "x", ["down", "up"]);
  return version;
};

const replace = async (make: (path: string) => Promise<void>, path: string): Promise<void> => {
  await make(`${path}.new`);
  await rename(`${path}.new`, path);
};
const byRename = (text: string): Promise<void> => replace((path) => writeFile(path, text), file);
const inPlace = async (text: string): Promise<void> => {
  const isLink = (await lstat(file)).isSymbolicLink();
  await (isLink ? byRename(text) : writeFile(file, text));
};
/** As Kubernetes mounts a ConfigMap: `headgate.yaml → ..data/headgate.yaml`, `..data → ..<a folder for each version>`. */
const bySwap = async (text: string, turn: number): Promise<void> => {
  const version = `..${turn}`;
  await mkdir(join(folder, version));
  await writeFile(join(folder, version, "headgate.yaml"), text);
  await replace((path) => symlink(version, path), join(folder, "..data"));
  if (!(await lstat(file)).isSymbolicLink()) await replace((path) => symlink("..data/headgate.yaml", path), file);
};
const WAYS = [inPlace, byRename, bySwap];

it(`is rewritten ${REWRITES} times under ${IN_FLIGHT} calls in flight: none fails, each runs wholly on one version`, async () => {
  await writeFile(file, textOf(0));
  const turnsByVersion = new Map([[await versionOf(textOf(0)), 0]]);
  const gateway = createGateway({
    providers: [
      fakeProvider({ name: "down", script: () => ({ type: "fail", error: down() }) }),
      fakeProvider({ name: "up", script: () => ({ type: "slow", wordMs: 1 }) }),
    ],
    registry: file,
  }) as unknown as Gateway;
  const records: CallRecord[] = [];
  const changes: GatewayEvents["registry"][] = [];
  gateway.on("call", (record) => records.push(record));
  gateway.on("registry", (change) => changes.push(change));
  await gateway.ready();

  let running = true;
  const failures: unknown[] = [];
  const caller = async (): Promise<void> => {
    while (running) await gateway.complete({ prompt: "x" }).catch((error) => failures.push(error));
  };
  const callers = Array.from({ length: IN_FLIGHT }, caller);

  const tookMs: number[] = [];
  for (let turn = 1; turn <= REWRITES; turn += 1) {
    const write = WAYS[Math.floor(turn / BLOCK) % WAYS.length] ?? inPlace;
    if (turn % 3 === 0) {
      await write(brokenOf(turn), turn);
    } else {
      turnsByVersion.set(await versionOf(textOf(turn)), turn);
      await write(textOf(turn), turn);
    }
    const isLastValid = turn === REWRITES || turn % BLOCK === 8;
    if (isLastValid && turn % 3 !== 0) tookMs.push(await untilInForce(gateway, turn));
    else await new Promise((resolve) => setTimeout(resolve, (turn * 7) % 40));
  }
  running = false;
  await Promise.all(callers);
  await gateway.close();

  expect(failures).toEqual([]);
  expect(records.length).toBeGreaterThan(REWRITES * 2);
  const mixed = records.filter(({ registryVersion = "", ranked, attempts, model }) => {
    const turn = turnsByVersion.get(registryVersion);
    const asked = attempts.map((attempt) => attempt.model).join();
    return ranked.join() !== `a${turn},b${turn}` || asked !== `a${turn},b${turn}` || model !== `b${turn}`;
  });
  expect(mixed).toEqual([]);
  expect(new Set(records.map(({ registryVersion }) => registryVersion)).size).toBeGreaterThan(REWRITES / 10);

  expect(Math.max(...tookMs)).toBeLessThan(1_000);
  expect(tookMs.length).toBeGreaterThan(10);

  const told = changes.map(({ state, version, issues }) => `${state} ${version} ${JSON.stringify(issues)}`);
  expect(told.filter((each, index) => each === told[index - 1])).toEqual([]);
  expect(changes.filter(({ version = "" }) => !turnsByVersion.has(version))).toEqual([]);
  expect(changes.filter(({ state }) => state === "rejected").length).toBeGreaterThan(3);
  expect(process.emitWarning).toHaveBeenCalledTimes(changes.filter(({ state }) => state === "rejected").length);
  expect(turnsByVersion.get(changes.findLast(({ state }) => state !== "rejected")?.version ?? "")).toBe(REWRITES);
}, 120_000);

const down = (): GatewayError => new GatewayError("server_error", "down", { details: {} });

/** How long until a call runs on the text of this turn. */
const untilInForce = async (gateway: Gateway, turn: number): Promise<number> => {
  const start = performance.now();
  for (;;) {
    const { eligible } = await gateway.explain({ prompt: "x" });
    if (eligible.some(({ model }) => model === `a${turn}`)) return performance.now() - start;
    if (performance.now() - start > 30_000) throw new Error(`turn ${turn} is not in force`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};
