import {
  apiKeyOf,
  type Clients,
  clientsOf,
  type KeyedCredential,
  peer,
  refusingFetch,
  type Transport,
  withoutVariables,
} from "../../src/kit/index.ts";

/** As much of the SDK's client as is used; `new OpenAI()` has it, and so have its clients for other clouds. */
export interface ChatClient {
  post(path: string, options: object): { asResponse(): Promise<Response> };
  get(path: string, options: object): { asResponse(): Promise<Response> };
}

export interface HostOptions {
  readonly name: string;
  readonly baseURL: string;
  readonly apiKey?: string;
  /** Environment variable of the key; without one, a server takes any key. */
  readonly variable?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: ChatClient;
  readonly credentials?: readonly KeyedCredential[];
  readonly transport: Transport;
}

export const openaiSdk: () => Promise<typeof import("openai")> = peer("openai@^7", () => import("openai"));

/** Nothing comes from the environment that was not asked for, nothing is printed or tried again. */
export const QUIET = { adminAPIKey: null, webhookSecret: null, logLevel: "off", maxRetries: 0 } as const;

/** What the SDK would take from the environment, and cannot be told not to. */
export const UNASKED: readonly string[] = ["OPENAI_CUSTOM_HEADERS"];

/** The SDK and the keys are looked for when a credential is first needed. */
export const hostClients = (options: HostOptions): Clients<ChatClient> => {
  const { name, client, credentials, baseURL, headers, transport, variable } = options;
  return clientsOf(name, credentials, async (credentialId) => {
    if (client !== undefined) return { client, secrets: [] };
    const isOpen = variable === undefined && options.apiKey === undefined && credentials === undefined;
    const usage = `openaiCompatible({ apiKey })`;
    const apiKey = isOpen
      ? "none"
      : apiKeyOf({ name, credentials, apiKey: options.apiKey, variable: variable ?? "", usage }, credentialId).reveal();
    const { OpenAI } = await openaiSdk();
    const asked = {
      ...QUIET,
      apiKey,
      organization: null,
      project: null,
      baseURL,
      fetch: refusingFetch(transport),
      ...(headers !== undefined && { defaultHeaders: headers }),
    };
    const opened = withoutVariables(UNASKED, () => new OpenAI(asked));
    return { client: opened, secrets: isOpen ? [] : [apiKey] };
  });
};
