/** The provider contract, of a provider made from an AI SDK model: over real HTTP, through the AI SDK's own code. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { fromAiSdk } from "headgate/from-ai-sdk";
import { providerSuite, startVendor } from "headgate/testing";
import { describe, it } from "vitest";

describe("the provider contract: from-ai-sdk", () => {
  const cases = providerSuite({
    vendor: () => startVendor({ api: "openai-chat" }),
    // What this one model of the AI SDK does not do; the adapter carries it to those that do.
    without: {
      "reasoning comes before": "OpenAI's Chat Completions tell no reasoning",
      "affinity:": "no state comes back from Chat Completions",
      "has all its events is whole": "the AI SDK says nothing of the answer's end where the connection breaks",
      "even if the connection lingers": "the AI SDK waits for the end of the body",
      "video:": "the host takes no video",
      "top_k:": "the AI SDK's model of such hosts has no topK",
      "a tool that a vendor runs": "the host runs none",
    },
    provider: ({ baseURL }, apiKey) => {
      const host = createOpenAICompatible({
        name: "host",
        baseURL,
        apiKey,
        includeUsage: true,
        supportsStructuredOutputs: true,
      });
      return fromAiSdk({
        name: "host",
        credentials: [{ id: "host", apiKey }],
        model: (id) => host.chatModel(id),
        embedding: (id) => host.textEmbeddingModel(id),
      });
    },
  });
  for (const { name, skip, run } of cases)
    it.skipIf(skip !== undefined)(skip === undefined ? name : `${name} (${skip})`, run);
});
