import {
  apiKeyOf,
  type Clients,
  clientsOf,
  fromEnvironment,
  type KeyedCredential,
  type Opened,
  peer,
  type Secret,
  withoutVariables,
} from "../../src/kit/index.ts";

/** As much of the SDK's client as is used; `new GoogleGenAI()` has it. */
export interface GoogleClient {
  /** Whether it asks Vertex. */
  readonly vertexai: boolean;
  readonly models: {
    generateContent(params: object): Promise<unknown>;
    generateContentStream(params: object): Promise<unknown>;
    embedContent(params: object): Promise<unknown>;
    list(params: object): Promise<unknown>;
  };
}

/** Vertex AI, by project (signed by `google-auth-library`), or by a key of express mode. */
export type VertexOptions =
  | {
      readonly project: string;
      /** @default "global" */
      readonly location?: string;
      /** For `google-auth-library`, such as `{ keyFile }` or `{ credentials }`. Default: the machine's own (Application Default Credentials). */
      readonly googleAuthOptions?: object;
      readonly apiKey?: never;
    }
  | {
      readonly apiKey: string;
      readonly project?: never;
      readonly location?: never;
      readonly googleAuthOptions?: never;
    };

export interface ClientOptions {
  readonly name: string;
  readonly apiKey?: string;
  readonly baseURL?: string;
  readonly apiVersion?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly vertex?: VertexOptions;
  readonly client?: GoogleClient;
  readonly credentials?: readonly KeyedCredential[];
}

const sdk = peer("@google/genai@^3", () => import("@google/genai"));

const GEMINI_URL = "https://generativelanguage.googleapis.com";

/** The SDK and the keys are looked for when a credential is first needed. */
export const googleClients = (options: ClientOptions): Clients<GoogleClient> =>
  clientsOf(options.name, options.credentials, (credentialId) => open(options, credentialId));

/** Whether Vertex is asked: by the options alone, whatever the environment says. */
export const asksVertex = ({ vertex, client }: Pick<ClientOptions, "vertex" | "client">): boolean =>
  client?.vertexai ?? vertex !== undefined;

/** Where uploaded files are found. */
export const filesURL = ({ baseURL = GEMINI_URL, apiVersion = "v1beta" }: ClientOptions): string =>
  `${baseURL.replace(/\/$/, "")}/${apiVersion}`;

/** What the SDK would look at all the same, and print that it did. */
const UNASKED = ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"] as const;

const open = async (options: ClientOptions, credentialId: string): Promise<Opened<GoogleClient>> => {
  if (options.client !== undefined) return { client: options.client, secrets: [] };
  const { vertex } = options;
  const key = vertex !== undefined && vertex.apiKey === undefined ? undefined : keyOf(options, credentialId);
  const { GoogleGenAI } = await sdk();
  const vertexai = vertex !== undefined;
  // Each of these is said, since the SDK would take it from the environment (GOOGLE_GENAI_USE_VERTEXAI and its like).
  const asked = {
    vertexai,
    apiVersion: options.apiVersion ?? (vertexai ? "v1beta1" : "v1beta"),
    ...(key !== undefined && { apiKey: key.reveal() }),
    ...(vertex?.project !== undefined && { project: vertex.project, location: locationOf(vertex) }),
    ...(vertex?.googleAuthOptions !== undefined && { googleAuthOptions: { ...vertex.googleAuthOptions } }),
    httpOptions: {
      baseUrl: options.baseURL ?? (vertex === undefined ? GEMINI_URL : vertexURL(vertex)),
      ...(options.headers !== undefined && { headers: { ...options.headers } }),
    },
  };
  const client = withoutVariables(UNASKED, () => new GoogleGenAI(asked));
  return { client, secrets: key === undefined ? [] : [key.reveal()] };
};

const locationOf = ({ location = "global" }: VertexOptions): string => location;

/** As the SDK has it. */
const vertexURL = (vertex: VertexOptions): string => {
  const location = locationOf(vertex);
  if (vertex.project === undefined || location === "global") return "https://aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
};

/** Of the environment's two variables GOOGLE_API_KEY wins, as Google has it. */
const keyOf = ({ name, credentials, apiKey, vertex }: ClientOptions, credentialId: string): Secret => {
  const variable = fromEnvironment("GOOGLE_API_KEY") === undefined ? "GEMINI_API_KEY" : "GOOGLE_API_KEY";
  const usage = "google({ apiKey })";
  return apiKeyOf({ name, credentials, apiKey: vertex?.apiKey ?? apiKey, variable, usage }, credentialId);
};
