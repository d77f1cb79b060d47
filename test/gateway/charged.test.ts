/** PROMISES.md 2.6: what is charged when, row by row, in requests, tokens and money at once. */
import { GatewayError } from "headgate";
import type { Act } from "headgate/testing";
import { describe, expect, it } from "vitest";
import type { Lease } from "../../src/contract/index.ts";
import { admit } from "../../src/layers/admit.ts";
import { ask, COST_OF_CALL, failure, type Limited, type LimitedOptions, limited, MODEL, spentIn } from "./limited.ts";

/** Tokens that nothing gives back within a test. */
const SLOW = {
  limits: { requestsPerDay: 100, tokensPerMinute: 1, tokensBurst: 1_000_000, parallelCalls: 10 },
  budgets: { usdPerDay: 1 },
} as const;
/** Tokens of "hi": as it is likely, and as the vendor counts them. */
const LIKELY_INPUT = 5;
const INPUT = 10;

const refusal = (code: "overloaded" | "server_error" | "rate_limited" | "credential_rejected"): GatewayError =>
  new GatewayError(code, "no", { details: {} } as never);

interface Charged {
  readonly requests: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly parallel: number;
}

/** What is counted once nothing runs and nothing is held ahead; fails where the ledger says something else of money. */
const charged = async ({ gateway, clock, ledger }: Limited, who: object = {}): Promise<Charged> => {
  await clock.advance(400);
  const view = gateway.for(who);
  const [requests, tokens, parallel] = await view.limits();
  const [spend] = await view.spend();
  expect(spend?.reservedNanoUsd).toBe(0n);
  expect(spend?.spentNanoUsd).toBe(spentIn(ledger));
  return {
    requests: requests?.used ?? -1,
    tokens: tokens?.used ?? -1,
    nanoUsd: Number(spend?.spentNanoUsd),
    parallel: parallel?.used ?? -1,
  };
};

const open = (script: readonly Act[] | ((attempt: number) => Act), options: LimitedOptions = {}): Limited =>
  limited(SLOW, { script, maxAttempts: 1, ...options });

const nothing: Charged = { requests: 0, tokens: 0, nanoUsd: 0, parallel: 0 };

