/** PROMISES 2.1 for hosts that speak Chat Completions: what each of them really answers. */
import { openaiCompatible, type PresetName } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { CANARY, type FailureRow, failureTable } from "./failures.ts";
import { ask, StubVendor } from "./replay.ts";

const model = { name: "m", id: "m", capabilities: {}, limit: {}, options: {} };

const host = (preset: PresetName, rows: Readonly<Record<string, FailureRow>>): void =>
  failureTable(
    preset,
    { provider: (transport) => openaiCompatible({ preset, apiKey: CANARY.key, transport }), model },
    rows,
  );

host("deepseek", {
  "no balance": {
    status: 402,
    body: {
      error: { message: "Insufficient Balance", type: "unknown_error", param: null, code: "invalid_request_error" },
    },
    code: "quota_exhausted",
    scope: "account",
    retryable: false,
  },
  "JSON that says it is bytes": {
    status: 400,
    headers: { "content-type": "application/octet-stream" },
    body: {
      error: {
        message: "This model's maximum context length is 131072 tokens. However, you requested 150000 tokens.",
        type: "invalid_request_error",
        param: null,
        code: "invalid_request_error",
      },
    },
    code: "context_overflow",
    scope: "model",
  },
  "a wrong key": {
    status: 401,
    body: {
      error: {
        message: `Authentication Fails, Your api key: ${CANARY.key} is invalid`,
        type: "authentication_error",
        param: null,
        code: "invalid_request_error",
      },
    },
    code: "credential_rejected",
    scope: "credential",
  },
  overloaded: {
    status: 503,
    body: { error: { message: "Service is too busy.", type: "service_unavailable_error" } },
    code: "overloaded",
    scope: "model",
  },
});

host("mistral", {
  "a field that it does not know, quoted": {
    status: 422,
    body: {
      object: "error",
      message: {
        detail: [
          {
            type: "extra_forbidden",
            loc: ["body", "user"],
            msg: "Extra inputs are not permitted",
            input: `${CANARY.prompt}\n"quoted"`,
          },
        ],
      },
      type: "invalid_request_error",
      param: null,
      code: null,
    },
    code: "unsupported",
    scope: "model",
    details: { vendorMessage: "body.user: Extra inputs are not permitted" },
  },
  "a validator's list alone": {
    status: 422,
    body: { detail: [{ loc: ["body", "messages"], msg: "Field required", type: "missing", input: CANARY.prompt }] },
    code: "invalid_request",
  },
  "one word": { status: 401, body: { detail: "Unauthorized" }, code: "credential_rejected", scope: "credential" },
  "an unknown model": {
    status: 400,
    body: { object: "error", message: "Invalid model: m", type: "invalid_model", param: null, code: "1500" },
    code: "model_not_found",
    scope: "model",
  },
  "a rate limit": {
    status: 429,
    body: { object: "error", message: "Rate limit exceeded", type: "rate_limited", param: null, code: "1300" },
    code: "rate_limited",
    scope: "account",
  },
  "a full tier": {
    status: 429,
    body: {
      object: "error",
      message: "Service tier capacity exceeded for this model.",
      type: "service_tier_capacity_exceeded",
      param: null,
      code: "3505",
    },
    code: "overloaded",
    scope: "model",
  },
});

