import {
  apiKeyOf,
  type Clients,
  clientsOf,
  type KeyedCredential,
  type Opened,
  peer,
  refusingFetch,
  type Secret,
  secretOf,
  type Transport,
  withoutVariables,
} from "../../src/kit/index.ts";

/** As much of the SDK's client as is used; `new Anthropic()` has it, and so have its clients for other clouds. */
export interface AnthropicClient {
  post(path: string, options: object): { asResponse(): Promise<Response> };
  get(path: string, options: object): { asResponse(): Promise<Response> };
}

export interface ClientOptions {
  readonly name: string;
  readonly apiKey?: string;
  readonly authToken?: string;
  readonly baseURL?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: AnthropicClient;
  readonly credentials?: readonly KeyedCredential[];
  readonly transport: Transport;
}

const sdk = peer("@anthropic-ai/sdk@^1", () => import("@anthropic-ai/sdk"));

/** The SDK and the keys are looked for when a credential is first needed. */
export const anthropicClients = (options: ClientOptions): Clients<AnthropicClient> =>
  clientsOf(options.name, options.credentials, (credentialId) => open(options, credentialId));

/** What the SDK would take from the environment, and cannot be told not to. */
const UNASKED: readonly string[] = ["ANTHROPIC_CUSTOM_HEADERS"];

const open = async (options: ClientOptions, credentialId: string): Promise<Opened<AnthropicClient>> => {
  if (options.client !== undefined) return { client: options.client, secrets: [] };
  const { apiKey, authToken } = secretsOf(options, credentialId);
  const { Anthropic } = await sdk();
  const asked = {
    apiKey: apiKey?.reveal() ?? null,
    authToken: authToken?.reveal() ?? null,
    // Nothing is taken from profiles on the disk, and nobody is told anything but by the gateway.
    credentials: null,
    config: null,
    profile: null,
    webhookKey: null,
    openTelemetry: false as const,
    logLevel: "off" as const,
    maxRetries: 0,
    fetch: refusingFetch(options.transport),
    ...(options.baseURL !== undefined && { baseURL: options.baseURL }),
    ...(options.headers !== undefined && { defaultHeaders: options.headers }),
  };
  const client = withoutVariables(UNASKED, () => new Anthropic(asked));
  return { client, secrets: [apiKey, authToken].flatMap((secret) => (secret === undefined ? [] : [secret.reveal()])) };
};

interface Secrets {
  readonly apiKey?: Secret;
  readonly authToken?: Secret;
}

const secretsOf = ({ name, apiKey, authToken, credentials }: ClientOptions, credentialId: string): Secrets => {
  const token = credentials === undefined ? secretOf(authToken) : undefined;
  if (token !== undefined) return { authToken: token };
  const source = { name, credentials, apiKey, variable: "ANTHROPIC_API_KEY", usage: "anthropic({ apiKey })" };
  return { apiKey: apiKeyOf(source, credentialId) };
};