describe("2.6: what is charged when", () => {
  it("success: the request, and what was used", async () => {
    const stage = open([]);
    await stage.gateway.complete(ask);
    expect(await charged(stage)).toEqual({ requests: 1, tokens: 16, nanoUsd: COST_OF_CALL, parallel: 0 });
    await stage.gateway.close();
  });

  it.each([
    "overloaded",
    "server_error",
    "rate_limited",
    "credential_rejected",
  ] as const)("%s before any work: the request; tokens and money come back", async (code) => {
    const stage = open([{ type: "fail", error: refusal(code) }]);
    expect((await failure(stage.gateway.complete(ask))).code).toBe(code);
    expect(await charged(stage)).toEqual({ ...nothing, requests: 1 });
    await stage.gateway.close();
  });

  it("refused once, then answered: one request, one answer's tokens", async () => {
    const stage = open([{ type: "fail", error: refusal("overloaded") }], { maxAttempts: 3 });
    const pending = stage.gateway.complete(ask);
    await stage.clock.advance(30_000);
    await pending;
    const { requests, nanoUsd } = await charged(stage);
    expect([requests, nanoUsd]).toEqual([1, COST_OF_CALL]);
    await stage.gateway.close();
  });

  it.each([
    ["cut", { type: "cut", afterWords: 2 }],
    ["an error event", { type: "break", afterWords: 2, error: refusal("overloaded") }],
  ] as const)("death after bytes (%s): the input that was reported, the output that came", async (_what, act) => {
    const stage = open([act]);
    await failure(stage.gateway.stream(ask).completion());
    const [entry] = stage.ledger.entries();
    expect(entry).toMatchObject({ usage: { source: "estimated", input: { total: INPUT }, output: { total: 2 } } });
    expect(await charged(stage)).toEqual({ requests: 1, tokens: 12, nanoUsd: 20_000, parallel: 0 });
    await stage.gateway.close();
  });

  it("a reader who leaves after bytes is charged for those", async () => {
    const stage = open([{ type: "slow", wordMs: 10 }]);
    const reader = stage.gateway.stream(ask)[Symbol.asyncIterator]();
    const first = reader.next();
    await stage.clock.advance(25);
    await first;
    await reader.return?.();
    const { requests, nanoUsd, parallel } = await charged(stage);
    const [entry] = stage.ledger.entries();
    expect(entry).toMatchObject({ outcome: "left", usage: { source: "estimated" } });
    expect([requests, parallel]).toEqual([1, 0]);
    expect(stage.provider.words[0]).toBeGreaterThan(0);
    expect(nanoUsd).toBe(INPUT * 1_000 + (stage.provider.words[0] ?? 0) * 5_000);
    await stage.gateway.close();
  });

  it("timeout with nothing received: the request, and the input by estimate", async () => {
    const stage = open([{ type: "stall", afterWords: 0 }]);
    const pending = failure(stage.gateway.complete({ ...ask, timeouts: { firstTokenMs: 100 } }));
    await stage.clock.advance(200);
    expect((await pending).code).toBe("timeout");
    expect(await charged(stage)).toEqual({
      requests: 1,
      tokens: LIKELY_INPUT,
      nanoUsd: LIKELY_INPUT * 1_000,
      parallel: 0,
    });
    expect(stage.ledger.entries()[0]).toMatchObject({ usage: { source: "estimated" } });
    await stage.gateway.close();
  });

  it("late amendment: a deaf stream that goes on after the abort adds the same to ledger and quotas", async () => {
    const stage = open([{ type: "stall", afterWords: 2, deaf: true }]);
    const pending = failure(stage.gateway.stream({ ...ask, timeouts: { idleMs: 100 } }).completion());
    await stage.clock.advance(200);
    expect((await pending).code).toBe("timeout");
    const before = await charged(stage);
    expect(before).toEqual({ requests: 1, tokens: 12, nanoUsd: 20_000, parallel: 0 });
    stage.provider.release();
    await stage.clock.advance(100);
    const amendments = stage.ledger.entries().filter(({ type }) => type === "amendment");
    expect(amendments).toMatchObject([{ costNanoUsd: 5_000 }]);
    expect(await charged(stage)).toEqual({ ...before, tokens: 13, nanoUsd: 25_000 });
    await stage.gateway.close();
  });

  it.each([
    ["answers", []],
    ["dies mid-answer, and fails over", (): Act => ({ type: "cut", afterWords: 2 })],
  ] as const)("whoever leaves at any turn of the event loop (a vendor that %s): counted as the ledger says, nothing stays set aside", async (_what, script) => {
    const seen = new Set<number>();
    for (let turns = 0; turns < 70; turns += turns < 12 ? 1 : 4) {
      const stage = limited(SLOW, { script, registry: { models: { one: MODEL, two: MODEL } } });
      // The second call on finds what it needs held ahead.
      await stage.gateway.complete(ask).catch(() => {});
      const before = spentIn(stage.ledger);
      const controller = new AbortController();
      const pending = stage.gateway.complete({ ...ask, signal: controller.signal }).catch(() => {});
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      controller.abort();
      await pending;
      const { requests, parallel } = await charged(stage);
      const last = stage.ledger.entries().findLast((entry) => entry.type === "call");
      const attempts = last?.type === "call" ? last.attempts.length : -1;
      seen.add(attempts);
      expect([requests - 1, parallel], `after ${turns} turns`).toEqual([attempts > 0 ? 1 : 0, 0]);
      if (attempts === 0) expect(spentIn(stage.ledger)).toBe(before);
      await stage.gateway.close();
    }
    // The turns reach from before the first attempt to after the last.
    expect([...seen].sort()).toEqual(script.length === 0 && Array.isArray(script) ? [0, 1] : [0, 1, 2]);
  });

  it("aborted before its first attempt: nothing at all", async () => {
    const stage = open([]);
    expect((await failure(stage.gateway.complete({ ...ask, signal: AbortSignal.abort() }))).code).toBe("aborted");
    const controller = new AbortController();
    const pending = failure(stage.gateway.complete({ ...ask, signal: controller.signal }));
    controller.abort();
    expect((await pending).code).toBe("aborted");
    expect(stage.provider.attempts).toBe(0);
    expect(await charged(stage)).toEqual(nothing);
    await stage.gateway.close();
  });

  it("refused by an inner level: the outer ones count nothing", async () => {
    const stage = limited(
      { ...SLOW, eachKey: { budgets: { usdPerDay: 0.00006 } } },
      { registry: { organization: SLOW, tags: { team: { each: SLOW } } } },
    );
    const who = { keyId: "k", tags: { team: "x" } } as const;
    const view = stage.gateway.for(who);
    await view.complete(ask);
    await stage.clock.advance(400);
    const before = await view.limits();
    for (let call = 0; call < 20; call += 1) {
      expect((await failure(view.complete(ask))).code).toBe("budget_exceeded");
    }
    await stage.clock.advance(400);
    const after = await view.limits();
    expect(after.map(({ limit, used }) => [limit, used])).toEqual(before.map(({ limit, used }) => [limit, used]));
    for (const { spentNanoUsd, reservedNanoUsd } of await view.spend()) {
      expect([spentNanoUsd, reservedNanoUsd]).toEqual([BigInt(COST_OF_CALL), 0n]);
    }
    expect(stage.provider.attempts).toBe(1);
    await stage.gateway.close();
  });

  it("a call that is part of another asks for nothing itself: it is counted on that one's lease", async () => {
    const given: Lease = { take: () => ({ settle() {}, amend() {}, cancel() {} }) };
    const admission = {
      enter(): never {
        throw new Error("it asked for itself");
      },
    };
    const seen: Lease[] = [];
    const opened = (async function* () {})();
    const handler = admit(admission as never)(async ({ lease }) => {
      seen.push(lease);
      return opened;
    });
    expect(await handler({ parent: { lease: given } } as never)).toBe(opened);
    expect(seen).toEqual([given]);
  });
});
