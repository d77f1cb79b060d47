import { createGateway, GatewayError, type GatewayOptions, memoryLedger } from "headgate";
import { fakeProvider, virtualClock } from "headgate/testing";
import { describe, expect, it, vi } from "vitest";

/** Ten tokens in and six out: 10 × 1 + 6 × 5 = 40 micro-dollars a call; reserved for more. */
const MODEL = { provider: "fake", cost: { input: 1, output: 5 }, limit: { output: 100 } };

const open = (plan: object, more: Partial<Omit<GatewayOptions, "registry">> & { readonly registry?: object } = {}) => {
  const clock = virtualClock();
  const ledger = memoryLedger();
  const provider = fakeProvider();
  const { registry, ...options } = more;
  const gateway = createGateway({
    providers: [provider],
    registry: { models: { one: MODEL }, plans: { basic: plan }, policy: { plan: "basic" }, ...registry },
    ledger,
    clock,
    ...options,
  });
  return { gateway, clock, ledger, provider };
};

const ask = { model: "one", prompt: "hi", maxOutputTokens: 10 } as const;
const failure = async (pending: Promise<unknown>): Promise<GatewayError> => {
  try {
    await pending;
  } catch (error) {
    if (GatewayError.is(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
};

describe("limits", () => {
  it("L5: a call over a limit is refused with which one, what is left, and exactly when to come back", async () => {
    const { gateway, clock } = open({ limits: { requestsPerMinute: 60, requestsBurst: 2 } });
    await gateway.complete(ask);
    await gateway.complete(ask);
    const error = await failure(gateway.complete(ask));
    expect(error).toMatchObject({
      code: "limit_exceeded",
      kind: "limit",
      status: 429,
      retryable: true,
      retryAfterMs: 1_000,
      details: {
        limit: "tenant default: requests per minute",
        scope: { type: "tenant", name: "default" },
        unit: "requests",
        max: 2,
        left: 0,
        needed: 1,
        retryAfterMs: 1_000,
      },
    });
    await clock.advance(999);
    expect((await failure(gateway.complete(ask))).retryAfterMs).toBe(1);
    await clock.advance(1);
    await gateway.complete(ask);
    await gateway.close();
  });

  it("counts tokens as they were used once the call has ended, and no request that reached nobody", async () => {
    const { gateway } = open({ limits: { tokensPerMinute: 100, requestsPerDay: 100 } });
    for (let call = 0; call < 5; call += 1) await gateway.complete(ask);
    const [requests, tokens] = await gateway.limits();
    expect(tokens).toMatchObject({ limit: "tenant default: tokens per minute", used: 80, left: 20, max: 100 });
    expect(requests).toMatchObject({ limit: "tenant default: requests per day", used: 5, left: 95 });
    await gateway.close();
  });

  it("what can never fit says so at once", async () => {
    const { gateway, provider } = open({ limits: { tokensPerMinute: 10 } });
    expect(await failure(gateway.complete(ask))).toMatchObject({ code: "never_fits", retryable: false, status: 413 });
    expect(provider.attempts).toBe(0);
    await gateway.close();
  });

  it("a budget is spent to the nano-dollar, and then refused until its window ends", async () => {
    const { gateway, ledger, clock } = open({ budgets: { usdPerDay: 0.0005 } });
    let spent = 0;
    for (let call = 0; call < 4; call += 1) spent += (await gateway.complete(ask)).costUsd ?? 0;
    expect(spent).toBeCloseTo(0.00016, 9);
    const error = await failure(gateway.complete({ ...ask, maxOutputTokens: 80 }));
    expect(error).toMatchObject({ code: "budget_exceeded", details: { unit: "USD" } });
    const midnight = Math.ceil(clock.now() / 86_400_000) * 86_400_000;
    expect(clock.now() + (error.retryAfterMs ?? 0)).toBe(
      midnight === clock.now() ? clock.now() + 86_400_000 : midnight,
    );
    expect((await gateway.spend())[0]).toMatchObject({ spentNanoUsd: 160_000n, leftNanoUsd: 340_000n });
    // What was held ahead goes back when nobody asks.
    await clock.advance(1_000);
    const [spend] = await gateway.spend();
    expect(spend).toMatchObject({
      limit: "USD per day",
      spentNanoUsd: 160_000n,
      limitNanoUsd: 500_000n,
      reservedNanoUsd: 0n,
    });
    const total = ledger
      .entries()
      .reduce((sum, entry) => sum + (entry.type === "call" ? (entry.costNanoUsd ?? 0) : 0), 0);
    expect(total).toBe(160_000);
    await gateway.close();
  });

  it("parallel calls: as many as there may be, and room again when one ends", async () => {
    const { gateway, provider } = open({ limits: { parallelCalls: 2 } }, {});
    const streams = [gateway.stream(ask), gateway.stream(ask)];
    const readers = streams.map((stream) => stream[Symbol.asyncIterator]());
    for (const reader of readers) await reader.next();
    expect(await failure(gateway.complete(ask))).toMatchObject({
      code: "limit_exceeded",
      details: { unit: "calls", left: 0 },
    });
    await readers[0]?.return?.();
    await gateway.complete(ask);
    expect(provider.attempts).toBe(3);
    await readers[1]?.return?.();
    await gateway.close();
  });

  it("B1: 64 in flight never spend more than the budget, and nearly all of it", async () => {
    const { gateway } = open({ budgets: { usdPerDay: 0.2 } });
    let spent = 0;
    let refused = 0;
    const worker = async (): Promise<void> => {
      for (;;) {
        try {
          const { costUsd } = await gateway.complete({ ...ask, maxOutputTokens: 7 });
          spent += Math.round((costUsd ?? 0) * 1e9);
        } catch (error) {
          if (!GatewayError.is(error, "budget_exceeded")) throw error;
          refused += 1;
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: 64 }, worker));
    expect(refused).toBe(64);
    expect(spent).toBeLessThanOrEqual(0.2e9);
    expect(spent).toBeGreaterThanOrEqual(0.99 * 0.2e9);
    const [spend] = await gateway.spend();
    expect(spend).toMatchObject({ spentNanoUsd: BigInt(spent), reservedNanoUsd: expect.any(BigInt) });
    await gateway.close();
  });

  it("three levels at once: a call that one of them refuses is counted by none", async () => {
    const { gateway } = open(
      { limits: { requestsPerDay: 100 }, keys: { small: { limits: { requestsPerDay: 1 } } } },
      { registry: { organization: { limits: { requestsPerDay: 1_000 } } } },
    );
    const small = gateway.for({ keyId: "small" });
    await small.complete(ask);
    expect(await failure(small.complete(ask))).toMatchObject({
      details: { scope: { type: "key", name: "default/small" } },
    });
    expect((await small.limits()).map(({ used }) => used)).toEqual([1, 1, 1]);
    await gateway.close();
  });

  it("warn lets a call go on and says so; shadow tells the operator alone", async () => {
    for (const enforcement of ["warn", "shadow"] as const) {
      const { gateway, clock } = open({ limits: { requestsPerDay: 1 }, enforcement });
      const heard = vi.fn();
      gateway.on("limit", heard);
      await gateway.complete(ask);
      await clock.advance(100);
      const completions = [];
      for (let call = 0; call < 3; call += 1) completions.push(await gateway.complete(ask));
      expect(heard.mock.calls.at(-1)?.[0]).toMatchObject({
        action: enforcement === "warn" ? "warned" : "shadowed",
        left: 0,
      });
      expect(completions.at(-1)?.warnings.length).toBe(enforcement === "warn" ? 1 : 0);
      await gateway.close();
    }
  });
});
