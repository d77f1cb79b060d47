/** A vendor's failures, each with its real body and headers, as the adapter classifies them: in both modes, over the real SDK. */
import { type ErrorCode, GatewayError, type Provider, type ProviderModel, type Transport } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { ask, StubVendor } from "./replay.ts";

export interface FailureRow {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** As text, or what is sent as JSON. */
  readonly body: unknown;
  readonly code: ErrorCode;
  readonly scope?: "credential" | "account" | "model" | "provider";
  /** Default: the code's own. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  /** What else the error must say. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Failing {
  readonly provider: (transport: Transport) => Provider;
  readonly model: ProviderModel;
}

/** Secrets and words of the prompt that no error may repeat. */
export const CANARY = { key: "sk-proj-C4naryK3y-0123456789abcdefghijkl", prompt: "CANARYPROMPT merges on Friday" };

export const failureTable = (
  vendor: string,
  { provider, model }: Failing,
  rows: Readonly<Record<string, FailureRow>>,
): void => {
  describe.each(["complete", "stream"] as const)(`failures of ${vendor}, asked to %s (PROMISES 2.1)`, (mode) => {
    it.each(Object.entries(rows))("F7 %s", async (_name, row) => {
      const stub = new StubVendor();
      const text = typeof row.body === "string" ? row.body : JSON.stringify(row.body);
      stub.reply = {
        status: row.status,
        headers: { "content-type": "application/json", ...row.headers },
        chunks: [Buffer.from(text)],
      };
      const request = { messages: [{ role: "user", content: CANARY.prompt } as const] };
      const { error, finish } = await ask(provider(stub), { mode, model, request });
      if (!GatewayError.is(error)) throw error ?? new Error("a normal end");
      expect(finish).toBeUndefined();
      expect(stub.asked).toHaveLength(1);
      const { code, scope, retryAfterMs, retryable, details } = error;
      expect({ code, scope, retryAfterMs }).toEqual({
        code: row.code,
        scope: row.scope,
        retryAfterMs: row.retryAfterMs,
      });
      if (row.retryable !== undefined) expect(retryable).toBe(row.retryable);
      if (row.details !== undefined) expect(details).toMatchObject(row.details);
      expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/C4naryK3y|CANARYPROMPT/);
    });
  });

  describe.each([
    ["refused", "ECONNREFUSED", { code: "network", details: { sent: false } }],
    ["not found by name", "ENOTFOUND", { code: "network", details: { sent: false } }],
    ["not made in time", "UND_ERR_CONNECT_TIMEOUT", { code: "timeout", details: { clock: "connect" } }],
    ["reset", "ECONNRESET", { code: "network" }],
    ["closed by the other side", "UND_ERR_SOCKET", { code: "network" }],
  ] as const)("a connection to %s", (_how, code, expected) => {
    it(`${vendor}: ${code}`, async () => {
      const transport: Transport = {
        name: "broken",
        fetch: () => Promise.reject(Object.assign(new TypeError("fetch failed"), { code })),
      };
      const { error } = await ask(provider(transport), { mode: "complete", model });
      expect(error).toMatchObject(expected);
      expect((error as GatewayError).scope).toBe("provider");
    });
  });
};
