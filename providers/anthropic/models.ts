import { type Asking, type FailureOf, isObject, malformed, readJson } from "../../src/kit/index.ts";
import type { AnthropicClient } from "./client.ts";
import { requestError } from "./errors.ts";

const CONNECT_MS = 5_000;
const PATH = "/v1/models";
/** The most that one page may hold. */
const PAGE = 1_000;

/** More pages than any account has models. */
const MAX_PAGES = 20;

/** `GET /v1/models`: ids of the models that the credential may use. */
export const listModels = async (
  client: AnthropicClient,
  of: Omit<FailureOf, "call">,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const clock = { now: Date.now, after: () => () => {}, chance: () => 0 };
  const asking: FailureOf<Asking> = { ...of, call: { signal, connectMs: CONNECT_MS, clock } };
  const ids: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { models, next } = await pageOf(client, asking, after);
    ids.push(...models);
    if (next === undefined || next === after) break;
    after = next;
  }
  return ids;
};

interface Page {
  readonly models: readonly string[];
  /** Where the next one begins. */
  readonly next: string | undefined;
}

const pageOf = async (client: AnthropicClient, of: FailureOf<Asking>, after: string | undefined): Promise<Page> => {
  const { signal } = of.call;
  const query = { limit: PAGE, ...(after !== undefined && { after_id: after }) };
  const settings = { signal, maxRetries: 0, query, fetchOptions: { connectMs: CONNECT_MS } };
  const response = await client
    .get(PATH, settings)
    .asResponse()
    .catch((error: unknown) => {
      throw requestError(of, error);
    });
  const body = await readJson(response, { provider: of.provider, signal });
  const told = isObject(body) ? body : {};
  const { data, has_more, last_id } = told;
  if (!Array.isArray(data)) throw malformed(of, "the answer is no list of models");
  return {
    models: data.flatMap((model) => (isObject(model) && typeof model["id"] === "string" ? [model["id"]] : [])),
    next: has_more === true && typeof last_id === "string" ? last_id : undefined,
  };
};
