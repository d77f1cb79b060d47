import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { anthropic } from "headgate/anthropic";
import { GatewayError } from "headgate/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { callOf, KEY, message, read, sent, sse, vendor } from "./anthropic-support.ts";

const reply = { body: JSON.stringify(message([{ type: "text", text: "Hi" }])) };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("the credential of Anthropic", () => {
  it("is a key that was given, sent to the vendor", async () => {
    const { url, headers } = await sent(callOf());
    expect(url).toBe("https://api.anthropic.com/v1/messages");
    expect(headers.get("authorization")).toBe(`Bearer ${KEY}`);
  });

  it("is a token that was given, whatever the environment holds", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "sk-ant-of-the-environment");
    const { transport, asked } = vendor(reply);
    await read(anthropic({ authToken: "token-1", transport }).generate(callOf()));
    expect(asked[0]!.headers.get("authorization")).toBe("Bearer token-1");
  });

  it("is the environment's key, looked for when it is first needed", async () => {
    const { transport, asked } = vendor(reply);
    const provider = anthropic({ transport });
    vi.stubEnv("ANTHROPIC_API_KEY", "sk-ant-of-the-environment");
    await read(provider.generate(callOf()));
    expect(asked[0]!.headers.get("authorization")).toBe("Bearer sk-ant-of-the-environment");
  });

  it("that is missing is credential_rejected, and says what to set; later it is looked for again", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "");
    const { transport, asked } = vendor(reply);
    const provider = anthropic({ transport });
    const { error } = await read(provider.generate(callOf()));
    expect(GatewayError.is(error, "credential_rejected")).toBe(true);
    expect(String(error)).toMatch(/ANTHROPIC_API_KEY.*anthropic\(\{ apiKey \}\)/);
    await expect(provider.ready?.()).rejects.toSatisfy((thrown) => GatewayError.is(thrown, "credential_rejected"));
    vi.stubEnv("ANTHROPIC_API_KEY", KEY);
    expect((await read(provider.generate(callOf()))).error).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it("is never taken from a profile on the disk", async () => {
    const home = mkdtempSync(join(tmpdir(), "profile-"));
    mkdirSync(join(home, "configs"), { recursive: true });
    writeFileSync(
      join(home, "configs", "default.json"),
      JSON.stringify({ base_url: "https://evil.example", api_key: "sk-profile" }),
    );
    vi.stubEnv("ANTHROPIC_CONFIG_DIR", home);
    vi.stubEnv("ANTHROPIC_PROFILE", "default");
    vi.stubEnv("ANTHROPIC_API_KEY", "");
    const { transport, asked } = vendor(reply);
    const { error } = await read(anthropic({ transport }).generate(callOf()));
    expect(GatewayError.is(error, "credential_rejected")).toBe(true);
    expect(asked).toEqual([]);
  });

  it("is the call's own, where there are several", async () => {
    const { transport, asked } = vendor(reply);
    const provider = anthropic({
      transport,
      credentials: [
        { id: "one", apiKey: "sk-1", account: "acme" },
        { id: "two", apiKey: "sk-2" },
      ],
    });
    expect(provider.credentials).toEqual([
      { id: "one", account: "acme" },
      { id: "two", account: "two" },
    ]);
    for (const id of ["two", "one"]) await read(provider.generate({ ...callOf(), credential: { id, account: id } }));
    expect(asked.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer sk-2", "Bearer sk-1"]);
    const { error } = await read(provider.generate({ ...callOf(), credential: { id: "three", account: "three" } }));
    expect(GatewayError.is(error, "credential_rejected")).toBe(true);
  });
});

