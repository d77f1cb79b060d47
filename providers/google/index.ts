import {
  boundAccount,
  type Feature,
  type KeyedCredential,
  leanTransport,
  type Provider,
  type Transport,
} from "../../src/kit/index.ts";
import { askRaw } from "./ask.ts";
import { asksVertex, filesURL, type GoogleClient, googleClients, type VertexOptions } from "./client.ts";
import { counted, readCount } from "./count.ts";
import { embed } from "./embed.ts";
import { fileTokens } from "./file-tokens.ts";
import { listModels } from "./models.ts";
import type { GoogleRequestOptions } from "./options.ts";
import { buildRequest } from "./request.ts";
import { readAnswer } from "./response.ts";

export type { GoogleClient, GoogleRequestOptions, KeyedCredential, VertexOptions };

export interface GoogleOptions<Name extends string = "google"> {
  /** Default: the environment's `GOOGLE_API_KEY`, else its `GEMINI_API_KEY`, looked for when first needed. */
  readonly apiKey?: string;
  /** Several keys, which the gateway chooses from. Instead of `apiKey`. */
  readonly credentials?: readonly KeyedCredential[];
  /** Vertex AI instead of the Gemini API. Whether it is Vertex is said here and nowhere else, whatever the environment says. */
  readonly vertex?: VertexOptions;
  /** Default: Google's own address. */
  readonly baseURL?: string;
  /** Default: `v1beta`; at Vertex `v1beta1`. */
  readonly apiVersion?: string;
  /** What carries requests. Default: `leanTransport()`; `fetchTransport()` for proxies and edge runtimes. */
  readonly transport?: Transport;
  /**
   * A client of `@google/genai` of your own, with its own credential and address. Its retries and clock are switched off, and
   * what it asks is carried by `transport`.
   */
  readonly client?: GoogleClient;
  /** How the registry and `providerOptions` call this provider. @default "google" */
  readonly name?: Name;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

const FEATURES: readonly Feature[] = [
  "image",
  "pdf",
  "audio",
  "video",
  "tools",
  "tool_choice",
  "result_files",
  "result_errors",
  "strict_tools",
  "provider_tools",
  "output_schema",
  "reasoning_effort",
  "reasoning_budget",
  "reasoning_state",
  "sources",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "penalties",
];

/**
 * Google's Gemini models, at the Gemini API or Vertex AI, through `@google/genai`, which is imported at the first call (or
 * `ready()`).
 *
 * @example createGateway({ providers: [google()] })
 * @example google({ name: "vertex", vertex: { project: "my-project", location: "europe-west4" } })
 */
export const google = <const Name extends string = "google">(
  options: GoogleOptions<Name> = {},
): Provider<NoInfer<Name>, GoogleRequestOptions> => {
  const { name = "google" as Name, transport = leanTransport(), ...rest } = options;
  const clients = googleClients({ ...rest, name });
  const translator = { name, vertex: asksVertex(options), filesURL: filesURL({ ...rest, name }) };
  return {
    contract: 1,
    name,
    credentials: clients.credentials,
    features: FEATURES,
    async generate(call) {
      const { config, ...request } = buildRequest(call, translator);
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets: [...secrets] };
      const response = await askRaw(
        (httpOptions) => {
          const asked = { ...request, config: { ...config, httpOptions } };
          return call.mode === "stream"
            ? client.models.generateContentStream(asked)
            : client.models.generateContent(asked);
        },
        { of, transport, ...extraBody(call.request.providerOptions) },
      );
      return readAnswer(response, of);
    },
    async embed(call) {
      const { client, secrets } = await clients.open(call.credential.id);
      return embed(client, { call, provider: name, secrets: [...secrets] }, transport);
    },
    async countTokens(call) {
      const { config, ...request } = buildRequest(call, translator);
      const { client, secrets } = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets: [...secrets] };
      const response = await askRaw(
        (httpOptions) => client.models.generateContent({ ...request, config: { ...config, httpOptions } }),
        { of, transport, change: counted(client.vertexai) },
      );
      return readCount(response, of);
    },
    affinity: (request) => boundAccount(request, name),
    fileTokens,
    async models(signal) {
      const { client, secrets } = await clients.open(clients.credentials[0]?.id ?? name);
      return listModels(client, name, [...secrets], transport, signal);
    },
    async ready() {
      await Promise.all(clients.credentials.map(({ id }) => clients.open(id)));
    },
    async close() {
      if (options.transport === undefined) await transport.close?.();
    },
  };
};

const extraBody = (
  options: GoogleRequestOptions | undefined,
): { readonly extraBody?: NonNullable<GoogleRequestOptions["body"]> } =>
  options?.body === undefined ? {} : { extraBody: options.body };
