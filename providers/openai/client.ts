import { type Credential, fromEnvironment, GatewayError, peer, Secret, type Transport } from "../../src/kit/index.ts";

/** As much of the SDK's client as is used; `new OpenAI()` has it, and so have its clients for other clouds. */
export interface OpenAIClient {
  post(path: string, options: object): { asResponse(): Promise<Response> };
}

/** One of several keys. */
export interface OpenAICredential {
  readonly id: string;
  /** What the vendor limits: credentials of one account share its cooldowns. Default: the id. */
  readonly account?: string;
  readonly apiKey: string;
}

export interface ClientOptions {
  readonly name: string;
  readonly apiKey?: string;
  readonly organization?: string;
  readonly project?: string;
  readonly baseURL?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: OpenAIClient;
  readonly credentials?: readonly OpenAICredential[];
  readonly transport: Transport;
}

/** A client, and what must appear in no error. */
export interface Opened {
  readonly client: OpenAIClient;
  readonly secrets: readonly string[];
}

/** Who may open the vendor, and with what. */
export interface Clients {
  /** As the gateway knows them: without their keys. */
  readonly credentials: readonly Credential[];
  open(credentialId: string): Promise<Opened>;
}

const KEY_VARIABLE = "OPENAI_API_KEY";
const sdk = peer("openai@^7", () => import("openai"));

/** The SDK and the keys are looked for when a credential is first needed, and kept. */
export const clientsOf = (options: ClientOptions): Clients => {
  const opened = new Map<string, Promise<Opened>>();
  const { name, credentials } = options;
  return {
    credentials: credentials?.map(({ id, account = id }) => ({ id, account })) ?? [{ id: name, account: name }],
    open(credentialId) {
      const known = opened.get(credentialId);
      if (known !== undefined) return known;
      const opening = open(options, credentialId);
      opened.set(credentialId, opening);
      opening.catch(() => opened.delete(credentialId));
      return opening;
    },
  };
};

const open = async (options: ClientOptions, credentialId: string): Promise<Opened> => {
  if (options.client !== undefined) return { client: options.client, secrets: [] };
  const apiKey = secretOf(options, credentialId);
  const { OpenAI } = await sdk();
  const client = new OpenAI({
    apiKey: apiKey.reveal(),
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    fetch: options.transport.fetch,
    ...(options.organization !== undefined && { organization: options.organization }),
    ...(options.project !== undefined && { project: options.project }),
    ...(options.baseURL !== undefined && { baseURL: options.baseURL }),
    ...(options.headers !== undefined && { defaultHeaders: options.headers }),
  });
  return { client, secrets: [apiKey.reveal()] };
};

const secretOf = ({ name, apiKey, credentials }: ClientOptions, credentialId: string): Secret => {
  if (credentials !== undefined) {
    const own = credentials.find(({ id }) => id === credentialId);
    if (own !== undefined && own.apiKey !== "") return new Secret(own.apiKey);
    throw rejected(name, `there is no key for the credential "${credentialId}": give one in credentials.`);
  }
  const key = apiKey === undefined || apiKey === "" ? fromEnvironment(KEY_VARIABLE) : new Secret(apiKey);
  if (key !== undefined) return key;
  throw rejected(name, `no API key: set ${KEY_VARIABLE}, or pass openai({ apiKey }).`);
};

const rejected = (provider: string, why: string): GatewayError<"credential_rejected"> =>
  new GatewayError("credential_rejected", `${provider}: ${why}`, {
    details: { provider, sent: false },
    status: 401,
    scope: "credential",
  });
