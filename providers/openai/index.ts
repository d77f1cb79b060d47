import {
  type FailureOf,
  type GenerateCall,
  type KeyedCredential,
  leanTransport,
  type Provider,
  type Transport,
} from "../../src/kit/index.ts";
import { chatBody } from "./chat-request.ts";
import { type OpenAIClient, openaiClients } from "./client.ts";
import { requestError } from "./errors.ts";
import type { OpenAIApi, OpenAIRequestOptions } from "./options.ts";
import { responsesBody } from "./request.ts";
import { readAnswer } from "./response.ts";

export type { KeyedCredential, OpenAIApi, OpenAIClient, OpenAIRequestOptions };

export interface OpenAIOptions<Name extends string = "openai"> {
  /** Default: the environment's `OPENAI_API_KEY`, looked for when first needed. */
  readonly apiKey?: string;
  /** Several keys, which the gateway chooses from. Instead of `apiKey`. */
  readonly credentials?: readonly KeyedCredential[];
  /** Default: the environment's `OPENAI_BASE_URL`, else `https://api.openai.com/v1`. */
  readonly baseURL?: string;
  /** Default: the environment's `OPENAI_ORG_ID`. */
  readonly organization?: string;
  /** Default: the environment's `OPENAI_PROJECT_ID`. */
  readonly project?: string;
  /**
   * Which API to ask by; a model's `options.api` in the registry overrides it. The newer families take tools only in the
   * Responses API. @default "responses"
   */
  readonly api?: OpenAIApi;
  /** What carries requests. Default: `leanTransport()`; `fetchTransport()` for proxies and edge runtimes. */
  readonly transport?: Transport;
  /** A client of the `openai` package of your own, with its own key and transport. Its retries are switched off. */
  readonly client?: OpenAIClient;
  /** How the registry and `providerOptions` call this provider. @default "openai" */
  readonly name?: Name;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * OpenAI, by the Responses API or Chat Completions, through the `openai` package, which is imported at the first call (or
 * `ready()`).
 *
 * @example createGateway({ providers: [openai()] })
 */
export const openai = <const Name extends string = "openai">(
  options: OpenAIOptions<Name> = {},
): Provider<Name, OpenAIRequestOptions> => {
  const { name = "openai" as Name, transport = leanTransport(), api = "responses", ...rest } = options;
  const clients = openaiClients({ ...rest, name, transport });
  return {
    contract: 1,
    name,
    credentials: clients.credentials,
    async generate(call) {
      const spoken = apiOf(call, api);
      const body = spoken === "chat" ? chatBody(call, name) : responsesBody(call, name);
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets };
      return readAnswer(await post(client, spoken, body, of), of, spoken);
    },
    async ready() {
      await Promise.all(clients.credentials.map(({ id }) => clients.open(id)));
    },
    async close() {
      if (options.transport === undefined) await transport.close?.();
    },
  };
};

const PATHS: Readonly<Record<OpenAIApi, string>> = { responses: "/responses", chat: "/chat/completions" };
/** The gateway has its own clocks; this is the longest that a timer can be set. */
const NO_TIMEOUT_MS = 2_147_483_647;

const apiOf = ({ model }: GenerateCall, usual: OpenAIApi): OpenAIApi => {
  const own = model.options["api"];
  return own === "chat" || own === "responses" ? own : usual;
};

const post = async (client: OpenAIClient, api: OpenAIApi, body: object, of: FailureOf): Promise<Response> => {
  const { signal, connectMs, mode } = of.call;
  const streamed = mode === "stream" ? STREAMED[api] : {};
  const options = {
    body: { ...body, ...streamed },
    signal,
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    fetchOptions: { connectMs },
  };
  try {
    return await client.post(PATHS[api], options).asResponse();
  } catch (error) {
    throw requestError(of, error);
  }
};

const STREAMED: Readonly<Record<OpenAIApi, object>> = {
  responses: { stream: true },
  chat: { stream: true, stream_options: { include_usage: true } },
};
