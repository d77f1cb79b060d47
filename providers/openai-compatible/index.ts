import {
  boundAccount,
  GatewayError,
  type KeyedCredential,
  leanTransport,
  type Provider,
  type Transport,
} from "../../src/kit/index.ts";
import { type ChatClient, hostClients } from "./client.ts";
import { embed } from "./embed.ts";
import { chatFeatures } from "./features.ts";
import { fileTokens } from "./file-tokens.ts";
import { listModels } from "./models.ts";
import type { ChatRequestOptions } from "./options.ts";
import { post } from "./post.ts";
import { PRESETS, type Preset, type PresetName } from "./presets.ts";
import { type ChatQuirks, DEFAULT_QUIRKS } from "./quirks.ts";
import { chatBody } from "./request.ts";
import { readAnswer } from "./response.ts";

export type { ChatClient, ChatQuirks, ChatRequestOptions, KeyedCredential, Preset, PresetName };
export { PRESETS };

export interface OpenAICompatibleOptions<Name extends string = string, Known extends PresetName = PresetName> {
  /** A host that is known: its address, its key's environment variable, and how it differs. */
  readonly preset?: Known;
  /** How the registry and `providerOptions` call this provider. Default: the preset's name. */
  readonly name?: Name;
  /** Default: the preset's. */
  readonly baseURL?: string;
  /** Default: the environment's, by the preset's variable (`GROQ_API_KEY` …). Servers without a preset's variable take none. */
  readonly apiKey?: string;
  /** Several keys, which the gateway chooses from. Instead of `apiKey`. */
  readonly credentials?: readonly KeyedCredential[];
  /** How the host differs from what nearly every one takes; over the preset's. */
  readonly quirks?: Partial<ChatQuirks>;
  /** What carries requests. Default: `leanTransport()`; `fetchTransport()` for proxies and edge runtimes. */
  readonly transport?: Transport;
  /** A client of the `openai` package of your own, with its own key and transport. Its retries are switched off. */
  readonly client?: ChatClient;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Streams say what they used where they are asked to. */
const STREAMED = { stream: true, stream_options: { include_usage: true } };

/**
 * Any host that speaks OpenAI's Chat Completions, through the `openai` package, which is imported at the first call (or
 * `ready()`). What a host does otherwise is data: a preset, or `quirks`.
 *
 * @example openaiCompatible({ preset: "groq" })
 * @example openaiCompatible({ name: "inhouse", baseURL: "http://10.0.0.7:8000/v1", quirks: { topK: true } })
 */
export const openaiCompatible = <const Known extends PresetName = PresetName, const Name extends string = Known>(
  options: OpenAICompatibleOptions<Name, Known>,
): Provider<NoInfer<Name>, ChatRequestOptions> => {
  const preset: Preset | undefined = options.preset === undefined ? undefined : PRESETS[options.preset];
  const name = (options.name ?? options.preset) as Name | undefined;
  const baseURL = options.baseURL ?? preset?.baseURL;
  if (name === undefined) throw invalid("name", "a name, such as `inhouse`, where there is no preset");
  if (baseURL === undefined && options.client === undefined) {
    throw invalid("baseURL", "the host's address, such as `http://localhost:8000/v1`, where there is no preset");
  }
  const { apiKey, credentials, client, headers, transport = leanTransport() } = options;
  const clients = hostClients({
    name,
    baseURL: baseURL ?? "",
    transport,
    ...(preset?.variable !== undefined && { variable: preset.variable }),
    ...(apiKey !== undefined && { apiKey }),
    ...(credentials !== undefined && { credentials }),
    ...(client !== undefined && { client }),
    ...(headers !== undefined && { headers }),
  });
  const quirks: ChatQuirks = { ...DEFAULT_QUIRKS, ...preset?.quirks, ...options.quirks };
  return {
    contract: 1,
    name,
    credentials: clients.credentials,
    features: chatFeatures(quirks),
    async generate(call) {
      const body = chatBody(call, { provider: name, quirks });
      const opened = await clients.open(call.credential.id);
      const of = { call, provider: name, secrets: opened.secrets };
      const streamed = call.mode === "stream" ? (quirks.streamUsage ? STREAMED : { stream: true }) : {};
      return readAnswer(await post(opened.client, "/chat/completions", { ...body, ...streamed }, of), of, quirks);
    },
    async embed(call) {
      const opened = await clients.open(call.credential.id);
      return embed(opened.client, { call, provider: name, secrets: opened.secrets });
    },
    fileTokens,
    affinity: (request) => (quirks.echo === "none" ? undefined : boundAccount(request, name)),
    async models(signal) {
      const [first] = clients.credentials;
      const opened = await clients.open(first?.id ?? name);
      return listModels(opened.client, { provider: name, secrets: opened.secrets }, signal);
    },
    async ready() {
      await Promise.all(clients.credentials.map(({ id }) => clients.open(id)));
    },
    async close() {
      if (options.transport === undefined) await transport.close?.();
    },
  };
};

const invalid = (path: string, expected: string): GatewayError<"invalid_request"> =>
  new GatewayError("invalid_request", `openaiCompatible: expected \`${path}\` to be ${expected}.`, {
    details: { issues: [{ path, message: `expected ${expected}` }] },
  });
