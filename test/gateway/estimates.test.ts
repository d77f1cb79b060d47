/** L3, B5: what a gateway learns of the size of requests by using models, and what a tokenizer tells it. */
import {
  type CallRecord,
  type CountTokens,
  createGateway,
  type GatewayError,
  type GatewayOptions,
  memoryLedger,
} from "headgate";
import { openai } from "headgate/openai";
import { fakeProvider, startVendor, type Vendor } from "headgate/testing";
import { describe, expect, it } from "vitest";

const TEXT = "The quick brown fox jumps over the lazy dog, and nobody asks why. ";
const registry = {
  models: {
    left: { provider: "one", model: "m-1", cost: { input: 1, output: 1 } },
    right: { provider: "two", model: "m-2", cost: { input: 2, output: 2 } },
  },
  tasks: { chat: {} },
};

const stage = async (options: Partial<GatewayOptions> = {}) => {
  const vendor = await startVendor({ seed: 5 });
  const ledger = memoryLedger();
  const gateway = createGateway({
    providers: ["one", "two"].map((name) => openai({ name, apiKey: "k", baseURL: vendor.baseURL })),
    registry,
    ledger,
    maxAttempts: 1,
    ...options,
  });
  return {
    vendor,
    gateway,
    records: () => ledger.entries().filter((entry): entry is CallRecord => entry.type === "call"),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await vendor.close();
    },
  };
};

const billedInput = (vendor: Vendor, from = 0): number =>
  vendor
    .bill()
    .items.slice(from)
    .reduce((sum, { inputTokens }) => sum + inputTokens, 0);

describe("what is learnt by use", () => {
  const prompt = (index: number) => TEXT.repeat(20 + (index % 30));

  it("L3: after 20 answers a target's own figure is tighter, and still covers what the vendor bills", async () => {
    await using on = await stage();
    const reserved = async () => (await on.gateway.explain({ task: "chat", prompt: prompt(15) })).eligible[0];
    const before = await reserved();
    for (let call = 0; call < 20; call += 1) await on.gateway.complete({ task: "chat", prompt: prompt(call) });
    const after = await reserved();
    await on.gateway.complete({ task: "chat", prompt: prompt(15) });
    const billed = billedInput(on.vendor, 20);
    expect(before).toMatchObject({ model: "left", outputTokens: 4_096 });
    expect(after?.inputTokens).toBeGreaterThanOrEqual(billed);
    const off = (tokens = 0) => Math.abs(tokens - billed);
    expect(off(after?.inputTokens)).toBeLessThan(off(before?.inputTokens));
    expect(after?.inputTokens).toBeLessThan(billed * 1.5);
    // So is the output's; and the model that was not asked keeps what is usual of input, and takes the task's output.
    expect(after?.outputTokens).toBeLessThan(500);
    const [, other] = (await on.gateway.explain({ task: "chat", prompt: prompt(15) })).eligible;
    expect(other).toMatchObject({
      model: "right",
      inputTokens: before?.inputTokens,
      outputTokens: after?.outputTokens,
    });
    // The window's figure is one for all, and stays on the safe side.
    expect(on.records().at(-1)?.expected?.inputTokens).toBe(before?.inputTokens);
  });

  it("B5: answers that were cut before the vendor said anything are charged for input within 5 % of its bill", async () => {
    await using on = await stage();
    for (let call = 0; call < 30; call += 1) await on.gateway.complete({ task: "chat", prompt: prompt(call) });
    on.vendor.script(() => ({
      reply: { text: "one two three four five six seven" },
      cut: { afterEvents: 5, by: "rst" },
    }));
    for (let call = 0; call < 30; call += 1) {
      const cut = on.gateway.stream({ task: "chat", prompt: prompt(call * 7) }).completion();
      await cut.catch(() => {});
    }
    const cut = on.records().slice(30);
    expect(cut.map(({ usage }) => usage?.source)).toEqual(Array(30).fill("estimated"));
    const charged = cut.reduce((sum, { usage }) => sum + (usage?.input.total ?? 0), 0);
    expect(Math.abs(charged / billedInput(on.vendor, 30) - 1)).toBeLessThan(0.05);
  });

  it("X6: a vendor that says it took one token for everything makes reservations no smaller than six bytes a token", async () => {
    await using on = await stage();
    on.vendor.script(() => ({ reply: { text: "x", usage: { input: 1, output: 1 } } }));
    for (let call = 0; call < 40; call += 1) await on.gateway.complete({ task: "chat", prompt: prompt(call) });
    const [first] = (await on.gateway.explain({ task: "chat", prompt: prompt(0) })).eligible;
    expect(first?.inputTokens).toBeGreaterThanOrEqual(prompt(0).length / 6);
  });
});

