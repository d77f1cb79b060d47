import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createGateway, type Gateway, GatewayError, type GatewayEvents } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let folder: string;
let gateway: Gateway | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-registry-"));
  vi.spyOn(process, "emitWarning").mockImplementation(() => {});
});
afterEach(async () => {
  await gateway?.close();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const yaml = (model: string): string => `models:\n  ${model}: { provider: fake }\n`;

/** A gateway on a file, and its registry's changes of state as they come. */
const open = (file: string) => {
  gateway = createGateway({ providers: [fakeProvider()], registry: file }) as unknown as Gateway;
  const changes: GatewayEvents["registry"][] = [];
  const waiting: (() => void)[] = [];
  gateway.on("registry", (change) => {
    changes.push(change);
    for (const wake of waiting.splice(0)) wake();
  });
  const changed = async (count: number): Promise<void> => {
    const deadline = setTimeout(() => {
      throw new Error(`only ${changes.length} changes: ${JSON.stringify(changes)}`);
    }, 8_000);
    while (changes.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    clearTimeout(deadline);
  };
  const answers = async (): Promise<string> => (await (gateway as Gateway).complete({ prompt: "x" })).model;
  return { changes, changed, answers };
};

describe("a registry file, while it runs", () => {
  it("JSON is read as YAML is", async () => {
    const file = join(folder, "headgate.json");
    await writeFile(file, JSON.stringify({ $schema: "./x.json", models: { one: { provider: "fake" } } }));
    expect(await open(file).answers()).toBe("one");
  });

  it.each([
    ["written in place", async (file: string, text: string) => writeFile(file, text)],
    [
      "replaced by rename",
      async (file: string, text: string) => {
        await writeFile(`${file}.new`, text);
        await rename(`${file}.new`, file);
      },
    ],
  ])("%s, it is in force for the next call", async (_how, write) => {
    const file = join(folder, "headgate.yaml");
    await writeFile(file, yaml("one"));
    const { answers, changed, changes } = open(file);
    expect(await answers()).toBe("one");
    await write(file, yaml("two"));
    await changed(2);
    expect(await answers()).toBe("two");
    expect(changes.map(({ state }) => state)).toEqual(["loaded", "reloaded"]);
    expect(changes[0]?.version).not.toBe(changes[1]?.version);
  });

  it("swapped by a link, as ConfigMaps are, it is in force for the next call", async () => {
    for (const [version, model] of [
      ["v1", "one"],
      ["v2", "two"],
    ] as const) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, "headgate.yaml"), yaml(model));
    }
    await symlink("v1", join(folder, "..data"));
    await symlink(join("..data", "headgate.yaml"), join(folder, "headgate.yaml"));
    const { answers, changed } = open(join(folder, "headgate.yaml"));
    expect(await answers()).toBe("one");
    await symlink("v2", join(folder, "..data.new"));
    await rename(join(folder, "..data.new"), join(folder, "..data"));
    expect(await readlink(join(folder, "..data"))).toBe("v2");
    await changed(2);
    expect(await answers()).toBe("two");
  });

  it("a bad one leaves the last good one in force and is told once; a mended one takes over", async () => {
    const file = join(folder, "headgate.yaml");
    await writeFile(file, yaml("one"));
    const { answers, changed, changes } = open(file);
    expect(await answers()).toBe("one");
    await writeFile(file, "models:\n  one: { provider: fake, qualty: 5 }\n");
    await changed(2);
    expect(await answers()).toBe("one");
    expect(changes[1]).toMatchObject({ state: "rejected", version: changes[0]?.version });
    expect(changes[1]?.issues).toMatchObject([{ path: "models.one.qualty", line: 2 }]);
    expect(process.emitWarning).toHaveBeenCalledTimes(1);
    await writeFile(file, yaml("two"));
    await changed(3);
    expect(await answers()).toBe("two");
    expect(changes[2]?.state).toBe("reloaded");
  });

  it("a bad first one fails every call until it is mended", async () => {
    const file = join(folder, "headgate.yaml");
    await writeFile(file, "models: [");
    const { answers, changed } = open(file);
    for (let count = 0; count < 3; count += 1) {
      const error = await answers().catch((error: unknown) => error);
      if (!GatewayError.is(error, "registry_invalid")) throw error;
      expect(error.details.issues[0]?.line).toBeGreaterThan(0);
    }
    await writeFile(file, yaml("one"));
    await changed(2);
    expect(await answers()).toBe("one");
  });

  it("a call keeps the version it began with, and its record names it", async () => {
    const file = join(folder, "headgate.yaml");
    await writeFile(file, yaml("one"));
    const { answers, changed, changes } = open(file);
    const versions: (string | undefined)[] = [];
    (gateway as Gateway).on("call", ({ registryVersion }) => versions.push(registryVersion));
    await answers();
    await writeFile(file, yaml("two"));
    await changed(2);
    await answers();
    expect(versions).toEqual(changes.map(({ version }) => version));
  });

  it("half-written, it is not taken: 60 rewrites under load, and no call fails", async () => {
    const file = join(folder, "headgate.yaml");
    await writeFile(file, yaml("one"));
    const { answers } = open(file);
    await answers();
    let running = true;
    const models = new Set<string>();
    const load = async (): Promise<void> => {
      while (running) {
        models.add(await answers());
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const loads = [load(), load(), load(), load()];
    for (let turn = 0; turn < 60; turn += 1) {
      const text = yaml(turn % 2 === 0 ? "two" : "one");
      if (turn % 3 === 0) await writeFile(file, text.slice(0, 20));
      await writeFile(file, text);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    running = false;
    await Promise.all(loads);
    for (const model of models) expect(["one", "two"]).toContain(model);
  });

  it("a script ends by itself though the file is watched and nothing was closed", async () => {
    const file = join(folder, "headgate.yaml");
    await writeFile(file, yaml("one"));
    const dist = (name: string): string => fileURLToPath(new URL(`../../dist/src/${name}index.js`, import.meta.url));
    const script = `
      import { createGateway } from ${JSON.stringify(dist(""))};
      import { fakeProvider } from ${JSON.stringify(dist("testing/"))};
      const gateway = createGateway({ providers: [fakeProvider()], registry: ${JSON.stringify(file)} });
      console.log((await gateway.complete({ prompt: "x" })).text);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      timeout: 10_000,
    });
    expect(stdout).toMatch(/^one two/);
  });
});
