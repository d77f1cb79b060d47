import { inspect } from "node:util";
import { bedrock } from "headgate/bedrock";
import { GatewayError } from "headgate/kit";
import { describe, expect, it } from "vitest";
import {
  callOf,
  encodeEvent,
  encodeException,
  encodeMessage,
  hello,
  MODEL,
  read,
  STREAM,
  vendor,
  whole,
} from "./bedrock-support.ts";
import { CANARY, type FailureRow, failureTable } from "./failures.ts";

/** AWS names the exception in a header, with an address behind it. */
const named = (name: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  "x-amzn-errortype": `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
  "x-amzn-requestid": "3f9e0c1a-1111-2222-3333-444455556666",
  ...more,
});

const row = (
  status: number,
  name: string,
  message: string,
  expected: Omit<FailureRow, "status" | "body">,
): FailureRow => ({
  status,
  body: { message },
  ...expected,
  headers: named(name, expected.headers),
  details: { vendorType: name, requestId: "3f9e0c1a-1111-2222-3333-444455556666", ...expected.details },
});

const validation = (message: string, code: FailureRow["code"], scope?: FailureRow["scope"]): FailureRow =>
  row(400, "ValidationException", message, { code, ...(scope !== undefined && { scope }), retryable: false });

const rows: Readonly<Record<string, FailureRow>> = {
  "429 ThrottlingException": row(429, "ThrottlingException", "Too many requests, please wait before trying again.", {
    code: "rate_limited",
    scope: "account",
    retryable: true,
  }),
  "429 ThrottlingException with retry-after": row(429, "ThrottlingException", "Rate exceeded", {
    code: "rate_limited",
    scope: "account",
    headers: { "retry-after": "7" },
    retryAfterMs: 7_000,
  }),
  "429 a day's tokens are used up": row(
    429,
    "ThrottlingException",
    "Too many tokens per day, please wait before trying again.",
    {
      code: "quota_exhausted",
      scope: "account",
      retryable: false,
    },
  ),
  "429 ModelNotReadyException": row(429, "ModelNotReadyException", "The model is not ready for inference.", {
    code: "overloaded",
    scope: "model",
    retryable: true,
  }),
  "503 ServiceUnavailableException": row(
    503,
    "ServiceUnavailableException",
    "Bedrock is unable to process your request.",
    {
      code: "overloaded",
      scope: "model",
      retryable: true,
    },
  ),
  "400 ServiceQuotaExceededException": row(
    400,
    "ServiceQuotaExceededException",
    "Your request exceeds the service quota for your account.",
    {
      code: "quota_exhausted",
      scope: "account",
      retryable: false,
    },
  ),
  "408 ModelTimeoutException: next, never the same again": row(408, "ModelTimeoutException", "Model has timed out.", {
    code: "server_error",
    scope: "provider",
    retryable: false,
  }),
  "424 ModelErrorException: next, never the same again": {
    ...row(424, "ModelErrorException", "x", { code: "server_error", scope: "provider", retryable: false }),
    body: { message: "The system encountered an error.", originalStatusCode: 500, resourceName: "arn:x" },
  },
  "424 ModelStreamErrorException": row(424, "ModelStreamErrorException", "x", {
    code: "server_error",
    retryable: false,
    scope: "provider",
  }),
  "500 InternalServerException": row(500, "InternalServerException", "Internal server error", {
    code: "server_error",
    scope: "provider",
    retryable: true,
  }),
  "400 ConflictException": row(400, "ConflictException", "x", { code: "server_error", scope: "provider" }),
  "403 AccessDeniedException": row(
    403,
    "AccessDeniedException",
    "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel",
    {
      code: "credential_rejected",
      scope: "credential",
      retryable: false,
    },
  ),
  "403 no access to this model": row(
    403,
    "AccessDeniedException",
    "You don't have access to the model with the specified model ID.",
    {
      code: "model_not_found",
      scope: "model",
    },
  ),
  "403 ExpiredTokenException": row(
    403,
    "ExpiredTokenException",
    "The security token included in the request is expired",
    {
      code: "credential_rejected",
      scope: "credential",
    },
  ),
  "403 UnrecognizedClientException": row(
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
    {
      code: "credential_rejected",
      scope: "credential",
    },
  ),
  "400 IncompleteSignature": row(400, "IncompleteSignature", "x", { code: "credential_rejected", scope: "credential" }),
  "403 InvalidSignatureException quotes the request": row(
    403,
    "InvalidSignatureException",
    `The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:${CANARY.key}'`,
    {
      code: "credential_rejected",
      scope: "credential",
      details: { vendorMessage: "The request signature we calculated does not match." },
    },
  ),
  "403 a bad API key": {
    status: 403,
    body: { Message: "Authentication failed: Please make sure your API Key is valid." },
    code: "credential_rejected",
    scope: "credential",
    details: { vendorMessage: "Authentication failed: Please make sure your API Key is valid." },
  },
  "404 ResourceNotFoundException": row(404, "ResourceNotFoundException", "Could not resolve the foundation model.", {
    code: "model_not_found",
    scope: "model",
    retryable: false,
  }),
  "400 a model's id that is none": validation("The provided model identifier is invalid.", "model_not_found", "model"),
  "400 a model that wants an inference profile": validation(
    "Invocation of model ID anthropic.claude with on-demand throughput isn’t supported.",
    "model_not_found",
    "model",
  ),
  "400 input too long": validation("Input is too long for requested model.", "context_overflow", "model"),
  "400 prompt too long": validation(
    "The model returned the following errors: prompt is too long: 200049 tokens > 200000 maximum",
    "context_overflow",
    "model",
  ),
  "400 not supported": validation("This model doesn't support tool use.", "unsupported", "model"),
  "400 an unknown field": validation(
    "Malformed input request: #: extraneous key [x] is not permitted, please reformat your input and try again.",
    "unsupported",
    "model",
  ),
  "400 another ValidationException": validation(
    "The text field in the ContentBlock object is blank.",
    "invalid_request",
  ),
  "400 that quotes the prompt": validation(`Bad input: ${CANARY.prompt}`, "invalid_request"),
  "an unknown name goes by the status": row(502, "SomethingNewException", "x", {
    code: "server_error",
    scope: "provider",
  }),
  "413 without a name": {
    status: 413,
    body: { Message: "Request too large" },
    code: "context_overflow",
    scope: "model",
  },
  "the name in the body": {
    status: 429,
    body: { __type: "com.amazon.coral.service#ThrottlingException", message: "Rate exceeded" },
    code: "rate_limited",
    scope: "account",
    details: { vendorType: "ThrottlingException" },
  },
  "a proxy's page": {
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<html>Bad Gateway</html>",
    code: "server_error",
    scope: "provider",
  },
  "no body at all": { status: 503, body: "", code: "overloaded", scope: "model" },
  "X6: a retry-after that cannot be meant": row(429, "ThrottlingException", "x", {
    code: "rate_limited",
    scope: "account",
    headers: { "retry-after": "-1e400" },
  }),
};

