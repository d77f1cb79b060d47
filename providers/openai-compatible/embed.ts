import {
  batchesOf,
  count,
  type EmbedCall,
  type EmbedResult,
  type FailureOf,
  isObject,
  type Json,
  malformed,
  type ResponseInfo,
  readJson,
  reportedUsage,
  requestIdIn,
  type Usage,
} from "../../src/kit/index.ts";
import type { ChatClient } from "./client.ts";
import { objects, string } from "./fields.ts";
import { post } from "./post.ts";
import { REQUEST_IDS } from "./response.ts";
import { UNTOLD } from "./usage.ts";

/** The most texts that OpenAI takes in one request (API reference, `POST /embeddings`). */
const MOST_TEXTS = 2_048;

/** A vector for each text, in their order; in as many requests, one after the other, as OpenAI wants. */
export const embed = async (client: ChatClient, of: FailureOf<EmbedCall>): Promise<EmbedResult> => {
  const { call } = of;
  const vectors: Float32Array[] = [];
  let usage = UNTOLD;
  let response: ResponseInfo = {};
  for (const [at, texts] of batchesOf(call.input, MOST_TEXTS).entries()) {
    const embedded = await embedBatch(client, texts, of);
    vectors.push(...embedded.vectors);
    usage = at === 0 ? embedded.usage : sum(usage, embedded.usage);
    if (at === 0) response = embedded.response;
    if (usage.source === "reported") call.report({ type: "usage", usage });
  }
  return { vectors, usage, response };
};

/** Unknown as soon as one of them is. */
const sum = (one: Usage, other: Usage): Usage =>
  one.source === "reported" && other.source === "reported"
    ? reportedUsage({ input: one.input.total + other.input.total, output: 0 })
    : UNTOLD;

const embedBatch = async (
  client: ChatClient,
  input: readonly string[],
  of: FailureOf<EmbedCall>,
): Promise<EmbedResult> => {
  const { call, provider, secrets } = of;
  const { model, dimensions } = call;
  const body = {
    model: model.id,
    input: [...input],
    // Asked for in any case: the SDK's own default packs the figures into text, which few hosts know.
    encoding_format: "float",
    ...(dimensions !== undefined && { dimensions }),
  };
  const response = await post(client, "/embeddings", body, of);
  const answer = await readJson(response, { provider, signal: call.signal });
  const items = isObject(answer) ? [...objects(answer["data"])] : [];
  if (items.every(({ index }) => typeof index === "number")) {
    items.sort((one, other) => Number(one["index"]) - Number(other["index"]));
  }
  const vectors = items.map(({ embedding }) => vectorOf(embedding));
  if (!isObject(answer) || vectors.length !== input.length || !vectors.every((vector) => vector !== undefined)) {
    throw malformed(of, `expected ${input.length} vectors of numbers`);
  }
  const usage = isObject(answer["usage"]) ? count(answer["usage"]["prompt_tokens"]) : undefined;
  const requestId = requestIdIn(response.headers, REQUEST_IDS, secrets);
  const answering = string(answer["model"]);
  return {
    vectors,
    usage: usage === undefined ? UNTOLD : reportedUsage({ input: usage, output: 0 }),
    response: { ...(answering && { model: answering }), ...(requestId !== undefined && { requestId }) },
  };
};

const vectorOf = (told: Json | undefined): Float32Array | undefined => {
  if (!Array.isArray(told) || told.length === 0) return undefined;
  return told.every((figure) => Number.isFinite(figure)) ? Float32Array.from(told as number[]) : undefined;
};
