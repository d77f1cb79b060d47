import {
  boundAccount,
  type GenerateCall,
  type KeyedCredential,
  leanTransport,
  type Provider,
  type Transport,
} from "../../src/kit/index.ts";
import {
  chatBody,
  chatFeatures,
  embed,
  listModels,
  OPENAI_QUIRKS,
  openaiFileTokens,
  post,
  readChatAnswer,
} from "../openai-compatible/base.ts";
import { type AzureOptions, type OpenAIClient, openaiClients } from "./client.ts";
import { RESPONSES_FEATURES } from "./features.ts";
import type { OpenAIApi, OpenAIRequestOptions } from "./options.ts";
import { responsesBody } from "./request.ts";
import { readAnswer } from "./response.ts";

export type { AzureOptions, KeyedCredential, OpenAIApi, OpenAIClient, OpenAIRequestOptions };

export interface OpenAIOptions<Name extends string = "openai"> {
  /** Default: the environment's `OPENAI_API_KEY` (`AZURE_OPENAI_API_KEY` with `azure`), looked for when first needed. */
  readonly apiKey?: string;
  /** Several keys, which the gateway chooses from. Instead of `apiKey`. */
  readonly credentials?: readonly KeyedCredential[];
  /** Default: the environment's `OPENAI_BASE_URL`, else `https://api.openai.com/v1`. */
  readonly baseURL?: string;
  /** Default: the environment's `OPENAI_ORG_ID`. */
  readonly organization?: string;
  /** Default: the environment's `OPENAI_PROJECT_ID`. */
  readonly project?: string;
  /** OpenAI's models at Azure, by deployment. Instead of `baseURL`, `organization` and `project`. */
  readonly azure?: AzureOptions;
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
): Provider<NoInfer<Name>, OpenAIRequestOptions> => {
  const { name = "openai" as Name, transport = leanTransport(), api = "responses", ...rest } = options;
  const clients = openaiClients({ ...rest, name, transport });
  return {
    contract: 1,
    name,
    credentials: clients.credentials,
    features: api === "chat" ? chatFeatures(OPENAI_QUIRKS) : RESPONSES_FEATURES,
    async generate(call) {
      const isChat = apiOf(call, api) === "chat";
      const body = isChat ? chatBody(call, { provider: name, quirks: OPENAI_QUIRKS }) : responsesBody(call, name);
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets };
      const streamed = call.mode === "stream" ? (isChat ? STREAMED_CHAT : STREAMED) : {};
      const answer = await post(client, isChat ? "/chat/completions" : "/responses", { ...body, ...streamed }, of);
      return isChat ? readChatAnswer(answer, of, OPENAI_QUIRKS) : readAnswer(answer, of);
    },
    async embed(call) {
      const { client, secrets } = await clients.open(call.credential.id);
      return embed(client, { call, provider: name, secrets });
    },
    affinity: (request) => boundAccount(request, name),
    fileTokens: openaiFileTokens,
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

const STREAMED = { stream: true };
const STREAMED_CHAT = { stream: true, stream_options: { include_usage: true } };

const apiOf = ({ model }: GenerateCall, usual: OpenAIApi): OpenAIApi => {
  const own = model.options["api"];
  return own === "chat" || own === "responses" ? own : usual;
};
