import {
  apiKeyOf,
  type Clients,
  clientsOf,
  GatewayError,
  type KeyedCredential,
  keepSecret,
  type Opened,
  refusingFetch,
  type Secret,
  safeCause,
  secretOf,
  type Transport,
  withoutVariables,
} from "../../src/kit/index.ts";
import { type ChatClient, openaiSdk, QUIET, UNASKED } from "../openai-compatible/base.ts";

/** As much of the SDK's client as is used; `new OpenAI()` has it, and so have its clients for other clouds. */
export type OpenAIClient = ChatClient;

/** OpenAI's models at Azure. There the registry's `model` is the name of a deployment, whatever model is behind it. */
export interface AzureOptions {
  /** The resource, such as `https://example.openai.azure.com`. */
  readonly endpoint: string;
  /** A dated API version, for resources without the `v1` API. @default the `v1` API */
  readonly apiVersion?: string;
  /** A fresh Microsoft Entra token for each request, instead of a key. */
  readonly tokenProvider?: () => Promise<string>;
}

export interface ClientOptions {
  readonly name: string;
  readonly apiKey?: string;
  readonly organization?: string;
  readonly project?: string;
  readonly baseURL?: string;
  readonly azure?: AzureOptions;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: OpenAIClient;
  readonly credentials?: readonly KeyedCredential[];
  readonly transport: Transport;
}

/** The SDK and the keys are looked for when a credential is first needed. */
export const openaiClients = (options: ClientOptions): Clients<OpenAIClient> =>
  clientsOf(options.name, options.credentials, (credentialId) => open(options, credentialId));

const open = async (options: ClientOptions, credentialId: string): Promise<Opened<OpenAIClient>> => {
  const { name, client, credentials, apiKey: given, azure } = options;
  if (client !== undefined) return { client, secrets: [] };
  if (azure?.tokenProvider !== undefined) {
    const secrets: string[] = [];
    return openAzure(options, azure, freshTokens(azure.tokenProvider, name, secrets), secrets);
  }
  const variable = azure === undefined ? "OPENAI_API_KEY" : "AZURE_OPENAI_API_KEY";
  const source = { name, credentials, apiKey: given, variable, usage: "openai({ apiKey })" };
  const apiKey = apiKeyOf(source, credentialId).reveal();
  return azure === undefined ? openVendor(options, apiKey) : openAzure(options, azure, apiKey, [apiKey]);
};

const openVendor = async (options: ClientOptions, apiKey: string): Promise<Opened<OpenAIClient>> => {
  const { baseURL, headers, organization, project, transport } = options;
  const { OpenAI } = await openaiSdk();
  const asked = {
    ...QUIET,
    apiKey,
    fetch: refusingFetch(transport),
    ...(organization !== undefined && { organization }),
    ...(project !== undefined && { project }),
    ...(baseURL !== undefined && { baseURL }),
    ...(headers !== undefined && { defaultHeaders: headers }),
  };
  const client = withoutVariables(UNASKED, () => new OpenAI(asked));
  return { client, secrets: [apiKey] };
};

/** The `v1` API is OpenAI's own under another address; a dated one has the deployment in its path, which the SDK puts there. */
const openAzure = async (
  { transport, headers }: ClientOptions,
  { endpoint, apiVersion }: AzureOptions,
  secret: string | (() => Promise<string>),
  secrets: readonly string[],
): Promise<Opened<OpenAIClient>> => {
  const { OpenAI, AzureOpenAI } = await openaiSdk();
  const key = typeof secret === "string" ? secret : undefined;
  const shared = { ...QUIET, organization: null, project: null, fetch: refusingFetch(transport) };
  if (apiVersion === undefined) {
    const asked = {
      ...shared,
      apiKey: secret,
      baseURL: `${endpoint.replace(/\/+$/, "")}/openai/v1`,
      defaultHeaders: { ...(key !== undefined && { "api-key": key, authorization: null }), ...headers },
    };
    return { client: withoutVariables(UNASKED, () => new OpenAI(asked)), secrets };
  }
  const asked = {
    ...shared,
    endpoint,
    apiVersion,
    baseURL: null as never,
    ...(typeof secret === "string" ? { apiKey: secret } : { apiKey: "", azureADTokenProvider: secret }),
    ...(headers !== undefined && { defaultHeaders: headers }),
  };
  return { client: withoutVariables(UNASKED, () => new AzureOpenAI(asked)), secrets };
};

/** What the caller's function gives is kept out of errors; what it throws may hold anything, and nothing was sent. */
const freshTokens =
  (tokenProvider: () => Promise<string>, provider: string, secrets: string[]) => async (): Promise<string> => {
    const token = await gotten(tokenProvider, provider);
    keepSecret(secrets, token.reveal());
    return token.reveal();
  };

const gotten = async (tokenProvider: () => Promise<string>, provider: string): Promise<Secret> => {
  let cause: Error | undefined;
  try {
    const given: unknown = await tokenProvider();
    const token = typeof given === "string" ? secretOf(given) : undefined;
    if (token !== undefined) return token;
  } catch (error) {
    cause = safeCause(error);
  }
  throw new GatewayError("credential_rejected", `${provider}: azure.tokenProvider gave no token.`, {
    details: { provider, sent: false },
    status: 401,
    scope: "credential",
    ...(cause !== undefined && { cause }),
  });
};