host("groq", {
  "more than its tokens a minute": {
    status: 413,
    body: {
      error: {
        message: "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 12000.",
        type: "tokens",
        code: "rate_limit_exceeded",
      },
    },
    code: "context_overflow",
    scope: "model",
  },
  "a rate limit": {
    status: 429,
    headers: { "retry-after": "2", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s" },
    body: { error: { message: "Rate limit reached for model `m`.", type: "tokens", code: "rate_limit_exceeded" } },
    code: "rate_limited",
    scope: "account",
    retryAfterMs: 2_000,
  },
  "no room for the flex tier": {
    status: 498,
    body: { error: { message: "Flex tier capacity exceeded.", type: "invalid_request_error" } },
    code: "overloaded",
    scope: "model",
  },
});

host("xai", {
  "words where an object should be": {
    status: 400,
    body: {
      code: "Client specified an invalid argument",
      error: `Incorrect API key provided: ${CANARY.key}. You can obtain an API key from https://console.x.ai.`,
    },
    code: "credential_rejected",
    scope: "credential",
  },
  "no credits, as 403": {
    status: 403,
    body: {
      code: "The caller does not have permission to execute the specified operation",
      error: "Your newly created team doesn't have any credits yet.",
    },
    code: "quota_exhausted",
    scope: "account",
  },
  "no credits, as 429": {
    status: 429,
    body: {
      code: "Some resource has been exhausted",
      error: "Your team has either used all available credits or reached its monthly spending limit.",
    },
    code: "quota_exhausted",
    scope: "account",
    retryable: false,
  },
  "a rate limit": {
    status: 429,
    body: { code: "Some resource has been exhausted", error: "Too many requests for team." },
    code: "rate_limited",
    scope: "account",
  },
});

host("openrouter", {
  "no credits": {
    status: 402,
    body: { error: { code: 402, message: "Insufficient credits. Add more." }, user_id: "user_1" },
    code: "quota_exhausted",
    scope: "account",
  },
  "what the vendor behind it said": {
    status: 400,
    body: {
      error: {
        code: 400,
        message: "Provider returned error",
        metadata: {
          raw: '{"error":{"message":"This model\'s maximum context length is 8192 tokens."}}',
          provider_name: "Chutes",
        },
      },
    },
    code: "context_overflow",
    scope: "model",
  },
  "a vendor behind it that is busy": {
    status: 429,
    body: {
      error: {
        code: 429,
        message: "Provider returned error",
        metadata: { raw: "m is temporarily rate-limited upstream" },
      },
    },
    code: "rate_limited",
    scope: "account",
  },
  "a flagged prompt, quoted": {
    status: 403,
    body: {
      error: {
        code: 403,
        message: "m requires moderation. Your input was flagged.",
        metadata: { reasons: ["violence"], flagged_input: CANARY.prompt, provider_name: "x", model_slug: "m" },
      },
    },
    code: "refused",
    retryable: false,
  },
  "nobody who serves the model": {
    status: 404,
    body: { error: { code: 404, message: "No allowed providers are available for the selected model." } },
    code: "model_not_found",
    scope: "model",
  },
});

host("vllm", {
  "its own shape": {
    status: 400,
    body: {
      object: "error",
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
      type: "BadRequestError",
      param: null,
      code: 400,
    },
    code: "context_overflow",
    scope: "model",
  },
  "an unknown model": {
    status: 404,
    body: { object: "error", message: "The model `m` does not exist.", type: "NotFoundError", param: null, code: 404 },
    code: "model_not_found",
    scope: "model",
  },
});

host("ollama", {
  "an unknown model": {
    status: 404,
    body: { error: 'model "m" not found, try pulling it first' },
    code: "model_not_found",
    scope: "model",
  },
  "a model without tools": {
    status: 400,
    body: { error: { message: "m does not support tools", type: "api_error", param: null, code: null } },
    code: "unsupported",
    scope: "model",
  },
});

host("together", {
  "a page": {
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<!DOCTYPE html><html><body>Bad gateway</body></html>",
    code: "server_error",
    scope: "provider",
  },
  nothing: { status: 500, body: "", code: "server_error", scope: "provider" },
  words: {
    status: 503,
    headers: { "content-type": "text/plain" },
    body: "upstream connect error",
    code: "overloaded",
    scope: "model",
    details: { vendorMessage: "upstream connect error" },
  },
});

describe("an error in a 200 (OpenRouter)", () => {
  const answer = async (mode: "complete" | "stream", text: string) => {
    const vendor = new StubVendor();
    const type = mode === "stream" ? "text/event-stream" : "application/json";
    vendor.reply = { headers: { "content-type": type }, chunks: [Buffer.from(text)] };
    return ask(openaiCompatible({ preset: "openrouter", apiKey: "k", transport: vendor }), { mode, model });
  };
  const told = { code: 502, message: "The vendor is gone." };

  it("whole: in place of the answer, or of the choice", async () => {
    for (const body of [{ error: told }, { choices: [{ finish_reason: "error", error: told, message: {} }] }]) {
      const { error, finish } = await answer("complete", JSON.stringify(body));
      expect(finish).toBeUndefined();
      expect(error).toMatchObject({ code: "server_error", status: 502 });
    }
  });

  it("streamed: a chunk with an error, also behind the reason to stop", async () => {
    const stop = { choices: [{ index: 0, delta: { content: "x" }, finish_reason: "stop" }] };
    const failed = { error: told, choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }] };
    for (const chunks of [[failed], [stop, failed]]) {
      const wire = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
      const { error, finish } = await answer("stream", wire);
      expect(finish).toBeUndefined();
      expect(error).toMatchObject({ code: "server_error" });
    }
  });
});
