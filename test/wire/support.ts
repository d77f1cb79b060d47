import { createGateway, type GatewayOptions, type MemoryLedger, memoryLedger } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { type Api, startVendor, type Vendor, type VendorOptions } from "headgate/testing";

export const APIS: readonly Api[] = ["openai-responses", "openai-chat", "anthropic"];

const CAPABLE = { tool_call: true, structured_output: true, reasoning: true } as const;

/** The provider of a simulated vendor, by its API. */
export const providerOf = <Name extends string>(name: Name, api: Api, vendor: Vendor) =>
  api === "anthropic"
    ? anthropic({ name, apiKey: "test-key", baseURL: vendor.anthropicURL })
    : openai({ name, apiKey: "test-key", baseURL: vendor.baseURL, api: api === "openai-chat" ? "chat" : "responses" });

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
    providers: [providerOf("a", api, a), providerOf("b", "openai-responses", b)],
    registry: {
      models: {
        cheap: {
          provider: "a",
          model: "model-a",
          capabilities: CAPABLE,
          limit: { output: 4096 },
          cost: { input: 1, output: 2 },
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
