import { createGateway } from "headgate";
import { GatewayError, type GenerateCall, PartWriter, type Provider, readJson } from "headgate/kit";

/** A provider of one's own, as a stranger writes it: compiled and run against the packed package. */
const echo = (): Provider<"echo", { readonly shout?: boolean }> => ({
  contract: 1,
  name: "echo",
  credentials: [{ id: "default", account: "default" }],
  async *generate(call: GenerateCall) {
    const last = call.request.messages.at(-1);
    if (typeof last?.content !== "string") {
      throw new GatewayError("unsupported", "echo: text alone.", { details: { provider: "echo" } });
    }
    const data = await readJson(new Response(JSON.stringify({ said: last.content })), { provider: "echo" });
    const writer = new PartWriter("echo");
    const said = String((data as { readonly said: string }).said);
    writer.whole({ type: "text", text: call.request.providerOptions?.["shout"] === true ? said.toUpperCase() : said });
    const input = { total: 1, uncached: 1, cacheRead: 0, cacheWrite: 0 };
    const usage = { input, output: { total: 1, reasoning: 0 }, meters: {}, source: "reported" } as const;
    writer.finish({ finishReason: "stop", usage, response: {} });
    yield* writer.take();
  },
});

const gateway = createGateway({
  providers: [echo()],
  registry: { models: { parrot: { provider: "echo" } } },
});
const { text } = await gateway.complete({
  model: "parrot",
  prompt: "hello",
  providerOptions: { echo: { shout: true } },
});
if (text !== "HELLO") throw new Error(`expected HELLO, got ${text}`);
// @ts-expect-error: options are typed by the providers that were passed
const wrong = gateway.complete({ model: "parrot", prompt: "hello", providerOptions: { echo: { shout: "loud" } } });
await wrong;
console.log("own provider");
