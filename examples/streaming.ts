/** Streaming: text as it comes, then the whole; and what a cut stream looks like. */
import { createGateway, GatewayError } from "headgate";
import { anthropic } from "headgate/anthropic";
import { startVendor } from "headgate/testing";

const vendor = await startVendor();

await using gateway = createGateway({
  providers: [anthropic({ apiKey: "any", baseURL: vendor.url })],
  registry: { models: { claude: { provider: "anthropic", model: "claude-haiku-5", limit: { output: 1024 } } } },
});

const stream = gateway.stream({ model: "claude", prompt: "Tell me about the sea." });
for await (const text of stream.textStream) process.stdout.write(text);
const { finishReason } = await stream.completion();
console.log(`\n${finishReason}`);

vendor.script([{ cut: { afterEvents: 9, by: "fin" } }]);
try {
  for await (const _ of gateway.stream({ model: "claude", prompt: "Tell me about the sea." }));
} catch (error) {
  if (!GatewayError.is(error, "stream_truncated")) throw error;
  console.log(`cut, and told so; until then: ${error.partial?.text}`);
}
