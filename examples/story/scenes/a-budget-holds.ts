import { createGateway, GatewayError, memoryStore } from "headgate";
import { anthropic } from "headgate/anthropic";
import { say, scene, table } from "../print.ts";
import type { Stage } from "../stage.ts";

const PROCESSES = 4;
const IN_FLIGHT = 16;
const BUDGET_USD = 0.5;

export const aBudgetHolds = async ({ anthropicVendor, ledger }: Stage): Promise<void> => {
  scene(5, `Four processes spend one tenant's $${BUDGET_USD} a day, ${PROCESSES * IN_FLIGHT} calls in flight`);
  // In earnest this is redisStore(client) or postgresStore(pool); here four gateways share a store in memory.
  const store = { ...memoryStore(), shared: true };
  const registry = {
    models: { opus: { provider: "anthropic", model: "claude-opus", cost: { input: 5, output: 25 } } },
    tenants: { greedy: { budgets: { usdPerDay: BUDGET_USD } } },
  };
  const gateways = Array.from({ length: PROCESSES }, () =>
    createGateway({
      providers: [anthropic({ apiKey: "not-needed", baseURL: anthropicVendor.url })],
      registry,
      store,
      ledger,
    }),
  );
  let [calls, refused, quiet] = [0, 0, 0];
  let lastWord = "";
  const worker = async (gateway: (typeof gateways)[number]): Promise<void> => {
    const greedy = gateway.for({ tenant: "greedy" });
    for (;;) {
      try {
        await greedy.complete({ prompt: "Tell me a long story.", maxOutputTokens: 80 });
        calls += 1;
      } catch (error) {
        if (!GatewayError.is(error, "budget_exceeded")) throw error;
        refused += 1;
        lastWord = error.message;
        return;
      }
    }
  };
  const workers = gateways.flatMap((gateway) => Array.from({ length: IN_FLIGHT }, () => worker(gateway)));
  const beside = Array.from({ length: 20 }, async () => {
    await gateways[0]?.complete({ tenant: "quiet", prompt: "And I?", maxOutputTokens: 20 });
    quiet += 1;
  });
  await Promise.all([...workers, ...beside]);
  const [spend] = (await gateways[0]?.spend({ tenant: "greedy" })) ?? [];
  await Promise.all(gateways.map((gateway) => gateway.close()));
  table(
    ["tenant", "calls", "refused", "spent", "budget"],
    [
      ["greedy", calls, refused, `$${spend?.spentUsd.toFixed(6)}`, `$${BUDGET_USD.toFixed(6)}`],
      ["quiet", quiet, 0, "", ""],
    ],
  );
  const over = (spend?.spentNanoUsd ?? 0n) > (spend?.limitNanoUsd ?? 0n);
  say(lastWord);
  say(`→ ${over ? "OVER the budget" : "not a nano-dollar over the budget"}, and nobody else was kept waiting`);
  if (over) process.exitCode = 1;
};
