import { createServer } from "node:net";
import { inspect } from "node:util";
import { anthropic } from "headgate/anthropic";
import { GatewayError } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { type Answer, answer, callOf, KEY, type Reply, read, sse } from "./anthropic-support.ts";

interface Failed {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
  readonly errorCode?: string;
  readonly headers?: Record<string, string>;
}
interface Expected {
  readonly code: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly scope?: string;
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

/** PROMISES.md 2.1 for Anthropic. The clock stands at 2026-11-24T12:00:00Z. */
const TABLE: readonly (readonly [what: string, failed: Failed, expected: Expected])[] = [
  ["a bad request", { status: 400, type: invalid }, { code: "invalid_request", retryable: false }],
  [
    "a prompt too long",
    { status: 400, type: invalid, message: "prompt is too long: 210000 tokens > 200000 maximum" },
    { code: "context_overflow", scope: "model" },
  ],
  [
    "input and max_tokens too long",
    { status: 400, type: invalid, message: "input length and `max_tokens` exceed context limit: 1 + 2 > 2" },
    { code: "context_overflow" },
  ],
  ["a body too large", { status: 413, type: "request_too_large" }, { code: "context_overflow" }],
  [
    "no credit, as 400",
    { status: 400, type: invalid, message: "Your credit balance is too low to access the Anthropic API." },
    { code: "quota_exhausted", retryable: false, scope: "account" },
  ],
  [
    "a spend limit, as 400",
    { status: 400, type: invalid, message: "You have reached your specified API usage limits." },
    { code: "quota_exhausted" },
  ],
  [
    "a parameter that the model lacks",
    { status: 400, type: invalid, message: "temperature is not supported by this model" },
    { code: "unsupported", retryable: false },
  ],
  [
    "an organization on hold",
    { status: 400, type: invalid, errorCode: "organization_on_hold" },
    { code: "credential_rejected", scope: "account" },
  ],
  [
    "a wrong key",
    { status: 401, type: "authentication_error" },
    { code: "credential_rejected", retryable: false, scope: "credential" },
  ],
  [
    "unpaid bills",
    { status: 402, type: "billing_error" },
    { code: "quota_exhausted", retryable: false, scope: "account" },
  ],
  [
    "a key without permission",
    { status: 403, type: "permission_error" },
    { code: "credential_rejected", retryable: false },
  ],
  [
    "an unknown model",
    { status: 404, type: "not_found_error" },
    { code: "model_not_found", retryable: false, scope: "model" },
  ],
  ["a lock", { status: 409, type: "conflict_error" }, { code: "server_error", retryable: true }],
  [
    "a rate limit",
    { status: 429, type: limited, headers: { "retry-after": "7" } },
    { code: "rate_limited", retryable: true, retryAfterMs: 7_000, scope: "account" },
  ],
  [
    "a ramp limit",
    { status: 429, type: limited, errorCode: "ramp_limit_exceeded", headers: { "retry-after": "7" } },
    { code: "rate_limited", retryAfterMs: 7_000 },
  ],
  [
    "a rate limit that says when it is full again",
    {
      status: 429,
      type: limited,
      headers: {
        "anthropic-ratelimit-requests-remaining": "10",
        "anthropic-ratelimit-requests-reset": "2026-11-24T12:09:00Z",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-24T12:00:09Z",
      },
    },
    { code: "rate_limited", retryable: true, retryAfterMs: 9_000 },
  ],
  [
    "a rate limit without a time, which no real one lacks",
    { status: 429, type: limited },
    { code: "rate_limited", retryable: false },
  ],
  [
    "a spend limit, as 429",
    { status: 429, type: limited, errorCode: "enforced_spend_limit_reached" },
    { code: "quota_exhausted", retryable: false },
  ],
  [
    "a contract's spend limit",
    { status: 429, type: limited, errorCode: "contract_spend_limit_reached" },
    { code: "quota_exhausted" },
  ],
  ["a failure", { status: 500, type: "api_error" }, { code: "server_error", retryable: true, scope: "provider" }],
  ["a proxy's failure", { status: 502, type: "something_new" }, { code: "server_error", retryable: true }],
  ["no service", { status: 503, type: "something_new" }, { code: "overloaded", retryable: true }],
  ["a timeout of the vendor's", { status: 504, type: "timeout_error" }, { code: "server_error", retryable: true }],
  ["overload", { status: 529, type: "overloaded_error" }, { code: "overloaded", retryable: true }],
  [
    "overload that forbids a retry",
    { status: 529, type: "overloaded_error", headers: { "x-should-retry": "false" } },
    { code: "overloaded", retryable: false },
  ],
  [
    "a wait beyond all sense",
    { status: 529, type: "overloaded_error", headers: { "retry-after": "1e308" } },
    { code: "overloaded" },
  ],
];

const failureOf = ({ error }: Answer): GatewayError => {
  if (!GatewayError.is(error)) throw new Error(`Expected a GatewayError, got ${inspect(error)}`);
  return error;
};

describe("what Anthropic refuses", () => {
  it.each(TABLE)("%s", async (_, failed, expected) => {
    for (const mode of ["complete", "stream"] as const) {
      const error = failureOf(await answer(replyOf(failed), callOf({}, { mode })));
      expect(error).toMatchObject({ ...expected, status: failed.status });
      expect(error.details).toMatchObject({
        provider: "anthropic",
        model: "smart",
        requestId: "req_1",
        vendorType: failed.type,
      });
      expect(error.retryAfterMs).toBe(expected.retryAfterMs);
    }
  });

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
