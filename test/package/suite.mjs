import { openai } from "headgate/openai";
import { providerSuite, startVendor } from "headgate/testing";

/** The provider contract, by no test runner at all. */
const cases = providerSuite({
  vendor: () => startVendor({ api: "openai-responses" }),
  provider: ({ baseURL }, apiKey) => openai({ apiKey, baseURL }),
  providerTool: { type: "provider", provider: "openai", name: "web_search" },
});
for (const { name, run } of cases) {
  await run().catch((error) => {
    console.error(`${name}: ${error.stack}`);
    process.exitCode = 1;
  });
}
console.log(`${cases.length} cases`);
