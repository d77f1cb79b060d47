/** What AI SDK models throw, as errors of ours. */

import { inspect } from "node:util";
import {
  APICallError,
  EmptyResponseBodyError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  JSONParseError,
  LoadAPIKeyError,
  LoadSettingError,
  NoSuchModelError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { fromAiSdk } from "headgate/from-ai-sdk";
import { GatewayError } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { CANARY } from "./failures.ts";
import { MODEL, put, v4 } from "./from-ai-sdk-support.ts";
import { ask, callOf } from "./replay.ts";

const MODES = ["complete", "stream"] as const;

interface Refused {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly isRetryable?: boolean;
}

/** As the AI SDK throws it; everything it knows quotes the key and the prompt. */
const apiCallError = ({ status, body, headers, isRetryable }: Refused) =>
  new APICallError({
    message: `You sent "${CANARY.prompt}" with ${CANARY.key}`,
    url: `https://acme.test/v1?key=${CANARY.key}`,
    requestBodyValues: { messages: [{ content: CANARY.prompt }] },
    statusCode: status,
    ...(headers !== undefined && { responseHeaders: headers }),
    responseBody: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
    ...(isRetryable !== undefined && { isRetryable }),
  });

const openai = (code: string | null, type = "invalid_request_error", message = "No.") => ({
  error: { message, type, code },
});
const google = (status: string, more: object = {}) => ({ error: { code: 400, message: "No.", status, ...more } });

/** By vendor and status, the code and how far it reaches (PROMISES 2.1). */
const REFUSED: readonly (readonly [string, Refused, object])[] = [
  [
    "OpenAI 429",
    { status: 429, body: openai("rate_limit_exceeded", "requests"), headers: { "retry-after": "2" } },
    { code: "rate_limited", scope: "account", retryAfterMs: 2_000, retryable: true },
  ],
  [
    "OpenAI quota",
    { status: 429, body: openai("insufficient_quota", "insufficient_quota") },
    { code: "quota_exhausted", scope: "account", retryable: false },
  ],
  [
    "OpenAI 401",
    { status: 401, body: openai("invalid_api_key") },
    { code: "credential_rejected", scope: "credential" },
  ],
  [
    "OpenAI context",
    { status: 400, body: openai("context_length_exceeded") },
    { code: "context_overflow", scope: "model" },
  ],
  ["OpenAI parameter", { status: 400, body: openai("unsupported_parameter") }, { code: "unsupported", scope: "model" }],
  ["OpenAI 404", { status: 404, body: openai("model_not_found") }, { code: "model_not_found", scope: "model" }],
  ["OpenAI 400", { status: 400, body: openai(null) }, { code: "invalid_request", retryable: false }],
  ["OpenAI filter", { status: 400, body: openai("content_filter") }, { code: "refused" }],
  [
    "Anthropic 529",
    { status: 529, body: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } } },
    { code: "overloaded", scope: "model" },
  ],
  [
    "Anthropic long",
    {
      status: 400,
      body: { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 9 tokens" } },
    },
    { code: "context_overflow" },
  ],
  [
    "Anthropic money",
    { status: 402, body: { type: "error", error: { type: "billing_error", message: "No." } } },
    { code: "quota_exhausted" },
  ],
  [
    "Gemini 429",
    { status: 429, body: [google("RESOURCE_EXHAUSTED", { details: [{ retryDelay: "7s" }] })] },
    { code: "rate_limited", retryAfterMs: 7_000 },
  ],
  [
    "Gemini key",
    { status: 400, body: google("INVALID_ARGUMENT", { details: [{ reason: "API_KEY_INVALID" }] }) },
    { code: "credential_rejected" },
  ],
  ["Gemini 503", { status: 503, body: google("UNAVAILABLE") }, { code: "overloaded" }],
  [
    "Bedrock throttled",
    { status: 429, body: { __type: "ThrottlingException", message: "Too many" } },
    { code: "rate_limited" },
  ],
  ["Bedrock not ready", { status: 429, body: { type: "ModelNotReadyException" } }, { code: "overloaded" }],
  ["Cohere 429", { status: 429, body: { message: "too many requests" } }, { code: "rate_limited" }],
  ["Mistral 422", { status: 422, body: { detail: [{ msg: "bad" }] } }, { code: "invalid_request" }],
  [
    "words alone",
    { status: 400, body: "This model's maximum context length is 8 tokens" },
    { code: "context_overflow" },
  ],
  [
    "a proxy's page",
    { status: 502, body: "<html>Bad gateway</html>" },
    { code: "server_error", scope: "provider", retryable: true },
  ],
  ["nothing at all", { status: 500 }, { code: "server_error" }],
  ["an unknown code", { status: 418, body: openai("teapot") }, { code: "invalid_request" }],
  [
    "what its provider calls final",
    { status: 503, body: openai(null), isRetryable: false },
    { code: "overloaded", retryable: false },
  ],
  [
    "a wait beyond reason",
    { status: 429, body: openai(null), headers: { "retry-after": "1e9" } },
    { code: "rate_limited", retryAfterMs: undefined },
  ],
];