failureTable(
  "Bedrock",
  {
    provider: (transport) =>
      bedrock({ apiKey: CANARY.key, region: "us-east-1", endpoint: "https://bedrock.test", transport }),
    model: MODEL,
  },
  rows,
);

describe("a failure inside a stream that had begun well", () => {
  const stream = (body: readonly Uint8Array[]) => {
    const { transport } = vendor({ body });
    const provider = bedrock({ apiKey: CANARY.key, region: "us-east-1", endpoint: "https://bedrock.test", transport });
    return read(provider, callOf({}, { mode: "stream" }));
  };
  const hi = encodeEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi." } });

  it.each([
    ["throttlingException", { message: "Too many requests" }, "rate_limited", "account", true],
    ["serviceUnavailableException", { message: "x" }, "overloaded", "model", true],
    ["internalServerException", { message: "x" }, "server_error", "provider", true],
    ["modelStreamErrorException", { message: "x", originalStatusCode: 500 }, "server_error", "provider", false],
    ["validationException", { message: "Input is too long for requested model." }, "context_overflow", "model", false],
    ["somethingNewException", {}, "server_error", "provider", true],
  ])("%s is classified as outside of one", async (name, body, code, scope, retryable) => {
    for (const before of [[], [hi]]) {
      const { error, finish, text } = await stream([...before, encodeException(name, body)]);
      if (!GatewayError.is(error)) throw error ?? new Error("a normal end");
      expect(error).toMatchObject({ code, scope, retryable });
      expect(finish).toBeUndefined();
      expect(text).toBe("");
    }
  });

  it("an unmodelled error names itself in headers", async () => {
    const headers = {
      ":message-type": "error",
      ":error-code": "InternalFailure",
      ":error-message": "The service is not well.",
    };
    const { error } = await stream([hi, encodeMessage(headers, "")]);
    expect(error).toMatchObject({ code: "server_error", details: { vendorMessage: "The service is not well." } });
  });

  it("after the answer is whole it hurts nobody only if it is the connection's", async () => {
    const stop = encodeEvent("messageStop", { stopReason: "end_turn" });
    const { error } = await stream([hi, stop, encodeException("throttlingException", { message: "x" })]);
    expect(GatewayError.is(error, "rate_limited")).toBe(true);
  });
});

