import {
  batchesOf,
  count,
  type EmbedCall,
  type EmbedResult,
  type Json,
  malformed,
  readJson,
  reportedUsage,
  type Transport,
  type Usage,
} from "../../src/kit/index.ts";
import { type AskedOf, askRaw } from "./ask.ts";
import type { GoogleClient } from "./client.ts";
import { requestIdOf } from "./errors.ts";
import { object, objects } from "./fields.ts";
import { UNTOLD } from "./usage.ts";

interface Embedded {
  readonly vectors: readonly Float32Array[];
  readonly tokens: number | undefined;
  readonly requestId: string | undefined;
}

/** The most texts that `batchEmbedContents` takes ("at most 100 requests can be in one batch"); Vertex takes more. */
const MOST_TEXTS = 100;

/**
 * A vector for each text, in their order: `batchEmbedContents` at the Gemini API, `predict` at Vertex; newer models there
 * take one text a request, and are asked once for each. A registry entry's `options.taskType` says what they are for.
 */
export const embed = async (
  client: GoogleClient,
  of: AskedOf<EmbedCall>,
  transport: Transport,
): Promise<EmbedResult> => {
  const { input, model } = of.call;
  const batches = batchesOf(input, client.vertexai && takesOne(model.id) ? 1 : MOST_TEXTS);
  const embedded: Embedded[] = [];
  for (const batch of batches) {
    embedded.push(await embedBatch(client, batch, of, transport));
    const usage = usageOf(embedded);
    if (usage.source === "reported") of.call.report({ type: "usage", usage });
  }
  const vectors = embedded.flatMap((each) => each.vectors);
  if (vectors.length !== input.length) throw malformed(of, `expected ${input.length} vectors of numbers`);
  const requestId = embedded[0]?.requestId;
  return {
    vectors,
    usage: usageOf(embedded),
    response: { model: model.id, ...(requestId !== undefined && { requestId }) },
  };
};

/** As the SDK has it (3.3, `Models.embedContent`). */
const takesOne = (id: string): boolean =>
  (id.includes("gemini") && id !== "gemini-embedding-001") || id.includes("maas");

const embedBatch = async (
  { models }: GoogleClient,
  texts: readonly string[],
  of: AskedOf<EmbedCall>,
  transport: Transport,
): Promise<Embedded> => {
  const { model, dimensions, signal } = of.call;
  const { taskType } = model.options;
  const config = {
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
    ...(typeof taskType === "string" && { taskType }),
  };
  // Texts of their own: a list of strings would be embedded as one.
  const contents = texts.map((text) => ({ role: "user", parts: [{ text }] }));
  const response = await askRaw(
    (httpOptions) => models.embedContent({ model: model.id, contents, config: { ...config, httpOptions } }),
    { of, transport },
  );
  const body = object(await readJson(response, { provider: of.provider, signal }));
  const told = [...objects(body["embeddings"]), ...objects([body["embedding"] ?? null])];
  const predicted = objects(body["predictions"]).map((each) => object(each["embeddings"]));
  const vectors = [...told, ...predicted].flatMap((each) => vectorOf(each["values"]) ?? []);
  const counts = predicted.map((each) => count(object(each["statistics"])["token_count"]));
  const summed = counts.length > 0 ? sum(counts) : undefined;
  return {
    vectors,
    tokens: count(object(body["usageMetadata"])["promptTokenCount"]) ?? summed,
    requestId: requestIdOf(response.headers, of.secrets),
  };
};

const sum = (counts: readonly (number | undefined)[]): number | undefined =>
  counts.reduce((all, each) => (all === undefined || each === undefined ? undefined : all + each), 0);

const usageOf = (embedded: readonly Embedded[]): Usage => {
  const input = sum(embedded.map(({ tokens }) => tokens));
  return input === undefined ? UNTOLD : reportedUsage({ input, output: 0 });
};

const vectorOf = (told: Json | undefined): Float32Array | undefined => {
  if (!Array.isArray(told) || told.length === 0) return undefined;
  return told.every((figure) => typeof figure === "number") ? Float32Array.from(told as number[]) : undefined;
};
