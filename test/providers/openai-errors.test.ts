/** PROMISES 2.1 for OpenAI's two APIs and for Azure: the vendor's own bodies and headers. */
import { GatewayError } from "headgate/kit";
import { openai } from "headgate/openai";
import { describe, expect, it } from "vitest";
import { CANARY, type FailureRow, failureTable } from "./failures.ts";
import { ask, StubVendor } from "./replay.ts";

const model = { name: "smart", id: "gpt-6", capabilities: { reasoning: true }, limit: {}, options: {} };

/** As OpenAI writes errors. Messages quote the key and the prompt, as the vendor's do. */
const said = (message: string, type: string, code: string | null = null, param: string | null = null): object => ({
  error: { message, type, param, code },
});
const invalid = "invalid_request_error";

const ROWS: Readonly<Record<string, FailureRow>> = {
  "a bad request": {
    status: 400,
    body: said(`Invalid value: '${CANARY.prompt}'.`, invalid, "invalid_value", "input"),
    code: "invalid_request",
    retryable: false,
  },
  "a parameter that the model does not take": {
    status: 400,
    body: said("Unsupported parameter: 'temperature' is not supported with this model.", invalid, null, "temperature"),
    code: "unsupported",
    scope: "model",
  },
  "tools in Chat Completions where the model reasons": {
    status: 400,
    body: said(
      "Function tools with reasoning_effort are not supported for gpt-6 in /v1/chat/completions. Please use /v1/responses instead.",
      invalid,
      null,
      "reasoning_effort",
    ),
    code: "unsupported",
    scope: "model",
  },
  "a value that the model does not take": {
    status: 400,
    body: said("Unsupported value: 'minimal'.", invalid, "unsupported_value", "reasoning.effort"),
    code: "unsupported",
    scope: "model",
  },
  "a prompt that is too long": {
    status: 400,
    body: said("Your input exceeds the context window of this model.", invalid, "context_length_exceeded", "input"),
    code: "context_overflow",
    scope: "model",
  },
  "the same without a code": {
    status: 400,
    body: said("This model's maximum context length is 128000 tokens.", invalid),
    code: "context_overflow",
    scope: "model",
  },
  "a body that is too large": {
    status: 413,
    body: said("Request body is too large.", invalid),
    code: "context_overflow",
    scope: "model",
  },
  "a prompt that was flagged": {
    status: 400,
    body: said("Invalid prompt: your prompt was flagged.", invalid, "invalid_prompt"),
    code: "refused",
    retryable: false,
  },
  "a wrong key, which is quoted": {
    status: 401,
    body: said(`Incorrect API key provided: ${CANARY.key}.`, invalid, "invalid_api_key"),
    code: "credential_rejected",
    scope: "credential",
    retryable: false,
  },
  "a country": {
    status: 403,
    body: said("Country not supported", "request_forbidden", "unsupported_country_region_territory"),
    code: "credential_rejected",
    scope: "credential",
  },
  "a key without this right": {
    status: 403,
    body: said("You have insufficient permissions for this operation.", invalid),
    code: "credential_rejected",
    scope: "credential",
  },
  "an unknown model": {
    status: 404,
    body: said("The model `gpt-7` does not exist or you do not have access to it.", invalid, "model_not_found"),
    code: "model_not_found",
    scope: "model",
  },
  "408": { status: 408, body: "", code: "server_error", scope: "provider", retryable: true },
  conflict: { status: 409, body: said("Conflict", "conflict"), code: "server_error", scope: "provider" },
  "an invalid entity": { status: 422, body: said("No.", invalid), code: "invalid_request", retryable: false },
  "a rate limit of requests, with when it ends": {
    status: 429,
    headers: { "retry-after": "7", "retry-after-ms": "6500", "x-request-id": "req_1" },
    body: said(
      "Rate limit reached for gpt-6 in organization org-x on requests per min (RPM).",
      "requests",
      "rate_limit_exceeded",
    ),
    code: "rate_limited",
    scope: "account",
    retryable: true,
    retryAfterMs: 6_500,
    details: { requestId: "req_1", vendorCode: "rate_limit_exceeded" },
  },
  "a rate limit of tokens, told by what is left": {
    status: 429,
    headers: {
      "x-ratelimit-limit-tokens": "30000",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "1m3.5s",
      "x-ratelimit-remaining-requests": "12",
      "x-ratelimit-reset-requests": "8m0s",
    },
    body: said("Rate limit reached on tokens per min (TPM).", "tokens", "rate_limit_exceeded"),
    code: "rate_limited",
    scope: "account",
    retryAfterMs: 63_500,
  },
  "a rate limit until a date": {
    status: 429,
    headers: { "retry-after": "Tue, 24 Nov 2026 12:00:09 GMT" },
    body: said("Slow.", "requests", "rate_limit_exceeded"),
    code: "rate_limited",
    scope: "account",
    retryAfterMs: 9_000,
  },
  "an unknown 429": { status: 429, body: said("No.", "new_kind", "new_code"), code: "rate_limited", scope: "account" },
  "a vendor that says not to come back": {
    status: 429,
    headers: { "x-should-retry": "false" },
    body: said("No.", "requests", "rate_limit_exceeded"),
    code: "rate_limited",
    scope: "account",
    retryable: false,
  },
  ...Object.fromEntries(
    [
      "insufficient_quota",
      "credit_balance_exhausted",
      "organization_spend_limit_exceeded",
      "project_spend_limit_exceeded",
      "organization_usage_limit_exceeded",
    ].map((code): [string, FailureRow] => [
      `no money: ${code}`,
      {
        status: 429,
        headers: { "retry-after": "1" },
        body: said("You exceeded your current quota.", "insufficient_quota", code),
        code: "quota_exhausted",
        scope: "account",
        retryable: false,
        retryAfterMs: 1_000,
      },
    ]),
  ),
  "a bill not paid": {
    status: 400,
    body: said("Your account is not active.", "billing_not_active", "billing_not_active"),
    code: "quota_exhausted",
    scope: "account",
  },
  "slow down, 429": {
    status: 429,
    body: said("Slow down.", "server_error", "slow_down"),
    code: "overloaded",
    scope: "model",
    retryable: true,
  },
  "slow down, 503": {
    status: 503,
    headers: { "retry-after": "30" },
    body: said("Slow down.", "server_error", "slow_down"),
    code: "overloaded",
    scope: "model",
    retryAfterMs: 30_000,
  },
  overloaded: {
    status: 503,
    body: said("Our servers are currently overloaded.", "service_unavailable_error", "server_is_overloaded"),
    code: "overloaded",
    scope: "model",
  },
  ...Object.fromEntries(
    [500, 502, 504, 520, 521, 522, 523, 524].map((status): [string, FailureRow] => [
      String(status),
      { status, body: said("The server had an error.", "server_error"), code: "server_error", scope: "provider" },
    ]),
  ),
  "a proxy's page": {
    status: 502,
    headers: { "content-type": "text/html" },
    body: `<html><body>502 Bad Gateway ${CANARY.prompt}</body></html>`,
    code: "server_error",
    scope: "provider",
    retryable: true,
  },
  "an unknown status": { status: 451, body: said("No.", "new_kind"), code: "invalid_request" },
  "X6 a wait of a thousand years, cut to an hour": {
    status: 429,
    headers: { "retry-after": "99999999999" },
    body: said("No.", "requests", "rate_limit_exceeded"),
    code: "rate_limited",
    scope: "account",
    retryAfterMs: 3_600_000,
  },
  ...Object.fromEntries(
    ["-1", "1e308", "NaN", "soon", ""].map((wait): [string, FailureRow] => [
      `X6 a wait of "${wait}", which is none`,
      {
        status: 429,
        headers: { "retry-after": wait, "retry-after-ms": wait },
        body: said("No.", "requests", "rate_limit_exceeded"),
        code: "rate_limited",
        scope: "account",
      },
    ]),
  ),
};

