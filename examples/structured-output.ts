/** Structured output: typed by its schema, checked whatever the vendor promised; an answer that fails goes up in quality. */
import { createGateway } from "headgate";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";
import { z } from "zod";

const vendor = await startVendor();
vendor.script([{ reply: { text: '{"title": 7}' } }, { reply: { text: '{"title": "The sea", "tags": ["water"]}' } }]);

const capabilities = { structured_output: true };
await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })],
  registry: {
    models: {
      small: { provider: "openai", model: "gpt-6-mini", capabilities, quality: 50, cost: { input: 0.25, output: 2 } },
      large: { provider: "openai", model: "gpt-6", capabilities, quality: 90, cost: { input: 4, output: 20 } },
    },
    tasks: { label: { quality: 40 } },
  },
});

const completion = await gateway.complete({
  task: "label",
  prompt: "Give this text a title: …",
  output: z.object({ title: z.string(), tags: z.array(z.string()) }),
});
console.log(completion.output.title, completion.output.tags);
console.log(completion.attempts.map(({ model, error }) => `${model}: ${error?.code ?? "ok"}`).join(", "));
