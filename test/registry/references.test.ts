/** What refers to what is not there, cannot be met, or leaves nothing: each is told by path, by line, and with the mend. */
import { createGateway, type RegistryInput } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { load } from "./support.ts";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

/** Twelve lines: what comes behind them begins at the thirteenth. */
const MODELS = `models:
  fast: { provider: fake, quality: 40, tags: { region: eu } }
  strong:
    provider: fake
    quality: { general: 70, code: 90 }
tasks:
  chat: { models: [fast] }
  review: { quality: 60 }
  code: { quality: 85 }
difficulties: { easy: 30, hard: 65 }
policy: { tieShare: 0.1 }
# what is wrong
`;

const BROKEN: readonly (readonly [what: string, text: string, path: string, line: number, says: RegExp])[] = [
  [
    "a plan's model that is not there",
    "plans:\n  free: { models: [fst] }\n",
    "plans.free.models[0]",
    14,
    /no model "fst"; did you mean "fast"\?/,
  ],
  [
    "a denied model that is not there",
    "plans:\n  free:\n    deny:\n      - fast\n      - stronk\n",
    "plans.free.deny[1]",
    17,
    /no model "stronk"; did you mean "strong"\?/,
  ],
  [
    "a pin's task that is not there",
    "plans:\n  free:\n    pins: { caht: fast }\n",
    "plans.free.pins.caht",
    15,
    /no task "caht"; did you mean "chat"\?/,
  ],
  [
    "a pin's model that is not there",
    "plans:\n  free:\n    pins:\n      chat: fats\n",
    "plans.free.pins.chat",
    16,
    /no model "fats"; did you mean "fast"\?/,
  ],
  [
    "a pin that the plan's list does not allow",
    "plans:\n  free: { models: [fast], pins: { review: strong } }\n",
    "plans.free.pins.review",
    14,
    /the plan itself does not allow "strong"/,
  ],
  [
    "a pin that the plan denies",
    "plans:\n  free: { deny: [strong], pins: { review: strong } }\n",
    "plans.free.pins.review",
    14,
    /the plan itself does not allow "strong"/,
  ],
  [
    "a pin that the task does not list",
    "plans:\n  free: { pins: { chat: strong } }\n",
    "plans.free.pins.chat",
    14,
    /"strong" is not among the task's models: list it there/,
  ],
  [
    "a pin below the task's floor",
    "plans:\n  free: { pins: { review: fast } }\n",
    "plans.free.pins.review",
    14,
    /"fast" does not reach the least quality of 60; it has 40/,
  ],
  [
    "a pin below the plan's floor",
    "plans:\n  free: { quality: 50, pins: { chat: fast } }\n",
    "plans.free.pins.chat",
    14,
    /"fast" does not reach the least quality of 50; it has 40/,
  ],
  [
    "a pin outside the plan's regions",
    "plans:\n  free: { regions: [eu], pins: { review: strong } }\n",
    "plans.free.pins.review",
    14,
    /"strong" is tagged with none of the plan's regions/,
  ],
  [
    "a plan that denies all it allows",
    "plans:\n  free:\n    models: [fast]\n    deny: [fast]\n",
    "plans.free.deny",
    16,
    /leaves no model/,
  ],
  ["a plan that denies every model", "plans:\n  free: { deny: [fast, strong] }\n", "plans.free.deny", 14, /leaves no/],
  [
    "a plan whose regions leave no model",
    "plans:\n  free: { regions: [eu], models: [strong] }\n",
    "plans.free.regions",
    14,
    /no model that it allows is tagged with one of these regions/,
  ],
  [
    "a plan's floor that none of its models meets",
    "plans:\n  free:\n    models: [fast]\n    quality: 50\n",
    "plans.free.quality",
    16,
    /no model that it allows reaches this quality of 50; the best has 40/,
  ],
  ["a plan's price of a slipped pen", "plans:\n  free: { maxCostUsd: 1e9 }\n", "plans.free.maxCostUsd", 14, /<=100000/],
  [
    "a misspelt key of a plan",
    "plans:\n  free: { modles: [fast] }\n",
    "plans.free.modles",
    14,
    /did you mean "models"\?/,
  ],
  [
    "a tenant's plan that is not there",
    "plans:\n  free: {}\ntenants:\n  acme: { plan: fre }\n",
    "tenants.acme.plan",
    16,
    /no plan "fre"; did you mean "free"\?/,
  ],
  [
    "a tenant's plan where there is none",
    "tenants:\n  acme: { plan: gold }\n",
    "tenants.acme.plan",
    14,
    /there is none/,
  ],
  ["a tenant's model that is not there", "tenants:\n  acme: { models: [x] }\n", "tenants.acme.models[0]", 14, /"x"/],
  [
    "what a tenant and its plan leave together",
    "plans:\n  free: { models: [fast] }\ntenants:\n  ok: { plan: free }\n  acme: { plan: free, deny: [fast] }\n",
    "tenants.acme.deny",
    17,
    /leaves no model/,
  ],
  [
    "a tenant whose plan is the default",
    "plans:\n  free: { models: [fast] }\ntenants:\n  acme: { quality: 60 }\n",
    "tenants.acme.quality",
    16,
    /reaches this quality of 60; the best has 40/,
  ],
  [
    "a tenant's budget, in other words",
    "tenants:\n  acme: { budget: { usd: 5 } }\n",
    "tenants.acme.budget",
    14,
    /unknown key; did you mean "budgets"\?/,
  ],
  ["a model's quota, in other words", "", "models.fast.quota.rpm", 2, /unknown key/],
];