failureTable("OpenAI, Responses", { provider: (transport) => openai({ apiKey: CANARY.key, transport }), model }, ROWS);
failureTable(
  "OpenAI, Chat Completions",
  { provider: (transport) => openai({ apiKey: CANARY.key, transport, api: "chat" }), model },
  ROWS,
);

const azure = (transport: StubVendor) =>
  openai({ apiKey: CANARY.key, transport, azure: { endpoint: "https://example.openai.azure.com" } });

failureTable(
  "Azure",
  { provider: (transport) => azure(transport as StubVendor), model },
  {
    "the content filter": {
      status: 400,
      headers: { "apim-request-id": "a-1" },
      body: {
        error: {
          message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          type: null,
          param: "prompt",
          code: "content_filter",
          status: 400,
          innererror: {
            code: "ResponsibleAIPolicyViolation",
            content_filter_result: { violence: { filtered: true, severity: "high" } },
          },
        },
      },
      code: "refused",
      retryable: false,
      details: { requestId: "a-1", vendorCode: "content_filter" },
    },
    "no such deployment": {
      status: 404,
      body: {
        error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." },
      },
      code: "model_not_found",
      scope: "model",
    },
    "a rate limit": {
      status: 429,
      headers: { "retry-after": "6", "retry-after-ms": "5123", "x-ms-retry-after-ms": "5200" },
      body: {
        error: {
          code: "429",
          message:
            "Requests to the ChatCompletions_Create Operation have exceeded call rate limit. Please retry after 6 seconds.",
        },
      },
      code: "rate_limited",
      scope: "account",
      retryAfterMs: 5_123,
    },
    "a rate limit in Azure's own header": {
      status: 429,
      headers: { "x-ms-retry-after-ms": "5200", "retry-after": "6" },
      body: { error: { code: "RateLimitReached", message: "Slow." } },
      code: "rate_limited",
      scope: "account",
      retryAfterMs: 5_200,
    },
    "no room in the region": {
      status: 429,
      body: { error: { code: "NoCapacity", message: "The system is currently experiencing high demand." } },
      code: "overloaded",
      scope: "model",
    },
    "its clock": {
      status: 408,
      body: { error: { code: "408", message: "The operation was timeout." } },
      code: "server_error",
      scope: "provider",
      retryable: true,
    },
    "a wrong key": {
      status: 401,
      body: {
        error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." },
      },
      code: "credential_rejected",
      scope: "credential",
    },
    "an operation that the deployment lacks": {
      status: 400,
      body: {
        error: { code: "OperationNotSupported", message: "The chatCompletion operation does not work with the model." },
      },
      code: "unsupported",
      scope: "model",
    },
  },
);

