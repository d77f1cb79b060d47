/** A long registry is read in a thread of its own: calls in flight do not wait for it. Counts, not times. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createGateway, GatewayError, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const MODELS = 2_000;
const long = (last = "provider: fake"): string =>
  `models:\n${Array.from({ length: MODELS - 1 }, (_, index) => `  m${index}: { provider: fake, quality: ${index}, cost: { input: 1, output: 2 } }\n`).join("")}  last: { ${last} }\n`;

const sourceOf = (text: string): RegistrySource => ({
  contract: 1,
  name: "long.yaml",
  load: async () => ({ text, format: "yaml" }),
});

/** How often the event loop turns until a promise settles. */
const turnsUntil = async (settled: Promise<unknown>): Promise<number> => {
  let running = true;
  let turns = 0;
  const end = (): void => {
    running = false;
  };
  settled.then(end, end);
  while (running) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    turns += 1;
  }
  return turns;
};

/** On this thread it takes fewer than ten. */
const MANY = 20;

it("the event loop turns on while 2,000 models are read, and they are the same as ever", async () => {
  const gateway = createGateway({ providers: [fakeProvider()], registry: sourceOf(long()) });
  expect(await turnsUntil(gateway.ready())).toBeGreaterThan(MANY);
  const { eligible } = await gateway.explain({ prompt: "x" });
  expect(eligible).toHaveLength(MODELS);
  expect((await gateway.complete({ model: "m7", prompt: "x" })).model).toBe("m7");
});

const data = (last: object): { readonly models: Record<string, object> } => ({
  models: {
    ...Object.fromEntries(Array.from({ length: MODELS - 1 }, (_, index) => [`m${index}`, { provider: "fake" }])),
    last,
  },
});

it("so it is for data", async () => {
  const gateway = createGateway({
    providers: [fakeProvider()],
    registry: data({ provider: "fake", quality: undefined }),
  });
  expect(await turnsUntil(gateway.ready())).toBeGreaterThan(MANY);
  expect((await gateway.explain({ prompt: "x" })).eligible).toHaveLength(MODELS);
});

it.each([
  [
    "a function, which no thread can be sent",
    { provider: "fake", options: { fn: () => {} } },
    "models.last.options.fn",
  ],
  ["a number that is none", { provider: "fake", quality: Number.NaN }, "models.last.quality"],
  ["a name that every object has", { provider: "fake", ["__proto__"]: { polluted: 1 } }, "models.last.__proto__"],
])("data with %s is refused as ever", async (_what, last, path) => {
  const gateway = createGateway({ providers: [fakeProvider()], registry: data(last) });
  const error = await gateway.ready().catch((error: unknown) => error);
  if (!GatewayError.is(error, "registry_invalid")) throw error;
  expect(error.details.issues.map((issue) => issue.path)).toEqual([path]);
});

it("what is wrong with it is told as ever, by path and line", async () => {
  const gateway = createGateway({ providers: [fakeProvider()], registry: sourceOf(long("provider: fakke")) });
  const error = await gateway.ready().catch((error: unknown) => error);
  if (!GatewayError.is(error, "registry_invalid")) throw error;
  expect(error.details).toMatchObject({
    source: "long.yaml",
    issues: [
      { path: "models.last.provider", line: MODELS + 1, message: expect.stringContaining('did you mean "fake"?') },
    ],
  });
});

const built = async (flags: readonly string[]): Promise<{ readonly turns: number; readonly models: number }> => {
  const dist = (name: string): string => fileURLToPath(new URL(`../../dist/src/${name}index.js`, import.meta.url));
  const script = `
    import { createGateway } from ${JSON.stringify(dist(""))};
    import { fakeProvider } from ${JSON.stringify(dist("testing/"))};
    const source = { contract: 1, name: "x", load: async () => ({ text: (${long.toString().replaceAll("MODELS", String(MODELS))})(), format: "yaml" }) };
    const turnsUntil = ${turnsUntil.toString()};
    const gateway = createGateway({ providers: [fakeProvider()], registry: source });
    const turns = await turnsUntil(gateway.ready());
    console.log(JSON.stringify({ turns, models: (await gateway.explain({ prompt: "x" })).eligible.length }));`;
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--input-type=module", "-e", script], {
    timeout: 60_000,
  });
  return JSON.parse(stdout);
};

it("so it is in the built package", async () => {
  const { turns, models } = await built([]);
  expect(models).toBe(MODELS);
  expect(turns).toBeGreaterThan(MANY);
}, 60_000);

it("where threads are forbidden, this one does it", async () => {
  const { turns, models } = await built(["--permission", "--allow-fs-read=*"]);
  expect(models).toBe(MODELS);
  expect(turns).toBeLessThan(MANY);
}, 60_000);
