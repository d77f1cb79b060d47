/** X1, X2: a key and a prompt that would be recognised anywhere are found nowhere, whatever fails. */
import { inspect } from "node:util";
import { createGateway, jsonSchema, memoryLedger } from "headgate";
import { type Step, startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { APIS, providerOf } from "./support.ts";

const KEY = "sk-proj-C4naryK3y-0123456789abcdefghijkl";
const PROMPT = "CANARYPROMPT the merger of Acme and Umbrella closes on Friday";
const TOOL = "CANARYTOOL rates the target company";
const rate = { name: "rate", description: TOOL, input: jsonSchema({ type: "object" }) };

/** The vendor quotes everything back, as vendors do. */
const ECHO = `Incorrect API key provided: ${KEY}. You sent: "${PROMPT}" with tools ${TOOL}; header Authorization: Bearer ${KEY}`;

const FAULTS: readonly (Step & { readonly echo?: boolean })[] = [
  { error: "bad_key" },
  { error: "invalid_request" },
  { error: "rate_limited" },
  { error: "overloaded" },
  { error: "server_error" },
  { error: "context_overflow" },
  { garbage: "html" },
  { garbage: "json" },
  { garbage: "event" },
  { cut: { afterEvents: 1, by: "rst" } },
  { cut: { afterEvents: 9, by: "fin" } },
  { stall: "headers" },
  { errorEvent: { afterEvents: 9, error: "server_error" } },
];

/** Everything that an error can be turned into. */
const shown = (value: unknown): string => {
  const texts = [
    inspect(value, { depth: 20, showHidden: true, getters: false }),
    String(value),
    JSON.stringify(value) ?? "",
  ];
  for (let each = value; each instanceof Error; each = each.cause)
    texts.push(each.message, each.stack ?? "", inspect(each));
  return texts.join("\n");
};

describe.each(APIS)("%s", (api) => {
  it("in no error, event, record or log line", async () => {
    await using vendor = await startVendor();
    const lines: string[] = [];
    const ledger = memoryLedger();
    const provider = providerOf(api, { name: "v", vendor, apiKey: KEY, transport: echoing() });
    await using gateway = createGateway({
      providers: [provider],
      registry: { models: { m: { provider: "v", limit: { output: 100 }, capabilities: { tool_call: true } } } },
      ledger,
      timeouts: { firstTokenMs: 60, idleMs: 60 },
    });
    for (const name of ["call", "attempt", "cost", "retry", "failover", "warning", "amendment"] as const) {
      gateway.on(name, (event) => lines.push(shown(event)));
    }
    const warned = (warning: unknown): void => void lines.push(shown(warning));
    process.on("warning", warned);
    const tools = [{ type: "provider", provider: "v", name: "x" }] as const;
    let failures = 0;
    for (const fault of FAULTS) {
      for (const mode of ["complete", "stream"] as const) {
        vendor.script(() => fault);
        const request = { model: "m", prompt: PROMPT, tools: [rate] };
        const call = mode === "complete" ? gateway.complete(request) : gateway.stream(request).completion();
        await call.catch((error: unknown) => {
          failures += 1;
          lines.push(shown(error));
        });
      }
    }
    await gateway.complete({ model: "m", prompt: PROMPT, tools }).catch((error: unknown) => lines.push(shown(error)));
    const wrong = { model: "m", prompt: PROMPT, temperature: PROMPT } as never;
    await gateway.complete(wrong).catch((error: unknown) => lines.push(shown(error)));
    process.off("warning", warned);
    lines.push(shown(ledger.entries()), shown(gateway), shown(provider));
    const all = lines.join("\n");
    expect(failures).toBeGreaterThan(15);
    for (const canary of [KEY, KEY.slice(8, 30), "CANARYPROMPT", "merger of Acme", "CANARYTOOL"]) {
      expect(all.includes(canary), canary).toBe(false);
    }
  });
});

/** The wire, but refusals quote the key and the prompt. */
const echoing = () => ({
  name: "echoing",
  async fetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
    const response = await fetch(url, init);
    if (response.ok) return response;
    const body = (await response.json()) as { error: object };
    // Bedrock's bodies are a message alone.
    return Response.json({ ...body, message: ECHO, error: { ...body.error, message: ECHO } }, response);
  },
});
