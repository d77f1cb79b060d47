import { google } from "headgate/google";
import { GatewayError } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { CANARY, type FailureRow, failureTable } from "./failures.ts";
import { json, KEY, MODEL, read, sse } from "./google-support.ts";

const RPC = "type.googleapis.com/google.rpc";
const info = (reason: string) => ({
  "@type": `${RPC}.ErrorInfo`,
  reason,
  domain: "googleapis.com",
  metadata: { service: "generativelanguage.googleapis.com" },
});
const quota = (quotaId: string, quotaValue = "50") => ({
  "@type": `${RPC}.QuotaFailure`,
  violations: [
    {
      quotaMetric: "generativelanguage.googleapis.com/generate_content_free_tier_requests",
      quotaId,
      quotaDimensions: { location: "global", model: "gemini-3-pro" },
      quotaValue,
    },
  ],
});
const retry = (retryDelay: string) => ({ "@type": `${RPC}.RetryInfo`, retryDelay });
const help = {
  "@type": `${RPC}.Help`,
  links: [{ description: "Learn more", url: "https://ai.google.dev/gemini-api" }],
};

const body = (code: number, status: string, message: string, details?: readonly object[]) => ({
  error: { code, message, status, ...(details !== undefined && { details }) },
});
const QUOTA = "You exceeded your current quota, please check your plan and limits.";

