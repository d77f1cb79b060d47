import { createGateway, type GatewayOptions, type MemoryLedger, memoryLedger } from "headgate";
import { anthropic } from "headgate/anthropic";
import { bedrock } from "headgate/bedrock";
import { google } from "headgate/google";
import type { FinishReason, Provider, Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible } from "headgate/openai-compatible";
import { type Api, type ProviderTraits, startVendor, type Vendor, type VendorOptions } from "headgate/testing";

/** What a test says of a provider: the rest is its vendor's. */
export interface ProviderOptions<Name extends string> {
  readonly name: Name;
  readonly vendor: Pick<Vendor, "baseURL" | "url">;
  readonly apiKey?: string;
  readonly transport?: Transport;
}

interface Speaking {
  provide<Name extends string>(
    options: Required<Omit<ProviderOptions<Name>, "transport">> & ProviderOptions<Name>,
  ): Provider<Name>;
  /** In the bytes of a streamed answer with a tool call: the event after which it is whole. */
  readonly end: RegExp;
  /** Events that come before any content. */
  readonly preamble: number;
  /** What the provider contract suite has to know of it. */
  readonly suite?: ProviderTraits;
  /** How an answer ends that is none: the model declined, or a filter kept the prompt from it. Default `refusal`. */
  readonly declined?: FinishReason;
}

/** Sampling parameters ended with the version after this one. */
const OLD_VERSION = { options: { version: "2023-06-01" } };

const BY_API: Readonly<Record<Api, Speaking>> = {
  "openai-responses": {
    provide: ({ vendor, ...rest }) => openai({ ...rest, baseURL: vendor.baseURL }),
    end: /event: response\.completed\ndata: .*\n\n/,
    preamble: 2,
    suite: { providerTool: { type: "provider", provider: "openai-responses", name: "web_search" } },
  },
  "openai-chat": {
    provide: ({ vendor, ...rest }) => openai({ ...rest, baseURL: vendor.baseURL, api: "chat" }),
    end: /"finish_reason":"tool_calls"[^\n]*\n\n/,
    preamble: 1,
    suite: { without: { "reasoning comes before": "OpenAI's Chat Completions tell no reasoning" } },
  },
  "openai-compatible": {
    provide: ({ vendor, ...rest }) =>
      openaiCompatible({ ...rest, baseURL: vendor.baseURL, quirks: { echo: "reasoning_content" } }),
    end: /"finish_reason":"tool_calls"[^\n]*\n\n/,
    preamble: 1,
  },
  anthropic: {
    provide: ({ vendor, ...rest }) => anthropic({ ...rest, baseURL: vendor.url }),
    end: /event: message_delta\ndata: .*\n\n/,
    preamble: 2,
    suite: {
      providerTool: { type: "provider", provider: "anthropic", name: "web_search" },
      modelFor: {
        prefill: { id: "claude-opus-4-1", options: { prefill: true } },
        temperature: OLD_VERSION,
        top_p: OLD_VERSION,
        top_k: OLD_VERSION,
        reasoning_budget: { options: { thinking: "enabled" } },
      },
    },
  },
  google: {
    provide: ({ vendor, ...rest }) => google({ ...rest, baseURL: vendor.url }),
    end: /"finishReason":"STOP"[^\n]*\n\r/,
    preamble: 0,
    declined: "content-filter",
    suite: { providerTool: { type: "provider", provider: "google", name: "googleSearch" } },
  },
  bedrock: {
    provide: ({ vendor, ...rest }) => bedrock({ ...rest, endpoint: vendor.url, region: "us-east-1" }),
    // The payload's end, and four bytes of checksum.
    end: /"stopReason":"tool_use","p":"[a-z]*"\}[\s\S]{4}/,
    preamble: 1,
    suite: {
      model: { id: "anthropic.claude-x", options: { thinking: "enabled", prefill: true } },
      embeddingModel: { id: "amazon.titan-embed-text-v2:0" },
      providerTool: { type: "provider", provider: "bedrock", name: "nova_grounding" },
    },
  },
};
export const APIS = Object.keys(BY_API) as readonly Api[];

const CAPABLE = { tool_call: true, structured_output: true, reasoning: true } as const;

/** The provider of a simulated vendor, by its API. */
export const providerOf = <Name extends string>(
  api: Api,
  { apiKey = "test-key", ...rest }: ProviderOptions<Name>,
): Provider<Name> => BY_API[api].provide({ apiKey, ...rest });

/** Whether so much of a streamed answer is the whole of it. */
export const isWhole = (api: Api, bytes: Uint8Array): boolean =>
  BY_API[api].end.test(Buffer.from(bytes).toString("latin1"));

/** What the provider contract suite has to know of an API's provider. */
export const suiteOf = (api: Api): ProviderTraits => BY_API[api].suite ?? {};

/** How many events of a stream come before any content. */
export const preambleOf = (api: Api): number => BY_API[api].preamble;

export const declinedBy = (api: Api): FinishReason => BY_API[api].declined ?? "refusal";

export interface Pair extends AsyncDisposable {
  readonly a: Vendor;
  readonly b: Vendor;
  readonly gateway: ReturnType<typeof createGateway>;
  readonly ledger: MemoryLedger;
}

/** Two vendors, A cheaper than B, and a gateway over both: the real SDKs, real HTTP. */
export const pair = async (
  api: Api,
  options: Partial<GatewayOptions> = {},
  vendors: VendorOptions = {},
): Promise<Pair> => {
  const a = await startVendor({ ...vendors, api, seed: 1 });
  const b = await startVendor({ ...vendors, api: "openai-responses", seed: 2 });
  const ledger = memoryLedger();
  const gateway = createGateway({
    providers: [providerOf(api, { name: "a", vendor: a }), providerOf("openai-responses", { name: "b", vendor: b })],
    registry: {
      models: {
        cheap: {
          provider: "a",
          model: "model-a",
          capabilities: CAPABLE,
          limit: { output: 4096 },
          cost: { input: 1, output: 2, cache_read: 0.1, cache_write: 1.25 },
        },
        dear: {
          provider: "b",
          model: "model-b",
          capabilities: CAPABLE,
          limit: { output: 4096 },
          cost: { input: 3, output: 6 },
        },
      },
    },
    ledger,
    ...options,
  });
  return {
    a,
    b,
    gateway,
    ledger,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await a.close();
      await b.close();
    },
  };
};

/** Runs `total` calls, `inFlight` at a time. */
export const storm = async <T>(total: number, inFlight: number, call: (index: number) => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < total) {
      const index = next;
      next += 1;
      results[index] = await call(index);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return results;
};
