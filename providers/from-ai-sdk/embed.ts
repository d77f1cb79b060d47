import {
  batchesOf,
  count,
  type EmbedCall,
  type EmbedResult,
  type FailureOf,
  isObject,
  type JsonObject,
  malformed,
  reportedUsage,
  unsupported,
} from "../../src/kit/index.ts";
import { sdkError } from "./errors.ts";
import { headersOf, requestIdOf } from "./headers.ts";
import type { AiSdkEmbeddingModel } from "./model.ts";
import { UNTOLD } from "./usage.ts";

/** A vector for each text, in their order; in as many requests, one after the other, as the model asks for. */
export const embed = async (
  model: AiSdkEmbeddingModel,
  of: FailureOf<EmbedCall>,
  headers: Readonly<Record<string, string>> | undefined,
): Promise<EmbedResult> => {
  const { call, provider } = of;
  const { input, dimensions } = call;
  if (dimensions !== undefined && model.specificationVersion !== "v4") {
    throw unsupported(provider, call.model.name, "dimensions", "AI SDK models before V4 have no word for it.");
  }
  const vectors: Float32Array[] = [];
  let tokens: number | undefined = 0;
  let requestId: string | undefined;
  for (const values of batches(input, await model.maxEmbeddingsPerCall)) {
    const options = {
      values: [...values],
      abortSignal: call.signal,
      ...(dimensions !== undefined && { dimensions }),
      ...(headers !== undefined && { headers: { ...headers } }),
    };
    const answer = await model.doEmbed(options).then(undefined, (error: unknown) => {
      throw sdkError(of, error, "asking");
    });
    const told: JsonObject = isObject(answer) ? answer : {};
    vectors.push(...vectorsOf(told, values.length, of));
    tokens = added(tokens, told);
    const response = isObject(told["response"]) ? told["response"] : {};
    requestId ??= requestIdOf(headersOf(response["headers"]), of.secrets);
    if (tokens !== undefined) call.report({ type: "usage", usage: reportedUsage({ input: tokens, output: 0 }) });
  }
  return {
    vectors,
    usage: tokens === undefined ? UNTOLD : reportedUsage({ input: tokens, output: 0 }),
    response: requestId === undefined ? {} : { requestId },
  };
};

/** Undefined as soon as one answer does not tell. */
const added = (tokens: number | undefined, { usage }: JsonObject): number | undefined => {
  const told = isObject(usage) ? count(usage["tokens"]) : undefined;
  return tokens === undefined || told === undefined ? undefined : tokens + told;
};

const batches = (input: readonly string[], most: number | undefined): readonly (readonly string[])[] =>
  batchesOf(input, most !== undefined && most >= 1 ? Math.floor(most) : input.length);

const vectorsOf = ({ embeddings }: JsonObject, length: number, of: FailureOf<EmbedCall>): readonly Float32Array[] => {
  const told: readonly unknown[] = Array.isArray(embeddings) ? embeddings : [];
  const vectors = told.flatMap((each) => (isVector(each) ? [Float32Array.from(each)] : []));
  if (vectors.length === length && told.length === length) return vectors;
  throw malformed(of, `expected ${length} vectors of numbers`);
};

const isVector = (told: unknown): told is readonly number[] =>
  Array.isArray(told) && told.length > 0 && told.every((figure) => typeof figure === "number");
