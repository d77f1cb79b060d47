/** Converse over real connections: by our transport over HTTP/1.1, and by the AWS client's own handler over HTTP/2. */
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { bedrock } from "headgate/bedrock";
import { type ContentEvent, type GatewayError, leanTransport, type Provider, type ProviderModel } from "headgate/kit";
import { type Step, startVendor, type Vendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callOf, MODEL, read } from "./bedrock-support.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => {
  process.on("unhandledRejection", note);
  process.on("uncaughtExceptionMonitor", note);
});
afterAll(() => {
  process.off("unhandledRejection", note);
  process.off("uncaughtExceptionMonitor", note);
  expect(unhandled).toEqual([]);
});

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

/** A client as its users make it: HTTP/2, and three attempts. */
const ownClient = (endpoint: string) => new BedrockRuntimeClient({ region: "us-east-1", endpoint, credentials });

const HANDLERS: Readonly<Record<string, (vendor: Vendor) => Provider>> = {
  "our transport over HTTP/1.1": ({ url }) => bedrock({ region: "us-east-1", endpoint: url, credentials }),
  "the AWS client's own handler over HTTP/2": ({ http2URL }) => bedrock({ client: ownClient(http2URL) }),
};

const MODES = ["complete", "stream"] as const;
const tool = { type: "function", name: "look", input: { name: "look", schema: { type: "object" } } } as const;
const reply = {
  reasoning: "I must look.",
  text: "Let me see — 雨.",
  toolCalls: [{ name: "look", input: { at: "sky" } }],
};
const bare = (parts: readonly object[]) => parts.map((part) => ({ ...part, id: undefined }));

describe.each(Object.entries(HANDLERS))("%s", (_name, provide) => {
  it("the same answer whole and streamed, with its headers", async () => {
    await using vendor = await startVendor({ api: "bedrock", seed: 3 });
    const provider = provide(vendor);
    vendor.script([{ reply }, { reply, chunk: 7 }]);
    const answers = [];
    for (const mode of MODES) answers.push(await read(provider, callOf({ tools: [tool] }, { mode })));
    const [whole, streamed] = answers;
    expect(whole?.error).toBeUndefined();
    expect(bare(streamed?.parts ?? [])).toEqual(bare(whole?.parts ?? []));
    expect(whole?.parts.map(({ type }) => type)).toEqual(["reasoning", "text", "tool-call"]);
    expect(streamed?.finish?.usage).toEqual(whole?.finish?.usage);
    expect(answers.map(({ finish }) => finish?.response.requestId)).toEqual(
      vendor.hits.map(({ requestId }) => requestId),
    );
    expect(vendor.hits.map(({ path, outcome }) => [path.split("/").at(-1), outcome])).toEqual([
      ["converse", "whole"],
      ["converse-stream", "whole"],
    ]);
    await provider.close?.();
  });

  it("what was signed goes back, and the vendor knows it again", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = provide(vendor);
    vendor.script([{ reply }]);
    const first = await read(provider, callOf({ tools: [tool] }));
    const id = first.parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))[0] ?? "";
    const messages = [
      { role: "user", content: "Hello?" },
      { role: "assistant", content: first.parts },
      { role: "tool", content: [{ type: "tool-result", id, name: "look", output: "blue" }] },
    ] as const;
    const second = await read(provider, callOf({ messages, tools: [tool] }));
    expect(second.error).toBeUndefined();
    expect(JSON.stringify(vendor.hits[1]?.body)).toContain('"signature"');
    await provider.close?.();
  });

  it.each<readonly [name: string, step: Step, code: string]>([
    ["a refusal, asked once whatever the client's retries", { error: "overloaded", status: 503 }, "overloaded"],
    ["a throttle, asked once", { error: "rate_limited", retryAfterMs: 2_000 }, "rate_limited"],
    ["a cut before an answer", { cut: { afterBytes: 0, by: "rst" } }, "network|stream_truncated"],
    ["a cut in the middle of a frame", { cut: { afterBytes: 300, by: "rst" } }, "stream_truncated"],
    ["a cut at a frame's edge", { cut: { afterEvents: 6, by: "fin" } }, "stream_truncated"],
    ["a reset at a frame's edge", { cut: { afterEvents: 6, by: "rst" } }, "stream_truncated"],
    ["a wrong checksum", { garbage: "event" }, "protocol"],
    ["a page", { garbage: "html" }, "protocol"],
    ["an exception in the stream", { errorEvent: { afterEvents: 6, error: "overloaded" } }, "overloaded"],
  ])("%s", async (_what, step, code) => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = provide(vendor);
    vendor.script([step]);
    const { error, finish } = await read(provider, callOf({}, { mode: "stream" }));
    expect((error as GatewayError).code).toMatch(new RegExp(`^(${code})$`));
    expect(finish).toBeUndefined();
    expect(vendor.hits).toHaveLength(1);
    if (step.retryAfterMs !== undefined) expect((error as GatewayError).retryAfterMs).toBe(2_000);
    await vendor.idle();
    await provider.close?.();
  });

  it("a whole answer that is cut is stream_truncated", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = provide(vendor);
    for (const by of ["fin", "rst"] as const) {
      vendor.script([{ cut: { afterBytes: 60, by } }]);
      expect(((await read(provider, callOf())).error as GatewayError).code).toBe("stream_truncated");
    }
    await provider.close?.();
  });

  it("S9: break and abort close the stream, before headers, before content and amid it", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = provide(vendor);
    vendor.script([{ stall: { afterEvents: 5 } }]);
    for await (const event of await provider.generate(callOf({}, { mode: "stream" })))
      if (event.type === "part-delta") break;
    await vendor.idle();
    for (const mode of MODES) {
      for (const step of [{ stall: "accept" }, { stall: "headers" }, { stall: { afterEvents: 5 } }] as const) {
        if (mode === "complete" && typeof step.stall === "object") continue;
        vendor.script([step]);
        const controller = new AbortController();
        const reading = read(provider, callOf({}, { mode, signal: controller.signal }));
        await arrived(vendor);
        controller.abort(new Error("enough"));
        expect((await reading).finish).toBeUndefined();
        await vendor.idle();
      }
    }
    expect(vendor.openRequests).toBe(0);
    await provider.close?.();
  });
});