describe.each(MODES)("asked to %s", (mode) => {
  it.each(REFUSED)("F7 %s", async (_what, refused, expected) => {
    const { error, finish } = await put(v4({ throws: apiCallError(refused) }).model, {}, { mode });
    expect(error).toMatchObject({ ...expected, status: refused.status });
    expect(finish).toBeUndefined();
  });

  const SDK: readonly (readonly [string, unknown, object])[] = [
    [
      "no key",
      new LoadAPIKeyError({ message: "Acme API key is missing." }),
      { code: "credential_rejected", scope: "credential", details: { sent: false } },
    ],
    ["no setting", new LoadSettingError({ message: "No resource name." }), { code: "credential_rejected" }],
    [
      "no such model",
      new NoSuchModelError({ modelId: "x", modelType: "languageModel" }),
      { code: "model_not_found", scope: "model" },
    ],
    [
      "not to be had",
      new UnsupportedFunctionalityError({ functionality: "audio" }),
      { code: "unsupported", scope: "model", details: { sent: false } },
    ],
    [
      "a prompt it refuses",
      new InvalidPromptError({ prompt: CANARY.prompt, message: "No." }),
      { code: "invalid_request" },
    ],
    [
      "an argument it refuses",
      new InvalidArgumentError({ argument: "providerOptions", message: "No." }),
      { code: "invalid_request" },
    ],
    [
      "no JSON",
      new JSONParseError({ text: CANARY.prompt, cause: new Error(CANARY.prompt) }),
      { code: "protocol", retryable: true },
    ],
    [
      "another shape",
      new TypeValidationError({ value: { said: CANARY.prompt }, cause: new Error(CANARY.prompt) }),
      { code: "protocol" },
    ],
    ["data it does not know", new InvalidResponseDataError({ data: CANARY.prompt }), { code: "protocol" }],
    ["no body", new EmptyResponseBodyError({}), { code: "protocol" }],
    [
      "an answer that is no JSON",
      new APICallError({
        message: "Invalid JSON response",
        url: "",
        requestBodyValues: {},
        statusCode: 200,
        responseBody: CANARY.prompt,
        cause: new JSONParseError({ text: CANARY.prompt, cause: new Error("x") }),
      }),
      { code: "protocol" },
    ],
    [
      "an answer that broke off",
      new APICallError({
        message: "Failed to process successful response",
        url: "",
        requestBodyValues: {},
        statusCode: 200,
        cause: Object.assign(new TypeError("terminated"), { code: "ECONNRESET" }),
      }),
      { code: "stream_truncated" },
    ],
    [
      "no connection",
      new APICallError({
        message: "Cannot connect to API",
        url: "",
        requestBodyValues: {},
        cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
      }),
      { code: "network", details: { sent: false }, scope: "provider" },
    ],
    [
      "the last of several",
      Object.assign(new Error("3 times"), { name: "AI_RetryError", lastError: apiCallError({ status: 429 }) }),
      { code: "rate_limited" },
    ],
    ["an error of ours", new GatewayError("refused", "No.", { details: {} }), { code: "refused" }],
    ["anything", new Error(CANARY.prompt), { code: "network" }],
    ["no error at all", "it broke", { code: "network" }],
  ];
  it.each(SDK)("X1 %s", async (_what, thrown, expected) => {
    const messages = [{ role: "user", content: CANARY.prompt } as const];
    const credentials = [{ id: "ai", apiKey: CANARY.key }];
    const provider = fromAiSdk({ name: "ai", credentials, model: v4({ throws: thrown }).model });
    const { error } = await ask(provider, { mode, model: MODEL, request: { messages } });
    expect(error).toMatchObject(expected);
    expect(shown(error)).not.toMatch(/C4naryK3y|CANARYPROMPT/);
  });

  it("X1 neither key nor prompt in any error of a refusal, whatever the vendor quotes", async () => {
    const messages = [{ role: "user", content: CANARY.prompt } as const];
    const credentials = [{ id: "ai", apiKey: CANARY.key }];
    const quoting = {
      error: { message: `${CANARY.key} asked "${CANARY.prompt}"`, type: CANARY.prompt, code: `key ${CANARY.key}` },
    };
    for (const status of [400, 401, 403, 404, 413, 422, 429, 500, 503, 529]) {
      for (const body of [
        quoting,
        { ...quoting.error },
        { error: quoting.error.message },
        `<${quoting.error.message}>`,
      ]) {
        const thrown = apiCallError({ status, body, headers: { "x-request-id": CANARY.prompt } });
        const provider = fromAiSdk({ name: "ai", credentials, model: v4({ throws: thrown }).model });
        const { error } = await ask(provider, { mode, model: MODEL, request: { messages } });
        expect(shown(error)).not.toMatch(/C4naryK3y|CANARYPROMPT/);
      }
    }
  });
});

