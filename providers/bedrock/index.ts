import {
  boundAccount,
  count,
  type FailureOf,
  type Feature,
  type GenerateCall,
  isObject,
  leanTransport,
  malformed,
  type Provider,
  readJson,
  type Transport,
} from "../../src/kit/index.ts";
import {
  type AwsCredentialSource,
  type AwsCredentials,
  type BedrockClient,
  type BedrockCredential,
  bedrockClients,
  bedrockSdk,
} from "./client.ts";
import { embed } from "./embed.ts";
import { fileTokens } from "./file-tokens.ts";
import { type BedrockRequestOptions, modelOptions } from "./options.ts";
import { buildRequest } from "./request.ts";
import { readAnswer } from "./response.ts";
import { send } from "./send.ts";

export type { AwsCredentialSource, AwsCredentials, BedrockClient, BedrockCredential, BedrockRequestOptions };

export interface BedrockOptions<Name extends string = "bedrock"> {
  /** Default: the AWS configuration's (`AWS_REGION`, else the profile's). */
  readonly region?: string;
  /** A Bedrock API key. Default: the environment's `AWS_BEARER_TOKEN_BEDROCK`, where no `credentials` are given. */
  readonly apiKey?: string;
  /**
   * Keys of an AWS identity, a function that gets them, or several credentials, which the gateway chooses from. Default, where
   * no API key is found either: what every AWS client finds by itself, in AWS' order (environment, shared profile and SSO,
   * web identity, container, instance). Where anything is given here, nothing is looked for.
   */
  readonly credentials?: AwsCredentialSource | readonly BedrockCredential[];
  /** Default: Bedrock's of the region, or the AWS configuration's (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`). */
  readonly endpoint?: string;
  /** What carries requests. Default: `leanTransport()`, over HTTP/1.1; `fetchTransport()` for proxies. */
  readonly transport?: Transport;
  /**
   * A `BedrockRuntimeClient` of your own, with its own region, credentials and handler (HTTP/2, unless you say otherwise). Its
   * retries are passed by.
   */
  readonly client?: BedrockClient;
  /** How the registry and `providerOptions` call this provider. @default "bedrock" */
  readonly name?: Name;
  /** Sent with each request, and signed. */
  readonly headers?: Readonly<Record<string, string>>;
}

const FEATURES: readonly Feature[] = [
  "image",
  "pdf",
  "audio",
  "video",
  "tools",
  "tool_choice",
  "parallel_switch",
  "result_files",
  "result_errors",
  "strict_tools",
  "provider_tools",
  "output_schema",
  "reasoning_effort",
  "reasoning_budget",
  "reasoning_state",
  "sources",
  "prompt_cache",
  "prefill",
  "temperature",
  "top_p",
  "top_k",
  "stop",
];

/**
 * Amazon Bedrock's Converse API, through `@aws-sdk/client-bedrock-runtime`, which is imported at the first call (or
 * `ready()`), and builds and signs requests. What Converse leaves to each model's vendor goes by the registry entry's
 * `options`: `family`, `thinking`, `effort`, `promptCache`, `toolChoice`, `systemMessages`, `prefill`, `embedding`, `countModel`.
 *
 * @example createGateway({ providers: [bedrock({ region: "eu-central-1" })] })
 */
export const bedrock = <const Name extends string = "bedrock">(
  options: BedrockOptions<Name> = {},
): Provider<NoInfer<Name>, BedrockRequestOptions> => {
  const { name = "bedrock" as Name, transport = leanTransport(), headers = {}, ...rest } = options;
  const clients = bedrockClients({ ...rest, name, transport });
  return {
    contract: 1,
    name,
    credentials: clients.credentials,
    features: FEATURES,
    async generate(call) {
      const request = buildRequest(call, name);
      const { client, secrets } = await clients.open(call.credential.id);
      const { ConverseCommand, ConverseStreamCommand } = await bedrockSdk();
      const command = call.mode === "stream" ? new ConverseStreamCommand(request) : new ConverseCommand(request);
      const of = { call, provider: name, secrets };
      return readAnswer(await send(client, command, of, headers), of);
    },
    async embed(call) {
      const { client, secrets } = await clients.open(call.credential.id);
      return embed(client, { call, provider: name, secrets }, headers);
    },
    async countTokens(call) {
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets };
      return readCount(await send(client, await countCommand(call, name), of, headers), of);
    },
    affinity: (request) => boundAccount(request, name),
    fileTokens,
    async ready() {
      await Promise.all(clients.credentials.map(({ id }) => clients.open(id)));
    },
    async close() {
      if (options.transport === undefined) await transport.close?.();
    },
  };
};

/** `CountTokens` takes of a request what counts as input. */
const countCommand = async (call: GenerateCall, name: string) => {
  const { CountTokensCommand } = await bedrockSdk();
  const { messages, system, toolConfig, additionalModelRequestFields } = buildRequest(call, name);
  const converse = {
    messages,
    ...(system !== undefined && { system }),
    ...(toolConfig !== undefined && { toolConfig }),
    ...(additionalModelRequestFields !== undefined && { additionalModelRequestFields }),
  };
  return new CountTokensCommand({ modelId: modelOptions(call.model).countModel, input: { converse } });
};

const readCount = async (response: Response, of: FailureOf): Promise<number> => {
  const body = await readJson(response, { provider: of.provider, signal: of.call.signal });
  const tokens = isObject(body) ? count(body["inputTokens"]) : undefined;
  if (tokens === undefined) throw malformed(of, "the answer has no count of tokens");
  return tokens;
};
