import { type CallRecord, GatewayError } from "headgate";
import type { Step } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { APIS, type Pair, pair, preambleOf, storm } from "./support.ts";

const records = ({ ledger }: Pair): CallRecord[] =>
  ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");

describe.each(APIS)("when a vendor fails over real HTTP: %s", (api) => {
  it("F1: A answers 503 to everything; 500 calls, 32 in flight: all succeed at B, and each record says why", async () => {
    await using vendors = await pair(api);
    vendors.a.script(() => ({ error: "overloaded", status: 503 }));
    const answers = await storm(500, 32, () => vendors.gateway.complete({ prompt: "hello" }));
    expect(answers.every(({ model }) => model === "dear")).toBe(true);
    expect(vendors.b.hits).toHaveLength(500);
    const why = new Set(records(vendors).map((record) => record.why));
    expect([...why]).toEqual(["after cheap: overloaded (503)"]);
    expect(records(vendors)).toHaveLength(500);
  });

  it.each([
    ["rate_limited", { error: "rate_limited", retryAfterMs: 3_600_000 }],
    ["quota_exhausted", { error: "insufficient_quota" }],
    ["credential_rejected", { error: "bad_key" }],
    ["model_not_found", { error: "model_not_found" }],
    ["server_error", { error: "server_error" }],
    ["protocol", { garbage: "html" }],
  ] as const)("F9: %s goes to the next target at once", async (code, step) => {
    await using vendors = await pair(api);
    vendors.a.script([step as Step]);
    const answer = await vendors.gateway.complete({ prompt: "hello" });
    expect(answer.attempts.map((attempt) => attempt.error?.code)).toEqual([code, undefined]);
  });

  it("F7: what would fail everywhere is asked once, and says what the vendor said", async () => {
    await using vendors = await pair(api);
    vendors.a.script([{ error: "invalid_request" }]);
    const error = await vendors.gateway.complete({ prompt: "hello" }).catch((thrown: unknown) => thrown);
    expect(GatewayError.is(error, "invalid_request")).toBe(true);
    expect([vendors.a.hits.length, vendors.b.hits.length]).toEqual([1, 0]);
  });

  it("S2: an error event before content is an unseen failover, after it a typed error with what had come", async () => {
    await using vendors = await pair(api);
    const early = preambleOf(api);
    vendors.a.script([
      { errorEvent: { afterEvents: early, error: "overloaded" } },
      { errorEvent: { afterEvents: 9, error: "overloaded" } },
    ]);
    const unseen = await vendors.gateway.stream({ prompt: "hello" }).completion();
    expect(unseen.model).toBe("dear");
    const error = await vendors.gateway
      .stream({ prompt: "hello" })
      .completion()
      .catch((thrown: unknown) => thrown);
    if (!GatewayError.is(error, "overloaded")) throw error;
    expect(error.partial?.text).toMatch(/^This is/);
    expect(error.attempts).toHaveLength(1);
  });

  it.each([
    "fin",
    "rst",
  ] as const)("S1 S2: cut after every event by %s: never a normal end, never a splice", async (by) => {
    await using vendors = await pair(api);
    const whole = await vendors.gateway.stream({ prompt: "hello" }).completion();
    const events = vendors.a.hits.length;
    expect(events).toBe(1);
    let [unseen, seen] = [0, 0];
    for (let afterEvents = 0; afterEvents < 26; afterEvents += 1) {
      vendors.a.script([{ cut: { afterEvents, by } }]);
      let text = "";
      try {
        for await (const piece of vendors.gateway.stream({ prompt: "hello" }).textStream) text += piece;
        // Whole: another answered before any content, or all of it had come before the cut.
        expect([whole.text, whole.text.replace("model-a", "model-b")]).toContain(text);
        unseen += 1;
      } catch (error) {
        if (!GatewayError.is(error, "stream_truncated")) throw error;
        expect(whole.text.startsWith(text)).toBe(true);
        expect(error.partial?.text.startsWith(text)).toBe(true);
        expect(error.partial?.model).toBe("cheap");
        expect(error.partial?.usage).toEqual(error.attempts[0]?.usage);
        expect(error.partial?.usage?.source).toBe("estimated");
        seen += 1;
      }
    }
    expect(unseen).toBeGreaterThan(0);
    expect(seen).toBeGreaterThan(15);
  });

  it.each(["fin", "rst"] as const)("in complete mode a cut by %s anywhere fails over", async (by) => {
    await using vendors = await pair(api);
    for (const afterBytes of [0, 1, 10, 100, 200, 300]) {
      vendors.a.script([{ cut: { afterBytes, by } }]);
      const answer = await vendors.gateway.complete({ prompt: "hello" });
      expect(answer.model, `after ${afterBytes} bytes`).toBe("dear");
      expect(answer.attempts[0]?.error?.code).toMatch(/stream_truncated|network/);
    }
  });

  it("F5: a vendor that takes the request and says nothing is left at its clock, and its socket closed", async () => {
    await using vendors = await pair(api, { timeouts: { firstTokenMs: 120 } });
    vendors.a.script([{ stall: "accept" }, { stall: "headers" }]);
    for (const mode of ["complete", "stream"] as const) {
      const request = { prompt: "hello" } as const;
      const answer = await (mode === "complete"
        ? vendors.gateway.complete(request)
        : vendors.gateway.stream(request).completion());
      expect(answer.model).toBe("dear");
      expect(answer.attempts[0]?.error?.code).toBe("timeout");
    }
    await vendors.a.idle();
    expect(vendors.a.openRequests).toBe(0);
  });

  it("S4: silence mid-answer ends at the idle clock with what had come", async () => {
    await using vendors = await pair(api, { timeouts: { idleMs: 80 } });
    vendors.a.script([{ stall: { afterEvents: 10 } }]);
    const error = await vendors.gateway
      .stream({ prompt: "hello" })
      .completion()
      .catch((thrown: unknown) => thrown);
    if (!GatewayError.is(error, "timeout")) throw error;
    expect(error.details.clock).toBe("idle");
    expect(error.partial?.text).toMatch(/^This is/);
    await vendors.a.idle();
  });

  it("S9: whoever leaves, the vendor's socket is closed: break, abort, deadline", async () => {
    await using vendors = await pair(api);
    vendors.a.script(() => ({ stall: { afterEvents: 8 } }));
    for await (const _ of vendors.gateway.stream({ prompt: "hello" }).textStream) break;
    const controller = new AbortController();
    const aborted = vendors.gateway.stream({ prompt: "hello", signal: controller.signal });
    for await (const _ of aborted.textStream) {
      controller.abort(new Error("mine"));
      break;
    }
    const late = vendors.gateway
      .complete({ prompt: "hello", timeouts: { totalMs: 50 } })
      .catch((thrown: unknown) => thrown);
    expect(GatewayError.is(await late, "timeout") || typeof (await late) === "object").toBe(true);
    await vendors.a.idle();
    expect(records(vendors)).toHaveLength(3);
  });

  it("a refused connection is never billed and goes on at once", async () => {
    await using vendors = await pair(api);
    await vendors.a.close();
    const answer = await vendors.gateway.complete({ prompt: "hello" });
    expect(answer.attempts.map(({ error, costNanoUsd }) => [error?.code, costNanoUsd === 0])).toEqual([
      ["network", true],
      [undefined, false],
    ]);
  });
});

describe("a server that says why it stopped, and neither its usage nor goodbye", () => {
  it("is waited for 2 s, then the answer is whole and its usage an estimate, never zero", async () => {
    await using vendors = await pair("openai-chat");
    const words = (await vendors.gateway.complete({ prompt: "hello" })).text.split(" ").length;
    // Role, words, finish reason; then silence where usage and [DONE] would be.
    vendors.a.script([{ stall: { afterEvents: words + 2 } }]);
    const answer = await vendors.gateway.stream({ prompt: "hello" }).completion();
    expect([answer.model, answer.finishReason, answer.usage.source]).toEqual(["cheap", "stop", "estimated"]);
    expect(answer.usage.output.total).toBeGreaterThan(10);
    expect(answer.costUsd).toBeGreaterThan(0);
    await vendors.a.idle();
  });
});