/** The newest request has reached the vendor. */
const arrived = async (vendor: Vendor): Promise<void> => {
  while (vendor.openRequests === 0) await new Promise((resolve) => setImmediate(resolve));
};

describe("connections", () => {
  it("are used again, after whole answers and after streams", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = bedrock({ region: "us-east-1", endpoint: vendor.url, apiKey: "k" });
    for (let count = 0; count < 10; count += 1) {
      for (const mode of MODES) expect((await read(provider, callOf({}, { mode }))).error).toBeUndefined();
      await vendor.idle();
    }
    expect(vendor.openSockets).toBeLessThanOrEqual(2);
    await provider.close?.();
  });

  it("that cannot be made are not sent, over HTTP/2 too", async () => {
    const vendor = await startVendor({ api: "bedrock" });
    const providers = Object.values(HANDLERS).map((provide) => provide(vendor));
    await vendor.close();
    for (const provider of providers) {
      const { error } = await read(provider, callOf({}, { mode: "stream" }));
      expect(error).toMatchObject({ code: "network", details: { sent: false } });
    }
  });

  it("a transport of the caller's is not closed by us", async () => {
    let isClosed = false;
    const lean = leanTransport();
    const close = async (): Promise<void> => {
      isClosed = true;
    };
    const transport = { ...lean, close };
    await bedrock({ transport }).close?.();
    expect(isClosed).toBe(false);
    await lean.close?.();
  });
});

it("figures that never come are waited for 2 s, then the answer is whole and its usage an estimate", async () => {
  await using vendor = await startVendor({ api: "bedrock" });
  const provider = bedrock({ region: "us-east-1", endpoint: vendor.url, apiKey: "k" });
  vendor.script([{ reply: { text: "Hi." }, stall: { afterEvents: 4 } }]);
  const waits: number[] = [];
  const call = callOf({}, { mode: "stream" });
  const after = (ms: number, fn: () => void) => {
    waits.push(ms);
    setImmediate(fn);
    return () => {};
  };
  const { finish, text } = await read(provider, { ...call, clock: { ...call.clock, after } });
  expect([text, finish?.finishReason, finish?.usage.source]).toEqual(["Hi.", "stop", "estimated"]);
  expect(waits).toEqual([2_000]);
  await vendor.idle();
  await provider.close?.();
});

