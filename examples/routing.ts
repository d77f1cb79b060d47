/** Which model, and why: difficulty by its words, a tenant's plan, a canary; nothing is sent to be told. */
import { createGateway, difficultyEstimator } from "headgate";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";

await using vendor = await startVendor();
await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })],
  registry: {
    models: {
      small: { provider: "openai", quality: 40, cost: { input: 0.2, output: 1 }, tags: { region: "us" } },
      strong: { provider: "openai", quality: 90, cost: { input: 5, output: 25 }, tags: { region: "eu" } },
      next: { provider: "openai", quality: 92, cost: { input: 4, output: 20 }, tags: { region: "eu" } },
    },
    difficulties: { easy: 30, hard: 80 },
    tasks: { contracts: { quality: 80, split: { next: 0.05 } } },
    plans: { european: { regions: ["eu"] } },
    tenants: { acme: { plan: "european" } },
  },
  classify: difficultyEstimator({ easy: 0.25 }),
});

const first = async (request: Parameters<typeof gateway.explain>[0]) =>
  (await gateway.explain(request)).eligible[0]?.model;
console.log(await first({ prompt: "Translate to French: good morning" }));
console.log(await first({ prompt: "Prove that the bound holds, and derive why it must be tight." }));
console.log(await first({ tenant: "acme", difficulty: "easy", prompt: "hello" }));

const sides = new Map<string, number>();
for (let id = 0; id < 2_000; id += 1) {
  const model = (await first({ task: "contracts", prompt: "x", conversation: `c${id}` })) ?? "none";
  sides.set(model, (sides.get(model) ?? 0) + 1);
}
console.log(`canary: ${(((sides.get("next") ?? 0) / 2_000) * 100).toFixed(0)} %`);
