/** Models of the AI SDK behind the gateway: found, typed, over real HTTP, and for embeddings. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { EmbeddingModelV4, LanguageModelV4, ProviderV4 } from "@ai-sdk/provider";
import type { EmbeddingModelV2, LanguageModelV2 } from "ai-sdk-provider-v2";
import type { EmbeddingModelV3, LanguageModelV3 } from "ai-sdk-provider-v3";
import { createGateway, GatewayError, jsonSchema, memoryLedger } from "headgate";
import { type AiSdkEmbeddingModel, type AiSdkModel, fromAiSdk } from "headgate/from-ai-sdk";
import type { EmbedCall, Message } from "headgate/kit";
import { type ErrorName, type Step, startVendor, type Vendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { MODEL, own, put, v2, v3, v4 } from "./from-ai-sdk-support.ts";
import { ask, callOf } from "./replay.ts";

describe("which model", () => {
  const request = { model: { id: "model-1" } };
  const asked = async (model: Parameters<typeof fromAiSdk>[0]["model"], id = "model-1") => {
    const provider = fromAiSdk({ name: "ai", model });
    const { call } = callOf(provider, {
      mode: "complete",
      model: { ...request.model, id, name: "m", capabilities: {}, limit: {}, options: {} },
    });
    for await (const _ of await provider.generate(call));
  };

  it("one for all, by its id, or made when it is asked for", async () => {
    const [one, other, made] = [v4(), v3(), v2()];
    await asked(one.model, "whatever");
    await asked({ "model-1": other.model });
    const ids: string[] = [];
    await asked((id) => {
      ids.push(id);
      return made.model;
    });
    expect([one, other, made].map((each) => each.asked.length)).toEqual([1, 1, 1]);
    expect(ids).toEqual(["model-1"]);
  });

  it("the key that the gateway chose is handed to whoever makes the model", async () => {
    const given: unknown[] = [];
    const credentials = [
      { id: "eu", account: "acme", apiKey: "k1" },
      { id: "us", apiKey: "k2" },
    ] as const;
    const provider = fromAiSdk({
      name: "ai",
      credentials,
      model: (_id, credential) => {
        given.push(credential);
        return v4().model;
      },
    });
    expect(provider.credentials).toEqual([
      { id: "eu", account: "acme" },
      { id: "us", account: "us" },
    ]);
    const { call } = callOf(provider, {
      mode: "complete",
      model: { id: "x", name: "m", capabilities: {}, limit: {}, options: {} },
    });
    for (const credential of provider.credentials) await provider.generate({ ...call, credential });
    expect(given).toEqual(credentials);
    expect(inspect(provider, { depth: 9 })).not.toContain("k1");
  });

  it.each([
    ["not among them", { other: v4().model }, "model_not_found"],
    ["a name that every object has", { other: v4().model }, "model_not_found", "constructor"],
    ["of another specification", { ...v4().model, specificationVersion: "v1" } as never, "unsupported"],
    ["that is yet to come", () => Promise.resolve(v4().model) as never, "unsupported"],
  ] as const)("%s", async (_what, model, code, id: string = "model-1") => {
    await expect(asked(model, id)).rejects.toMatchObject({ code });
  });

  it("a conversation is bound where a vendor gave something to be given back", () => {
    const { affinity } = fromAiSdk({ name: "ai", model: v4().model });
    const messages = (state: Message["content"][number] & object): Message[] => [
      { role: "assistant", content: [state as never] },
    ];
    expect(affinity?.({ messages: messages({ type: "reasoning", text: "x", state: own({}) }) })).toBeUndefined();
    expect(affinity?.({ messages: messages({ type: "reasoning", text: "x", state: own({ acme: { s: 1 } }) }) })).toBe(
      "ai",
    );
    expect(affinity?.({ messages: [{ role: "user", content: "x" }] })).toBeUndefined();
  });
});

describe("types", () => {
  it("takes the models of every version, and what makes them", () => {
    expectTypeOf<LanguageModelV2>().toExtend<AiSdkModel>();
    expectTypeOf<LanguageModelV3>().toExtend<AiSdkModel>();
    expectTypeOf<LanguageModelV4>().toExtend<AiSdkModel>();
    expectTypeOf<EmbeddingModelV2<string>>().toExtend<AiSdkEmbeddingModel>();
    expectTypeOf<EmbeddingModelV3>().toExtend<AiSdkEmbeddingModel>();
    expectTypeOf<EmbeddingModelV4>().toExtend<AiSdkEmbeddingModel>();
    const acme = createOpenAICompatible({ name: "acme", baseURL: "http://127.0.0.1" });
    const provider = fromAiSdk({ name: "acme", model: acme, embedding: acme.embeddingModel });
    expectTypeOf(provider.name).toEqualTypeOf<"acme">();
    const of = (sdk: ProviderV4) => fromAiSdk({ name: "p", model: (id) => sdk.languageModel(id) });
    expectTypeOf(of).returns.toHaveProperty("generate");
    // @ts-expect-error: a model of images is none
    fromAiSdk({ name: "x", model: acme.imageModel("x") });
  });

  it("what a user's compiler reads names no package that is not there", () => {
    const folder = fileURLToPath(new URL("../../providers/from-ai-sdk/", import.meta.url));
    for (const file of ["index.ts", "model.ts"]) {
      expect(readFileSync(`${folder}${file}`, "utf8")).not.toMatch(/from "(@ai-sdk|ai-sdk|ai)/);
    }
  });
});

const CAPABLE = { tool_call: true, structured_output: true } as const;
const look = {
  name: "look",
  input: jsonSchema({ type: "object", properties: { at: { type: "string" } }, required: ["at"] }),
};
const KEY = "sk-proj-C4naryK3y-0123456789abcdefghijkl";

const gatewayTo = (vendor: Vendor) => {
  const acme = createOpenAICompatible({
    name: "acme",
    baseURL: vendor.baseURL,
    apiKey: KEY,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const ledger = memoryLedger();
  const gateway = createGateway({
    providers: [fromAiSdk({ name: "acme", model: acme })],
    registry: {
      models: { m: { provider: "acme", model: "model-a", capabilities: CAPABLE, cost: { input: 1, output: 2 } } },
    },
    ledger,
  });
  return { gateway, ledger };
};

describe("over real HTTP, by @ai-sdk/openai-compatible", () => {
  let vendor: Vendor;
  beforeAll(async () => {
    vendor = await startVendor({ api: "openai-chat" });
  });
  afterAll(() => vendor.close());

  const modes = ["complete", "stream"] as const;
  type Gateway = ReturnType<typeof gatewayTo>["gateway"];
  const say = (gateway: Gateway, mode: (typeof modes)[number], request: object = {}) => {
    const asked = { model: "m", prompt: "How wide is the sea?", ...request };
    return mode === "complete" ? gateway.complete(asked) : gateway.stream(asked).completion();
  };

  it.each(modes)("an answer, its usage and its bill, asked to %s", async (mode) => {
    vendor.up();
    const { gateway, ledger } = gatewayTo(vendor);
    const before = vendor.bill().items.length;
    const { text, finishReason, usage, costUsd, response, warnings } = await say(gateway, mode);
    expect(text).toMatch(/^This is model-a\. The sea/);
    expect(finishReason).toBe("stop");
    expect(usage.source).toBe("reported");
    // 1 and 2 dollars a million tokens.
    expect(costUsd).toBeCloseTo((usage.input.total + 2 * usage.output.total) / 1e6, 9);
    expect(response).toMatchObject({ id: expect.any(String), model: "model-a", requestId: expect.any(String) });
    expect(warnings).toEqual([]);
    const billed = vendor.bill().items.slice(before);
    expect(billed).toMatchObject([{ inputTokens: usage.input.total, outputTokens: usage.output.total }]);
    expect(ledger.entries()).toHaveLength(1);
    await gateway.close();
  });

  it.each(modes)("a tool, its result, and structured output, asked to %s", async (mode) => {
    vendor.up();
    const { gateway } = gatewayTo(vendor);
    const tools = [look] as const;
    const first = await say(gateway, mode, { tools, toolChoice: { tool: "look" } });
    expect(first.finishReason).toBe("tool-calls");
    const [call] = first.toolCalls;
    expect(call).toMatchObject({ name: "look", input: { at: "text" }, executor: "caller" });
    const messages: Message[] = [
      { role: "user", content: "How wide is the sea?" },
      first.message,
      { role: "tool", content: [{ type: "tool-result", id: call?.id ?? "", name: "look", output: "wide" }] },
    ];
    const second = await say(gateway, mode, { tools, messages, prompt: undefined });
    expect(second.finishReason).toBe("stop");
    const schema = {
      type: "object",
      properties: { title: { type: "string" }, note: { type: "string" } },
      required: ["title"],
    } as const;
    const third = (await say(gateway, mode, { output: jsonSchema(schema) })) as { readonly output?: unknown };
    expect(third.output).toMatchObject({ title: "text" });
    expect(vendor.hits.at(-1)?.body).toMatchObject({ response_format: { json_schema: { strict: true } } });
    await gateway.close();
  });

  it.each(modes)("nothing is tried again by the SDK itself, asked to %s", async (mode) => {
    const { gateway } = gatewayTo(vendor);
    const rows: readonly (readonly [ErrorName, string])[] = [
      ["invalid_request", "invalid_request"],
      ["bad_key", "credential_rejected"],
      ["model_not_found", "model_not_found"],
      ["context_overflow", "context_overflow"],
      ["insufficient_quota", "quota_exhausted"],
    ];
    for (const [error, code] of rows) {
      vendor.script(() => ({ error }));
      const before = vendor.hits.length;
      const failure = await say(gateway, mode).catch((thrown: unknown) => thrown);
      const codes = GatewayError.is(failure, "all_targets_failed")
        ? failure.details.codes
        : [(failure as GatewayError).code];
      expect([error, codes]).toEqual([error, [code]]);
      expect(vendor.hits.length - before).toBe(1);
    }
    await gateway.close();
  });

  it("S1 cut after every event: never a normal end", async () => {
    const { gateway } = gatewayTo(vendor);
    const frames = await framesOf(vendor);
    for (const by of ["fin", "rst"] as const) {
      for (let afterEvents = 0; afterEvents < frames.length; afterEvents += 1) {
        vendor.script(() => ({ cut: { afterEvents, by } }));
        const end = await say(gateway, "stream").then(({ finishReason }) => finishReason as string, codeOfFailure);
        expect([by, afterEvents, end]).toEqual([by, afterEvents, "stream_truncated"]);
      }
    }
    vendor.up();
    await gateway.close();
  });

  it("S1 a body that ends in good order after any event is whole from the finish reason on, and only from there", async () => {
    const frames = await framesOf(vendor);
    const last = frames.findIndex((frame) => /"finish_reason":"stop"/.test(frame)) + 1;
    expect(last).toBeGreaterThan(10);
    let length = 0;
    const acme = createOpenAICompatible({
      name: "acme",
      baseURL: "http://127.0.0.1",
      fetch: async () =>
        new Response(
          frames
            .slice(0, length)
            .map((frame) => `${frame}\n\n`)
            .join(""),
        ),
    });
    const provider = fromAiSdk({ name: "acme", model: acme });
    for (; length <= frames.length; length += 1) {
      const { error, finish } = await ask(provider, { mode: "stream", model: MODEL });
      const end = finish?.finishReason ?? codeOfFailure(error);
      expect([length, end]).toEqual([length, length < last ? "stream_truncated" : "stop"]);
    }
  });

  it("errors in the middle, and answers that are none", async () => {
    const { gateway } = gatewayTo(vendor);
    const steps: readonly (readonly [Step, "complete" | "stream", string])[] = [
      [{ errorEvent: { afterEvents: 4, error: "server_error" } }, "stream", "server_error"],
      [{ garbage: "event" }, "stream", "protocol"],
      [{ garbage: "json" }, "complete", "protocol"],
      [{ garbage: "html" }, "complete", "protocol"],
      [{ cut: { afterBytes: 20, by: "rst" } }, "complete", "stream_truncated"],
    ];
    for (const [step, mode, code] of steps) {
      vendor.script(() => step);
      const failure = await say(gateway, mode).catch(codeOfFailure);
      expect([step, failure]).toEqual([step, code]);
    }
    vendor.up();
    await gateway.close();
  });

  it("S9 leaving a stream closes its connection", async () => {
    const { gateway } = gatewayTo(vendor);
    vendor.script(() => ({ stall: { afterEvents: 4 } }));
    for (let left = 0; left < 5; left += 1) {
      for await (const _ of gateway.stream({ model: "m", prompt: "x" }).textStream) break;
    }
    await vendor.idle();
    expect(vendor.openRequests).toBe(0);
    vendor.up();
    await gateway.close();
  });

  it("X1 neither key nor prompt in any error, record or event", async () => {
    const { gateway, ledger } = gatewayTo(vendor);
    const prompt = "CANARYPROMPT the merger of Acme and Umbrella closes on Friday";
    const lines: unknown[] = [];
    for (const name of ["call", "attempt", "cost", "retry", "warning"] as const)
      gateway.on(name, (event) => lines.push(event));
    const steps: readonly Step[] = [
      { error: "bad_key" },
      { error: "invalid_request" },
      { error: "rate_limited" },
      { garbage: "html" },
      { garbage: "json" },
      { garbage: "event" },
      { cut: { afterEvents: 1, by: "rst" } },
      { errorEvent: { afterEvents: 3, error: "server_error" } },
    ];
    let failures = 0;
    for (const step of steps) {
      for (const mode of modes) {
        vendor.script(() => step);
        await say(gateway, mode, { prompt }).catch((error: unknown) => {
          failures += 1;
          for (let each = error; each instanceof Error; each = each.cause)
            lines.push(each, each.stack, JSON.stringify(each));
        });
      }
    }
    vendor.up();
    expect(failures).toBeGreaterThan(12);
    const all = inspect([lines, ledger.entries()], {
      depth: 20,
      showHidden: true,
      getters: false,
      maxStringLength: null,
      maxArrayLength: null,
    });
    expect(all).not.toMatch(/C4naryK3y|CANARYPROMPT|merger of Acme/);
    await gateway.close();
  });
});

const codeOfFailure = (error: unknown): string => {
  if (!GatewayError.is(error)) throw error;
  return GatewayError.is(error, "all_targets_failed") ? error.details.codes.join(" ") : error.code;
};

const framesOf = async (vendor: Vendor): Promise<readonly string[]> => {
  vendor.up();
  const response = await fetch(`${vendor.baseURL}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "model-a",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: "How wide is the sea?" }],
    }),
  });
  return (await response.text()).split("\n\n").filter((frame) => frame !== "");
};

describe("embeddings", () => {
  const embedCall = (input: readonly string[], dimensions?: number): EmbedCall => {
    const provider = fromAiSdk({ name: "ai", model: v4().model });
    const { call } = callOf(provider, {
      mode: "complete",
      model: { id: "e", name: "e", capabilities: {}, limit: {}, options: {} },
    });
    return { ...call, input, ...(dimensions !== undefined && { dimensions }) };
  };
  const modelOf = (most: number | undefined, more: Partial<EmbeddingModelV4> = {}) => {
    const asked: { values: readonly string[]; dimensions?: number | undefined }[] = [];
    const model: EmbeddingModelV4 = {
      specificationVersion: "v4",
      provider: "acme",
      modelId: "e",
      maxEmbeddingsPerCall: Promise.resolve(most),
      supportsParallelCalls: true,
      doEmbed: async ({ values, dimensions }) => {
        asked.push({ values, dimensions });
        return {
          embeddings: values.map((value) => [value.length, 0.5]),
          usage: { tokens: values.length * 2 },
          warnings: [],
        };
      },
      ...more,
    };
    return { model, asked };
  };

  it("as many requests as the model asks for, in order, their tokens together", async () => {
    const { model, asked } = modelOf(2);
    const { embed } = fromAiSdk({ name: "ai", model: v4().model, embedding: model });
    const result = await embed?.(embedCall(["a", "bb", "ccc", "dddd", "eeeee"], 2));
    expect(asked.map(({ values }) => values.length)).toEqual([2, 2, 1]);
    expect(asked[0]?.dimensions).toBe(2);
    expect(result?.vectors.map(([length]) => length)).toEqual([1, 2, 3, 4, 5]);
    expect(result?.usage).toMatchObject({ input: { total: 10 }, source: "reported" });
  });

  it.each([Number.POSITIVE_INFINITY, undefined])("one request where the model takes %s", async (most) => {
    const { model, asked } = modelOf(most);
    await fromAiSdk({ name: "ai", model: v4().model, embedding: () => model }).embed?.(embedCall(["a", "b", "c"]));
    expect(asked).toHaveLength(1);
  });

  it("V2 and V3 have no word for dimensions", async () => {
    const { doEmbed: _, ...rest } = modelOf(1).model;
    const v3Model: EmbeddingModelV3 = {
      ...rest,
      specificationVersion: "v3",
      doEmbed: async ({ values }) => ({ embeddings: values.map(() => [1]), warnings: [] }),
    };
    const v2Model: EmbeddingModelV2<string> = {
      ...rest,
      specificationVersion: "v2",
      doEmbed: async ({ values }) => ({ embeddings: values.map(() => [1]) }),
    };
    for (const embedding of [v3Model, v2Model]) {
      const { embed } = fromAiSdk({ name: "ai", model: v4().model, embedding });
      await expect(embed?.(embedCall(["a"], 2))).rejects.toMatchObject({ code: "unsupported" });
      expect((await embed?.(embedCall(["a"])))?.vectors).toHaveLength(1);
    }
    const { embed } = fromAiSdk({ name: "ai", model: v4().model, embedding: v2Model });
    expect((await embed?.(embedCall(["a"])))?.usage.source).toBe("estimated");
  });

  it.each<readonly [string, unknown]>([
    ["too few", { embeddings: [] }],
    ["no figures", { embeddings: [["x"]] }],
    ["nothing", undefined],
  ])("X6 %s is a protocol error", async (_what, answer) => {
    const { model } = modelOf(1, { doEmbed: async () => answer as never });
    const { embed } = fromAiSdk({ name: "ai", model: v4().model, embedding: model });
    await expect(embed?.(embedCall(["a"]))).rejects.toMatchObject({ code: "protocol" });
  });

  it("none where none were given; a refusal is told as any other", async () => {
    expect(fromAiSdk({ name: "ai", model: v4().model }).embed).toBeUndefined();
    const { model } = modelOf(1, { doEmbed: () => Promise.reject(Object.assign(new Error("x"), { statusCode: 429 })) });
    const { embed } = fromAiSdk({ name: "ai", model: v4().model, embedding: model });
    await expect(embed?.(embedCall(["a"]))).rejects.toMatchObject({ code: "rate_limited" });
  });

  it("over real HTTP", async () => {
    await using vendor = await startVendor({ api: "openai-chat" });
    const acme = createOpenAICompatible({ name: "acme", baseURL: vendor.baseURL, apiKey: "any" });
    const { embed } = fromAiSdk({ name: "acme", model: acme, embedding: acme.embeddingModel });
    const result = await embed?.(embedCall(["a", "b"]));
    expect(result?.vectors).toHaveLength(2);
  });
});

it("what it says it carries, it carries without a warning", async () => {
  const { features = [] } = fromAiSdk({ name: "ai", model: v4().model });
  expect(features).toContain("tools");
  for (const left of ["user", "parallel_switch", "reasoning_budget", "prompt_cache", "reported_cost"])
    expect(features).not.toContain(left);
  const { error } = await put(v4().model);
  expect(error).toBeUndefined();
});
