/** X3: names that every object has, circles, and texts that grow without end: refused, and nothing is changed by them. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { load, refused } from "./support.ts";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => {
  vi.restoreAllMocks();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect((() => {}) as unknown as Record<string, unknown>).not.toHaveProperty("polluted");
});

const NAMES = ["__proto__", "constructor", "prototype"] as const;
type Tree = { [key: string]: Tree | string | number | readonly Tree[] };

/** A whole registry, with a place for everything. */
const whole = (): Tree => ({
  models: {
    fast: {
      provider: "fake",
      quality: { general: 5 },
      capabilities: { tool_call: 1 },
      limit: {},
      cost: { input: 1, output: 1, tiers: [{ above: 1, input: 1, output: 1 }], meters: { x: { usd: 1 } } },
      tags: { region: "eu" },
      options: { deep: { list: [{ a: 1 }] } },
      quota: { pool: "p" },
    },
  },
  tasks: { chat: { needs: { tags: { region: "eu" } }, split: { fast: 0.5 } } },
  difficulties: { hard: 5 },
  policy: { tieShare: 0.1 },
  plans: {
    free: { pins: { chat: "fast" }, limits: {}, budgets: { alerts: [] }, whenOver: { queue: { maxCalls: 5 } } },
  },
  tenants: { acme: { plan: "free", eachKey: { limits: {} }, keys: { mobile: { budgets: {} } } } },
  organization: { limits: { parallelCalls: 5 } },
  tags: { team: { each: {}, values: { web: { limits: {} } } } },
});

