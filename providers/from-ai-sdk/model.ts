import { type FailureOf, GatewayError, type GenerateCall, unsupported } from "../../src/kit/index.ts";

/** URLs that a model fetches itself, by media type. */
export type AiSdkUrls = Readonly<Record<string, readonly RegExp[]>>;

/** As much of a stream as is read; `ReadableStream` has it. */
export interface AiSdkStream {
  getReader(): AiSdkStreamReader;
}
export interface AiSdkStreamReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  cancel(reason?: unknown): Promise<void>;
}

/** What is asked of a model. All versions of the specification have more. */
export interface AiSdkCallOptions {
  readonly prompt: readonly object[];
}

/**
 * As much of an AI SDK language model as is used: `LanguageModelV2`, `V3` and `V4` all have it. Spelt out here, so that
 * nobody needs `@ai-sdk/provider` to compile.
 */
export interface AiSdkModel {
  readonly specificationVersion: "v2" | "v3" | "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: PromiseLike<AiSdkUrls> | AiSdkUrls;
  doGenerate(options: AiSdkCallOptions): PromiseLike<object>;
  doStream(options: AiSdkCallOptions): PromiseLike<{ readonly stream: AiSdkStream }>;
}

/** As much of an AI SDK embedding model as is used: `EmbeddingModelV2<string>`, `V3` and `V4` have it. */
export interface AiSdkEmbeddingModel {
  readonly specificationVersion: "v2" | "v3" | "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall: PromiseLike<number | undefined> | number | undefined;
  doEmbed(options: { readonly values: string[]; readonly abortSignal?: AbortSignal }): PromiseLike<object>;
}

/** One of several keys. The gateway itself never sees the key. */
export interface AiSdkCredential {
  readonly id: string;
  /** What the vendor limits: credentials of one account share its cooldowns. Default: the id. */
  readonly account?: string;
  /** For the function that makes the model; cut out of errors. */
  readonly apiKey?: string;
}

/** One model for whatever is asked, models by the registry's model id, or a function that makes them. */
export type AiSdkSource<Model> =
  | Model
  | Readonly<Record<string, Model>>
  | ((id: string, credential: AiSdkCredential) => Model);

export type SpecificationVersion = AiSdkModel["specificationVersion"];
const VERSIONS: readonly unknown[] = ["v2", "v3", "v4"];

/** Of a call, what is needed to find its model. */
export type Asked = Pick<GenerateCall, "model" | "credential" | "signal" | "connectMs" | "clock">;

/** The model that a call asks for. What a function throws is the caller's to classify. */
export const modelOf = <Model extends AiSdkModel | AiSdkEmbeddingModel>(
  source: AiSdkSource<Model>,
  { call, provider }: FailureOf<Asked>,
  credential: AiSdkCredential,
): Model => {
  const { id, name } = call.model;
  const model = typeof source === "function" ? source(id, credential) : givenOf(source, id);
  if (model === undefined) {
    throw new GatewayError("model_not_found", `${provider}: there is no model "${id}" among those that were given.`, {
      details: { provider, model: name, sent: false },
      scope: "model",
    });
  }
  if (VERSIONS.includes(model.specificationVersion)) return model;
  throw unsupported(provider, name, "model", "expected an AI SDK model of specification v2, v3 or v4.");
};

const givenOf = <Model extends object>(
  source: Model | Readonly<Record<string, Model>>,
  id: string,
): Model | undefined => {
  if (isModel(source)) return source;
  return Object.hasOwn(source, id) ? source[id] : undefined;
};

/** A record of models has no such word, but for a model of that name, which is an object. */
const isModel = <Model extends object>(source: Model | Readonly<Record<string, Model>>): source is Model =>
  "specificationVersion" in source && typeof source.specificationVersion === "string";
