import { type Asking, type FailureOf, isObject, malformed, readJson } from "../../src/kit/index.ts";
import type { AnthropicClient } from "./client.ts";
import { requestError } from "./errors.ts";

const CONNECT_MS = 5_000;
const PATH = "/v1/models";
/** The most that one page may hold. */
const PAGE = 1_000;

/** `GET /v1/models`: ids of the models that the credential may use. */
export const listModels = async (
  client: AnthropicClient,
  of: Omit<FailureOf, "call">,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const clock = { now: Date.now, after: () => () => {}, chance: () => 0 };
  const asking: FailureOf<Asking> = { ...of, call: { signal, connectMs: CONNECT_MS, clock } };
  const settings = { signal, maxRetries: 0, query: { limit: PAGE }, fetchOptions: { connectMs: CONNECT_MS } };
  const response = await client
    .get(PATH, settings)
    .asResponse()
    .catch((error: unknown) => {
      throw requestError(asking, error);
    });
  const body = await readJson(response, { provider: of.provider, signal });
  const told = isObject(body) ? body["data"] : undefined;
  if (!Array.isArray(told)) throw malformed(asking, "the answer is no list of models");
  return told.flatMap((model) => (isObject(model) && typeof model["id"] === "string" ? [model["id"]] : []));
};
