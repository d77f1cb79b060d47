import type { Credential, FailureOf, Feature, Json, Provider } from "../../src/kit/index.ts";
import { embed } from "./embed.ts";
import { sdkError } from "./errors.ts";
import {
  type AiSdkCallOptions,
  type AiSdkCredential,
  type AiSdkEmbeddingModel,
  type AiSdkModel,
  type AiSdkSource,
  type AiSdkStream,
  type AiSdkStreamReader,
  type AiSdkUrls,
  type Asked,
  modelOf,
} from "./model.ts";
import { buildOptions } from "./request.ts";
import { readStream, readWhole } from "./response.ts";
import { affinity } from "./state.ts";

export type {
  AiSdkCallOptions,
  AiSdkCredential,
  AiSdkEmbeddingModel,
  AiSdkModel,
  AiSdkSource,
  AiSdkStream,
  AiSdkStreamReader,
  AiSdkUrls,
};

/** `providerOptions` of the AI SDK's provider, in its own words; handed on under its own key. */
export type AiSdkRequestOptions = Readonly<Record<string, Json | undefined>>;

export interface FromAiSdkOptions<Name extends string = string> {
  /** How the registry and `providerOptions` call this provider. */
  readonly name: Name;
  /**
   * An AI SDK model (`LanguageModelV2`, `V3` or `V4`), models by the registry's model id, or a function that makes them:
   * a provider of the AI SDK is one.
   */
  readonly model: AiSdkSource<AiSdkModel>;
  /** The same for embeddings. Without it there are none. */
  readonly embedding?: AiSdkSource<AiSdkEmbeddingModel>;
  /** Several keys, which the gateway chooses from; `model` and `embedding` are given the chosen one. */
  readonly credentials?: readonly AiSdkCredential[];
  /** The key under which the model reads its `providerOptions`. Default: by its provider's name, such as `cohere`. */
  readonly optionsKey?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Any model of the AI SDK as a provider, and with it whatever vendor has one. The AI SDK itself is not needed, and its
 * models try nothing again by themselves.
 *
 * Its models carry requests with their own `fetch`: `timeouts.connectMs` does not reach it. What they do not tell apart
 * cannot be told here: a refusal looks like a content filter, and an answer of V2 or V3 that was cut like one whose end
 * its vendor never explained (taken for cut).
 *
 * @example fromAiSdk({ name: "cohere", model: cohere })
 * @example fromAiSdk({
 *   name: "cohere",
 *   credentials: [{ id: "eu", apiKey: euKey }, { id: "us", apiKey: usKey }],
 *   model: (id, { apiKey }) => createCohere({ apiKey })(id),
 * })
 */
export const fromAiSdk = <const Name extends string>(
  options: FromAiSdkOptions<Name>,
): Provider<NoInfer<Name>, AiSdkRequestOptions> => {
  const { name, model: models, embedding, optionsKey, headers } = options;
  const given = options.credentials ?? [{ id: name }];
  const credentialOf = ({ id }: Credential): AiSdkCredential => given.find((each) => each.id === id) ?? { id };
  const failureOf = <Call extends Asked>(call: Call): FailureOf<Call> & { readonly credential: AiSdkCredential } => {
    const credential = credentialOf(call.credential);
    return { call, provider: name, secrets: credential.apiKey === undefined ? [] : [credential.apiKey], credential };
  };
  return {
    contract: 1,
    name,
    credentials: given.map(({ id, account = id }) => ({ id, account })),
    features: FEATURES,
    async generate(call) {
      const of = failureOf(call);
      try {
        const model = modelOf(models, of, of.credential);
        const asked = await buildOptions(call, model, { name, optionsKey, headers });
        return call.mode === "stream"
          ? readStream(await model.doStream(asked), of, model)
          : readWhole(await model.doGenerate(asked), of, model);
      } catch (error) {
        throw sdkError(of, error, "asking");
      }
    },
    ...(embedding !== undefined &&
      ({
        async embed(call) {
          const of = failureOf(call);
          try {
            return await embed(modelOf(embedding, of, of.credential), of, headers);
          } catch (error) {
            throw sdkError(of, error, "asking");
          }
        },
      } satisfies Pick<Provider, "embed">)),
    affinity: (request) => affinity(request, name),
  };
};

/** As far as the AI SDK has words for it; what a model of it then does not carry, it warns of. */
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
  "reasoning_state",
  "sources",
  "prefill",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "penalties",
];
