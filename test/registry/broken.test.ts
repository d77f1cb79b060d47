/** Broken registries: each is told by path, by line, and with the mend where it can be guessed. Values are never echoed. */
import { createGateway, defineRegistry, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { load } from "./support.ts";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const model = (rest: string): string => `models:\n  fast:\n    provider: fake\n${rest}`;
const SECRET = "sk-canary-canary";

const BROKEN: readonly (readonly [what: string, text: string, path: string, line: number | undefined, says: RegExp])[] =
  [
    ["no models key", "tasks: {}\n", "models", 1, /expected record/],
    ["no model at all", "models: {}\n", "models", 1, /at least one model/],
    ["a model without a provider", "models:\n  fast: { model: x }\n", "models.fast.provider", 2, /expected string/],
    [
      "a provider that was not passed",
      "models:\n  fast:\n    provider: fakke\n",
      "models.fast.provider",
      3,
      /did you mean "fake"/,
    ],
    ["a misspelt key", model("    qualitty: 5\n"), "models.fast.qualitty", 4, /did you mean "quality"/],
    [
      "a quality that is text",
      model("    quality: high\n"),
      "models.fast.quality",
      4,
      /expected a number, or numbers by label/,
    ],
    ["a negative price", model("    cost: { input: -1, output: 1 }\n"), "models.fast.cost.input", 4, />=0/],
    ["a price without its output", model("    cost: { input: 1 }\n"), "models.fast.cost.output", 4, /expected number/],
    [
      "a price of a slipped pen",
      model("    cost: { input: 1e9, output: 1 }\n"),
      "models.fast.cost.input",
      4,
      /<=100000/,
    ],
    [
      "a capability that is none",
      model("    capabilities: { tools: true }\n"),
      "models.fast.capabilities.tools",
      4,
      /unknown key/,
    ],
    [
      "a capability that is text",
      model("    capabilities: { tool_call: yes please }\n"),
      "models.fast.capabilities.tool_call",
      4,
      /expected boolean/,
    ],
    [
      "an unknown modality",
      model("    capabilities: { input: [smell] }\n"),
      "models.fast.capabilities.input[0]",
      4,
      /Invalid option/,
    ],
    ["a window of 0", model("    limit: { context: 0 }\n"), "models.fast.limit.context", 4, />=1/],
    ["half a token", model("    limit: { output: 1.5 }\n"), "models.fast.limit.output", 4, /expected int/],
    ["tags that are numbers", model("    tags: { region: 7 }\n"), "models.fast.tags.region", 4, /expected string/],
    [
      "a task's model that is not there",
      `${model("")}tasks:\n  chat: { models: [fats] }\n`,
      "tasks.chat.models[0]",
      5,
      /no model "fats"; did you mean "fast"/,
    ],
    ["a task without models", `${model("")}tasks:\n  chat: { models: [] }\n`, "tasks.chat.models", 5, />=1/],
    [
      "a difficulty that is not there",
      `${model("")}tasks:\n  chat: { difficulty: hrd }\ndifficulties: { hard: 1 }\n`,
      "tasks.chat.difficulty",
      5,
      /no difficulty "hrd"; did you mean "hard"/,
    ],
    [
      "a floor that nobody meets",
      `${model("    quality: 10\n")}tasks:\n  chat: { quality: 50 }\n`,
      "tasks.chat",
      6,
      /no model reaches its least quality of 50/,
    ],
    [
      "a floor where no quality is known",
      `${model("")}tasks:\n  chat: { quality: 1 }\n`,
      "tasks.chat",
      5,
      /no model reaches/,
    ],
    [
      "a usual difficulty that is not there",
      `${model("")}policy: { difficulty: x }\n`,
      "policy.difficulty",
      4,
      /no difficulty "x"/,
    ],
    ["a share of ties beyond 1", `${model("")}policy: { tieShare: 5 }\n`, "policy.tieShare", 4, /<=1/],
    ["an unknown section", `${model("")}modles: {}\n`, "modles", 4, /did you mean "models"/],
    [
      "a misspelt key deep inside",
      model("    cost: { input: 1, output: 1, tiers: [{ abov: 5, input: 1, output: 1 }] }\n"),
      "models.fast.cost.tiers[0].abov",
      4,
      /did you mean "above"/,
    ],
    [
      "multipliers, which no bill applies yet",
      model("    cost: { input: 1, output: 1, multipliers: { flex: 0.5 } }\n"),
      "models.fast.cost.multipliers",
      4,
      /unknown key/,
    ],
    ["an alias of nothing", "models: *canary\n", "", undefined, /expected every alias/],
    [
      "aliases that grow without end",
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nmodels: *c\n",
      "",
      undefined,
      /at most 100 copies/,
    ],
    ["broken YAML", "models:\n  fast: {\n", "", 3, /./],
    ["a key twice", "models:\n  fast: { provider: fake }\n  fast: { provider: fake }\n", "", 3, /unique/],
    ["a list for a map", "- models\n", "", 1, /expected object/],
    ["text alone", "hello\n", "", 1, /expected object/],
    ["nothing", "", "", 1, /expected object/],
  ];

describe("a broken registry", () => {
  it.each(BROKEN)("%s", async (_what, text, path, line, says) => {
    const { details, message } = await load(text);
    const issue = details.issues.find((each) => each.path === path);
    expect(issue, JSON.stringify(details.issues)).toBeDefined();
    expect(issue?.message).toMatch(says);
    expect(issue?.line).toBe(line);
    expect(message).toContain("test.yaml");
  });

  it("JSON has lines too", async () => {
    const { details } = await load('{\n  "models": {\n    "fast": { "provider": "fake", "qualty": 1 }\n  }\n}', "json");
    expect(details.issues).toMatchObject([{ path: "models.fast.qualty", line: 3 }]);
  });

  it.each([
    ["a token in the wrong place", `models: }${SECRET}`],
    ["a header that is none", `models: |${SECRET}\n  x`],
    ["a directive", `%${SECRET}\n---\nmodels: {}`],
    ["a tag", `models: !!${SECRET} {}\n---\n`],
    ["a tag without a home", `models: !x!${SECRET} {}`],
    ["a collection of the wrong kind", `models: !!${SECRET} [`],
    ["an open quote", `models: "${SECRET}`],
    ["two values side by side", `models: "${SECRET}" "${SECRET}"`],
  ])("what cannot be read is not quoted: %s", async (_what, text) => {
    const error = await load(text);
    expect(error.details.issues.length).toBeGreaterThan(0);
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain("canary");
  });

  it("tells every issue, and no value", async () => {
    const error = await load(
      `models:\n  fast: { provider: fake, quality: ${SECRET}, limit: ${SECRET}, api_key: ${SECRET} }\n`,
    );
    expect(error.details.issues).toHaveLength(3);
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  it.each(["__proto__", "constructor", "prototype"])("X3: a model called %s changes no prototype", async (name) => {
    await load(`models:\n  fast: { provider: fake }\n  "${name}": { provider: fake, polluted: true }\n`).catch(
      () => {},
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["provider"]).toBeUndefined();
  });

  it("a label that every object has is not taken for a quality", async () => {
    const { details } = await load(
      `models:\n  fast: { provider: fake, quality: { general: 5 } }\ntasks:\n  chat: { label: toString, quality: 50 }\n`,
    );
    expect(details.issues).toMatchObject([{ path: "tasks.chat", line: 4 }]);
  });

  it("a source that cannot be watched still has what it has, and says so once", async () => {
    const source: RegistrySource = {
      contract: 1,
      name: "the store",
      load: async () => ({ data: { models: { fast: { provider: "fake" } } } }),
      subscribe: () => {
        throw new Error("no channel");
      },
    };
    const gateway = createGateway({ providers: [fakeProvider()], registry: source });
    for (let call = 0; call < 3; call += 1) expect((await gateway.complete({ prompt: "x" })).model).toBe("fast");
    expect(process.emitWarning).toHaveBeenCalledTimes(1);
    expect(process.emitWarning).toHaveBeenCalledWith(
      expect.stringContaining("the store cannot be watched"),
      expect.anything(),
    );
  });

  it("a source that fails and is there again, as it was, is told as loaded again", async () => {
    let fails = false;
    let changed = (): void => {};
    const source: RegistrySource = {
      contract: 1,
      name: "the store",
      load: async () => {
        if (fails) throw new Error("away");
        return { text: "models: { fast: { provider: fake } }", format: "yaml" };
      },
      subscribe: (fn) => {
        changed = fn;
        return () => {};
      },
    };
    const gateway = createGateway({ providers: [fakeProvider()], registry: source });
    const states: string[] = [];
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        const off = gateway.on("registry", ({ state }) => {
          states.push(state);
          off();
          resolve();
        });
      });
    const loaded = next();
    await gateway.ready();
    await loaded;
    for (fails of [true, false, true, false]) {
      const told = next();
      changed();
      await told;
    }
    expect(states).toEqual(["loaded", "rejected", "reloaded", "rejected", "reloaded"]);
  });

  it("a source that fails is told by its name and the kind of error, whose words stay inside", async () => {
    const source: RegistrySource = {
      contract: 1,
      name: "the store",
      load: async () => {
        throw new TypeError(`redis://user:${SECRET}@host refused`);
      },
    };
    const gateway = createGateway({ providers: [fakeProvider()], registry: source });
    const error = await gateway.ready().catch((error: unknown) => error);
    expect(String(error)).toMatch(/the store is not a valid registry\. it could not be loaded \(TypeError\)/);
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  it("defineRegistry completes and checks in the editor", () => {
    const registry = defineRegistry({ models: { fast: { provider: "fake", cost: { input: 1, output: 2 } } } });
    expect(registry.models.fast.provider).toBe("fake");
    // @ts-expect-error: a price needs its output
    defineRegistry({ models: { fast: { provider: "fake", cost: { input: 1 } } } });
  });
});