describe("a tokenizer", () => {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;
  const provider = fakeProvider({ name: "fake" });
  const models = {
    left: { provider: "fake", model: "vendor-left", cost: { input: 1, output: 1 } },
    right: { provider: "fake", model: "vendor-right", cost: { input: 2, output: 2 } },
  };
  const gatewayWith = (countTokens: CountTokens) => {
    const ledger = memoryLedger();
    const gateway = createGateway({ providers: [provider], registry: { models }, ledger, countTokens });
    return { gateway, last: () => ledger.entries().at(-1) as CallRecord };
  };

  it("decides what is reserved at each target, and what a window must hold", async () => {
    const asked: (string | undefined)[] = [];
    const { gateway, last } = gatewayWith((text, model) => {
      asked.push(model);
      return words(text) * (model === "vendor-right" ? 2 : 1);
    });
    const prompt = "one two three four";
    const { eligible } = await gateway.explain({ prompt });
    expect(eligible.map(({ inputTokens }) => inputTokens)).toEqual([4 + 4, 8 + 4]);
    expect(asked).toEqual([undefined, "vendor-left", "vendor-right"]);
    asked.length = 0;
    await gateway.complete({ prompt });
    expect(last().expected?.inputTokens).toBe(8);
    // The target behind the first was never come to.
    expect(asked).toEqual([undefined, "vendor-left"]);
  });

  it("is given all of a request's text, and no files", async () => {
    const texts: string[] = [];
    const { gateway } = gatewayWith((text) => texts.push(text));
    const textFile = { type: "file", mediaType: "text/plain", data: { bytes: Buffer.from("in a file") } } as const;
    const messages = [
      { role: "system", content: "be brief" },
      { role: "user", content: [{ type: "text", text: "hello" }, textFile] },
      { role: "assistant", content: [{ type: "tool-call", id: "1", name: "f", input: { a: 1 }, executor: "caller" }] },
      { role: "tool", content: [{ type: "tool-result", id: "1", name: "f", output: "found" }] },
    ] as const;
    await gateway.explain({ messages });
    expect(texts[0]?.split("\n")).toEqual(["be brief", "hello", "in a file", '{"a":1}', "found"]);
  });

  it("may know some models alone: the others go by their bytes, without a word", async () => {
    const { gateway } = gatewayWith((_text, model) => (model === "vendor-left" ? 7 : undefined));
    const { eligible } = await gateway.explain({ prompt: "x".repeat(300) });
    expect(eligible.map(({ inputTokens }) => inputTokens)).toEqual([11, 104]);
    expect((await gateway.complete({ prompt: "x" })).warnings).toEqual([]);
  });

  const broken: readonly (readonly [string, () => unknown])[] = [
    ["NaN", () => Number.NaN],
    ["a negative number", () => -1],
    ["a fraction", () => 1.5],
    ["infinity", () => Number.POSITIVE_INFINITY],
    ["text", () => "7"],
    ["a promise", () => Promise.resolve(7)],
    [
      "nothing: it throws",
      () => {
        throw new Error("the prompt: SECRET");
      },
    ],
  ];
  it.each(broken)("that answers %s is told of once a call, and the bytes count", async (_what, count) => {
    const { gateway } = gatewayWith(count as CountTokens);
    const { warnings, attempts } = await gateway.complete({ prompt: "x".repeat(300) });
    expect(warnings).toEqual([
      { code: "other", message: "The countTokens hook failed: the request is estimated from its bytes." },
    ]);
    expect(attempts).toHaveLength(1);
    const { eligible } = await gateway.explain({ prompt: "x".repeat(300) });
    expect(eligible.map(({ inputTokens }) => inputTokens)).toEqual([104, 104]);
  });

  it("is asked for ten models at most, however many could do it", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`m${index}`, { provider: "fake", cost: { input: 1, output: 1 } }]),
    );
    let asked = 0;
    const countTokens = () => {
      asked += 1;
      return 7;
    };
    const gateway = createGateway({ providers: [provider], registry: { models: many }, countTokens });
    expect((await gateway.explain({ prompt: "x".repeat(300) })).eligible).toHaveLength(40);
    expect(asked).toBe(11);
  });

  it("must be a function", () => {
    const options = { providers: [provider], registry: { models }, countTokens: 4 as never };
    expect(() => createGateway(options)).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: expect.stringContaining("countTokens: expected a function of a text and a model to a whole number"),
      } satisfies Partial<GatewayError>),
    );
  });
});