describe("a request to Anthropic", () => {
  it("goes where it is told, under the name it is told, with the headers it is told", async () => {
    const { transport, asked } = vendor(reply);
    const provider = anthropic({
      apiKey: KEY,
      transport,
      name: "eu",
      baseURL: "https://eu.example/anthropic",
      headers: { "x-team": "web" },
    });
    expect(provider.name).toBe("eu");
    expect(provider.credentials).toEqual([{ id: "eu", account: "eu" }]);
    await read(provider.generate({ ...callOf(), credential: { id: "eu", account: "eu" } }));
    expect(asked[0]!.url).toBe("https://eu.example/anthropic/v1/messages");
    expect(asked[0]!.headers.get("x-team")).toBe("web");
    expect(asked[0]!.headers.get("anthropic-version")).toBe("2026-10-21");
  });

  it("may go by a client of one's own, whose retries and clock are switched off", async () => {
    const { transport, asked } = vendor(reply);
    const client = new Anthropic({ apiKey: "sk-own", fetch: transport.fetch, openTelemetry: false });
    const { parts } = await read(anthropic({ client }).generate(callOf({ maxOutputTokens: 21_000 })));
    expect(parts).toEqual([{ type: "text", text: "Hi" }]);
    expect(asked[0]!.headers.get("authorization")).toBe("Bearer sk-own");
  });

  it("prints nothing, not even for a model that is about to end", async () => {
    const printed = [vi.spyOn(console, "warn"), vi.spyOn(console, "log"), vi.spyOn(console, "error")];
    vi.stubEnv("ANTHROPIC_LOG", "debug");
    await sent(callOf({}, { model: { id: "claude-sonnet-4-5" } }));
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  it("gives the transport the call's own limit on connecting", async () => {
    const limits: unknown[] = [];
    const { transport } = vendor(reply);
    const spied = {
      ...transport,
      fetch: (url: string | URL | Request, init?: object) => {
        limits.push(init !== undefined && "connectMs" in init ? init.connectMs : undefined);
        return transport.fetch(url, init);
      },
    };
    await read(anthropic({ apiKey: KEY, transport: spied }).generate({ ...callOf(), connectMs: 1_234 }));
    expect(limits).toEqual([1_234]);
  });

  it("reports what the headers say", async () => {
    const headers = {
      "request-id": "req_1",
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-11-24T12:00:02Z",
      "anthropic-ratelimit-output-tokens-remaining": "-1",
      "anthropic-ratelimit-output-tokens-reset": "never",
      "anthropic-ratelimit-tokens-remaining": "7",
      "anthropic-ratelimit-tokens-reset": "2026-11-24T11:00:00Z",
    };
    const call = callOf();
    const { transport } = vendor({ ...reply, headers });
    const { finish } = await read(anthropic({ apiKey: KEY, transport }).generate(call));
    expect(finish?.response).toEqual({ id: "msg_1", model: "claude-opus-5", requestId: "req_1" });
    expect(call.facts.find(({ type }) => type === "response")).toEqual({
      type: "response",
      response: { requestId: "req_1" },
      rateLimits: [
        { name: "requests", limit: 50, remaining: 49, resetAfterMs: 2_000 },
        { name: "tokens", remaining: 7, resetAfterMs: 0 },
      ],
    });
  });
});

describe("S9 a stream of Anthropic that nobody reads on", () => {
  const begun = sse([
    { type: "message_start", message: message([], { stop_reason: null }) },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
  ]);

  /** A vendor that says half a word and then nothing. */
  const halting = async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = createServer((request, response) => {
      response.on("close", closed);
      request.resume().on("end", () => response.writeHead(200, { "content-type": "text/event-stream" }).write(begun));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const provider = anthropic({ apiKey: KEY, baseURL: `http://127.0.0.1:${port}` });
    return { provider, gone, close: () => Promise.all([provider.close?.(), server.close()]) };
  };

  it("closes the connection when its reader breaks off", async () => {
    const { provider, gone, close } = await halting();
    for await (const event of await provider.generate(callOf({}, { mode: "stream" }))) {
      if (event.type === "part-delta") break;
    }
    await gone;
    await close();
  });

  it("closes the connection when it is aborted, and rejects the pending read with the reason", async () => {
    const { provider, gone, close } = await halting();
    const controller = new AbortController();
    const reason = new GatewayError("aborted", "The caller left.", { details: {} });
    const call = callOf({}, { mode: "stream", signal: controller.signal });
    const events = (await provider.generate(call))[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const pending = events.next();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await gone;
    await close();
  });
});

describe("counting tokens at Anthropic", () => {
  it("asks with what is input, and answers the figure", async () => {
    const { transport, asked } = vendor({ body: '{"input_tokens":42}' });
    const call = callOf({ user: "u1", stop: ["END"], providerOptions: { serviceTier: "auto" } });
    expect(await anthropic({ apiKey: KEY, transport }).countTokens?.(call)).toBe(42);
    expect(asked[0]!.url).toBe("https://api.anthropic.com/v1/messages/count_tokens");
    expect(Object.keys(asked[0]!.body).sort()).toEqual(["messages", "model"]);
    const body = { container: "c_1", context_management: { edits: [] } };
    await anthropic({ apiKey: KEY, transport }).countTokens?.(callOf({ providerOptions: { body, betas: ["x-1"] } }));
    expect(Object.keys(asked[1]!.body).sort()).toEqual(["context_management", "messages", "model"]);
  });

  it("does not believe what is no figure", async () => {
    const { transport } = vendor({ body: '{"input_tokens":-1}' });
    const counted = anthropic({ apiKey: KEY, transport }).countTokens?.(callOf());
    await expect(counted).rejects.toSatisfy((error) => GatewayError.is(error, "protocol"));
  });
});

describe("the list of models at Anthropic", () => {
  const page = (ids: string[], more: object) => ({
    body: JSON.stringify({ data: ids.map((id) => ({ id, type: "model", display_name: id })), ...more }),
  });

  it("is read to its end, page by page", async () => {
    const { transport, asked } = vendor(({ url }) =>
      url.includes("after_id=b")
        ? page(["c"], { has_more: false, first_id: "c", last_id: "c" })
        : page(["a", "b"], { has_more: true, first_id: "a", last_id: "b" }),
    );
    const signal = new AbortController().signal;
    expect(await anthropic({ apiKey: KEY, transport }).models?.(signal)).toEqual(["a", "b", "c"]);
    expect(asked.map(({ url }) => url)).toEqual([
      "https://api.anthropic.com/v1/models?limit=1000",
      "https://api.anthropic.com/v1/models?limit=1000&after_id=b",
    ]);
    expect(asked[0]?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
  });

  it("that never ends is not read for ever", async () => {
    let pages = 0;
    const { transport } = vendor(() => {
      pages += 1;
      return page([`m${pages}`], { has_more: true, last_id: `m${pages}` });
    });
    const models = await anthropic({ apiKey: KEY, transport }).models?.(new AbortController().signal);
    expect(models).toHaveLength(pages);
    expect(pages).toBeLessThan(100);
  });

  it("that is none is an error, and so is a refusal", async () => {
    const listed = (reply: Parameters<typeof vendor>[0]) =>
      anthropic({ apiKey: KEY, transport: vendor(reply).transport }).models?.(new AbortController().signal);
    await expect(listed({ body: "{}" })).rejects.toMatchObject({ code: "protocol" });
    const refused = { type: "error", error: { type: "authentication_error", message: `no ${KEY}` } };
    await expect(listed({ status: 401, body: JSON.stringify(refused) })).rejects.toSatisfy(
      (error) => GatewayError.is(error, "credential_rejected") && !String(error).includes("canary"),
    );
  });
});

describe("a conversation with Anthropic", () => {
  it("is bound to the account that made its newest state, and to none without any", () => {
    const { affinity } = anthropic({ apiKey: KEY });
    const said = (provider: string, account: string) =>
      ({
        role: "assistant",
        content: [{ type: "reasoning", text: "", state: { provider, model: "m", account, data: {} } }],
      }) as const;
    expect(affinity?.({ messages: [said("anthropic", "one"), said("anthropic", "two"), said("openai", "x")] })).toBe(
      "two",
    );
    expect(affinity?.({ messages: [said("openai", "x")] })).toBeUndefined();
  });
});
