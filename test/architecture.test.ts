import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const source = (file: string): string => readFileSync(join(root, file), "utf8");

interface Import {
  readonly specifier: string;
  readonly lazy: boolean;
  readonly typeOnly: boolean;
}

const importsOf = (file: string): Import[] => {
  const text = source(file).replace(/\/\*[\s\S]*?\*\//g, "");
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"/gm)) {
    found.push({ specifier: match[2] ?? "", lazy: false, typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/^import\s+"([^"]+)"/gm)) {
    found.push({ specifier: match[1] ?? "", lazy: false, typeOnly: false });
  }
  for (const match of text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)) {
    found.push({ specifier: match[1] ?? "", lazy: true, typeOnly: false });
  }
  return found;
};

const inside = (file: string, specifier: string): string | undefined =>
  specifier.startsWith(".") ? relative(root, resolve(root, dirname(file), specifier)) : undefined;

/** A file's floor. Arrows go down or stay on the floor; a door stands beside the house and uses what it is allowed to. */
const FLOORS: readonly (readonly [RegExp, number])[] = [
  [/^src\/contract\//, 0],
  [/^src\/(kit|schema)\//, 1],
  [/^src\/(policy|registry|ledger|quotas|store)\//, 2],
  [/^src\/flow\//, 3],
  [/^src\/layers\//, 4],
  [/^src\/[^/]+\.ts$/, 5],
];
const floorOf = (file: string): number | undefined => FLOORS.find(([pattern]) => pattern.test(file))?.[1];

const sources = filesBelow("src");
const providers = filesBelow("providers");
const all = [...sources, ...providers];

describe("the floors of the house", () => {
  it("arrows only point down", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const floor = floorOf(file);
      for (const { specifier } of importsOf(file)) {
        const target = inside(file, specifier);
        if (target === undefined || floor === undefined) continue;
        const below = floorOf(target);
        if (below === undefined || below > floor) wrong.push(`${file} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("every source file stands on a floor or in a door", () => {
    const doors = /^src\/(testing|lab|cli)\//;
    expect(sources.filter((file) => floorOf(file) === undefined && !doors.test(file))).toEqual([]);
  });

  it("the contract imports nothing but itself", () => {
    const outside = sources
      .filter((file) => file.startsWith("src/contract/"))
      .flatMap((file) => importsOf(file).map(({ specifier }) => `${file} → ${specifier}`))
      .filter((arrow) => !/→ \.\/[\w-]+\.ts$/.test(arrow));
    expect(outside).toEqual([]);
  });

  it("policy decides without I/O, timers, chance or the system's clock", () => {
    const impure = sources
      .filter((file) => file.startsWith("src/policy/"))
      .filter((file) =>
        /\b(setTimeout\(|setInterval\(|Date\.now|Math\.random|process\.)|from "node:/.test(source(file)),
      );
    expect(impure).toEqual([]);
  });

  it("the library never imports a provider, and a provider imports only the kit, itself and its vendor's SDK", () => {
    expect(
      sources.filter((file) =>
        /providers\//.test(
          importsOf(file)
            .map((each) => each.specifier)
            .join(" "),
        ),
      ),
    ).toEqual([]);
    const wrong = providers.flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => {
          const target = inside(file, specifier);
          if (target === undefined) return specifier.startsWith("headgate");
          // Chat Completions is the base of many.
          if (target === "providers/openai-compatible/base.ts") return false;
          return target !== "src/kit/index.ts" && dirname(target) !== dirname(file);
        })
        .map(({ specifier }) => `${file} → ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("the testing door uses the contract and the kit alone, and the rule that every store of quotas is measured by", () => {
    const wrong = sources
      .filter((file) => file.startsWith("src/testing/"))
      .flatMap((file) => importsOf(file).map(({ specifier }) => inside(file, specifier)))
      // One rule, not two that differ: `applyQuota` is pure, and what stores agree with.
      .filter((target) => target !== undefined && !/^src\/quotas\/(apply|record)\.ts$/.test(target))
      .filter((target) => target !== undefined && !/^src\/(testing|kit|contract)\//.test(target));
    expect(wrong).toEqual([]);
  });

  it("the lab uses what decides and what is recorded, and nothing that sends", () => {
    const wrong = sources
      .filter((file) => file.startsWith("src/lab/"))
      .flatMap((file) => importsOf(file).map(({ specifier }) => inside(file, specifier)))
      .filter((target) => target !== undefined && !/^src\/(lab|contract|kit|policy|registry|ledger)\//.test(target));
    expect(wrong).toEqual([]);
  });

  it("the command line uses the registry and the contract alone", () => {
    const wrong = sources
      .filter((file) => file.startsWith("src/cli/"))
      .flatMap((file) => importsOf(file).map(({ specifier }) => inside(file, specifier)))
      .filter((target) => target !== undefined && !/^src\/(cli|registry|contract)\//.test(target));
    expect(wrong).toEqual([]);
  });

  it("every provider's folder has the same file names", () => {
    for (const vendor of readdirSync(join(root, "providers"))) {
      for (const name of ["index.ts", "request.ts", "response.ts", "errors.ts"]) {
        expect(existsSync(join(root, "providers", vendor, name)), `providers/${vendor}/${name}`).toBe(true);
      }
    }
  });

  it("nothing goes round in a circle", () => {
    const graph = new Map(
      all.map((file) => [
        file,
        importsOf(file)
          .filter(({ typeOnly }) => !typeOnly)
          .map(({ specifier }) => inside(file, specifier))
          .filter((target) => target !== undefined),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (done.has(file) || path.includes(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    // The contract is types: its files may know each other, as long as nothing runs.
    for (const file of all) if (!file.startsWith("src/contract/")) visit(file, []);
    expect(circles.filter((circle) => !circle.startsWith("src/contract/"))).toEqual([]);
  });
});

describe("what a file may do", () => {
  it("what is slow to load is loaded when first needed", () => {
    const slow = /^(openai|@anthropic-ai\/sdk|@google\/genai|@aws-sdk\/[\w-]+|undici|zod|yaml)(\/|$)/;
    const eager = all.flatMap((file) =>
      importsOf(file)
        .filter(({ specifier, lazy, typeOnly }) => slow.test(specifier) && !lazy && !typeOnly)
        .map(({ specifier }) => `${file} → ${specifier}`),
    );
    expect(eager).toEqual([]);
  });

  it("no module waits at its top level, so that `require` works", () => {
    expect(all.filter((file) => /^(?:export )?(?:const [^=]+= |)await /m.test(source(file)))).toEqual([]);
  });

  it("no `any`, no non-null assertion to silence the compiler", () => {
    const strip = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const loose = all.filter((file) => !file.startsWith("src/testing/") && /(:|as|<) ?any\b/.test(strip(source(file))));
    expect(loose).toEqual([]);
  });

  it("files stay small: a median of at most 110 lines, none over 300", () => {
    const lengths = all.map((file) => source(file).split("\n").length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(110);
    expect(all.filter((file) => source(file).split("\n").length > 300)).toEqual([]);
  });
});

describe("the shape of the package", () => {
  const manifest = JSON.parse(source("package.json")) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
    readonly files: readonly string[];
    readonly bin: Readonly<Record<string, string>>;
  };
  /** Built, and reached by no name: a thread's own file. */
  const UNNAMED = ["./dist/src/registry/registry-worker.js"];

  it("every export and command is a built file, with its types, and every built entry is one of them", () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      const files = typeof target === "string" ? [target] : [target.types, target.default];
      for (const file of files) expect(existsSync(join(root, file)), `${name}: ${file}`).toBe(true);
    }
    const entries = readFileSync(join(root, "tsup.config.ts"), "utf8").matchAll(/^\s+"([^"]+)":\s*"[^"]+\.ts"/gm);
    const built = [...entries].map((match) => `./dist/${match[1]}.js`).sort();
    const exported = Object.values(manifest.exports).flatMap((each) =>
      typeof each === "string" ? [] : [each.default],
    );
    expect(built).toEqual([...exported, ...Object.values(manifest.bin), ...UNNAMED].sort());
  });

  it("there is one copy of the contract: GatewayError is defined in one built file", () => {
    const definitions = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js"))
      .filter((file) => /class GatewayError|GatewayError = class/.test(readFileSync(join(root, "dist", file), "utf8")));
    expect(definitions).toHaveLength(1);
  });
});