const sse = (...events: object[]): Buffer =>
  Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
const streamed = async (api: "chat" | "responses", ...events: object[]) => {
  const vendor = new StubVendor();
  vendor.reply = { headers: { "content-type": "text/event-stream" }, chunks: [sse(...events)] };
  return ask(openai({ apiKey: CANARY.key, transport: vendor, api }), { mode: "stream", model });
};

describe("an error inside a 200 stream", () => {
  const created = { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } };
  const failed = (code: string) => ({
    type: "response.failed",
    response: { id: "resp_1", status: "failed", error: { code, message: "No." }, usage: null },
  });

  it.each([
    ["server_error", "server_error", true],
    ["rate_limit_exceeded", "rate_limited", true],
    ["insufficient_quota", "quota_exhausted", false],
    ["invalid_prompt", "refused", false],
    ["image_content_policy_violation", "refused", false],
    ["invalid_image_url", "invalid_request", false],
    ["vector_store_timeout", "server_error", true],
    ["a_new_code", "server_error", true],
  ] as const)("Responses: %s is %s", async (vendorCode, code, retryable) => {
    const shapes = [
      failed(vendorCode),
      { type: "error", sequence_number: 2, error: { type: vendorCode, code: vendorCode, message: "No.", param: null } },
      { type: "error", sequence_number: 2, code: vendorCode, message: "No.", param: null },
    ];
    for (const shape of shapes) {
      const { error, finish } = await streamed("responses", created, shape);
      expect(finish).toBeUndefined();
      expect(error).toMatchObject({ code, retryable, details: { vendorCode } });
    }
  });

  it("Responses: a failure without a reason is still one", async () => {
    for (const response of [{ status: "failed" }, { status: "failed", error: null }, undefined, "no"]) {
      const { error } = await streamed("responses", {
        type: "response.failed",
        ...(response && { response }),
      } as object);
      expect(error).toMatchObject({ code: "server_error" });
    }
  });

  it("Chat Completions: an error in place of a chunk", async () => {
    const chunk = { choices: [{ index: 0, delta: { content: "so far" }, finish_reason: null }] };
    for (const body of [
      { error: { message: "Overloaded.", code: "server_is_overloaded" } },
      said("x", "overloaded_error"),
    ]) {
      const { error, finish, events } = await streamed("chat", chunk, body);
      expect(finish).toBeUndefined();
      expect(events.length).toBeGreaterThan(0);
      expect(error).toMatchObject({ code: "overloaded" });
    }
    expect((await streamed("chat", chunk, { error: "gone" })).error).toMatchObject({ code: "server_error" });
  });

  it("an error after the last event is too late to matter", async () => {
    const completed = {
      type: "response.completed",
      response: { status: "completed", output: [], usage: { input_tokens: 1, output_tokens: 1 } },
    };
    const { error, finish } = await streamed("responses", created, completed, failed("server_error"));
    expect(error).toBeUndefined();
    expect(finish?.finishReason).toBe("stop");
  });
});

describe("an answer that is none", () => {
  it.each([
    ["no object", "[]", "protocol"],
    ["no JSON", "busy!", "protocol"],
    ["no content", "{}", "protocol"],
    ["half of it", '{"id": "resp_1", "output": [{"type": "mess', "stream_truncated"],
    ["nothing", "", "stream_truncated"],
    ["a page", "<html>busy</html>", "protocol"],
  ] as const)("%s: a typed error in both APIs", async (_what, text, code) => {
    for (const api of ["chat", "responses"] as const) {
      const vendor = new StubVendor();
      vendor.reply = { headers: { "content-type": "application/json" }, chunks: [Buffer.from(text)] };
      const { error } = await ask(openai({ apiKey: "k", transport: vendor, api }), { mode: "complete", model });
      expect(GatewayError.is(error, code), String(error)).toBe(true);
    }
  });

  it("S7: an event beyond 32 MiB is an error, not memory", async () => {
    const vendor = new StubVendor();
    vendor.reply = {
      headers: { "content-type": "text/event-stream" },
      chunks: [Buffer.from(`data: {"x":"${"y".repeat(32 << 20)}"}\n\n`)],
    };
    for (const api of ["chat", "responses"] as const) {
      const { error } = await ask(openai({ apiKey: "k", transport: vendor, api }), { mode: "stream", model });
      expect(GatewayError.is(error, "protocol")).toBe(true);
    }
  });
});
