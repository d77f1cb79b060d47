/** Failover: a vendor is down and no call fails; events and the record say what happened. */
import { createGateway, memoryLedger } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";

const [first, second] = [await startVendor(), await startVendor()];
const ledger = memoryLedger();

await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: first.baseURL }), anthropic({ apiKey: "any", baseURL: second.url })],
  registry: {
    models: {
      gpt: { provider: "openai", model: "gpt-6-mini", cost: { input: 0.25, output: 2 } },
      claude: {
        provider: "anthropic",
        model: "claude-haiku-5",
        limit: { output: 1024 },
        cost: { input: 1, output: 5 },
      },
    },
  },
  ledger,
});
gateway.on("failover", ({ from, to, code }) => console.log(`${from} → ${to}: ${code}`));

first.down("overloaded");
const { model, costUsd } = await gateway.for({ tenant: "search" }).complete({ prompt: "Are you there?" });
console.log(`answered by ${model} for $${costUsd}`);
for (const entry of ledger.entries())
  if (entry.type === "call") console.log(`${entry.tenant}: ${entry.model}, ${entry.why}`);
