/** The first call: one provider, one model, an answer and what it cost. */
import { createGateway } from "headgate";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";

const vendor = await startVendor(); // a simulated vendor; leave it and the options of openai() out to ask the real one

await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })],
  registry: { models: { small: { provider: "openai", model: "gpt-6-mini", cost: { input: 0.25, output: 2 } } } },
});

const { text, model, costUsd, usage } = await gateway.complete({ model: "small", prompt: "What is a headgate?" });
console.log(text);
console.log(`${model}: ${usage.input.total} tokens in, ${usage.output.total} out, $${costUsd}`);
