/** One subject in a process of its own: measures a round whenever it is told to. */

import { createGateway } from "headgate";
import { openai } from "headgate/openai";
import OpenAI from "openai";
import { cpuPerCall } from "./measure.ts";

const [subject = "", port = ""] = process.argv.slice(2);
const baseURL = `http://127.0.0.1:${port}/v1`;
const prompt = "Tell me about the sea. ".repeat(80);
const messages = [{ role: "user", content: prompt }] as const;

const client = new OpenAI({ apiKey: "bench", baseURL, maxRetries: 0 });
const gateway = createGateway({
  providers: [openai({ apiKey: "bench", baseURL, api: "chat" })],
  registry: { models: { bench: { provider: "openai", model: "bench", cost: { input: 1, output: 2 } } } },
});

const subjects: Record<string, () => Promise<void>> = {
  "sdk unary": async () => {
    const answer = await client.chat.completions.create({ model: "bench", messages: [...messages] });
    if (answer.choices[0]?.message.content === undefined) throw new Error("no answer");
  },
  "sdk stream": async () => {
    const stream = await client.chat.completions.create({
      model: "bench",
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _chunk of stream);
  },
  "headgate unary": async () => {
    await gateway.complete({ model: "bench", messages });
  },
  "headgate stream": async () => {
    for await (const _event of gateway.stream({ model: "bench", messages }));
  },
};

const run = subjects[subject];
if (run === undefined) throw new Error(`no subject ${subject}`);
process.on("message", async ({ calls, inFlight }: { calls: number; inFlight: number }) => {
  process.send?.(await cpuPerCall(calls, inFlight, run));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