describe("credentials", () => {
  const local = async (options: Parameters<typeof bedrock>[0]) => {
    const { transport, asked } = vendor({ body: whole([{ text: "Hi." }]) });
    const provider = bedrock({ region: "us-east-1", endpoint: "https://bedrock.test", transport, ...options });
    const call = { ...callOf(), credential: provider.credentials[0] ?? { id: "x", account: "x" } };
    return { ...(await read(provider, call)), asked, provider, call };
  };
  const keys = {
    accessKeyId: "AKIDC4NARYEXAMPLE0",
    secretAccessKey: "C4naryS3cret/0123456789abcdefgh",
    sessionToken: "C4naryT0ken//0123456789",
  };

  it("keys of an AWS identity sign the request (SigV4), and no key goes over the wire", async () => {
    const { error, asked } = await local({ credentials: keys });
    expect(error).toBeUndefined();
    const headers = Object.fromEntries(asked[0]?.headers ?? []);
    expect(headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDC4NARYEXAMPLE0\/\d{8}\/us-east-1\/bedrock\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/,
    );
    expect(headers["x-amz-security-token"]).toBe(keys.sessionToken);
    expect(JSON.stringify(headers)).not.toContain(keys.secretAccessKey);
    expect(headers["host"]).toBeUndefined();
  });

  it("a function is asked when first needed, and again before they expire", async () => {
    let count = 0;
    const credentials = () => {
      count += 1;
      return Promise.resolve({ ...keys, expiration: new Date(Date.now() + (count === 1 ? 1_000 : 3_600_000)) });
    };
    const { provider, call, error } = await local({ credentials });
    expect(error).toBeUndefined();
    const soFar = count;
    await read(provider, call);
    await read(provider, call);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(soFar + 1);
  });

  it("several, each with its account, region and kind", async () => {
    const { transport, asked } = vendor({ body: whole([{ text: "Hi." }]) });
    const provider = bedrock({
      region: "us-east-1",
      transport,
      credentials: [
        { id: "us", account: "prod-us", credentials: keys },
        { id: "eu", account: "prod-eu", region: "eu-central-1", apiKey: CANARY.key },
        { id: "none" },
      ],
    });
    expect(provider.credentials).toEqual([
      { id: "us", account: "prod-us" },
      { id: "eu", account: "prod-eu" },
      { id: "none", account: "none" },
    ]);
    const [us, eu, none] = provider.credentials;
    for (const credential of [us, eu])
      if (credential) expect((await read(provider, { ...callOf(), credential })).error).toBeUndefined();
    expect(asked.map(({ url }) => new URL(url).host)).toEqual([
      "bedrock-runtime.us-east-1.amazonaws.com",
      "bedrock-runtime.eu-central-1.amazonaws.com",
    ]);
    expect(asked.map(({ headers }) => headers.get("authorization")?.slice(0, 6))).toEqual(["AWS4-H", "Bearer"]);
    const { error } = none ? await read(provider, { ...callOf(), credential: none }) : { error: undefined };
    expect(error).toMatchObject({ code: "credential_rejected", details: { sent: false } });
    expect(asked).toHaveLength(2);
  });

  it("the environment's API key where nothing is given, and not where something is", async () => {
    const before = process.env["AWS_BEARER_TOKEN_BEDROCK"];
    process.env["AWS_BEARER_TOKEN_BEDROCK"] = "from-the-environment";
    try {
      expect((await local({})).asked[0]?.headers.get("authorization")).toBe("Bearer from-the-environment");
      expect((await local({ credentials: keys })).asked[0]?.headers.get("authorization")).toMatch(/^AWS4/);
    } finally {
      if (before === undefined) delete process.env["AWS_BEARER_TOKEN_BEDROCK"];
      else process.env["AWS_BEARER_TOKEN_BEDROCK"] = before;
    }
  });

  it("what cannot be had is credential_rejected and was never sent, and nothing of it is told", async () => {
    const credentials = () => Promise.reject(new Error(`STS said ${keys.secretAccessKey}`));
    const { error, asked, provider } = await local({ credentials });
    expect(error).toMatchObject({
      code: "credential_rejected",
      scope: "credential",
      details: { provider: "bedrock", sent: false },
    });
    expect(asked).toHaveLength(0);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("C4nary");
    await expect(provider.ready?.()).rejects.toMatchObject({ code: "credential_rejected" });
  });

  it("that expire while they are in use are asked for again, and what goes wrong then is told the same way", async () => {
    let isGone = false;
    const credentials = () =>
      isGone
        ? Promise.reject(new Error("gone"))
        : Promise.resolve({ ...keys, expiration: new Date(Date.now() + 1_000) });
    const { error, provider, call, asked } = await local({ credentials });
    expect(error).toBeUndefined();
    isGone = true;
    await new Promise((resolve) => setImmediate(resolve));
    const sent = asked.length;
    const later = await read(provider, call);
    if (later.error !== undefined)
      expect(later.error).toMatchObject({ code: "credential_rejected", details: { sent: false } });
    else expect(asked.length).toBe(sent + 1);
  });

  it("no region anywhere is told, with what to do", async () => {
    const kept = { ...process.env };
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AMAZON_REGION"]) delete process.env[name];
    process.env["AWS_CONFIG_FILE"] = "/nowhere/config";
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/nowhere/credentials";
    try {
      const { transport } = vendor({ body: whole([]) });
      const { error } = await read(bedrock({ credentials: keys, transport }), callOf());
      expect(error).toMatchObject({ code: "credential_rejected", message: expect.stringContaining("AWS_REGION") });
    } finally {
      process.env = kept;
    }
  });

  it("X1: what was sent is what can be echoed, and is cut out: keys' ids, tokens, signatures", async () => {
    const { transport } = vendor(({ headers }) => ({
      status: 400,
      body: { message: `echo ${[...headers].map(([name, value]) => `${name}: ${value}`).join("; ")}` },
    }));
    const provider = bedrock({
      region: "us-east-1",
      endpoint: "https://bedrock.test",
      transport,
      credentials: () => Promise.resolve(keys),
    });
    const { error } = await read(provider, callOf());
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    expect(shown).toContain("echo");
    expect(shown).not.toMatch(/C4NARY|C4nary|[0-9a-f]{64}/);
  });
});

