import { createServer } from "node:net";
import { inspect } from "node:util";
import { anthropic } from "headgate/anthropic";
import { GatewayError } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { type Answer, answer, callOf, KEY, MODEL, type Reply, read, sse } from "./anthropic-support.ts";
import { CANARY, type FailureRow, failureTable } from "./failures.ts";

interface Failed {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
  readonly errorCode?: string;
  readonly headers?: Record<string, string>;
}
const bodyOf = ({ type = "api_error", message = "No.", errorCode }: Omit<Failed, "status">): object => ({
  type: "error",
  error: { type, message, ...(errorCode !== undefined && { details: { error_code: errorCode } }) },
  request_id: "req_body",
});
const replyOf = (failed: Failed): Reply => ({
  status: failed.status,
  headers: { "request-id": "req_1", ...failed.headers },
  body: JSON.stringify(bodyOf(failed)),
});
const invalid = "invalid_request_error";
const limited = "rate_limit_error";

/** Headers that every answer has. */
const usual = { "request-id": "req_1", "anthropic-organization-id": "5d0a7e0c-0000-4000-8000-000000000000" };
const full = (name: string, resetAt: string) => ({
  [`anthropic-ratelimit-${name}-limit`]: "50",
  [`anthropic-ratelimit-${name}-remaining`]: "0",
  [`anthropic-ratelimit-${name}-reset`]: resetAt,
});

const row = (failed: Failed, expected: Omit<FailureRow, "status" | "body" | "headers">): FailureRow => ({
  status: failed.status,
  headers: { ...usual, ...failed.headers },
  body: bodyOf(failed),
  ...expected,
  details: { provider: "anthropic", requestId: "req_1", vendorType: failed.type, ...expected.details },
});

const NO_CREDIT =
  "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.";
const SPENT = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.";

