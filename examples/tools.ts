/** Tools: the model asks, the application answers, the history goes back as it is. */
import { createGateway, type Message } from "headgate";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";
import { z } from "zod";

const vendor = await startVendor();
vendor.script([
  { reply: { toolCalls: [{ name: "weather", input: { city: "Ghent" } }] } },
  { reply: { text: "Take an umbrella." } },
]);

await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })],
  registry: { models: { small: { provider: "openai", model: "gpt-6-mini", capabilities: { tool_call: true } } } },
});

const weather = { name: "weather", description: "The weather in a city", input: z.object({ city: z.string() }) };
const messages: Message[] = [{ role: "user", content: "Do I need an umbrella in Ghent?" }];

for (;;) {
  const { text, toolCalls, message } = await gateway.complete({ model: "small", messages, tools: [weather] });
  messages.push(message);
  if (toolCalls.length === 0) {
    console.log(text);
    break;
  }
  const content = toolCalls.map(({ id, name, input }) => {
    console.log(`${name}(${JSON.stringify(input)})`);
    return { type: "tool-result", id, name, output: { type: "json", value: { sky: "rain" } } } as const;
  });
  messages.push({ role: "tool", content });
}
