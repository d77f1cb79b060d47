import { inspect } from "node:util";
import fc from "fast-check";
import {
  codeOfStatus,
  connectionError,
  durationMs,
  type GenerateCall,
  retryAfterMs,
  Secret,
  scrub,
  vendorError,
} from "headgate/kit";
import { describe, expect, it } from "vitest";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const headers = (fields: Record<string, string>) => ({ get: (name: string) => fields[name] ?? null });

const call = (prompt = "hello"): GenerateCall => ({
  request: { messages: [{ role: "user", content: prompt }] },
  model: { name: "m", id: "m", capabilities: {}, limit: {}, options: {} },
  credential: { id: "d", account: "d" },
  mode: "complete",
  signal: new AbortController().signal,
  connectMs: 5_000,
  clock: { now: () => NOW, after: () => () => {}, chance: () => 0 },
  report: () => {},
});

describe("F9: when a vendor says to come back", () => {
  it.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "x-ms-retry-after-ms": "1500" }, 1_500],
    [{ "retry-after": "Tue, 24 Nov 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Tue, 24 Nov 2026 11:59:00 GMT" }, 0],
    [{ "retry-after": "3600" }, 3_600_000],
    [{ "retry-after": "999999999" }, 3_600_000],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "NaN" }, undefined],
    [{ "retry-after": "1e9" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ])("%o → %s ms", (fields, expected) => {
    expect(retryAfterMs(headers(fields as Record<string, string>), NOW)).toBe(expected);
  });

  it.each([
    ["6m0s", 360_000],
    ["1.5s", 1_500],
    ["20ms", 20],
    ["1h2m3s", 3_723_000],
    ["", undefined],
    ["x", undefined],
    ["1".repeat(50), undefined],
    [null, undefined],
  ])("durations: %s → %s", (text, expected) => expect(durationMs(text)).toBe(expected));

  it("X6: whatever the headers say, it is nothing, or between 0 and an hour", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const ms = retryAfterMs(headers({ "retry-after": one, "retry-after-ms": other }), NOW);
        if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
        if (ms !== undefined) expect(ms).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });
});

describe("what a status means where nothing says it better", () => {
  it.each([
    [400, "invalid_request"],
    [401, "credential_rejected"],
    [402, "quota_exhausted"],
    [403, "credential_rejected"],
    [404, "model_not_found"],
    [408, "server_error"],
    [409, "server_error"],
    [413, "context_overflow"],
    [422, "invalid_request"],
    [429, "rate_limited"],
    [500, "server_error"],
    [502, "server_error"],
    [503, "overloaded"],
    [504, "server_error"],
    [520, "server_error"],
    [529, "overloaded"],
    [302, "protocol"],
  ])("%s → %s", (status, code) => expect(codeOfStatus(status)).toBe(code));
});

describe("a request without an answer", () => {
  const coded = (code: string): Error =>
    Object.assign(new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) }));

  it.each([
    ["ECONNREFUSED", "network", false],
    ["ENOTFOUND", "network", false],
    ["CERT_HAS_EXPIRED", "network", false],
    ["ECONNRESET", "network", undefined],
    ["UND_ERR_SOCKET", "network", undefined],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout", false],
  ])("%s → %s, sent: %s", (code, expected, sent) => {
    const error = connectionError(call(), "v", coded(code));
    expect(error.code).toBe(expected);
    expect("sent" in error.details ? error.details.sent : undefined).toBe(sent);
  });

  it.each(["ETIMEDOUT", "EHOSTUNREACH"])("%s while reading came after the request: it may have been billed", (code) => {
    const broken = Object.assign(new Error("read"), { code, syscall: "read" });
    const error = connectionError(call(), "v", new TypeError("fetch failed", { cause: broken }));
    expect(error.code).toBe("network");
    expect(error.details).not.toHaveProperty("sent");
  });

  it("X1: nothing is kept of what was thrown but names and codes", () => {
    const thrown = Object.assign(new Error("Bearer sk-canary"), { headers: { authorization: "sk-canary" } });
    const error = connectionError(
      call(),
      "v",
      Object.assign(new TypeError("sk-canary", { cause: thrown }), { body: "sk-canary" }),
    );
    expect([inspect(error, { depth: 9 }), JSON.stringify(error), error.stack].join()).not.toContain("canary");
    expect(String(error.cause)).toBe("UpstreamCause: TypeError ← Error");
  });
});

