import fc from "fast-check";
import { ERRORS, type ErrorCode, GatewayError } from "headgate";
import { describe, expect, it } from "vitest";
import { RULES, verdict } from "../../src/policy/verdict.ts";

const codes = Object.keys(ERRORS) as ErrorCode[];
const failure = (code: ErrorCode, options: { retryAfterMs?: number; retryable?: boolean; sent?: boolean } = {}) => {
  const { sent, ...rest } = options;
  return new GatewayError(code, code, { details: { ...(sent !== undefined && { sent }) } as never, ...rest });
};

describe("what follows a failed attempt", () => {
  it.each([
    ["server_error", "next"],
    ["overloaded", "next"],
    ["rate_limited", "next"],
    ["quota_exhausted", "next"],
    ["credential_rejected", "next"],
    ["model_not_found", "next"],
    ["timeout", "next"],
    ["stream_truncated", "next"],
    ["protocol", "next"],
    ["invalid_output", "next"],
    ["invalid_request", "stop"],
    ["refused", "stop"],
    ["aborted", "stop"],
    ["closed", "stop"],
    ["limit_exceeded", "stop"],
    ["budget_exceeded", "stop"],
  ] as const)("with another target left, %s → %s", (code, type) => {
    expect(verdict(failure(code), 1, 1, 60_000, 0.5).type).toBe(type);
  });

  it.each([
    ["server_error", "same"],
    ["overloaded", "same"],
    ["quota_exhausted", "stop"],
    ["credential_rejected", "stop"],
    ["timeout", "stop"],
    ["stream_truncated", "stop"],
  ] as const)("with none left, %s → %s", (code, type) => {
    expect(verdict(failure(code), 1, 0, 60_000, 0.5).type).toBe(type);
  });

  it("the same target is asked again once, not twice", () => {
    expect(verdict(failure("server_error"), 1, 0, 60_000, 0.5).type).toBe("same");
    expect(verdict(failure("server_error"), 2, 0, 60_000, 0.5).type).toBe("stop");
  });

  it("a connection that was never made is tried again at once; one that broke after the request is not", () => {
    expect(verdict(failure("network", { sent: false }), 1, 0, 60_000, 0.9)).toEqual({ type: "same", waitMs: 0 });
    expect(verdict(failure("network"), 1, 0, 60_000, 0.9)).toEqual({ type: "stop" });
  });

  it("F9: what the vendor asks for beyond 5 s, or beyond half of what remains, is not waited for", () => {
    const wait = (retryAfterMs: number, remainingMs: number) =>
      verdict(failure("rate_limited", { retryAfterMs }), 1, 0, remainingMs, 0).type;
    expect(wait(4_000, 60_000)).toBe("same");
    expect(wait(5_001, 60_000)).toBe("stop");
    expect(wait(4_000, 7_000)).toBe("stop");
  });

  it("Retry-After is a floor under the back-off, with at most a tenth more", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_500 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (ms, chance) => {
          const decided = verdict(failure("server_error", { retryAfterMs: ms }), 1, 0, 120_000, chance);
          if (decided.type !== "same") throw new Error("expected a retry");
          expect(decided.waitMs).toBeGreaterThanOrEqual(ms);
          expect(decided.waitMs).toBeLessThanOrEqual(Math.max(ms * 1.1 + 1, 51));
        },
      ),
    );
  });

  it("a vendor that says not to retry is not asked again", () => {
    expect(verdict(failure("server_error", { retryable: false }), 1, 0, 60_000, 0).type).toBe("stop");
    expect(verdict(failure("server_error", { retryable: false }), 1, 1, 60_000, 0).type).toBe("next");
  });

  it("always decides, never waits longer than what remains, never waits before another target", () => {
    const any = fc.tuple(
      fc.constantFrom(...codes),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: -1_000, max: 300_000 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(any, ([code, tried, left, remainingMs, chance, retryAfterMs]) => {
        const decided = verdict(
          failure(code, retryAfterMs === undefined ? {} : { retryAfterMs }),
          tried,
          left,
          remainingMs,
          chance,
        );
        if (decided.type === "stop") return;
        expect(decided.waitMs).toBeLessThanOrEqual(Math.max(0, remainingMs / 2));
        if (decided.type === "next") expect(left).toBeGreaterThan(0);
        if (decided.type === "next") expect(decided.waitMs).toBe(0);
        if (decided.type === "same") expect(tried).toBeLessThanOrEqual(RULES[code].same);
      }),
      { numRuns: 2_000 },
    );
  });
});
