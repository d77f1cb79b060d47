import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { fileSource } from "../registry/file-source.ts";
import { loadRegistry } from "../registry/load-registry.ts";
import { declarationOf, isOurs } from "./declaration.ts";
import { Failure, type Terminal, Usage } from "./terminal.ts";

const REGISTRY = "headgate.yaml";
const OUT = "headgate.d.ts";

export const HELP: string = `headgate types: writes the names of your registry for the editor.

After it, \`task\`, \`model\` and \`difficulty\` complete in every call, and a name that the registry has not is an error
of the compiler. The file is a declaration and holds no code: keep it among your sources, where your tsconfig.json
includes it, and write it again when names change.

Usage
  headgate types [--registry ${REGISTRY}] [--out ${OUT}] [--check]

Options
  --registry <file>  the registry, YAML or JSON; it is checked whole, but for its providers (default ${REGISTRY})
  --out <file>       the file to write; one that headgate did not write is left alone (default ${OUT})
  --check            write nothing; fail if the file is not what would be written (for CI)

Examples
  headgate types
  headgate types --registry config/headgate.yaml --out src/headgate.d.ts
  headgate types --check

A registry in TypeScript (\`defineRegistry\`) needs no file; say it once, beside it:
  declare module "headgate" {
    interface Register { models: keyof typeof registry.models & string; tasks: keyof typeof registry.tasks & string }
  }`;

/** Writes the `Register` augmentation of a registry file, or says whether it is as it should be. */
export const types = async (args: readonly string[], { say }: Terminal): Promise<void> => {
  const { registry, out, check } = optionsOf(args);
  if (/\.[cm]?[jt]s$/.test(registry)) {
    throw new Usage(
      `${registry} is no YAML or JSON. A registry in TypeScript needs no file: see headgate types --help.`,
    );
  }
  const snapshot = await loadRegistry(fileSource(registry));
  const wanted = declarationOf(snapshot, pathFrom(out, registry));
  const found = await readFile(out, "utf8").catch(ifMissing);
  const counted = `${snapshot.models.size} models, ${snapshot.tasks.size} tasks, ${snapshot.difficulties.size} difficulties`;
  if (found?.replaceAll("\r\n", "\n") === wanted) return say(`${out} is up to date: ${counted}.`);
  if (check) throw new Failure(`${out} ${found === undefined ? "is missing" : "is stale"}: run ${again(args)}`);
  if (found !== undefined && !isOurs(found)) {
    throw new Failure(`${out} was not written by headgate and is left alone: remove it, or choose another --out`);
  }
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeFile(out, wanted);
  say(`Wrote ${out}: ${counted}.`);
};

const optionsOf = (args: readonly string[]) => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        registry: { type: "string", default: REGISTRY },
        out: { type: "string", default: OUT },
        check: { type: "boolean", default: false },
      },
    });
    if (!values.out.endsWith(".ts")) throw new Error(`--out ${values.out}: expected a file that ends in .d.ts`);
    return values;
  } catch (error) {
    throw new Usage(`${error instanceof Error ? error.message : "bad options"}\nTry headgate types --help.`);
  }
};

/** As it is written in the file: the same on every system. */
const pathFrom = (out: string, registry: string): string =>
  relative(dirname(resolve(out)), resolve(registry))
    .split(sep)
    .join("/");

const ifMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw new Failure(`the file to write could not be read (${error.code})`);
};

const again = (args: readonly string[]): string =>
  ["headgate types", ...args.filter((arg) => arg !== "--check")].join(" ");