/** Where what is wrong stands among the twelve lines. */
const MENDED: Readonly<Record<string, (text: string) => string>> = {
  "a tenant whose plan is the default": (text) => text.replace("tieShare: 0.1", "plan: free"),
  "a model's quota, in other words": (text) => text.replace("quality: 40", "quality: 40, quota: { rpm: 5 }"),
};

const WITHIN: readonly (readonly [what: string, from: string, to: string, path: string, line: number, says: RegExp])[] =
  [
    ["a default plan that is not there", "tieShare: 0.1", "plan: gold", "policy.plan", 11, /no plan "gold"/],
    [
      "a default difficulty that is not there",
      "tieShare: 0.1",
      "difficulty: hrad",
      "policy.difficulty",
      11,
      /did you mean "hard"\?/,
    ],
    [
      "a difficulty that no model reaches",
      "hard: 65",
      "hard: 95",
      "difficulties.hard",
      10,
      /no model reaches this quality of 95; the best has 90/,
    ],
    [
      "a default difficulty that is reached for one kind of work only",
      "hard: 65",
      "hard: 80",
      "difficulties.hard",
      10,
      /reaches this quality of 80 in general; the best has 70, and calls that say nothing .*policy\.difficulty/,
    ],
    [
      "a split's model that is not there",
      "chat: { models: [fast] }",
      "chat: { split: { fst: 0.05 } }",
      "tasks.chat.split.fst",
      7,
      /no model "fst"; did you mean "fast"\?/,
    ],
    [
      "a split's model that the task does not list",
      "models: [fast] }",
      "models: [fast], split: { strong: 0.05 } }",
      "tasks.chat.split.strong",
      7,
      /not among the task's models, and so never asked: list it there/,
    ],
    [
      "a split's model below the task's floor",
      "quality: 60 }",
      "quality: 60, split: { fast: 0.05 } }",
      "tasks.review.split.fast",
      8,
      /does not reach the task's least quality of 60/,
    ],
    [
      "shares of more than the whole",
      "chat: { models: [fast] }",
      "chat: { split: { fast: 0.7, strong: 0.4 } }",
      "tasks.chat.split",
      7,
      /together at most 1, these are 1\.1/,
    ],
    [
      "a share of more than the whole",
      "chat: { models: [fast] }",
      "chat: { split: { fast: 5 } }",
      "tasks.chat.split.fast",
      7,
      /<=1/,
    ],
    [
      "a task's floor that none of its models meets",
      "models: [fast] }",
      "models: [fast], quality: 60 }",
      "tasks.chat",
      7,
      /no model reaches its least quality of 60; the best has 40/,
    ],
    [
      "a meter's price of a slipped pen",
      "quality: 40",
      "cost: { input: 1, output: 1, meters: { a: { usd: 1e6 } } }",
      "models.fast.cost.meters.a.usd",
      2,
      /<=100000/,
    ],
  ];

