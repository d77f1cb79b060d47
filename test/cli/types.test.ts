/** `headgate types`, run as it is built, in a process of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const REGISTRY = `
models:
  fast: { provider: anybody, quality: 40 }
  "o'dd \\"name\\"": { provider: anybody }
tasks: { chat: {}, summarize: { difficulty: hard } }
difficulties: { easy: 10, hard: 40 }
plans: { free: { models: [fast] } }
tenants: { acme: { plan: free } }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-cli-"));
  await writeFile(join(folder, "headgate.yaml"), REGISTRY);
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const spawned = (file: string, args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd: folder, env: { ...process.env, NO_COLOR: "1" } }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
const headgate = (...args: string[]): Promise<Ended> =>
  spawned(process.execPath, [join(root, "dist/src/cli/index.js"), ...args]);
const read = (name = "headgate.d.ts"): Promise<string> => readFile(join(folder, name), "utf8");

describe("headgate types", () => {
  it("writes the names of a registry, whoever its providers are, and says so", async () => {
    expect(await headgate("types")).toEqual({
      code: 0,
      out: "Wrote headgate.d.ts: 2 models, 2 tasks, 2 difficulties.\n",
      err: "",
    });
    expect(await read()).toBe(`// Written by \`headgate types\` from "headgate.yaml". Do not edit it: run that again.
import "headgate";

declare module "headgate" {
  interface Register {
    models: "fast" | "o'dd \\"name\\"";
    tasks: "chat" | "summarize";
    difficulties: "easy" | "hard";
  }
}
`);
  });

  it("makes the compiler know the names", async () => {
    await headgate("types", "--out", "src/headgate.d.ts");
    await writeFile(
      join(folder, "src", "use.ts"),
      `import type { DifficultyName, ModelName, Request, TaskName } from "headgate";
export const names: [ModelName, TaskName, DifficultyName] = ["o'dd \\"name\\"", "chat", "hard"];
export const asked: Request = { task: "summarize", difficulty: "easy", prompt: "x" };
export const pinned: Request = { model: "fast", prompt: "x" };
// @ts-expect-error: no such model
export const model: Request = { model: "fats", prompt: "x" };
// @ts-expect-error: no such task
export const task: Request = { task: "chatt", prompt: "x" };
// @ts-expect-error: no such difficulty
export const difficulty: Request = { task: "chat", difficulty: "hrad", prompt: "x" };
`,
    );
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const compilerOptions = {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      paths: { headgate: [join(root, "dist/src/index.d.ts")] },
    };
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    const compiled = await spawned(join(root, "node_modules/.bin/tsc"), ["-p", "."]);
    expect(compiled.out).toBe("");
    expect(compiled.code).toBe(0);
  }, 60_000);

  it("--check writes nothing: fails where the file is missing or stale, and is content where it is not", async () => {
    expect(await headgate("types", "--check")).toEqual({
      code: 1,
      out: "",
      err: "headgate: headgate.d.ts is missing: run headgate types\n",
    });
    await expect(read()).rejects.toThrow("ENOENT");
    await headgate("types");
    expect(await headgate("types", "--check")).toMatchObject({ code: 0, err: "" });
    const before = await read();
    await writeFile(join(folder, "headgate.yaml"), `${REGISTRY}`.replace("summarize:", "sum:"));
    expect(await headgate("types", "--check")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/stale: run headgate types\n/),
    });
    expect(await read()).toBe(before);
    await writeFile(join(folder, "headgate.d.ts"), before.replaceAll("\n", "\r\n"));
    await writeFile(join(folder, "headgate.yaml"), REGISTRY);
    expect(await headgate("types", "--check")).toMatchObject({ code: 0 });
  });

  it("figures change nothing in the file, and neither does the order of names", async () => {
    await headgate("types");
    const reordered = REGISTRY.replace(
      "chat: {}, summarize: { difficulty: hard }",
      "summarize: { quality: 7 }, chat: {}",
    );
    await writeFile(join(folder, "headgate.yaml"), reordered);
    expect(await headgate("types", "--check")).toMatchObject({ code: 0 });
  });

  it("a file that somebody else wrote is left alone", async () => {
    await writeFile(join(folder, "mine.d.ts"), "export type Mine = 1;\n");
    const { code, err } = await headgate("types", "--out", "mine.d.ts");
    expect(code).toBe(1);
    expect(err).toMatch(/mine\.d\.ts was not written by headgate and is left alone/);
    expect(await read("mine.d.ts")).toBe("export type Mine = 1;\n");
  });

  it("a registry that is not valid is told line by line, and writes nothing", async () => {
    await writeFile(join(folder, "headgate.yaml"), "models:\n  fast: { provider: anybody, qality: 1 }\n  slow: {}\n");
    const { code, out, err } = await headgate("types");
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(/^ {2}headgate\.yaml:2:30 {2}models\.fast\.qality: unknown key; did you mean "quality"\?$/m);
    expect(err).toMatch(/^ {2}headgate\.yaml:3:3 {2}models\.slow\.provider: /m);
    await expect(read()).rejects.toThrow("ENOENT");
  });

  it("a long registry and names without number are written one a line", async () => {
    const models = Array.from({ length: 2_000 }, (_, index) => `  model-${index}: { provider: anybody }\n`).join("");
    await writeFile(join(folder, "headgate.yaml"), `models:\n${models}`);
    expect(await headgate("types")).toMatchObject({ code: 0 });
    expect(await read()).toMatch(
      /models:\n {6}\| "model-0"\n {6}\| "model-1"\n[\s\S]*\| "model-999";\n {4}tasks: never;/,
    );
  });

  it.each([
    [[], 2, /which command\?[\s\S]*headgate types/],
    [["typs"], 2, /no command "typs"; there is types/],
    [["toString"], 2, /no command "toString"/],
    [["types", "--chekc"], 2, /Unknown option '--chekc'[\s\S]*headgate types --help/],
    [["types", "--out", "names.json"], 2, /expected a file that ends in \.d\.ts/],
    [["types", "more"], 2, /Unexpected argument 'more'/],
    [["types", "--registry", "registry.ts"], 2, /A registry in TypeScript needs no file/],
    [["types", "--registry", "gone.yaml"], 1, /gone\.yaml .*there is no such file/s],
  ] as const)("headgate %j is refused with what to do", async (args, code, err) => {
    const ended = await headgate(...args);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toMatch(err);
    expect(ended.err).not.toMatch(/at .*\.js:\d/);
  });

  it.each([
    [["--help"]],
    [["help", "types"]],
    [["types", "--help"]],
    [["types", "-h"]],
  ] as const)("headgate %j teaches", async (args) => {
    const { code, out, err } = await headgate(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/headgate types/);
    expect(out).toMatch(/names/);
  });
});
