import { type Asking, malformed, readJson, type Transport } from "../../src/kit/index.ts";
import { type AskedOf, askRaw } from "./ask.ts";
import type { GoogleClient } from "./client.ts";
import { object, objects, string } from "./fields.ts";

const CONNECT_MS = 5_000;
/** The most that one page may hold. */
const PAGE = 1_000;
const MOST_PAGES = 20;

/** `GET /models`: ids of the models that the credential may use. */
export const listModels = async (
  { models }: GoogleClient,
  provider: string,
  secrets: string[],
  transport: Transport,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const clock = { now: Date.now, after: () => () => {}, chance: () => 0 };
  const asking: AskedOf<Asking> = { provider, secrets, call: { signal, connectMs: CONNECT_MS, clock } };
  const ids: string[] = [];
  let pageToken = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const config = { pageSize: PAGE, queryBase: true, ...(pageToken !== "" && { pageToken }) };
    const response = await askRaw((httpOptions) => models.list({ config: { ...config, httpOptions } }), {
      of: asking,
      transport,
    });
    const body = object(await readJson(response, { provider, signal }));
    const told = body["models"] ?? body["publisherModels"];
    if (!Array.isArray(told)) throw malformed(asking, "the answer is no list of models");
    ids.push(...objects(told).flatMap(({ name }) => string(name).split("/").at(-1) || []));
    pageToken = string(body["nextPageToken"]);
    if (pageToken === "") break;
  }
  return ids;
};
