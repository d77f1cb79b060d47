/** `defineRegistry`: names that are referred to are checked by the compiler. The `@ts-expect-error`s are the test. */
import { createGateway, defineRegistry, type RegistryFile } from "headgate";
import { fakeProvider } from "headgate/testing";
import { expect, it } from "vitest";

const registry = defineRegistry({
  models: {
    fast: { provider: "fake", quality: 40, cost: { input: 1, output: 2 }, quota: { requestsPerMinute: 5, pool: "p" } },
    strong: { provider: "fake", quality: { general: 70, code: 90 }, tags: { region: "eu" } },
  },
  tasks: {
    chat: { models: ["fast", "strong"], split: { strong: 0.05 } },
    code: { difficulty: "hard", label: "code", needs: { tool_call: false } },
  },
  difficulties: { easy: 10, hard: 60 },
  policy: { difficulty: "easy", plan: "free", unknownTenants: "refuse" },
  plans: { free: { deny: ["strong"] }, gold: { pins: { code: "strong" }, regions: ["eu"], maxCostUsd: 1 } },
  tenants: {
    acme: { plan: "gold", models: ["strong"], whenOver: { queue: { maxCalls: 5 } }, keys: { web: { limits: {} } } },
    other: { limits: { parallelCalls: 2 }, budgets: { usdPerDay: 1, alerts: [0.5] } },
  },
  organization: { budgets: { usdPerMonth: 1_000, timeZone: "Europe/Rome" }, enforcement: "warn" },
  tags: { team: { each: { limits: { requestsPerMinute: 60 } }, values: { web: {} } } },
});

it("is the registry as it was written, and a gateway takes it", async () => {
  const model: "fast" | "strong" = "fast" satisfies keyof typeof registry.models;
  const task: keyof typeof registry.tasks = "code";
  expect(registry.models[model].cost.input).toBe(1);
  expect(registry.tasks[task].difficulty).toBe("hard");
  await createGateway({ providers: [fakeProvider()], registry }).ready();
});

it("names that are not there are errors of the compiler", () => {
  const models = { fast: { provider: "fake" } } as const;
  // @ts-expect-error: a task's model
  defineRegistry({ models, tasks: { chat: { models: ["fats"] } } });
  // @ts-expect-error: a canary
  defineRegistry({ models, tasks: { chat: { split: { fats: 0.5 } } } });
  // @ts-expect-error: a task's difficulty
  defineRegistry({ models, difficulties: { hard: 1 }, tasks: { chat: { difficulty: "hrad" } } });
  // @ts-expect-error: the default difficulty
  defineRegistry({ models, difficulties: { hard: 1 }, policy: { difficulty: "hrad" } });
  // @ts-expect-error: the default plan, where there are none
  defineRegistry({ models, policy: { plan: "free" } });
  // @ts-expect-error: a plan's model
  defineRegistry({ models, plans: { free: { models: ["fats"] } } });
  // @ts-expect-error: a denied model
  defineRegistry({ models, plans: { free: { deny: ["fats"] } } });
  // @ts-expect-error: a pin's task
  defineRegistry({ models, tasks: { chat: {} }, plans: { free: { pins: { chatt: "fast" } } } });
  // @ts-expect-error: a pin's model
  defineRegistry({ models, tasks: { chat: {} }, plans: { free: { pins: { chat: "fats" } } } });
  // @ts-expect-error: a tenant's plan
  defineRegistry({ models, plans: { free: {} }, tenants: { acme: { plan: "fre" } } });
  // @ts-expect-error: a tenant's model
  defineRegistry({ models, tenants: { acme: { models: ["fats"] } } });
  // @ts-expect-error: a key that is none
  defineRegistry({ models, plans: { free: { modles: ["fast"] } } });
  // @ts-expect-error: a limit that is none
  defineRegistry({ models, plans: { free: { limits: { requestPerMinute: 5 } } } });
  // @ts-expect-error: an enforcement that is none
  defineRegistry({ models, organization: { enforcement: "strict" } });
  // @ts-expect-error: a price needs its output
  defineRegistry({ models: { fast: { provider: "fake", cost: { input: 1 } } } });
  expect(true).toBe(true);
});

it("names that the type does not tell are any", () => {
  const whole: RegistryFile = { models: { fast: { provider: "fake" } }, tasks: { chat: { models: ["fast"] } } };
  expect(defineRegistry(whole)).toBe(whole);
  const models: RegistryFile["models"] = Object.fromEntries(["a", "b"].map((name) => [name, { provider: "fake" }]));
  expect(defineRegistry({ models, tasks: { chat: { models: ["a"], split: { b: 0.1 } } } }).models).toBe(models);
});
