/** Budgets at the ends of what can be counted, costs that nobody knows, and vendors that lie. */
import type { Usage } from "headgate";
import type { GenerateCall, Provider } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { ask, failure, type Limited, limited, spentIn } from "./limited.ts";

/** Says that it used what a test wants, and what that cost. */
const provider = (
  usageOf: (call: GenerateCall) => Usage,
  more: { readonly reportedCostUsd?: number } = {},
): Provider => ({
  contract: 1,
  name: "fake",
  credentials: [{ id: "default", account: "default" }],
  async *generate(call: GenerateCall) {
    const usage = usageOf(call);
    call.report({ type: "usage", usage });
    yield { type: "part-start", index: 0, part: { type: "text" } };
    yield { type: "part-delta", index: 0, kind: "text", delta: "one two " };
    yield { type: "part-end", index: 0, part: { type: "text", text: "one two " } };
    yield { type: "finish", finishReason: "stop", usage, response: { id: "x", model: call.model.id }, ...more };
  },
});

const usage = (input: number, output: number, reasoning = 0): Usage => ({
  input: { total: input, uncached: input, cacheRead: 0, cacheWrite: 0 },
  output: { total: output, reasoning },
  meters: {},
  source: "reported",
});

/** Uses as much output as it may. */
const greedy = provider(({ request }) => usage(1, request.maxOutputTokens ?? 1));

/** Models whose input is free, and whose output costs a tenth of a dollar a token, or a nano-dollar. */
const TOKENS = { provider: "fake", limit: { output: 1_000_000_000 } } as const;
const ROUND = {
  models: {
    dime: { ...TOKENS, cost: { input: 0, output: 100_000 } },
    nano: { ...TOKENS, cost: { input: 0, output: 0.001 } },
  },
} as const;

const expectExact = async ({ gateway, clock, ledger }: Limited, spentNanoUsd: bigint, left: bigint): Promise<void> => {
  await clock.advance(500);
  const [spend] = await gateway.spend();
  expect(spend).toMatchObject({ spentNanoUsd, reservedNanoUsd: 0n, leftNanoUsd: left });
  expect(spentIn(ledger)).toBe(spentNanoUsd);
};

describe("budgets at the edges", () => {
  it.each([
    [99_999.999999999, 99_999_999_999_999n],
    [9_000_000, 9_000_000_000_000_000n],
    [0.000000001, 1n],
    [1.000000001, 1_000_000_001n],
  ])("B1: %s USD is filled to its last nano-dollar, and not one further", async (usdPerMonth, nanoUsd) => {
    const stage = limited({ budgets: { usdPerMonth } }, { providers: [greedy], registry: ROUND });
    const { gateway } = stage;
    const dollars = Math.floor(usdPerMonth);
    for (let call = 0; call < 10 && dollars > 0; call += 1) {
      await gateway.complete({ ...ask, model: "dime", maxOutputTokens: dollars });
    }
    const rest = Number(nanoUsd - BigInt(dollars) * 1_000_000_000n);
    if (rest > 0) await gateway.complete({ ...ask, model: "nano", maxOutputTokens: rest });
    await expectExact(stage, nanoUsd, 0n);
    const error = await failure(gateway.complete({ ...ask, model: "nano", maxOutputTokens: 1 }));
    expect(error).toMatchObject({ code: "budget_exceeded", details: { unit: "USD", left: 0, max: usdPerMonth } });
    await expectExact(stage, nanoUsd, 0n);
    await gateway.close();
  });

  it("a budget of 0 closes: nothing is asked, and no time is named, since none will do", async () => {
    const stage = limited({ budgets: { usdPerDay: 0 } });
    const error = await failure(stage.gateway.complete(ask));
    expect(error.kind).toBe("limit");
    expect(error.retryAfterMs).toBeUndefined();
    expect(stage.provider.attempts).toBe(0);
    await expectExact(stage, 0n, 0n);
    await stage.gateway.close();
  });

  it("many small sums: a third of a nano-dollar is rounded up once an attempt, in ledger and quota alike", async () => {
    const stage = limited(
      { budgets: { usdPerHour: 0.001 } },
      {
        providers: [greedy],
        registry: { models: { one: { provider: "fake", cost: { input: 0.000333333, output: 0.001777777 } } } },
      },
    );
    for (let call = 0; call < 200; call += 1) await stage.gateway.complete({ ...ask, maxOutputTokens: 1 + (call % 7) });
    const spent = spentIn(stage.ledger);
    expect(spent).toBeGreaterThan(1_000n);
    await expectExact(stage, spent, 1_000_000n - spent);
    await stage.gateway.close();
  });
});

