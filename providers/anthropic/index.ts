import {
  boundAccount,
  type FailureOf,
  type KeyedCredential,
  leanTransport,
  type Provider,
  type Transport,
} from "../../src/kit/index.ts";
import { type AnthropicClient, anthropicClients } from "./client.ts";
import { requestError } from "./errors.ts";
import { FEATURES } from "./features.ts";
import { fileTokens } from "./file-tokens.ts";
import { listModels } from "./models.ts";
import type { AnthropicRequestOptions } from "./options.ts";
import { buildRequest, countedParams } from "./request.ts";
import { readAnswer, readCount } from "./response.ts";

export type { AnthropicClient, AnthropicRequestOptions, KeyedCredential };

export interface AnthropicOptions<Name extends string = "anthropic"> {
  /** Default: the environment's `ANTHROPIC_API_KEY`, looked for when first needed. */
  readonly apiKey?: string;
  /** A bearer token instead of a key. */
  readonly authToken?: string;
  /** Several keys, which the gateway chooses from. Instead of `apiKey`. */
  readonly credentials?: readonly KeyedCredential[];
  /** Default: the environment's `ANTHROPIC_BASE_URL`, else `https://api.anthropic.com`. */
  readonly baseURL?: string;
  /** What carries requests. Default: `leanTransport()`; `fetchTransport()` for proxies and edge runtimes. */
  readonly transport?: Transport;
  /** A client of `@anthropic-ai/sdk` of your own, with its own credential, transport and telemetry. Its retries are switched off. */
  readonly client?: AnthropicClient;
  /** How the registry and `providerOptions` call this provider. @default "anthropic" */
  readonly name?: Name;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The `anthropic-version` header; a model's `options.version` overrides it. Default: the SDK's own. Sampling parameters
   * are only sent in versions before 2026-10-21.
   */
  readonly version?: string;
}

/**
 * Anthropic's Messages API, through `@anthropic-ai/sdk`, which is imported at the first call (or `ready()`).
 *
 * @example createGateway({ providers: [anthropic()] })
 */
export const anthropic = <const Name extends string = "anthropic">(
  options: AnthropicOptions<Name> = {},
): Provider<NoInfer<Name>, AnthropicRequestOptions> => {
  const { name = "anthropic" as Name, transport = leanTransport(), version, ...rest } = options;
  const clients = anthropicClients({ ...rest, name, transport });
  const translator = { name, version, betas: betasOf(options.headers) };
  return {
    contract: 1,
    name,
    credentials: clients.credentials,
    features: FEATURES,
    async generate(call) {
      const request = buildRequest(call, translator);
      const streamed = call.mode === "stream" || (call.request.maxOutputTokens ?? 0) > LONG_ANSWER_TOKENS;
      const body = streamed ? { ...request.body, stream: true } : request.body;
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets };
      return readAnswer(await post(client, "/v1/messages", { ...request, body }, of), of, streamed);
    },
    async countTokens(call) {
      const { body, headers } = buildRequest(call, translator);
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets };
      const request = { headers, body: countedParams(body) };
      return readCount(await post(client, "/v1/messages/count_tokens", request, of), of);
    },
    affinity: (request) => boundAccount(request, name),
    fileTokens,
    async models(signal) {
      const { client, secrets } = await clients.open(clients.credentials[0]?.id ?? name);
      return listModels(client, { provider: name, secrets }, signal);
    },
    async ready() {
      await Promise.all(clients.credentials.map(({ id }) => clients.open(id)));
    },
    async close() {
      if (options.transport === undefined) await transport.close?.();
    },
  };
};

/** Betas that were set for all requests: a request's own are added, and do not replace them. */
const betasOf = (headers: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    name.toLowerCase() === "anthropic-beta" ? value.split(",").map((beta) => beta.trim()) : [],
  );

/** A caller who wants more than this waits longer than an idle connection lasts (the SDK refuses it): it is streamed. */
const LONG_ANSWER_TOKENS = 21_333;
/** The gateway has its own clocks; this is the longest that a timer can be set. */
const NO_TIMEOUT_MS = 2_147_483_647;

/** By the SDK's `post`, since `messages.create` adds a clock of its own and prints warnings of old models. */
const post = async (
  client: AnthropicClient,
  path: string,
  { body, headers }: { readonly body: object; readonly headers: object },
  of: FailureOf,
): Promise<Response> => {
  const { signal, connectMs } = of.call;
  const options = { body, headers, signal, maxRetries: 0, timeout: NO_TIMEOUT_MS, fetchOptions: { connectMs } };
  try {
    return await client.post(path, options).asResponse();
  } catch (error) {
    throw requestError(of, error);
  }
};
