/** OpenAI's models at Azure: addresses, deployments, keys and tokens, over real HTTP where the SDK builds the request. */
import { inspect } from "node:util";
import { createGateway, GatewayError } from "headgate";
import type { TransportInit } from "headgate/kit";
import { fetchTransport } from "headgate/kit";
import { openai } from "headgate/openai";
import { startVendor, type Vendor } from "headgate/testing";
import OpenAI, { AzureOpenAI } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, callOf, StubVendor } from "./replay.ts";

const KEY = "0123456789abcdefC4naryK3y0123456789";
const endpoint = "https://example.openai.azure.com/";
const model = { name: "smart", id: "my-deployment", capabilities: {}, limit: {}, options: {} };

let vendor: Vendor;
beforeEach(async () => {
  vendor = await startVendor();
});
afterEach(() => vendor.close());

describe("where a request goes", () => {
  const asked = async (options: Parameters<typeof openai>[0], mode: "complete" | "stream" = "complete") => {
    const stub = new StubVendor();
    await ask(openai({ apiKey: KEY, transport: stub, ...options }), { mode, model });
    const [request] = stub.asked;
    return { url: request?.url, headers: request?.headers, body: JSON.parse(request?.body ?? "{}") };
  };

  it("the v1 API: OpenAI's own paths, the deployment as the model, the key in a header of its own", async () => {
    for (const [api, path] of [
      ["responses", "responses"],
      ["chat", "chat/completions"],
    ] as const) {
      const { url, headers, body } = await asked({ azure: { endpoint }, api });
      expect(url).toBe(`https://example.openai.azure.com/openai/v1/${path}`);
      expect(headers?.get("api-key")).toBe(KEY);
      expect(headers?.get("authorization")).toBeNull();
      expect(headers?.get("openai-organization")).toBeNull();
      expect(body.model).toBe("my-deployment");
    }
  });

  it("a dated API: the deployment in the path", async () => {
    const azure = { endpoint, apiVersion: "2025-04-01-preview" };
    const { url, headers } = await asked({ azure, api: "chat" }, "stream");
    expect(url).toBe(
      "https://example.openai.azure.com/openai/deployments/my-deployment/chat/completions?api-version=2025-04-01-preview",
    );
    expect(headers?.get("api-key")).toBe(KEY);
    expect((await asked({ azure })).url).toBe(
      "https://example.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
    );
  });

  it("a token that is fetched for each request, instead of a key", async () => {
    for (const apiVersion of [undefined, "2025-04-01-preview"]) {
      let tokens = 0;
      const tokenProvider = async (): Promise<string> => {
        tokens += 1;
        return `token-${tokens}`;
      };
      const stub = new StubVendor();
      const azure = { endpoint, tokenProvider, ...(apiVersion && { apiVersion }) };
      const provider = openai({ azure, transport: stub, api: "chat" });
      for (let count = 0; count < 2; count += 1) await ask(provider, { mode: "complete", model });
      expect(stub.asked.map(({ headers }) => headers.get("authorization"))).toEqual([
        "Bearer token-1",
        "Bearer token-2",
      ]);
      expect(stub.asked[0]?.headers.get("api-key")).toBeNull();
    }
  });

  it("the environment's address and organization are not taken for Azure's", async () => {
    const kept = { ...process.env };
    Object.assign(process.env, { OPENAI_BASE_URL: "http://wrong.test", OPENAI_ORG_ID: "org-wrong" });
    try {
      for (const azure of [{ endpoint }, { endpoint, apiVersion: "2025-04-01-preview" }]) {
        const { url, headers } = await asked({ azure });
        expect(url).toContain("example.openai.azure.com");
        expect(headers?.get("openai-organization")).toBeNull();
      }
    } finally {
      process.env = kept;
    }
  });

  it("no key: refused before the wire, with the variable's name", async () => {
    const stub = new StubVendor();
    const { error } = await ask(openai({ azure: { endpoint }, transport: stub }), { mode: "complete", model });
    expect(error).toMatchObject({ code: "credential_rejected", details: { sent: false } });
    expect(String(error)).toContain("AZURE_OPENAI_API_KEY");
    expect(stub.asked).toHaveLength(0);
  });
});

