import {
  count,
  type EmbedCall,
  type EmbedResult,
  type FailureOf,
  isObject,
  type Json,
  malformed,
  readJson,
  reportedUsage,
} from "../../src/kit/index.ts";
import type { ChatClient } from "./client.ts";
import { objects, string } from "./fields.ts";
import { post } from "./post.ts";
import { UNTOLD } from "./usage.ts";

/** `POST /embeddings`: a vector for each text, in their order. */
export const embed = async (client: ChatClient, of: FailureOf<EmbedCall>): Promise<EmbedResult> => {
  const { call, provider } = of;
  const { input, model, dimensions } = call;
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
  const requestId = response.headers.get("x-request-id");
  const answering = string(answer["model"]);
  return {
    vectors,
    usage: usage === undefined ? UNTOLD : reportedUsage({ input: usage, output: 0 }),
    response: { ...(answering && { model: answering }), ...(requestId !== null && { requestId }) },
  };
};

const vectorOf = (told: Json | undefined): Float32Array | undefined => {
  if (!Array.isArray(told) || told.length === 0) return undefined;
  return told.every((figure) => Number.isFinite(figure)) ? Float32Array.from(told as number[]) : undefined;
};