/** PROMISES 2.1, with the bodies that the vendor sends. */
const ROWS: Readonly<Record<string, FailureRow>> = {
  "a bad request": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    code: "invalid_request",
    retryable: false,
    details: { vendorType: "INVALID_ARGUMENT" },
  },
  "a turn out of order": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", "Please ensure that function call turn comes immediately after a user turn."),
    code: "invalid_request",
  },
  "a wrong key": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", `API key not valid. Please pass a valid API key. (${CANARY.key})`, [
      info("API_KEY_INVALID"),
      { "@type": `${RPC}.LocalizedMessage`, locale: "en-US", message: "API key not valid." },
    ]),
    code: "credential_rejected",
    scope: "credential",
    retryable: false,
    details: { vendorCode: "API_KEY_INVALID" },
  },
  "an expired key, by its words alone": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."),
    code: "credential_rejected",
    scope: "credential",
  },
  "a country that is not served": {
    status: 400,
    body: body(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    code: "credential_rejected",
    scope: "credential",
  },
  "a plan without billing": {
    status: 400,
    body: body(
      400,
      "FAILED_PRECONDITION",
      "Gemini API free tier is not available in your country. Please enable billing.",
    ),
    code: "quota_exhausted",
    scope: "account",
  },
  "a prompt that is too long": {
    status: 400,
    body: body(
      400,
      "INVALID_ARGUMENT",
      `The input token count (1200000) exceeds the maximum number of tokens allowed (1048576). ${CANARY.prompt}`,
    ),
    code: "context_overflow",
    scope: "model",
    retryable: false,
  },
  "a body that is too large": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
    code: "context_overflow",
    scope: "model",
  },
  "a body that a front end will not take": {
    status: 413,
    headers: { "content-type": "text/html" },
    body: "<html><title>Error 413 (Request Entity Too Large)</title></html>",
    code: "context_overflow",
    scope: "model",
  },
  "what the model cannot do": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", "Thinking level is not supported for this model."),
    code: "unsupported",
    scope: "model",
  },
  "a field that the API does not know": {
    status: 400,
    body: body(400, "INVALID_ARGUMENT", 'Invalid JSON payload received. Unknown name "foo": Cannot find field.'),
    code: "unsupported",
    scope: "model",
  },
  "no key": {
    status: 403,
    body: body(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers."),
    code: "credential_rejected",
    scope: "credential",
  },
  "an API that the project has not switched on": {
    status: 403,
    body: body(403, "PERMISSION_DENIED", "Generative Language API has not been used.", [info("SERVICE_DISABLED")]),
    code: "credential_rejected",
    scope: "credential",
  },
  "a project whose bill is not paid": {
    status: 403,
    body: body(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", [info("BILLING_DISABLED")]),
    code: "quota_exhausted",
    scope: "account",
  },
  "a token that has expired (Vertex)": {
    status: 401,
    body: body(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", [
      info("ACCESS_TOKEN_EXPIRED"),
    ]),
    code: "credential_rejected",
    scope: "credential",
  },
  "credit that is gone": {
    status: 402,
    body: body(402, "FAILED_PRECONDITION", "Your prepaid credits are used up."),
    code: "quota_exhausted",
    scope: "account",
  },
  "a model that there is not": {
    status: 404,
    body: body(404, "NOT_FOUND", "models/gemini-0 is not found for API version v1beta."),
    code: "model_not_found",
    scope: "model",
    retryable: false,
  },
  "too many requests a minute": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", QUOTA, [
      quota("GenerateRequestsPerMinutePerProjectPerModel"),
      help,
      retry("7s"),
    ]),
    code: "rate_limited",
    scope: "account",
    retryAfterMs: 7_000,
    details: { vendorCode: "GenerateRequestsPerMinutePerProjectPerModel" },
  },
  "too many requests, in fractions of a second": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", QUOTA, [retry("34.074824224s")]),
    code: "rate_limited",
    scope: "account",
    retryAfterMs: 34_075,
  },
  "too many requests at Vertex, which says no more": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."),
    code: "rate_limited",
    scope: "account",
  },
  "a day's quota, back after ten hours: an hour at most": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", QUOTA, [quota("GenerateRequestsPerDayPerProjectPerModel"), retry("36000s")]),
    code: "quota_exhausted",
    scope: "account",
    retryable: false,
    retryAfterMs: 3_600_000,
  },
  "a quota of nothing": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", `${QUOTA} * Quota exceeded for metric: x, limit: 0, model: gemini-3-pro`, [
      quota("GenerateContentInputTokensPerModelPerMinute-FreeTier", "0"),
      retry("12s"),
    ]),
    code: "quota_exhausted",
    scope: "account",
    retryAfterMs: 12_000,
  },
  "a spending cap": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", "Your project has exceeded its monthly spending cap."),
    code: "quota_exhausted",
    scope: "account",
  },
  "X6: a wait that cannot be read": {
    status: 429,
    body: body(429, "RESOURCE_EXHAUSTED", QUOTA, [retry("-5s"), { retryDelay: 7 }, "?" as never]),
    code: "rate_limited",
    scope: "account",
  },
  "a wait in the headers": {
    status: 503,
    headers: { "retry-after": "3" },
    body: body(503, "UNAVAILABLE", "The service is currently unavailable."),
    code: "overloaded",
    scope: "model",
    retryAfterMs: 3_000,
  },
  "an overloaded model": {
    status: 503,
    body: body(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    code: "overloaded",
    scope: "model",
    retryable: true,
  },
  "a failure of the vendor's": {
    status: 500,
    body: body(500, "INTERNAL", "An internal error has occurred. Please retry."),
    code: "server_error",
    scope: "provider",
  },
  "the vendor's own clock": {
    status: 504,
    body: body(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    code: "server_error",
    scope: "provider",
  },
  "a request given up": {
    status: 499,
    body: body(499, "CANCELLED", "The operation was cancelled."),
    code: "server_error",
    scope: "provider",
  },
  "what the API does not do": {
    status: 501,
    body: body(501, "UNIMPLEMENTED", "Operation is not implemented."),
    code: "unsupported",
    scope: "model",
  },
  "a list around the error, as streams that are no SSE have it": {
    status: 503,
    body: [body(503, "UNAVAILABLE", "The model is overloaded.")],
    code: "overloaded",
    scope: "model",
  },
  "a page": {
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<html>502</html>",
    code: "server_error",
    scope: "provider",
  },
  "a page elsewhere": {
    status: 302,
    headers: { location: "https://x" },
    body: "",
    code: "protocol",
    scope: "provider",
  },
  "codes that nobody knows": {
    status: 429,
    body: body(429, "BRAND_NEW", "?", [info("ALSO_NEW")]),
    code: "rate_limited",
    scope: "account",
    details: { vendorCode: "ALSO_NEW" },
  },
  "a body that is only words": { status: 500, body: "oops", code: "server_error", scope: "provider" },
};

failureTable("Google", { provider: (transport) => google({ apiKey: CANARY.key, transport }), model: MODEL }, ROWS);

describe("an error inside an answer of Google's", () => {
  const piece = { candidates: [{ content: { role: "model", parts: [{ text: "It was" }] }, index: 0 }] };

  it.each([
    ["overloaded", body(503, "UNAVAILABLE", "The model is overloaded.")],
    ["server_error", body(500, "INTERNAL", "An internal error has occurred.")],
    ["rate_limited", body(429, "RESOURCE_EXHAUSTED", QUOTA, [retry("7s")])],
    ["server_error", { error: { message: "?" } }],
  ])("%s, before content and after it", async (code, told) => {
    for (const pieces of [[told], [piece, told]]) {
      const { error, finish, facts } = await read(sse(pieces), "stream");
      expect(GatewayError.is(error) && error.code).toBe(code);
      expect(finish).toBeUndefined();
      expect(facts[0]).toMatchObject({ type: "response" });
    }
  });

  it("has the wait that it tells, and is found in a whole answer too", async () => {
    const told = body(429, "RESOURCE_EXHAUSTED", QUOTA, [retry("7s")]);
    const { error } = await read(sse([told]), "stream");
    expect(error).toMatchObject({ retryAfterMs: 7_000, status: 429 });
    expect((await read(json([told]), "complete")).error).toMatchObject({ code: "rate_limited" });
  });

  it("is heard to the end of the body: what the vendor says against its own answer counts", async () => {
    const whole = { ...piece, usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 } };
    const last = { ...whole, candidates: [{ ...piece.candidates[0], finishReason: "STOP" }] };
    const { error, finish } = await read(sse([last, body(500, "INTERNAL", "late")]), "stream");
    expect(error).toMatchObject({ code: "server_error" });
    expect(finish).toBeUndefined();
  });
});

describe("X1: Google's key", () => {
  it("is in no error, though the vendor repeats it in any place", async () => {
    const told = body(400, "INVALID_ARGUMENT", `Bad key ${KEY}`, [
      info(KEY),
      quota(KEY),
      { "@type": "x", retryDelay: KEY },
    ]);
    for (const mode of ["complete", "stream"] as const) {
      const { error } = await read(json(told, { status: 400 }), mode);
      const { message, stack, cause } = error as Error;
      expect(`${message} ${stack} ${JSON.stringify(error)} ${String(cause)}`).not.toContain("C4naryK3y");
    }
  });
});
