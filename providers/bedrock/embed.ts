import {
  batchesOf,
  count,
  type EmbedCall,
  type EmbedResult,
  type FailureOf,
  isObject,
  type JsonObject,
  malformed,
  readJson,
  reportedUsage,
  requestIdIn,
  type Usage,
  unsupported,
} from "../../src/kit/index.ts";
import { type BedrockClient, bedrockSdk } from "./client.ts";
import { modelOptions } from "./options.ts";
import { REQUEST_ID } from "./response.ts";
import { send } from "./send.ts";
import { usageOf } from "./usage.ts";

/** The most texts that Cohere takes in one request (user guide, Cohere Embed). */
const COHERE_TEXTS = 96;
/** Header with the tokens that were counted, of InvokeModel's answers. */
const COUNTED = "x-amzn-bedrock-input-token-count";

/** A vector for each text, in their order, by `InvokeModel` in the format of the model's vendor. */
export const embed = async (
  client: BedrockClient,
  of: FailureOf<EmbedCall>,
  headers: Readonly<Record<string, string>>,
): Promise<EmbedResult> => {
  const { call, provider } = of;
  const { embedding } = modelOptions(call.model);
  if (embedding === undefined) {
    const why = "how this model embeds is not known: say titan or cohere in options.embedding.";
    throw unsupported(provider, call.model.name, "model", why);
  }
  const post = (body: object): Promise<Answered> => invoke(client, of, body, headers);
  const answers = embedding === "titan" ? await titan(call, post) : await cohere(call, post);
  const vectors = answers.flatMap(({ body }) => vectorsIn(body));
  if (vectors.length !== call.input.length || !vectors.every((vector) => vector !== undefined)) {
    throw malformed(of, `expected ${call.input.length} vectors of numbers`);
  }
  const requestId = answers[0]?.requestId;
  return {
    vectors,
    usage: usage(answers),
    response: { model: call.model.id, ...(requestId !== undefined && { requestId }) },
  };
};

interface Answered {
  readonly body: JsonObject;
  readonly tokens: number | undefined;
  readonly requestId: string | undefined;
}
type Post = (body: object) => Promise<Answered>;

/** One text a request. */
const titan = async ({ input, dimensions }: EmbedCall, post: Post): Promise<readonly Answered[]> => {
  const answers: Answered[] = [];
  for (const inputText of input)
    answers.push(await post({ inputText, ...(dimensions !== undefined && { dimensions }) }));
  return answers;
};

const cohere = async ({ input, dimensions, model }: EmbedCall, post: Post): Promise<readonly Answered[]> => {
  const purpose = model.options["inputType"];
  const shared = {
    input_type: typeof purpose === "string" ? purpose : "search_document",
    embedding_types: ["float"],
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  };
  const answers: Answered[] = [];
  for (const texts of batchesOf(input, COHERE_TEXTS)) answers.push(await post({ texts, ...shared }));
  return answers;
};

const invoke = async (
  client: BedrockClient,
  of: FailureOf<EmbedCall>,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<Answered> => {
  const { InvokeModelCommand } = await bedrockSdk();
  const type = "application/json";
  const input = { modelId: of.call.model.id, contentType: type, accept: type, body: JSON.stringify(body) };
  const response = await send(client, new InvokeModelCommand(input), of, headers);
  const told = await readJson(response, { provider: of.provider, signal: of.call.signal });
  if (!isObject(told)) throw malformed(of, "the answer is no object");
  const counted = response.headers.get(COUNTED);
  return {
    body: told,
    tokens: count(told["inputTextTokenCount"]) ?? (counted === null ? undefined : count(Number(counted))),
    requestId: requestIdIn(response.headers, [REQUEST_ID], of.secrets),
  };
};

/** Titan's `embedding`; Cohere's `embeddings`, a list or by type. */
const vectorsIn = ({ embedding, embeddings }: JsonObject): readonly (Float32Array | undefined)[] => {
  if (embedding !== undefined) return [vectorOf(embedding)];
  const list = isObject(embeddings) ? embeddings["float"] : embeddings;
  return Array.isArray(list) ? list.map(vectorOf) : [];
};

const vectorOf = (told: unknown): Float32Array | undefined => {
  if (!Array.isArray(told) || told.length === 0) return undefined;
  return told.every((figure) => typeof figure === "number") ? Float32Array.from(told) : undefined;
};

const usage = (answers: readonly Answered[]): Usage => {
  const counts = answers.map(({ tokens }) => tokens);
  if (!counts.every((tokens) => tokens !== undefined)) return usageOf(undefined);
  return reportedUsage({ input: counts.reduce((sum, tokens) => sum + tokens, 0), output: 0 });
};
