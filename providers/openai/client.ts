import {
  apiKeyOf,
  type Clients,
  clientsOf,
  type KeyedCredential,
  type Opened,
  peer,
  type Transport,
} from "../../src/kit/index.ts";

/** As much of the SDK's client as is used; `new OpenAI()` has it, and so have its clients for other clouds. */
export interface OpenAIClient {
  post(path: string, options: object): { asResponse(): Promise<Response> };
}

export interface ClientOptions {
  readonly name: string;
  readonly apiKey?: string;
  readonly organization?: string;
  readonly project?: string;
  readonly baseURL?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: OpenAIClient;
  readonly credentials?: readonly KeyedCredential[];
  readonly transport: Transport;
}

const sdk = peer("openai@^7", () => import("openai"));

/** The SDK and the keys are looked for when a credential is first needed. */
export const openaiClients = (options: ClientOptions): Clients<OpenAIClient> =>
  clientsOf(options.name, options.credentials, (credentialId) => open(options, credentialId));

const open = async (options: ClientOptions, credentialId: string): Promise<Opened<OpenAIClient>> => {
  const { name, client, credentials, apiKey: given, baseURL, headers, organization, project, transport } = options;
  if (client !== undefined) return { client, secrets: [] };
  const source = { name, credentials, apiKey: given, variable: "OPENAI_API_KEY", usage: "openai({ apiKey })" };
  const apiKey = apiKeyOf(source, credentialId).reveal();
  const { OpenAI } = await sdk();
  const opened = new OpenAI({
    apiKey,
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    fetch: transport.fetch,
    ...(organization !== undefined && { organization }),
    ...(project !== undefined && { project }),
    ...(baseURL !== undefined && { baseURL }),
    ...(headers !== undefined && { defaultHeaders: headers }),
  });
  return { client: opened, secrets: [apiKey] };
};