describe("a clock that is off", () => {
  it("is set right by the vendor's own: the next request is signed with its time", async () => {
    const aheadMs = 3_600_000;
    const date = new Date(Date.now() + aheadMs).toUTCString();
    const { transport, asked } = vendor({
      status: 403,
      headers: named("InvalidSignatureException", { date }),
      body: { message: "Signature expired" },
    });
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const provider = bedrock({ region: "us-east-1", transport, credentials });
    for (const _ of [1, 2]) await read(provider, callOf());
    const times = asked.map(({ headers }) =>
      Date.parse((headers.get("x-amz-date") ?? "").replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5")),
    );
    expect(Math.round(((times[1] ?? 0) - (times[0] ?? 0)) / 60_000)).toBe(60);
  });
});

describe("headers of the caller's own", () => {
  it("are sent and signed", async () => {
    const { transport, asked } = vendor({ body: whole([{ text: "Hi." }]) });
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s" };
    const provider = bedrock({ region: "us-east-1", transport, credentials, headers: { "x-team": "web" } });
    await read(provider, callOf(hello));
    expect(asked[0]?.headers.get("x-team")).toBe("web");
    expect(asked[0]?.headers.get("authorization")).toContain("x-team");
  });

  it("a stream's media type may be missing", async () => {
    const stop = encodeEvent("messageStop", { stopReason: "end_turn" });
    for (const type of [STREAM, "application/octet-stream"]) {
      const { transport } = vendor({ body: [stop], headers: { "content-type": type } });
      const provider = bedrock({ apiKey: "k", region: "us-east-1", transport });
      expect((await read(provider, callOf({}, { mode: "stream" }))).finish?.finishReason).toBe("stop");
    }
  });
});