/** The clock stands at 2026-11-24T12:00:00Z. */
failureTable(
  "Anthropic",
  { provider: (transport) => anthropic({ apiKey: CANARY.key, transport }), model: MODEL },
  {
    "a bad request": row(
      { status: 400, type: invalid, message: "messages.0.content: Input should be a valid list" },
      { code: "invalid_request", retryable: false },
    ),
    "a request without a body that tells anything": {
      status: 422,
      body: "",
      code: "invalid_request",
      retryable: false,
    },
    "a prompt too long": row(
      { status: 400, type: invalid, message: "prompt is too long: 210000 tokens > 200000 maximum" },
      { code: "context_overflow", scope: "model", retryable: false },
    ),
    "input and max_tokens too long": row(
      {
        status: 400,
        type: invalid,
        message:
          "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000, decrease input length or `max_tokens` and try again",
      },
      { code: "context_overflow", scope: "model" },
    ),
    "a body too large": row(
      { status: 413, type: "request_too_large", message: "Request exceeds the maximum size" },
      { code: "context_overflow", scope: "model", retryable: false },
    ),
    "a body too large for the proxy before it": {
      status: 413,
      headers: { "content-type": "text/html" },
      body: "<html><body>413 Request Entity Too Large</body></html>",
      code: "context_overflow",
      scope: "model",
    },
    "no credit, as 400": row(
      { status: 400, type: invalid, message: NO_CREDIT },
      { code: "quota_exhausted", retryable: false, scope: "account" },
    ),
    "a spend limit, as 400": row(
      { status: 400, type: invalid, message: SPENT },
      { code: "quota_exhausted", retryable: false, scope: "account" },
    ),
    "a spend limit, as 429": row(
      {
        status: 429,
        type: limited,
        errorCode: "enforced_spend_limit_reached",
        message: "You have reached your spend limit.",
      },
      {
        code: "quota_exhausted",
        retryable: false,
        scope: "account",
        details: { vendorCode: "enforced_spend_limit_reached" },
      },
    ),
    "a contract's spend limit": row(
      { status: 429, type: limited, errorCode: "contract_spend_limit_reached" },
      { code: "quota_exhausted", scope: "account" },
    ),
    "unpaid bills": row(
      {
        status: 402,
        type: "billing_error",
        message: "Your organization's billing is not set up, or its payment failed.",
      },
      { code: "quota_exhausted", retryable: false, scope: "account" },
    ),
    "a parameter that the model lacks": row(
      { status: 400, type: invalid, message: "adaptive thinking is not supported on this model" },
      { code: "unsupported", retryable: false, scope: "model" },
    ),
    "a parameter that the version lacks": row(
      { status: 400, type: invalid, message: "temperature: Extra inputs are not permitted" },
      { code: "unsupported", scope: "model" },
    ),
    "reasoning that the model does not take back": row(
      {
        status: 400,
        type: invalid,
        message:
          "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.",
      },
      { code: "unsupported", retryable: false, scope: "model" },
    ),
    "reasoning that was changed": row(
      {
        status: 400,
        type: invalid,
        message:
          "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
      },
      { code: "unsupported", scope: "model" },
    ),
    "an organization on hold": row(
      { status: 400, type: invalid, errorCode: "organization_on_hold" },
      { code: "credential_rejected", scope: "account" },
    ),
    "a wrong key": row(
      { status: 401, type: "authentication_error", message: `invalid x-api-key ${CANARY.key}` },
      { code: "credential_rejected", retryable: false, scope: "credential" },
    ),
    "a key without permission": row(
      {
        status: 403,
        type: "permission_error",
        message: "Your API key does not have permission to use the specified resource.",
      },
      { code: "credential_rejected", retryable: false, scope: "credential" },
    ),
    "an unknown model": row(
      { status: 404, type: "not_found_error", message: "model: claude-opus-9" },
      { code: "model_not_found", retryable: false, scope: "model" },
    ),
    "a lock": row(
      { status: 409, type: "conflict_error" },
      { code: "server_error", retryable: true, scope: "provider" },
    ),
    "a rate limit": row(
      {
        status: 429,
        type: limited,
        message:
          "This request would exceed your organization's rate limit of 50 requests per minute. Please try again later.",
        headers: { "retry-after": "7", "x-should-retry": "true", ...full("requests", "2026-11-24T12:00:30Z") },
      },
      { code: "rate_limited", retryable: true, retryAfterMs: 7_000, scope: "account" },
    ),
    "a ramp limit": row(
      { status: 429, type: limited, errorCode: "ramp_limit_exceeded", headers: { "retry-after": "7" } },
      { code: "rate_limited", retryAfterMs: 7_000, scope: "account" },
    ),
    "a rate limit that says when it is full again": row(
      {
        status: 429,
        type: limited,
        headers: {
          ...full("requests", "2026-11-24T12:09:00Z"),
          "anthropic-ratelimit-requests-remaining": "10",
          ...full("input-tokens", "2026-11-24T12:00:09Z"),
        },
      },
      { code: "rate_limited", retryable: true, retryAfterMs: 9_000, scope: "account" },
    ),
    "a rate limit that names a day": row(
      { status: 429, type: limited, headers: { "retry-after": "Tue, 24 Nov 2026 12:00:20 GMT" } },
      { code: "rate_limited", retryable: true, retryAfterMs: 20_000, scope: "account" },
    ),
    "a rate limit without a time, which no real one lacks: suspect": row(
      { status: 429, type: limited },
      { code: "rate_limited", retryable: false, scope: "account" },
    ),
    "a failure": row(
      { status: 500, type: "api_error", message: "Internal server error" },
      { code: "server_error", retryable: true, scope: "provider" },
    ),
    "a proxy's failure": row(
      { status: 502, type: "something_new" },
      { code: "server_error", retryable: true, scope: "provider" },
    ),
    "no service": row({ status: 503, type: "something_new" }, { code: "overloaded", retryable: true, scope: "model" }),
    "a timeout of the vendor's": row(
      { status: 504, type: "timeout_error", message: "Request timed out" },
      { code: "server_error", retryable: true, scope: "provider" },
    ),
    "a timeout of the network before it": {
      status: 524,
      headers: { "content-type": "text/html" },
      body: "<html>A timeout occurred</html>",
      code: "server_error",
      retryable: true,
      scope: "provider",
    },
    overload: row(
      {
        status: 529,
        type: "overloaded_error",
        message: "Overloaded",
        headers: { "x-should-retry": "true", "retry-after": "3" },
      },
      { code: "overloaded", retryable: true, retryAfterMs: 3_000, scope: "model" },
    ),
    "overload that forbids a retry": row(
      { status: 529, type: "overloaded_error", headers: { "x-should-retry": "false" } },
      { code: "overloaded", retryable: false, scope: "model" },
    ),
    "a wait beyond all sense": row(
      { status: 529, type: "overloaded_error", headers: { "retry-after": "1e308" } },
      { code: "overloaded", scope: "model" },
    ),
    "a code that nobody knows yet": row(
      { status: 418, type: "teapot_error", errorCode: "short_and_stout" },
      { code: "invalid_request", details: { vendorCode: "short_and_stout" } },
    ),
    "a request that quotes the prompt": row(
      { status: 400, type: invalid, message: `near "${CANARY.prompt}"` },
      { code: "invalid_request" },
    ),
  },
);

const failureOf = ({ error }: Answer): GatewayError => {
  if (!GatewayError.is(error)) throw new Error(`Expected a GatewayError, got ${inspect(error)}`);
  return error;
};

describe("what Anthropic refuses", () => {
  it("is told by its status where the body is a page", async () => {
    const reply = { status: 503, headers: { "content-type": "text/html" }, body: "<html>Sorry</html>" };
    const error = failureOf(await answer(reply));
    expect(error).toMatchObject({ code: "overloaded", status: 503 });
    expect(error.message).not.toContain("html");
  });

  it("is asked once: the SDK does not retry", async () => {
    let hits = 0;
    const transport = {
      name: "stub",
      fetch: async () => {
        hits += 1;
        return new Response("{}", { status: 529, headers: { "x-should-retry": "true" } });
      },
    };
    await read(anthropic({ apiKey: KEY, transport }).generate(callOf()));
    expect(hits).toBe(1);
  });
});

