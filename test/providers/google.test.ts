import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GoogleGenAI } from "@google/genai";
import { createGateway } from "headgate";
import { google } from "headgate/google";
import { GatewayError, type GenerateRequest, type Transport } from "headgate/kit";
import { startVendor } from "headgate/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  answered,
  assistant,
  call,
  callFor,
  json,
  KEY,
  MODEL,
  OLD,
  result,
  sent,
  sse,
  theirs,
  user,
  weather,
} from "./google-support.ts";
import { ask, callOf, StubVendor } from "./replay.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const good = () => {
  const vendor = new StubVendor();
  vendor.reply = json(answered([{ text: "Hi" }]));
  return vendor;
};
const urls = ({ asked }: StubVendor) => asked.map(({ url }) => url);
const keyOf = ({ asked }: StubVendor) => asked.map(({ headers }) => headers.get("x-goog-api-key"));
const complete = (provider: ReturnType<typeof google>, request: Partial<GenerateRequest> = {}) =>
  ask(provider, { mode: "complete", model: MODEL, request });

describe("the credential of Google", () => {
  it("is a key that was given: in a header, never in the address", async () => {
    const { url, headers } = await sent({});
    expect(url).toBe("https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:generateContent");
    expect(headers.get("x-goog-api-key")).toBe(KEY);
    expect(url).not.toContain(KEY);
  });

  it("is the environment's, looked for when it is first needed; of its two GOOGLE_API_KEY wins, as Google has it", async () => {
    vi.stubEnv("GOOGLE_API_KEY", "");
    vi.stubEnv("GEMINI_API_KEY", "gemini-key");
    const vendor = good();
    await complete(google({ transport: vendor }));
    vi.spyOn(console, "warn").mockReturnValue();
    vi.stubEnv("GOOGLE_API_KEY", "google-key");
    await complete(google({ transport: vendor }));
    expect(keyOf(vendor)).toEqual(["gemini-key", "google-key"]);
  });

  it("that is missing is credential_rejected, and says what to set", async () => {
    vi.stubEnv("GOOGLE_API_KEY", "");
    vi.stubEnv("GEMINI_API_KEY", "");
    const vendor = good();
    const provider = google({ transport: vendor });
    const { error } = await complete(provider);
    expect(GatewayError.is(error, "credential_rejected")).toBe(true);
    expect(String(error)).toMatch(/GEMINI_API_KEY.*google\(\{ apiKey \}\)/);
    await expect(provider.ready?.()).rejects.toMatchObject({ code: "credential_rejected" });
    expect(vendor.asked).toEqual([]);
  });

  it("is the call's own, where there are several", async () => {
    const vendor = good();
    const credentials = [
      { id: "one", apiKey: "key-1", account: "acme" },
      { id: "two", apiKey: "key-2" },
    ];
    const provider = google({ transport: vendor, credentials });
    expect(provider.credentials).toEqual([
      { id: "one", account: "acme" },
      { id: "two", account: "two" },
    ]);
    for (const id of ["two", "one"]) {
      const { call } = callOf(provider, { mode: "complete", model: MODEL });
      for await (const _ of await provider.generate({ ...call, credential: { id, account: id } }));
    }
    expect(keyOf(vendor)).toEqual(["key-2", "key-1"]);
  });
});

