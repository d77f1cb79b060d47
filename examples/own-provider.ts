/** A provider of one's own: it translates to the server's protocol and back, and nothing else. */
import { createGateway } from "headgate";
import { codeOfStatus, leanTransport, PartWriter, type Provider, readJson, vendorError } from "headgate/kit";
import { startVendor } from "headgate/testing";

interface Said {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}
const transport = leanTransport();

const mine = (url: string): Provider<"mine", { readonly mood?: string }> => ({
  contract: 1,
  name: "mine",
  credentials: [{ id: "default", account: "default" }],
  async *generate(call) {
    const { messages, providerOptions } = call.request;
    const body = JSON.stringify({ model: call.model.id, messages, mood: providerOptions?.["mood"] });
    const { signal } = call;
    const response = await transport.fetch(`${url}/chat/completions`, { method: "POST", body, signal });
    const { status } = response;
    if (!response.ok) throw vendorError(call, { provider: "mine", code: codeOfStatus(status), status });
    const { choices, usage } = (await readJson(response, { provider: "mine", signal })) as unknown as Said;
    const writer = new PartWriter("mine");
    for (const { message } of choices) writer.whole({ type: "text", text: message.content });
    const { prompt_tokens: total, completion_tokens: output } = usage;
    const input = { total, uncached: total, cacheRead: 0, cacheWrite: 0 };
    const used = { input, output: { total: output, reasoning: 0 }, meters: {}, source: "reported" } as const;
    writer.finish({ finishReason: "stop", usage: used, response: {} });
    yield* writer.take();
  },
});

const vendor = await startVendor();
await using gateway = createGateway({
  providers: [mine(vendor.baseURL)],
  registry: { models: { polly: { provider: "mine" } } },
});
const { text } = await gateway.complete({
  model: "polly",
  prompt: "hello",
  providerOptions: { mine: { mood: "calm" } },
});
console.log(text);
