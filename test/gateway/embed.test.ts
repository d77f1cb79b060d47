import { type CallRecord, createGateway, type EmbedRequest, GatewayError, memoryLedger, type Provider } from "headgate";
import { openai } from "headgate/openai";
import { fakeProvider, startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";

const vectors = { output: ["embedding"] } as const;

const stage = async () => {
  const vendor = await startVendor({ models: { "embed-3": { price: { input: "0.02", output: "0" } }, "gpt-6": {} } });
  const ledger = memoryLedger();
  const keys = ["one", "two"].map((id) => ({ id, account: id, apiKey: `key-${id}` }));
  const gateway = createGateway({
    providers: [openai({ baseURL: vendor.baseURL, credentials: keys }), fakeProvider()],
    registry: {
      models: {
        vectors: {
          provider: "openai",
          model: "embed-3",
          capabilities: vectors,
          limit: { context: 100 },
          cost: { input: 0.02, output: 0 },
        },
        answers: { provider: "openai", model: "gpt-6", quality: 90, cost: { input: 1, output: 2 } },
        none: { provider: "fake", capabilities: vectors },
      },
    },
    ledger,
  });
  const records = () => ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");
  return {
    vendor,
    gateway,
    records,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await vendor.close();
    },
  };
};

describe("gateway.embed", () => {
  it("gives a vector for each text, is recorded, and costs what the vendor bills", async () => {
    await using on = await stage();
    const one = await on.gateway.for({ tenant: "search" }).embed({ model: "vectors", input: "the gate" });
    const several = await on.gateway.embed({ model: "vectors", input: ["the gate", "水"], dimensions: 8 });
    expect(one.vectors).toHaveLength(1);
    expect(one.vectors[0]).toBeInstanceOf(Float32Array);
    expect(several.vectors.map(({ length }) => length)).toEqual([8, 8]);
    const [first] = on.records();
    expect(first).toMatchObject({ operation: "embed", tenant: "search", model: "vectors", outcome: "ok" });
    const spent = on.records().reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n);
    expect(spent).toBe(on.vendor.bill().nanoUsd);
    expect(spent).toBeGreaterThan(0n);
  });

  it("goes to the model's other account, and never to another model", async () => {
    await using on = await stage();
    on.vendor.script([{ error: "rate_limited" }]);
    const { attempts } = await on.gateway.embed({ model: "vectors", input: "the gate" });
    expect(attempts.map(({ error }) => error?.code)).toEqual(["rate_limited", undefined]);
    expect(attempts.map(({ account }) => account).sort()).toEqual(["one", "two"]);
    on.vendor.down();
    const error = await on.gateway.embed({ model: "vectors", input: "the gate" }).catch((thrown: unknown) => thrown);
    if (!GatewayError.is(error)) throw error;
    expect(new Set(error.attempts.map(({ model }) => model))).toEqual(new Set(["vectors"]));
  });

  it("a model of vectors is asked for no answer, and a model of answers for no vectors", async () => {
    await using on = await stage();
    const { model } = await on.gateway.complete({ prompt: "hello" });
    expect(model).toBe("answers");
    await expect(on.gateway.complete({ model: "vectors", prompt: "hello" })).rejects.toMatchObject({
      code: "no_route",
    });
    await expect(on.gateway.embed({ model: "answers", input: "hello" })).rejects.toMatchObject({ code: "no_route" });
  });

  it("the window is for each text, not for all of them", async () => {
    await using on = await stage();
    const input = Array.from({ length: 20 }, () => "some forty bytes of text for a window…");
    expect((await on.gateway.embed({ model: "vectors", input })).vectors).toHaveLength(20);
    const long = on.gateway.embed({ model: "vectors", input: "x".repeat(1_000) });
    await expect(long).rejects.toMatchObject({ code: "no_route" });
  });

  it("a provider without embeddings says so, and was sent nothing", async () => {
    await using on = await stage();
    await expect(on.gateway.embed({ model: "none", input: "hello" })).rejects.toMatchObject({ code: "unsupported" });
    expect(on.records()[0]?.usage).toBeUndefined();
  });

  it("fewer vectors than texts are no answer", async () => {
    const short: Provider = {
      ...fakeProvider({ name: "short" }),
      embed: async () => ({
        vectors: [new Float32Array(3)],
        usage: {
          input: { total: 1, uncached: 1, cacheRead: 0, cacheWrite: 0 },
          output: { total: 0, reasoning: 0 },
          meters: {},
          source: "reported",
        },
        response: {},
      }),
    };
    await using gateway = createGateway({
      providers: [short],
      registry: { models: { v: { provider: "short", capabilities: vectors } } },
    });
    await expect(gateway.embed({ model: "v", input: ["a", "b"] })).rejects.toMatchObject({ code: "protocol" });
  });

  it.each([
    [{ input: "x" }, "model"],
    [{ model: "vectors" }, "input"],
    [{ model: "vectors", input: "" }, "input"],
    [{ model: "vectors", input: [] }, "input"],
    [{ model: "vectors", input: ["a", ""] }, "input"],
    [{ model: "vectors", input: "x", dimensions: 0 }, "dimensions"],
    [{ model: "vectors", input: "x", temperature: 1 }, "temperature"],
    [{ model: "vectors", input: "x", timeouts: { totalMs: -1 } }, "timeouts.totalMs"],
    [{ model: "vectors", input: "x", providerOptions: 7 }, "providerOptions"],
    [{ model: "vectors", input: "x", tenant: "" }, "tenant"],
  ])("bad input %j is refused with its path", async (request, path) => {
    await using on = await stage();
    const error = await on.gateway.embed(request as EmbedRequest as never).catch((thrown: unknown) => thrown);
    if (!GatewayError.is(error, "invalid_request")) throw error;
    expect(error.details.issues.map((issue) => issue.path)).toContain(path);
    expect(on.vendor.hits).toHaveLength(0);
  });

  it("an abort ends it", async () => {
    await using on = await stage();
    on.vendor.script([{ stall: "accept" }]);
    const controller = new AbortController();
    const asked = on.gateway.embed({ model: "vectors", input: "x", signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: "aborted" });
    await on.vendor.idle();
  });
});
