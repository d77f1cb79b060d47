import { type Asking, type FailureOf, isObject, malformed, readJson } from "../../src/kit/index.ts";
import type { ChatClient } from "./client.ts";
import { objects, string } from "./fields.ts";
import { get } from "./post.ts";

const CONNECT_MS = 5_000;

/** `GET /models`: ids of the models that the credential may use. */
export const listModels = async (
  client: ChatClient,
  of: Omit<FailureOf<Asking>, "call">,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const clock = { now: Date.now, after: () => () => {}, chance: () => 0 };
  const asking = { ...of, call: { signal, connectMs: CONNECT_MS, clock } };
  const body = await readJson(await get(client, "/models", asking), { provider: of.provider, signal });
  // A few hosts answer with the bare list.
  const told = isObject(body) ? body["data"] : body;
  if (!Array.isArray(told)) throw malformed(asking, "the answer is no list of models");
  return objects(told)
    .map(({ id }) => string(id))
    .filter((id) => id !== "");
};
