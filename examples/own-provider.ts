/** A provider of one's own: it translates to the server's protocol and back, and nothing else. */
import { createGateway, type Provider } from "headgate";
import * as kit from "headgate/kit";
import { startVendor } from "headgate/testing";

interface Said {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}
const transport = kit.leanTransport();

const mine = (url: string): Provider<"mine", { readonly mood?: string }> => ({
  contract: 1,
  name: "mine",
  credentials: [{ id: "default", account: "default" }],
  async *generate(call) {
    const { messages, providerOptions } = call.request;
    const body = JSON.stringify({ model: call.model.id, messages, mood: providerOptions?.["mood"] });
    const response = await transport.fetch(`${url}/chat/completions`, { method: "POST", body, signal: call.signal });
    const { status } = response;
    if (!response.ok) throw kit.vendorError(call, { provider: "mine", code: kit.codeOfStatus(status), status });
    const said = (await kit.readJson(response, { provider: "mine", signal: call.signal })) as unknown as Said;
    const writer = new kit.PartWriter("mine");
    for (const { message } of said.choices) writer.whole({ type: "text", text: message.content });
    const { prompt_tokens: input, completion_tokens: output } = said.usage;
    writer.finish({ finishReason: "stop", usage: kit.reportedUsage({ input, output }), response: {} });
    yield* writer.take();
  },
});

const vendor = await startVendor({ api: "openai-compatible" });
const registry = { models: { polly: { provider: "mine" } } };
await using gateway = createGateway({ providers: [mine(vendor.baseURL)], registry });
const providerOptions = { mine: { mood: "calm" } };
const { text } = await gateway.complete({ model: "polly", prompt: "hello", providerOptions });
console.log(text);
