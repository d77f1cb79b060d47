/** X1: what opens a vendor is found in no error and no fact, in whatever place the vendor, or who gives it, repeats it. */
import { inspect } from "node:util";
import { bedrock } from "headgate/bedrock";
import { google } from "headgate/google";
import { GatewayError, type Provider, type Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { describe, expect, it } from "vitest";
import { answering, kindOf, modelOf, NAMES } from "./every-provider.ts";
import { ask } from "./replay.ts";

/** One word without any look of a key: only who knows it can keep it out. */
const SECRET = "opaque.C4nary.word-of-the-day";
const HEADERS = [
  "x-request-id",
  "request-id",
  "apim-request-id",
  "x-amzn-requestid",
  "x-amzn-errortype",
  "x-goog-request-id",
];

/** A vendor that says nothing but the secret, wherever there is room. */
const parrot = (status: number) => {
  const told = { message: `bad ${SECRET}`, code: SECRET, type: SECRET, status: SECRET };
  const headers = { "content-type": "application/json", ...Object.fromEntries(HEADERS.map((name) => [name, SECRET])) };
  return answering(JSON.stringify({ ...told, error: told, request_id: SECRET, __type: SECRET }), { status, headers });
};

const shown = (value: unknown): string =>
  [inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value), String(value)].join("\n");

const failing = async (provider: Provider, name = "openai, Responses") => {
  const { error, facts } = await ask(provider, { mode: "complete", model: modelOf(name) });
  expect(GatewayError.is(error), inspect(error)).toBe(true);
  expect(shown([error, facts, (error as Error).cause, (error as Error).stack])).not.toContain("C4nary");
  return error as GatewayError;
};

describe.each(NAMES)("%s", (name) => {
  it.each([401, 429, 500, 200])("a key that comes back with %s, in ids, codes and words", async (status) => {
    await failing(kindOf(name).provide({ apiKey: SECRET, transport: parrot(status).transport }), name);
  });

  it("a key from a file, with the file's line feed, is sent and kept out without it", async () => {
    await failing(kindOf(name).provide({ apiKey: ` ${SECRET}\n`, transport: parrot(401).transport }), name);
  });
});

describe.each(NAMES.filter((name) => name !== "bedrock"))("%s", (name) => {
  it("a key that fits in no header is a credential that is no good, and nothing is sent", async () => {
    for (const apiKey of [`${SECRET}\u0000`, `ключ ${SECRET}`, `${SECRET}\nx`]) {
      const { transport, asked } = parrot(401);
      const error = await failing(kindOf(name).provide({ apiKey, transport }), name);
      expect(error.code).toBe("credential_rejected");
      expect(error.details).toMatchObject({ sent: false });
      expect(asked).toEqual([]);
    }
  });
});

describe("tokens that are fetched", () => {
  const endpoint = "https://example.openai.azure.com";
  const azures = (tokenProvider: () => Promise<string>, transport: Transport) =>
    [{ endpoint }, { endpoint, apiVersion: "2025-04-01-preview" }].map((azure) =>
      openai({ azure: { ...azure, tokenProvider }, transport }),
    );

  it("Azure: one that comes back", async () => {
    for (const provider of azures(async () => SECRET, parrot(401).transport)) await failing(provider);
  });

  it("Azure: of many, all that may be in use", async () => {
    let count = 0;
    const fresh = async (): Promise<string> => {
      count += 1;
      return count === 1 ? SECRET : `another-${count}`;
    };
    for (const provider of azures(fresh, parrot(401).transport)) {
      count = 0;
      for (let call = 0; call < 5; call += 1) await failing(provider);
    }
  });

  it.each([
    ["throws", (): Promise<string> => Promise.reject(new Error(SECRET))],
    [
      "throws at once",
      (): Promise<string> => {
        throw new Error(SECRET);
      },
    ],
    ["gives nothing", async (): Promise<string> => " "],
    ["gives no text", async (): Promise<string> => undefined as unknown as string],
  ] as const)("Azure: a function that %s is a credential that is no good, and nothing is sent", async (_how, give) => {
    const { transport, asked } = parrot(401);
    for (const provider of azures(give, transport)) {
      const error = await failing(provider);
      expect(error).toMatchObject({ code: "credential_rejected", scope: "credential", details: { sent: false } });
    }
    expect(asked).toEqual([]);
  });

  it("Vertex: a private key that cannot be read, or a file of it that is not there", async () => {
    const unreadable = { credentials: { client_email: "a@example.com", private_key: SECRET } };
    for (const googleAuthOptions of [unreadable, { keyFile: `/nowhere/${SECRET}.json` }]) {
      const { transport, asked } = parrot(401);
      const error: GatewayError = await failing(
        google({ vertex: { project: "p", googleAuthOptions }, transport }),
        "google",
      );
      expect(error).toMatchObject({ code: "credential_rejected", scope: "credential", details: { sent: false } });
      expect(asked).toEqual([]);
    }
  });

  it("AWS: what a function of the caller's gave, or threw", async () => {
    const given = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x", sessionToken: "y" };
    for (const place of ["secretAccessKey", "sessionToken"] as const) {
      const credentials = async (): Promise<typeof given> => ({ ...given, [place]: SECRET });
      await failing(bedrock({ region: "us-east-1", credentials, transport: parrot(403).transport }), "bedrock");
    }
    const credentials = (): Promise<never> => Promise.reject(new Error(SECRET));
    await failing(bedrock({ region: "us-east-1", credentials, transport: parrot(403).transport }), "bedrock");
  });
});