describe("what the environment says to Google's SDK", () => {
  it("changes nothing: not the service, its address, its version, its project or its key", async () => {
    const before = await sent({});
    for (const [name, value] of Object.entries({
      GOOGLE_GENAI_USE_VERTEXAI: "true",
      GOOGLE_GENAI_USE_ENTERPRISE: "true",
      GOOGLE_CLOUD_PROJECT: "other",
      GOOGLE_CLOUD_LOCATION: "mars",
      GOOGLE_GEMINI_BASE_URL: "https://evil.example",
      GOOGLE_VERTEX_BASE_URL: "https://evil.example",
      GOOGLE_GENAI_API_VERSION: "v9",
      GOOGLE_API_KEY: "other-key",
    })) {
      vi.stubEnv(name, value);
    }
    const after = await sent({});
    expect(after.url).toBe(before.url);
    expect(after.headers.get("x-goog-api-key")).toBe(KEY);
    vi.spyOn(console, "debug").mockReturnValue();
    const vertex = await sent({}, MODEL, { vertex: { apiKey: "express-key" } });
    expect(vertex.url).toBe(
      "https://aiplatform.googleapis.com/v1beta1/publishers/google/models/gemini-3-pro:generateContent",
    );
    expect(vertex.headers.get("x-goog-api-key")).toBe("express-key");
  });
});

describe("Vertex", () => {
  /** Stands for the machine's own credential. */
  const authClient = {
    getRequestHeaders: async () => new Headers({ authorization: "Bearer C4naryT0ken" }),
  };
  const at = (location?: string) => ({
    vertex: { project: "p1", ...(location !== undefined && { location }), googleAuthOptions: { authClient } },
  });

  it.each([
    [undefined, "https://aiplatform.googleapis.com/v1beta1/projects/p1/locations/global"],
    ["europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1beta1/projects/p1/locations/europe-west4"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p1/locations/eu"],
  ])("is asked where it is (%s), as the SDK would, signed by the token of elsewhere", async (location, base) => {
    const { url, headers } = await sent({}, MODEL, at(location));
    expect(url).toBe(`${base}/publishers/google/models/gemini-3-pro:generateContent`);
    expect(headers.get("authorization")).toBe("Bearer C4naryT0ken");
    expect(headers.get("x-goog-api-key")).toBeNull();
    const client = new GoogleGenAI({
      vertexai: true,
      project: "p1",
      location: location ?? "global",
      googleAuthOptions: at().vertex.googleAuthOptions as never,
    });
    const own = await sent({}, MODEL, { client });
    expect(own.url).toBe(url);
  });

  it("streams, and takes pieces of a call's input where it is asked to", async () => {
    const vendor = good();
    vendor.reply = sse([answered([{ text: "Hi" }])]);
    const provider = google({ transport: vendor, ...at() });
    const request = { tools: [weather], providerOptions: { streamToolInput: true } };
    const { error } = await ask(provider, { mode: "stream", model: MODEL, request });
    expect(error).toBeUndefined();
    expect(urls(vendor)[0]).toMatch(/:streamGenerateContent\?alt=sse$/);
    expect(JSON.parse(vendor.asked[0]?.body ?? "")).toMatchObject({
      toolConfig: { functionCallingConfig: { streamFunctionCallArguments: true } },
    });
  });

  it("has no built-in tools mixed in a way that only the Gemini API has", async () => {
    const tools = [weather, { type: "provider", provider: "google", name: "googleSearch" } as const];
    expect((await sent({ tools }, MODEL, at())).body["toolConfig"]).toBeUndefined();
  });

  it("X1: says nothing of its token in an error, whatever it looks like", async () => {
    const vendor = good();
    vendor.reply = json(
      { error: { code: 401, status: "UNAUTHENTICATED", message: "Bad C4naryT0ken" } },
      { status: 401 },
    );
    const { error } = await complete(google({ transport: vendor, ...at() }));
    expect(error).toMatchObject({ code: "credential_rejected" });
    expect(JSON.stringify(error)).not.toContain("C4nary");
  });

  it.each([
    ["Could not load the default credentials.", {}, "credential_rejected"],
    ["invalid_grant", { status: 400, response: { status: 400 } }, "credential_rejected"],
    ["getaddrinfo ENOTFOUND oauth2.googleapis.com", { code: "ENOTFOUND" }, "network"],
  ])("where no token can be had (%s) nothing is sent: %s %s", async (message, fields, code) => {
    const vendor = good();
    const failing = { getRequestHeaders: () => Promise.reject(Object.assign(new Error(message), fields)) };
    const provider = google({
      transport: vendor,
      vertex: { project: "p1", googleAuthOptions: { authClient: failing } },
    });
    const { error } = await complete(provider);
    expect(error).toMatchObject({ code, details: { sent: false } });
    expect(vendor.asked).toEqual([]);
  });

  it("signs with a key of a service account, read when it is needed", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const credentials = {
      client_email: "a@p1.iam.gserviceaccount.com",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    };
    vi.spyOn(console, "debug").mockReturnValue();
    const provider = google({ vertex: { project: "p1", googleAuthOptions: { credentials } }, transport: good() });
    await provider.ready?.();
  });
});

