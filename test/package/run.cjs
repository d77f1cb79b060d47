/** One call, one stream, and a peer that is not installed: the same whether it was imported or required. */
const assert = require("node:assert/strict");

exports.run = async ({ createGateway, GatewayError, openai, anthropic, startVendor }) => {
  const vendor = await startVendor({ api: "openai-responses", models: { "gpt-6-mini": {} } });
  const gateway = createGateway({
    providers: [openai({ apiKey: "test", baseURL: vendor.baseURL })],
    registry: { models: { small: { provider: "openai", model: "gpt-6-mini", cost: { input: 0.25, output: 2 } } } },
  });
  const completion = await gateway.complete({ model: "small", prompt: "Say hello." });
  assert.ok(completion.text.length > 0);
  assert.equal(completion.model, "small");
  let text = "";
  for await (const piece of gateway.stream({ model: "small", prompt: "Say hello." }).textStream) text += piece;
  assert.ok(text.length > 0);
  await assert.rejects(gateway.complete({ model: "none", prompt: "x" }), (error) =>
    GatewayError.is(error, "unknown_model"),
  );
  const bare = createGateway({
    providers: [anthropic({ apiKey: "test" })],
    registry: { models: { m: { provider: "anthropic" } } },
  });
  for (const promise of [bare.ready(), bare.complete({ model: "m", prompt: "x" })]) {
    await assert.rejects(
      promise,
      (error) => GatewayError.is(error, "missing_peer") && /npm install @anthropic-ai\/sdk@\^1/.test(error.message),
    );
  }
  console.log("called, streamed, refused");
};