const shown = (error: unknown): string => {
  let all = "";
  for (let each = error; each instanceof Error; each = each.cause) {
    all += `${inspect(each, { depth: 20, showHidden: true })} ${each.stack} ${JSON.stringify(each)}`;
  }
  return all;
};

describe("in the middle of a stream", () => {
  const begun = [
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "The sea" },
  ] as const;
  const rows: readonly (readonly [string, unknown, string])[] = [
    ["the vendor's own words", { type: "overloaded_error", message: "Overloaded" }, "overloaded"],
    ["its whole body", { error: { type: "rate_limit_error", message: "No." } }, "rate_limited"],
    ["with a status", { message: "No.", statusCode: 503 }, "overloaded"],
    ["a code alone", { code: "insufficient_quota", message: "No." }, "quota_exhausted"],
    ["a sentence", "the server is tired", "server_error"],
    ["nothing", undefined, "server_error"],
    ["an APICallError", apiCallError({ status: 429 }), "rate_limited"],
    ["an event that is no JSON", new JSONParseError({ text: "x", cause: new Error("x") }), "protocol"],
    [
      "no finish reason",
      new InvalidResponseDataError({ data: undefined, message: "Response stream ended without a finish reason." }),
      "stream_truncated",
    ],
    ["a broken connection", Object.assign(new TypeError("terminated"), { code: "ECONNRESET" }), "stream_truncated"],
    ["a plain error", new Error("x"), "stream_truncated"],
  ];
  it.each(rows)("%s, as a part", async (_what, error, code) => {
    const answer = await put(v4({ parts: [...begun, { type: "error", error }] }).model, {}, { mode: "stream" });
    expect(answer.error).toMatchObject({ code });
    expect(answer.finish).toBeUndefined();
  });
  it.each(rows.filter(([, error]) => error !== undefined))("%s, thrown", async (_what, breaks, code) => {
    const answer = await put(v4({ parts: begun, breaks }).model, {}, { mode: "stream" });
    expect(answer.error).toMatchObject({ code });
  });
});

it("an abort is told by the call's own reason, whatever the model throws", async () => {
  const reason = new GatewayError("timeout", "Too late.", { details: { clock: "total", limitMs: 1 } });
  const model = { ...v4().model, doGenerate: () => Promise.reject(new DOMException("aborted", "AbortError")) };
  const provider = fromAiSdk({ name: "ai", model });
  const { call } = callOf(provider, { mode: "complete", model: MODEL });
  await expect(provider.generate({ ...call, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