const VECTORS = { output: ["embedding"] } as const;

describe("X6: usage that cannot be meant moves neither money nor limits", () => {
  const LIMITS = { tokensPerMinute: 1, tokensBurst: 100_000, requestsPerDay: 100 } as const;
  const quota = { tokensPerMinute: 100_000, inputTokensPerMinute: 100_000 } as const;

  it.each([
    ["more than any", usage(1e308, 5)],
    ["no number", usage(Number.NaN, 5)],
    ["less than none", usage(-1_000_000, 5)],
    ["an output of less than none", usage(5, -1e9)],
    ["without end", usage(Number.POSITIVE_INFINITY, 0)],
    ["half a token", usage(5.5, 1)],
    ["beyond what is exact", usage(2 ** 53, 1)],
    ["more thought than said", usage(5, 1, 9)],
    ["text", usage("12" as unknown as number, 1)],
  ])("%s: charged as estimated, and the next call is let in", async (_what, said) => {
    const stage = limited(
      { budgets: { usdPerDay: 1 }, limits: LIMITS },
      {
        providers: [provider(() => said)],
        registry: {
          models: { one: { provider: "fake", cost: { input: 1, output: 5 }, limit: { output: 100 }, quota } },
        },
      },
    );
    for (let call = 0; call < 3; call += 1) {
      const answer = await stage.gateway.complete(ask);
      expect(answer.usage).toMatchObject({ source: "estimated", output: { total: 2 } });
      expect(answer.costUsd).toBe(0.000015);
    }
    await expectExact(stage, 45_000n, 1_000_000_000n - 45_000n);
    const [requests, tokens] = await stage.gateway.limits();
    expect([requests?.used, tokens?.used]).toEqual([3, 21]);
    await stage.gateway.close();
  });

  it("vectors likewise", async () => {
    const own: Provider = {
      ...provider(() => usage(1, 1)),
      async embed({ input, model }) {
        return {
          vectors: input.map(() => new Float32Array([1])),
          usage: usage(Number.NaN, 0),
          response: { id: "x", model: model.id },
        };
      },
    };
    const stage = limited(
      { budgets: { usdPerDay: 1 }, limits: LIMITS },
      {
        providers: [own],
        registry: {
          models: { vectors: { provider: "fake", cost: { input: 1, output: 0 }, capabilities: VECTORS } },
        },
      },
    );
    const { usage: used } = await stage.gateway.embed({ model: "vectors", input: ["hi"] });
    expect(used.source).toBe("estimated");
    await expectExact(stage, BigInt(used.input.total) * 1_000n, 1_000_000_000n - BigInt(used.input.total) * 1_000n);
    await stage.gateway.close();
  });

  it("a cost that nobody can know keeps what was set aside, and the ledger says that it is not known", async () => {
    const searches: Usage = { ...usage(10, 2), meters: { web_searches: 3 } };
    const stage = limited({ budgets: { usdPerDay: 1 } }, { providers: [provider(() => searches)] });
    const answer = await stage.gateway.complete(ask);
    expect(answer.costUsd).toBeUndefined();
    await stage.clock.advance(500);
    const [spend] = await stage.gateway.spend();
    // Ten tokens of output at five micro-dollars, and the input on the safe side.
    expect(spend?.spentNanoUsd).toBeGreaterThanOrEqual(50_000n);
    expect(spend?.spentNanoUsd).toBeLessThan(60_000n);
    expect(spend?.reservedNanoUsd).toBe(0n);
    await expect(stage.gateway.reconcile()).resolves.toEqual([]);
    await stage.gateway.close();
  });

  it("what a vendor says its answer cost is not believed beyond what an answer can cost", async () => {
    for (const reportedCostUsd of [-5, Number.NaN, 1e308, Number.POSITIVE_INFINITY]) {
      const stage = limited(
        { limits: LIMITS, budgets: { usdPerDay: 1 }, enforcement: "warn" },
        {
          providers: [provider(() => usage(10, 2), { reportedCostUsd })],
          registry: { models: { one: { provider: "fake" } } },
        },
      );
      expect((await stage.gateway.complete(ask)).costUsd).toBeUndefined();
      await expectExact(stage, 0n, 1_000_000_000n);
      await stage.gateway.close();
    }
  });
});
