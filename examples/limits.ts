/** Limits and budgets: who is over is told which limit it was, what is left of it, and exactly when to come back. */
import { createGateway, GatewayError } from "headgate";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";

const vendor = await startVendor();
await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })],
  registry: {
    models: { gpt: { provider: "openai", model: "gpt-6-mini", cost: { input: 0.25, output: 2 } } },
    tenants: {
      search: { limits: { requestsPerMinute: 60, requestsBurst: 3 } },
      reports: { budgets: { usdPerDay: 0.001, timeZone: "Europe/Rome" } },
    },
  },
});
gateway.on("budget", ({ scope, share }) => console.log(`${scope.name} has used ${share * 100} % of its budget`));

for (const tenant of ["search", "reports"]) {
  let calls = 0;
  try {
    for (; calls < 20; calls += 1) {
      await gateway.complete({ tenant, prompt: "Find the gate.", maxOutputTokens: 50 });
    }
  } catch (error) {
    if (!GatewayError.is(error, "limit_exceeded", "budget_exceeded")) throw error;
    console.log(
      `${tenant}: ${calls} calls, then ${error.code}, back in ${Math.ceil((error.retryAfterMs ?? 0) / 1e3)} s`,
    );
  }
}
const [spend] = await gateway.spend({ tenant: "reports" });
console.log(`spent $${spend?.spentUsd} of $${spend?.limitUsd}`);
