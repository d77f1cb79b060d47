/**
 * Packs the package, installs it into an empty project with only `openai` beside it, and uses it as a stranger would: by
 * import and by require, on Node 22 and 24, with types under `nodenext` and `bundler`; then publint and attw.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
const project = mkdtempSync(join(tmpdir(), "headgate-package-"));

const run = (what: string, file: string, args: readonly string[], cwd = project): string => {
  try {
    const out = execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    console.log(`ok    ${what}`);
    return out;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    console.error(`FAILED ${what}\n${stdout}\n${stderr}`);
    throw new Error(`${what} failed`);
  }
};

const tsconfig = (module: string, moduleResolution: string): string =>
  JSON.stringify({
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      module,
      moduleResolution,
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
      strict: true,
      exactOptionalPropertyTypes: true,
      outDir: "out",
    },
    files: ["own-provider.ts", "register.ts", "headgate.d.ts"],
  });

try {
  run("build", "npm", ["run", "--silent", "build"], root);
  const packed = JSON.parse(run("pack", "npm", ["pack", "--json", "--pack-destination", project], root)) as
    | readonly { readonly filename: string }[]
    | Record<string, { readonly filename: string }>;
  const tarball = join(project, Object.values(packed)[0]?.filename ?? "");
  const manifest = { name: "stranger", private: true, type: "module", allowScripts: { node22: true } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const packages = [tarball, "openai@^7", "node22@npm:node@22"];
  run("install beside openai alone", "npm", ["install", "--no-audit", "--no-fund", ...packages]);
  cpSync(join(root, "test", "package"), project, { recursive: true });
  const node22 = join(project, "node_modules", "node22", "bin", "node");
  for (const [version, node] of [
    ["22", node22],
    ["24", process.execPath],
  ] as const) {
    run(`import on Node ${version}`, node, ["call.mjs"]);
    run(`require on Node ${version}`, node, ["call.cjs"]);
    run(`the provider contract on Node ${version}`, node, ["suite.mjs"]);
  }
  const command = join(project, "node_modules", ".bin", "headgate");
  run("headgate types", command, ["types"]);
  run("headgate types --check", command, ["types", "--check"]);
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    writeFileSync(join(project, "tsconfig.json"), tsconfig(module, resolution));
    run(`types under ${resolution}`, bin("tsc"), ["-p", "."]);
    run(`own provider, compiled under ${resolution}`, node22, ["out/own-provider.js"]);
  }
  run("publint", bin("publint"), ["run", tarball, "--strict"]);
  const entries = ["--exclude-entrypoints", "registry.schema.json"];
  run("attw", bin("attw"), [tarball, "--profile", "esm-only", ...entries]);
} finally {
  rmSync(project, { recursive: true, force: true });
}