describe("the SDK", () => {
  it("reads the simulator's frames by itself: the same events as ours", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    vendor.script([{ reply }, { reply }]);
    const client = ownClient(vendor.http2URL);
    const { stream = [] } = await client.send(
      new ConverseStreamCommand({ modelId: "m", messages: [{ role: "user", content: [{ text: "Hello?" }] }] }),
    );
    let [thought, said, input] = ["", "", ""];
    for await (const { contentBlockDelta } of stream) {
      thought += contentBlockDelta?.delta?.reasoningContent?.text ?? "";
      said += contentBlockDelta?.delta?.text ?? "";
      input += contentBlockDelta?.delta?.toolUse?.input ?? "";
    }
    expect([thought, said, JSON.parse(input)]).toEqual([reply.reasoning, reply.text, reply.toolCalls[0]?.input]);
    const events: ContentEvent[] = [];
    for await (const event of await bedrock({ client }).generate(callOf({}, { mode: "stream" }))) events.push(event);
    const deltas = (kind: string) =>
      events.map((event) => (event.type === "part-delta" && event.kind === kind ? event.delta : "")).join("");
    expect([deltas("reasoning"), deltas("text"), deltas("tool-call")]).toEqual([thought, said, input]);
    client.destroy();
  });

  it("keeps its client usable for its owner: what we put in is the command's alone", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const client = ownClient(vendor.http2URL);
    await read(bedrock({ client, headers: { "x-team": "web" } }), callOf());
    const { $metadata } = await client.send(
      new ConverseStreamCommand({ modelId: "m", messages: [{ role: "user", content: [{ text: "Hello?" }] }] }),
    );
    expect($metadata.requestId).toBe(vendor.hits[1]?.requestId);
    expect(vendor.hits.map(({ headers }) => headers["x-team"])).toEqual(["web", undefined]);
    client.destroy();
  });

  it("is not asked for a client that sends nothing", async () => {
    const provider = bedrock({ client: { send: () => Promise.resolve({}) } });
    expect((await read(provider, callOf())).error).toMatchObject({ code: "protocol" });
  });
});

describe("what Bedrock has besides", () => {
  const embedding = (id: string, options = {}): ProviderModel => ({ ...MODEL, id, options });
  const embed = (provider: Provider, model: ProviderModel, input: readonly string[], dimensions?: number) => {
    const { request, mode, ...rest } = callOf();
    return provider.embed?.({ ...rest, model, input, ...(dimensions !== undefined && { dimensions }) });
  };

  it("embeddings, in the format of the model's vendor", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = bedrock({ region: "us-east-1", endpoint: vendor.url, apiKey: "k" });
    const titan = await embed(provider, embedding("amazon.titan-embed-text-v2:0"), ["one", "two"], 256);
    expect(titan?.vectors.map(({ length }) => length)).toEqual([256, 256]);
    expect(titan?.usage.input.total).toBe(vendor.bill().items.reduce((sum, { inputTokens }) => sum + inputTokens, 0));
    expect(vendor.hits.map(({ body }) => body)).toEqual([
      { inputText: "one", dimensions: 256 },
      { inputText: "two", dimensions: 256 },
    ]);
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    const cohere = await embed(provider, embedding("cohere.embed-v4:0", { inputType: "search_query" }), texts);
    expect(cohere?.vectors).toHaveLength(100);
    expect(cohere?.usage.source).toBe("reported");
    expect(vendor.hits.slice(2).map(({ body }) => [body["input_type"], (body["texts"] as unknown[]).length])).toEqual([
      ["search_query", 96],
      ["search_query", 4],
    ]);
    await expect(embed(provider, embedding("acme.embed"), ["one"])).rejects.toMatchObject({ code: "unsupported" });
    const named = await embed(provider, embedding("arn:aws:bedrock:x", { embedding: "cohere" }), ["one"]);
    expect(named?.vectors).toHaveLength(1);
    await provider.close?.();
  });

  it("a count of tokens", async () => {
    await using vendor = await startVendor({ api: "bedrock" });
    const provider = bedrock({ region: "us-east-1", endpoint: vendor.url, apiKey: "k" });
    const request = {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello?" },
      ] as const,
      tools: [tool],
    };
    expect(await provider.countTokens?.(callOf({ ...request, maxOutputTokens: 5 }))).toBeGreaterThan(10);
    expect(vendor.hits[0]?.path).toBe("/model/anthropic.claude-opus-5-v1%3A0/count-tokens");
    expect(Object.keys((vendor.hits[0]?.body["input"] as { converse: object }).converse)).toEqual([
      "messages",
      "system",
      "toolConfig",
    ]);
    await provider.countTokens?.(callOf(request, { model: { options: { countModel: "eu.x" } } }));
    expect(vendor.hits[1]?.model).toBe("eu.x");
    vendor.script([{ error: "rate_limited" }]);
    await expect(provider.countTokens?.(callOf(request))).rejects.toMatchObject({ code: "rate_limited" });
    await provider.close?.();
  });

  it("ready() finds what a first call would need", async () => {
    await expect(bedrock({ region: "us-east-1", apiKey: "k" }).ready?.()).resolves.toBeUndefined();
  });
});