/** Every object in it, by its path. */
const objects = (tree: unknown, path: string): [string, Tree][] => {
  if (typeof tree !== "object" || tree === null) return [];
  const parts = Object.entries(tree).flatMap(([key, part]) =>
    objects(part, Array.isArray(tree) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
  return Array.isArray(tree) ? parts : [[path, tree as Tree], ...parts];
};

const PLACES = objects(whole(), "").map(([path]) => path);

/** The same with a name that every object has, at a place. */
const poisoned = (place: string, name: string, value: unknown): Tree => {
  const tree = whole();
  const at = objects(tree, "").find(([path]) => path === place)?.[1] as Tree;
  Object.defineProperty(at, name, { value, enumerable: true, configurable: true, writable: true });
  return tree;
};

describe("X3: a name that every object has", () => {
  it(`is refused wherever it stands: ${PLACES.length} places, as YAML, JSON and data`, async () => {
    expect(PLACES.length).toBeGreaterThan(20);
    const values = fc.constantFrom<unknown>({ polluted: true }, { provider: "fake", polluted: 1 }, "x", 1, [1], null);
    const ways = fc.constantFrom("yaml", "json", "data");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PLACES),
        fc.constantFrom(...NAMES),
        values,
        ways,
        async (place, name, value, way) => {
          const tree = poisoned(place, name, value);
          const error = await (way === "data" ? refused({ data: tree }) : load(JSON.stringify(tree), way as "yaml"));
          const path = place === "" ? name : `${place}.${name}`;
          const line = way === "data" ? {} : { line: 1 };
          expect(error.details.issues).toMatchObject([{ path, message: "this name is not allowed", ...line }]);
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);

  it.each(NAMES)("%s is refused as a key of YAML, plain and quoted, in flow and block", async (name) => {
    for (const key of [name, `"${name}"`, `'${name}'`, `? ${name}\n  `, `!!str ${name}`]) {
      const { details } = await load(
        `models:\n  fast: { provider: fake }\n  ${key}: { provider: fake, polluted: 1 }\n`,
      );
      expect(details.issues).toMatchObject([{ path: `models.${name}`, message: "this name is not allowed" }]);
    }
    const { details } = await load(`models: { fast: { provider: fake, ${name}: { polluted: 1 } } }`);
    expect(details.issues).toMatchObject([{ path: `models.fast.${name}`, line: 1 }]);
  });

  it.each(NAMES)("%s as a name that is referred to is one that is not there", async (name) => {
    const models = "models: { fast: { provider: fake, quality: 5 } }\n";
    for (const text of [
      `models: { fast: { provider: ${name} } }\n`,
      `${models}tasks: { chat: { models: [${name}] } }\n`,
      `${models}tasks: { chat: { difficulty: ${name} } }\n`,
      `${models}policy: { difficulty: ${name} }\n`,
      `${models}policy: { plan: ${name} }\n`,
      `${models}tenants: { acme: { plan: ${name} } }\n`,
      `${models}tasks: { chat: {} }\nplans: { free: { pins: { chat: ${name} } } }\n`,
      `${models}plans: { free: { deny: [${name}] } }\n`,
    ]) {
      const { details } = await load(text);
      expect(details.issues, text).toHaveLength(1);
      expect(details.issues[0]?.message, text).toMatch(new RegExp(`^no (provider|model|difficulty|plan) "${name}"`));
    }
  });
});

describe("X3: merge keys are keys like any other, and no such key is known", () => {
  it.each([
    ["as YAML is", ""],
    ["even where the document asks for the YAML that had them", "%YAML 1.1\n---\n"],
  ])("%s", async (_what, head) => {
    const { details } = await load(
      `${head}models:\n  fast: &fast { provider: fake }\n  slow: { <<: *fast }\n  "__proto__": { <<: { polluted: 1 } }\n`,
    );
    expect(details.issues.map(({ path }) => path)).toEqual(["models.__proto__"]);
    const { details: merged } = await load(`${head}models:\n  fast: &fast { provider: fake }\n  slow: { <<: *fast }\n`);
    expect(merged.issues.map(({ path }) => path)).toContain("models.slow.<<");
  });
});

describe("aliases", () => {
  it.each([
    ["a list that holds itself", "models: &a [*a]\n"],
    ["a map that holds itself", "models: &a { fast: *a }\n"],
    ["two that hold each other", "models: &a { fast: &b { provider: fake, options: *a } }\n"],
    ["a bomb", `a0: &a0 [x]\n${bomb(9)}models: *a9\n`],
    ["a bomb in maps", `a0: &a0 { x: x }\n${bomb(9, "{ a: *@, b: *@, c: *@, d: *@ }")}models: *a9\n`],
    ["an alias of what comes later", "models: *a\ntasks: &a {}\n"],
  ])("%s is refused before it grows", async (_what, text) => {
    const error = await load(text);
    expect(error.details.issues.length).toBeGreaterThan(0);
    expect(error.details.issues.length).toBeLessThan(20);
    expect(error.message).toMatch(/alias|refers to itself/);
  });

  it("of one anchor in its place are fine", async () => {
    const { details } = await load(
      "models:\n  a: { provider: fake, tags: &tags { region: eu } }\n  b: { provider: fake, tags: *tags, wrong: 1 }\n",
    );
    expect(details.issues.map(({ path }) => path)).toEqual(["models.b.wrong"]);
  });
});

/** Each line four times the one before. */
function bomb(lines: number, shape = "[*@, *@, *@, *@]"): string {
  return Array.from({ length: lines }, (_, at) => `a${at + 1}: &a${at + 1} ${shape.replaceAll("@", `a${at}`)}\n`).join(
    "",
  );
}

describe("data", () => {
  it("that goes round in a circle is told where", async () => {
    const options: Record<string, unknown> = {};
    options["again"] = { options };
    const { details } = await refused({ data: { models: { fast: { provider: "fake", options } } } });
    expect(details.issues).toMatchObject([{ path: "models.fast.options.again.options", message: "refers to itself" }]);
  });

  it("that is as deep as a well is refused", async () => {
    let options: object = {};
    for (let depth = 0; depth < 10_000; depth += 1) options = { options };
    const { details } = await refused({ data: { models: { fast: { provider: "fake", options } } } });
    expect(details.issues[0]?.message).toBe("expected at most 64 levels");
    await expect(load(`models: ${"[".repeat(10_000)}${"]".repeat(10_000)}`)).resolves.toBeDefined();
  });

  it("that is shared so often that it would never be written out is refused", async () => {
    let options: readonly unknown[] = [1];
    for (let times = 0; times < 30; times += 1) options = [options, options];
    const { details } = await refused({ data: { models: { fast: { provider: "fake", options: { options } } } } });
    expect(details.issues).toMatchObject([{ path: "", message: "expected at most 1000000 values" }]);
  });
});