describe("an error inside a stream of Anthropic", () => {
  it.each([
    ["overloaded_error", "overloaded"],
    ["api_error", "server_error"],
    ["rate_limit_error", "rate_limited"],
    ["timeout_error", "server_error"],
    ["authentication_error", "credential_rejected"],
    ["permission_error", "credential_rejected"],
    ["billing_error", "quota_exhausted"],
    ["not_found_error", "model_not_found"],
    ["invalid_request_error", "invalid_request"],
    ["something_new", "server_error"],
  ])("of type %s is %s, after what had arrived", async (type, code) => {
    const events = [
      { type: "message_start", message: { id: "m", model: "x", usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
      bodyOf({ type }),
    ];
    const seen = await answer({ body: sse(events) }, callOf({}, { mode: "stream" }));
    expect(failureOf(seen)).toMatchObject({ code, details: { vendorType: type, requestId: "req_body" } });
    expect(seen.text).toBe("Hel");
    expect(seen.finish).toBeUndefined();
    for (const kept of [0, 1]) {
      const before = await answer(
        { body: sse([...events.slice(0, kept), bodyOf({ type })]) },
        callOf({}, { mode: "stream" }),
      );
      expect(failureOf(before).code).toBe(code);
      expect(before.events).toEqual([]);
    }
  });

  it("behind the reason why the model stopped is still the error", async () => {
    const events = [
      { type: "message_start", message: { id: "m", model: "x", usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      bodyOf({ type: "overloaded_error" }),
    ];
    const seen = await answer({ body: sse(events) }, callOf({}, { mode: "stream" }));
    expect(failureOf(seen).code).toBe("overloaded");
    expect(seen.finish).toBeUndefined();
  });

  it("is one also where only the error is there, as some hosts before Anthropic send it", async () => {
    const bare = { error: { type: "overloaded_error", message: "Overloaded" } };
    const streamed = { body: `data: ${JSON.stringify(bare)}\n\n`, headers: { "content-type": "text/event-stream" } };
    expect(failureOf(await answer(streamed, callOf({}, { mode: "stream" }))).code).toBe("overloaded");
    expect(failureOf(await answer({ body: JSON.stringify(bare) })).code).toBe("overloaded");
  });

  it("is the error of a whole answer too", async () => {
    expect(failureOf(await answer({ body: JSON.stringify(bodyOf({ type: "overloaded_error" })) })).code).toBe(
      "overloaded",
    );
  });
});

describe("X1 no error of Anthropic's shows", () => {
  const words = "my grandmother's secret recipe for pickled herring";
  const shown = (error: GatewayError): string =>
    [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      String(error),
      error.stack,
      inspect(error.cause, { depth: 9 }),
    ].join("\n");

  it.each([400, 401, 429, 500])("the key or the request's words that a %i quotes", async (status) => {
    const message = `bad key ${KEY}: near "${words}"`;
    const call = callOf({ messages: [{ role: "user", content: words }] });
    const error = failureOf(await answer(replyOf({ status, message }), call));
    expect(shown(error)).not.toContain(KEY);
    expect(shown(error)).not.toContain("pickled herring");
  });

  it("them when the connection fails", async () => {
    const transport = {
      name: "broken",
      fetch: () =>
        Promise.reject(Object.assign(new TypeError(`fetch failed for ${KEY} ${words}`), { code: "ECONNRESET" })),
    };
    const call = callOf({ messages: [{ role: "user", content: words }] });
    const error = failureOf(await read(anthropic({ apiKey: KEY, transport }).generate(call)));
    expect(error.code).toBe("network");
    expect(shown(error)).not.toContain(KEY);
    expect(shown(error)).not.toContain("pickled herring");
  });

  it("them, nor does the provider when it is printed", () => {
    expect(inspect(anthropic({ apiKey: KEY }), { depth: 9, showHidden: true })).not.toContain(KEY);
  });
});

describe("a request to Anthropic without an answer", () => {
  it("that was refused a connection was never sent", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    await new Promise((resolve) => server.close(resolve));
    const provider = anthropic({ apiKey: KEY, baseURL: `http://127.0.0.1:${port}` });
    const error = failureOf(await read(provider.generate(callOf())));
    expect(error).toMatchObject({ code: "network", retryable: true, details: { sent: false } });
    await provider.close?.();
  });

  it("that its caller aborts rejects with the caller's reason, and closes the connection", async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = createServer((socket) => {
      socket.on("close", closed).on("error", closed);
      socket.once("data", () => controller.abort(reason));
    });
    const controller = new AbortController();
    const reason = new GatewayError("aborted", "The caller left.", { details: {} });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    const provider = anthropic({ apiKey: KEY, baseURL: `http://127.0.0.1:${port}` });
    const { error } = await read(provider.generate(callOf({}, { signal: controller.signal })));
    expect(error).toBe(reason);
    await gone;
    await provider.close?.();
    server.close();
  });
});