describe("a request to Google", () => {
  it("goes where it is told, under the name it is told, with the headers it is told", async () => {
    const { url, headers } = await sent({}, MODEL, {
      name: "eu",
      baseURL: "https://eu.example/gemini/",
      apiVersion: "v1",
      headers: { "x-team": "web" },
    });
    expect(url).toBe("https://eu.example/gemini/v1/models/gemini-3-pro:generateContent");
    expect(headers.get("x-team")).toBe("web");
  });

  it("may be built by a client of one's own; its clock and its retries are off, and the transport carries it", async () => {
    const fetch = vi.fn();
    const client = new GoogleGenAI({
      vertexai: false,
      apiKey: "own-key",
      httpOptions: { baseUrl: "https://own.example", timeout: 1, retryOptions: { attempts: 5 }, fetch },
    });
    const vendor = good();
    vendor.reply = json({ error: { code: 503, status: "UNAVAILABLE" } }, { status: 503 });
    const { error } = await complete(google({ client, transport: vendor }));
    expect(error).toMatchObject({ code: "overloaded" });
    expect(urls(vendor)).toEqual(["https://own.example/v1/models/gemini-3-pro:generateContent"]);
    expect(vendor.asked[0]?.headers.get("x-goog-api-key")).toBe("own-key");
    expect(vendor.asked[0]?.headers.get("x-server-timeout")).toBeNull();
    expect(fetch).not.toHaveBeenCalled();
  });

  it("is protocol where the client asks nothing, and invalid_request where it will not build it", async () => {
    const models = {
      generateContent: async () => ({}),
      generateContentStream: async () => ({}),
      embedContent: async () => ({}),
      list: async () => ({}),
    };
    const { error } = await complete(google({ client: { vertexai: false, models } }));
    expect(error).toMatchObject({ code: "protocol" });
    await expect(sent({}, { ...MODEL, id: "../x" })).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("is refused as unsupported where the SDK knows that this service cannot", async () => {
    const tools = [{ type: "provider", provider: "google", name: "enterpriseWebSearch" } as const];
    await expect(sent({ tools })).rejects.toMatchObject({ code: "unsupported" });
  });

  it("prints nothing", async () => {
    const printed = [vi.spyOn(console, "warn"), vi.spyOn(console, "log"), vi.spyOn(console, "debug")];
    vi.stubEnv("GOOGLE_API_KEY", "");
    await sent({});
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  it("gives the transport the call's own limit on connecting, and its signal", async () => {
    const seen: unknown[] = [];
    const vendor = good();
    const transport: Transport = {
      name: "spy",
      fetch: (url, init) => {
        seen.push(init?.connectMs, init?.signal);
        return vendor.fetch(url, init);
      },
    };
    const provider = google({ apiKey: KEY, transport });
    const { call } = callOf(provider, { mode: "complete", model: MODEL });
    for await (const _ of await provider.generate({ ...call, connectMs: 1_234 }));
    expect(seen).toEqual([1_234, call.signal]);
  });

  it("reports the id of the request, where there is one", async () => {
    const vendor = good();
    vendor.reply = json(answered([{ text: "Hi" }]), {
      headers: { "content-type": "application/json", "x-goog-request-id": "req_1" },
    });
    const { finish, facts } = await complete(google({ apiKey: KEY, transport: vendor }));
    expect(finish?.response).toEqual({ id: "resp_1", model: "gemini-3-pro-001", requestId: "req_1" });
    expect(facts).toContainEqual({ type: "response", response: { requestId: "req_1" } });
  });
});

describe("what Google has besides", () => {
  const request = { messages: [{ role: "system", content: "Be brief." } as const, user("Hi")], tools: [weather] };

  it("counts tokens of all that would be sent", async () => {
    const { vendor, provider, call } = callFor(request);
    vendor.reply = json({ totalTokens: 31 });
    expect(await provider.countTokens?.(call)).toBe(31);
    expect(urls(vendor)).toEqual(["https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:countTokens"]);
    expect(JSON.parse(vendor.asked[0]?.body ?? "")).toMatchObject({
      generateContentRequest: {
        model: "models/gemini-3-pro",
        contents: [{ role: "user", parts: [{ text: "Hi" }] }],
        systemInstruction: { parts: [{ text: "Be brief." }] },
        tools: [{ functionDeclarations: [{ name: "weather" }] }],
      },
    });
    vendor.reply = json({});
    await expect(provider.countTokens?.(call)).rejects.toMatchObject({ code: "protocol" });
  });

  it("counts them at Vertex, where they stand in the body itself", async () => {
    const { vendor, provider, call } = callFor(request, { vertex: { apiKey: "k" } });
    vendor.reply = json({ totalTokens: 31, totalBillableCharacters: 99 });
    expect(await provider.countTokens?.(call)).toBe(31);
    expect(urls(vendor)[0]).toMatch(/\/publishers\/google\/models\/gemini-3-pro:countTokens$/);
    expect(Object.keys(JSON.parse(vendor.asked[0]?.body ?? ""))).toEqual([
      "contents",
      "systemInstruction",
      "tools",
      "generationConfig",
    ]);
  });

  it("lists models, page by page", async () => {
    const vendor = new StubVendor();
    const pages = [
      { models: [{ name: "models/gemini-3-pro" }, { name: 7 }], nextPageToken: "next" },
      { models: [{ name: "models/gemini-3-flash" }] },
    ];
    const transport: Transport = {
      name: "pages",
      fetch: (url, init) => {
        vendor.reply = json(pages[vendor.asked.length] ?? {});
        return vendor.fetch(url, init);
      },
    };
    const { signal } = new AbortController();
    const provider = google({ apiKey: KEY, transport });
    expect(await provider.models?.(signal)).toEqual(["gemini-3-pro", "gemini-3-flash"]);
    expect(urls(vendor)[1]).toMatch(/\/v1beta\/models\?pageSize=1000&pageToken=next$/);
    vendor.asked.splice(0, 2, ...vendor.asked, ...vendor.asked);
    await expect(provider.models?.(signal)).rejects.toMatchObject({ code: "protocol" });
  });

  const embedding = async (
    id: string,
    replies: readonly unknown[],
    options: Parameters<typeof google>[0] = {},
    settings = {},
  ) => {
    const vendor = new StubVendor();
    let next = 0;
    const transport: Transport = {
      name: "each",
      fetch: (url, init) => {
        vendor.reply = json(replies[next]);
        next += 1;
        return vendor.fetch(url, init);
      },
    };
    const provider = google({ apiKey: KEY, transport, ...options });
    const { call } = callOf(provider, { mode: "complete", model: { ...MODEL, id, options: settings } });
    const result = await provider.embed?.({ ...call, input: ["one", "two"], dimensions: 2 });
    return { result, urls: urls(vendor), bodies: vendor.asked.map(({ body }) => JSON.parse(body)) };
  };
  const values = [
    [1, 0],
    [0, 1],
  ] as const;

  it("embeds each text by itself", async () => {
    for (const id of ["gemini-embedding-001", "gemini-embedding-2"]) {
      const {
        result,
        urls: asked,
        bodies,
      } = await embedding(
        id,
        [{ embeddings: values.map((each) => ({ values: each })), usageMetadata: { promptTokenCount: 4 } }],
        {},
        { taskType: "RETRIEVAL_DOCUMENT" },
      );
      expect(asked[0]).toMatch(new RegExp(`/v1beta/models/${id}:batchEmbedContents$`));
      expect(bodies[0].requests).toHaveLength(2);
      expect(bodies[0].requests[1]).toMatchObject({
        model: `models/${id}`,
        content: { parts: [{ text: "two" }] },
        outputDimensionality: 2,
        taskType: "RETRIEVAL_DOCUMENT",
      });
      expect(result?.vectors).toEqual(values.map((each) => Float32Array.from(each)));
      expect(result?.usage.input.total).toBe(4);
    }
  });

  it("embeds at Vertex, by predict or one text a request, as the model has it", async () => {
    const vertex = { vertex: { apiKey: "k" } } as const;
    const statistics = { token_count: 3, truncated: false };
    const predicted = await embedding(
      "gemini-embedding-001",
      [{ predictions: values.map((each) => ({ embeddings: { values: each, statistics } })) }],
      vertex,
    );
    expect(predicted.urls[0]).toMatch(/:predict$/);
    expect(predicted.bodies[0].instances).toMatchObject([{ content: "one" }, { content: "two" }]);
    expect(predicted.result?.usage.input.total).toBe(6);
    const single = await embedding(
      "gemini-embedding-2",
      values.map((each) => ({ embedding: { values: each }, usageMetadata: { promptTokenCount: 3 } })),
      vertex,
    );
    expect(single.urls).toHaveLength(2);
    expect(single.result?.vectors).toEqual(predicted.result?.vectors);
    expect(single.result?.usage.input.total).toBe(6);
  });

  it("believes no vectors that are none, and says that usage is not known where it is not told", async () => {
    for (const body of [{}, { embeddings: [{ values: [1] }] }, { embeddings: [{ values: ["x"] }, { values: [] }] }]) {
      await expect(embedding("gemini-embedding-001", [body])).rejects.toMatchObject({ code: "protocol" });
    }
    const { result } = await embedding("gemini-embedding-001", [
      { embeddings: values.map((each) => ({ values: each })) },
    ]);
    expect(result?.usage.source).toBe("estimated");
  });

  it("is bound to the account that signed a conversation", () => {
    const provider = google({ apiKey: KEY });
    const state = { provider: "google", model: MODEL.id, account: "acme", data: { signature: "s" } };
    const messages = [user("?"), { role: "assistant", content: [{ type: "text", text: "x", state }] } as const];
    expect(provider.affinity?.({ messages })).toBe("acme");
    expect(provider.affinity?.({ messages: [user("?")] })).toBeUndefined();
  });
});

describe("the SDK over real HTTP", () => {
  it("asks in both modes, and its answer is read by the kit: text, calls, their results, vectors, counts, lists", async () => {
    await using vendor = await startVendor({
      api: "google",
      keys: [KEY],
      models: { "gemini-3-pro": {}, "gemini-embedding-001": {} },
    });
    const provider = google({ apiKey: KEY, baseURL: vendor.url });
    const entry = (model: string) => ({
      provider: "google",
      model,
      capabilities: { tool_call: true, reasoning: true },
    });
    await using gateway = createGateway({
      providers: [provider],
      registry: { models: { smart: entry("gemini-3-pro") } },
    });
    const reply = {
      reasoning: "hm",
      toolCalls: [
        { name: "weather", input: { city: "Rome" } },
        { name: "weather", input: { city: "Oslo" } },
      ],
    };
    vendor.script([{ reply }, { reply }]);
    const tools = [{ name: "weather", input: weatherSchema }];
    const asked = { tools, messages: [user("weather?")] } as const;
    for (const ended of [await gateway.complete(asked), await gateway.stream(asked).completion()]) {
      expect(ended.toolCalls.map(({ input }) => input)).toEqual([{ city: "Rome" }, { city: "Oslo" }]);
      const results = ended.toolCalls.map(
        ({ id, name }) => ({ type: "tool-result", id, name, output: "rain" }) as const,
      );
      const again = [...asked.messages, ended.message, { role: "tool", content: results } as const];
      expect((await gateway.complete({ ...asked, messages: again })).text).toContain("gemini-3-pro");
    }
    expect(vendor.hits.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { call } = callOf(provider, { mode: "complete", model: { ...MODEL, id: "gemini-embedding-001" } });
    expect((await provider.embed?.({ ...call, input: ["a", "b"] }))?.vectors).toHaveLength(2);
    expect(await provider.countTokens?.(call)).toBeGreaterThan(0);
    expect(await provider.models?.(call.signal)).toEqual(["gemini-3-pro", "gemini-embedding-001"]);
    await provider.close?.();
    await vendor.idle();
    expect(vendor.openRequests).toBe(0);
  });

  it("goes on with a conversation that another vendor began, at a model that wants signatures", async () => {
    await using vendor = await startVendor({ api: "google" });
    const provider = google({ apiKey: KEY, baseURL: vendor.url });
    const state = theirs({ id: "rs_1", encrypted_content: "gAAAA" });
    const messages = [
      user("weather?"),
      assistant({ type: "reasoning", text: "Hm.", state }, call("toolu_1", "Rome"), call("toolu_2", "Oslo")),
      { role: "tool", content: [result("toolu_2"), result("toolu_1")] } as const,
      assistant({ type: "text", text: "And now?" }, call("call_3", "Bonn")),
      { role: "tool", content: [{ ...result("call_3"), isError: true }] } as const,
    ];
    for (const mode of ["complete", "stream"] as const) {
      const { error, text } = await ask(provider, { mode, model: MODEL, request: { messages, tools: [weather] } });
      expect(error).toBeUndefined();
      expect(text).toContain("gemini-3-pro");
    }
    await provider.close?.();
  });

  it("asks Vertex's paths, with a token", async () => {
    await using vendor = await startVendor({ api: "google", keys: ["ya29.token"] });
    const authClient = { getRequestHeaders: async () => new Headers({ authorization: "Bearer ya29.token" }) };
    const provider = google({
      baseURL: vendor.url,
      vertex: { project: "p1", location: "eu", googleAuthOptions: { authClient } },
    });
    for (const mode of ["complete", "stream"] as const) {
      const { text, error } = await ask(provider, { mode, model: OLD });
      expect(error).toBeUndefined();
      expect(text).toContain("gemini-2.5-flash");
    }
    expect(vendor.hits[0]?.path).toBe(
      "/v1beta1/projects/p1/locations/eu/publishers/google/models/gemini-2.5-flash:generateContent",
    );
    await provider.close?.();
  });

  it("S9: lets the connection go when its reader does, and when it is aborted", async () => {
    const piece = { candidates: [{ content: { parts: [{ text: "Hel" }] }, index: 0 }] };
    let gone = 0;
    const server = createServer((incoming, response) => {
      response.on("close", () => (gone += 1));
      incoming
        .resume()
        .on("end", () =>
          response
            .writeHead(200, { "content-type": "text/event-stream" })
            .write(`data: ${JSON.stringify(piece)}\r\n\r\n`),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = google({ apiKey: KEY, baseURL });
    const { call } = callOf(provider, { mode: "stream", model: MODEL });
    for await (const event of await provider.generate(call)) if (event.type === "part-delta") break;
    await vi.waitFor(() => expect(gone).toBe(1));
    const controller = new AbortController();
    const reason = new GatewayError("aborted", "The caller left.", { details: {} });
    const events = (await provider.generate({ ...call, signal: controller.signal }))[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const pending = events.next();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await vi.waitFor(() => expect(gone).toBe(2));
    await provider.close?.();
    server.close();
  });
});

const weatherSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: () => weather.input.schema, output: () => weather.input.schema },
  },
} as const;
