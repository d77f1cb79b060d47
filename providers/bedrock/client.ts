import {
  type Clients,
  clientsOf,
  fromEnvironment,
  keepSecret,
  type Opened,
  peer,
  type Secret,
  safeCause,
  secretOf,
  type Transport,
} from "../../src/kit/index.ts";
import { noCredentials } from "./errors.ts";
import { requestHandler } from "./request-handler.ts";

/** As much of the SDK's client as is used; `new BedrockRuntimeClient()` has it. */
export interface BedrockClient {
  send(command: never, options?: object): Promise<unknown>;
}

/** Keys of an AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string;
  /** When they are asked for anew. */
  readonly expiration?: Date;
}

/** Keys, or a function that gets them, such as those of `@aws-sdk/credential-providers`; asked again before they expire. */
export type AwsCredentialSource = AwsCredentials | (() => Promise<AwsCredentials>);

/** One of several credentials of a provider: keys of an AWS identity, or a Bedrock API key. */
export interface BedrockCredential {
  readonly id: string;
  /** What AWS limits, an account in a region: credentials of one account share its cooldowns. Default: the id. */
  readonly account?: string;
  /** Default: the provider's. */
  readonly region?: string;
  readonly credentials?: AwsCredentialSource;
  /** A Bedrock API key, instead. */
  readonly apiKey?: string;
}

export interface ClientOptions {
  readonly name: string;
  readonly region?: string;
  readonly apiKey?: string;
  readonly credentials?: AwsCredentialSource | readonly BedrockCredential[];
  readonly endpoint?: string;
  readonly client?: BedrockClient;
  readonly transport: Transport;
}

export const bedrockSdk: () => Promise<typeof import("@aws-sdk/client-bedrock-runtime")> = peer(
  "@aws-sdk/client-bedrock-runtime@^3",
  () => import("@aws-sdk/client-bedrock-runtime"),
);

/** The SDK, the region and the credentials are looked for when a credential is first needed. */
export const bedrockClients = (options: ClientOptions): Clients<BedrockClient> => {
  const { name, credentials } = options;
  const several = isSeveral(credentials) ? credentials : undefined;
  return clientsOf(name, several, (credentialId) => open(options, credentialId));
};

const isSeveral = (credentials: ClientOptions["credentials"]): credentials is readonly BedrockCredential[] =>
  Array.isArray(credentials);

const open = async (options: ClientOptions, credentialId: string): Promise<Opened<BedrockClient>> => {
  if (options.client !== undefined) return { client: options.client, secrets: [] };
  const { name, endpoint, transport } = options;
  const identity = identityOf(options, credentialId);
  const { region = options.region, apiKey, source } = identity;
  const { BedrockRuntimeClient } = await bedrockSdk();
  const secrets = secretsOf(apiKey, source);
  const client = new BedrockRuntimeClient({
    maxAttempts: 1,
    requestHandler: requestHandler(transport) as never,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(apiKey === undefined
      ? { authSchemePreference: ["sigv4"], ...(source !== undefined && { credentials: asked(source, secrets) }) }
      : { authSchemePreference: ["httpBearerAuth"], token: { token: apiKey.reveal() } }),
  });
  await client.config.region().catch((error: unknown) => {
    throw noCredentials(name, "no region: set AWS_REGION, or pass bedrock({ region })", error);
  });
  if (apiKey === undefined) {
    await client.config.credentials().catch((error: unknown) => {
      throw noCredentials(name, `no AWS credentials${source === undefined ? " were found" : ""}: ${HINT}`, error);
    });
  }
  return { client, secrets };
};

const HINT = "pass bedrock({ credentials }) or ({ apiKey }), or set up what AWS' own tools would find";

interface Identity {
  readonly region?: string;
  readonly apiKey: Secret | undefined;
  /** Undefined beside no key: what the AWS SDK finds by itself. */
  readonly source: AwsCredentialSource | undefined;
}

const identityOf = ({ name, apiKey, credentials }: ClientOptions, credentialId: string): Identity => {
  if (isSeveral(credentials)) {
    const own = credentials.find(({ id }) => id === credentialId);
    const key = secretOf(own?.apiKey);
    if (own === undefined || (key === undefined && own.credentials === undefined)) {
      throw noCredentials(name, `there is nothing for the credential "${credentialId}": give it keys in credentials`);
    }
    return { ...(own.region !== undefined && { region: own.region }), apiKey: key, source: own.credentials };
  }
  const key = secretOf(apiKey) ?? (credentials === undefined ? fromEnvironment("AWS_BEARER_TOKEN_BEDROCK") : undefined);
  return { apiKey: key, source: credentials };
};

/** What a function of the caller's gives is kept out of errors; what it throws may hold anything. */
const asked = (source: AwsCredentialSource, secrets: string[]): AwsCredentialSource => {
  if (typeof source !== "function") return source;
  return async () => {
    try {
      const credentials = await source();
      for (const secret of secretsIn(credentials)) keepSecret(secrets, secret);
      return credentials;
    } catch (error) {
      throw Object.assign(safeCause(error), { name: "CredentialsProviderError" });
    }
  };
};

const secretsOf = (apiKey: Secret | undefined, source: AwsCredentialSource | undefined): string[] => {
  if (apiKey !== undefined) return [apiKey.reveal()];
  return source === undefined || typeof source === "function" ? [] : secretsIn(source);
};

const secretsIn = ({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): string[] => [
  accessKeyId,
  secretAccessKey,
  ...(sessionToken === undefined ? [] : [sessionToken]),
];