/** The simulator answers under any path that ends as OpenAI's do. */
describe("over real HTTP", () => {
  it.each([{}, { apiVersion: "2025-04-01-preview" }])("answers, whole and streamed: %o", async (version) => {
    const provider = openai({ apiKey: KEY, azure: { endpoint: vendor.url, ...version }, api: "chat" });
    await using gateway = createGateway({
      providers: [provider],
      registry: { models: { m: { provider: "openai", model: "my-deployment", cost: { input: 1, output: 2 } } } },
    });
    const whole = await gateway.complete({ prompt: "x" });
    const streamed = await gateway.stream({ prompt: "x" }).completion();
    expect(streamed.text).toBe(whole.text);
    expect(whole.text).toContain("This is my-deployment");
    expect(vendor.hits.map(({ status }) => status)).toEqual([200, 200]);
  });

  it("no error shows the key, whatever the vendor quotes", async () => {
    for (const version of [{}, { apiVersion: "2025-04-01-preview" }]) {
      const quoting = fetchTransport(async (url, init) => {
        const { status } = await fetch(url, init as RequestInit);
        return Response.json({ error: { code: "401", message: `Bad key ${KEY}` } }, { status });
      });
      vendor.down("bad_key");
      const provider = openai({ apiKey: KEY, azure: { endpoint: vendor.url, ...version }, transport: quoting });
      const { error } = await ask(provider, { mode: "complete", model });
      expect(GatewayError.is(error, "credential_rejected")).toBe(true);
      const shown = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${inspect(provider, { depth: 9 })}`;
      expect(shown).not.toContain("C4naryK3y");
    }
  });
});

/** `asResponse()` of the real clients is what everything stands on. */
describe("a client of one's own", () => {
  const clients = [
    ["OpenAI", () => new OpenAI({ apiKey: KEY, baseURL: vendor.baseURL })],
    ["AzureOpenAI", () => new AzureOpenAI({ apiKey: KEY, endpoint: vendor.url, apiVersion: "2025-04-01-preview" })],
  ] as const;

  it.each(clients)("%s: whole, streamed, embeddings, models; not one retry", async (_name, open) => {
    const provider = openai({ client: open() });
    for (const api of ["responses", "chat"]) {
      const asking = { ...model, options: { api } };
      const whole = await ask(provider, { mode: "complete", model: asking });
      const streamed = await ask(provider, { mode: "stream", model: asking });
      expect([whole.error, streamed.error]).toEqual([undefined, undefined]);
      expect(streamed.text).toBe(whole.text);
      expect(streamed.finish?.usage).toEqual(whole.finish?.usage);
    }
    const { call } = callOf(provider, { mode: "complete", model });
    const embedded = await provider.embed?.({ ...call, input: ["a", "b"] });
    expect(embedded?.vectors).toHaveLength(2);
    expect(await provider.models?.(new AbortController().signal)).toEqual([]);
    const before = vendor.hits.length;
    vendor.down("server_error");
    const { error } = await ask(provider, { mode: "complete", model });
    expect(GatewayError.is(error, "server_error"), String(error)).toBe(true);
    expect(vendor.hits.length).toBe(before + 1);
  });

  it("its errors keep the vendor's words, code and headers", async () => {
    const provider = openai({ client: new OpenAI({ apiKey: KEY, baseURL: vendor.baseURL }) });
    vendor.script(() => ({ error: "rate_limited", retryAfterMs: 2_000 }));
    const { error } = await ask(provider, { mode: "stream", model });
    expect(error).toMatchObject({
      code: "rate_limited",
      retryAfterMs: 2_000,
      details: { vendorCode: "rate_limit_exceeded", requestId: vendor.hits[0]?.requestId },
    });
  });
});

it("the connection's clock is handed on to the transport", async () => {
  let connectMs: number | undefined;
  const transport = {
    name: "look",
    fetch: async (_url: string | URL | Request, init?: TransportInit): Promise<Response> => {
      connectMs = init?.connectMs;
      return Response.json({});
    },
  };
  await ask(openai({ apiKey: KEY, azure: { endpoint }, transport }), { mode: "complete", model });
  expect(connectMs).toBe(5_000);
});
