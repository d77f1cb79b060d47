/** Does my host keep the contract? The suite runs in any test runner; here in Node's own. */
import test from "node:test";
import { openaiCompatible } from "headgate/openai-compatible";
import { providerSuite, startVendor } from "headgate/testing";

const cases = providerSuite({
  vendor: () => startVendor({ api: "openai-compatible" }), // or a simulator of your own that plays the same steps
  provider: (vendor, apiKey) =>
    openaiCompatible({ name: "inhouse", baseURL: vendor.baseURL, apiKey, quirks: { echo: "reasoning_content" } }),
});
for (const { name, skip, run } of cases) test(name, { skip: skip ?? false }, run);