describe("X1 X2: a vendor's words", () => {
  const prompt = "the merger of Acme and Umbrella closes on Friday";

  it.each([
    ["a known secret", "key k3y-of-mine is wrong", ["k3y-of-mine"], "key [redacted] is wrong"],
    ["what looks like a key", "Incorrect API key: sk-proj-abc123def456.", [], "Incorrect API key: [redacted]."],
    [
      "a quotation of the prompt",
      `Invalid: 'merger of Acme and' is not allowed`,
      [],
      "Invalid: '[redacted]' is not allowed",
    ],
    [
      "nothing else",
      "The model is overloaded. Please try again later.",
      [],
      "The model is overloaded. Please try again later.",
    ],
  ])("without %s", (_what, message, secrets, expected) => {
    expect(scrub(message, secrets, [prompt])).toBe(expected);
  });

  it("half a key at the end of what is kept is cut out with the whole of it", () => {
    for (let before = 2_020; before < 2_050; before += 1) {
      const clean = scrub(`${" ".repeat(before)}sk-proj-canary0123456789`, [], []);
      expect(clean).not.toContain("sk-");
      expect(clean.length).toBeLessThanOrEqual(2_048);
    }
  });

  it("a code or an id that is not one word is left out", () => {
    const error = vendorError(call(prompt), {
      provider: "v",
      code: "server_error",
      status: 500,
      vendorCode: `bad: ${prompt}`,
      vendorType: "api_error",
      requestId: "x".repeat(200),
    });
    expect(error.details).toEqual({ provider: "v", model: "m", vendorType: "api_error" });
    expect(error.message).toBe("v: server_error (500 api_error)");
  });

  it("no run of twelve characters of the prompt is left, wherever it is quoted", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 200 }), fc.string(), fc.string(), (text, before, after) => {
        const clean = scrub(before + text + after, [], [text]);
        for (let at = 0; at + 12 <= text.length; at += 1) expect(clean.includes(text.slice(at, at + 12))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("X4: a megabyte of hostile words is scrubbed in no time", () => {
    for (const hostile of ["a".repeat(1 << 20), "sk-".repeat(350_000), "-.".repeat(1 << 19), "x@".repeat(1 << 19)]) {
      const before = process.cpuUsage().user;
      scrub(hostile, ["secret"], [hostile]);
      expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_500);
    }
  });

  it("an error says what happened, to whom, and how far it reaches; its details are an allow-list", () => {
    const error = vendorError(call(prompt), {
      provider: "openai",
      code: "rate_limited",
      status: 429,
      vendorCode: "rate_limit_exceeded",
      message: `Slow down: ${prompt}`,
      requestId: "req_1",
      headers: headers({ "retry-after": "2", "x-should-retry": "false" }),
    });
    expect(error.message).toBe("openai: rate_limited (429 rate_limit_exceeded): Slow down: [redacted]");
    expect(error).toMatchObject({
      status: 429,
      retryAfterMs: 2_000,
      scope: "account",
      retryable: false,
      kind: "upstream",
    });
    expect(error.details).toEqual({
      provider: "openai",
      model: "m",
      vendorCode: "rate_limit_exceeded",
      vendorMessage: "Slow down: [redacted]",
      requestId: "req_1",
    });
  });

  it("a Secret cannot be printed by accident", () => {
    const secret = new Secret("sk-canary");
    expect(
      [String(secret), JSON.stringify({ secret }), inspect(secret), inspect({ secret }), `${secret}`].join(),
    ).not.toContain("canary");
    expect(secret.reveal()).toBe("sk-canary");
  });
});