describe("a reference that does not hold", () => {
  it.each(BROKEN)("%s", async (what, text, path, line, says) => {
    const { details } = await load(`${(MENDED[what] ?? String)(MODELS)}${text}`);
    expect(details.issues).toMatchObject([{ path, line, message: expect.stringMatching(says) }]);
  });

  it.each(WITHIN)("%s", async (_what, from, to, path, line, says) => {
    const text = MODELS.replace(from, to);
    expect(text).not.toBe(MODELS);
    const { details } = await load(text);
    expect(details.issues).toMatchObject([{ path, line, message: expect.stringMatching(says) }]);
  });

  it("is told with all the others, whatever they are", async () => {
    const { details, message } = await load(
      `${MODELS}plans:\n  a: { models: [x] }\n  b: { deny: [y] }\ntenants:\n  c: { plan: z }\n`,
    );
    expect(details.issues.map(({ path }) => path)).toEqual(["plans.a.models[0]", "plans.b.deny[0]", "tenants.c.plan"]);
    expect(message).toMatch(/line 14, plans\.a\.models\[0\]: no model "x".*line 17, tenants\.c\.plan: no plan "z"/);
  });

  it("of 2,000 mistakes each is told, and the first ones guessed at", async () => {
    const text = Array.from({ length: 2_000 }, (_, index) => `  t${index}: { models: [fasd] }\n`).join("");
    const { details } = await load(`models: { fast: { provider: fake } }\ntasks:\n${text}`);
    expect(details.issues).toHaveLength(2_000);
    expect(details.issues[0]?.message).toMatch(/did you mean "fast"/);
    expect(details.issues[1_999]).toMatchObject({ line: 2_002, message: expect.stringMatching(/there is fast/) });
  });
});

describe("what may be so", () => {
  const taken = async (registry: RegistryInput): Promise<void> =>
    createGateway({ providers: [fakeProvider()], registry }).ready();
  const fast = { provider: "fake" };

  it.each<readonly [string, Parameters<typeof createGateway>[0]["registry"]]>([
    ["floors of difficulties where nothing is said of quality", { models: { fast }, difficulties: { hard: 80 } }],
    [
      "shares that are together the whole, in tenths",
      { models: { a: fast, b: fast, c: fast }, tasks: { t: { split: { a: 0.1, b: 0.2, c: 0.7 } } } },
    ],
    [
      "a plan that says nothing",
      {
        models: { fast },
        plans: { free: {} },
        tenants: { acme: { plan: "free" }, other: {} },
        policy: { plan: "free" },
      },
    ],
    [
      "a denied model in a list of others",
      { models: { fast, slow: fast }, plans: { free: { models: ["fast"], deny: ["slow"] } } },
    ],
    [
      "a tenant that widens its plan",
      {
        models: { fast, slow: fast },
        plans: { free: { models: ["fast"] } },
        tenants: { acme: { plan: "free", models: ["slow"] } },
      },
    ],
    [
      "a floor that one kind of work meets",
      { models: { fast: { provider: "fake", quality: { general: 1, code: 9 } } }, plans: { free: { quality: 9 } } },
    ],
    ["a tenant called as what every object has", { models: { fast }, tenants: { toString: {}, valueOf: {} } }],
    [
      "a pin that meets its task's floor for that kind of work alone",
      {
        models: { fast: { provider: "fake", quality: { general: 1, code: 9 } } },
        tasks: { code: { quality: 9 } },
        plans: { free: { pins: { code: "fast" } } },
      },
    ],
  ])("%s", async (_what, registry) => taken(registry));
});
