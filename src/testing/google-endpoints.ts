import { bytes, type Endpoint, type Fields, isFields, list, text, vectorOf, type Wire } from "./dialect.ts";

const DIMENSIONS = 64;
const fields = (value: unknown): Fields => (isFields(value) ? value : {});

/** The model in `/v1beta/models/{model}:{method}`. */
export const modelIn = ({ path }: Wire): string => /\/models\/([^/:]+)(?::\w+)?$/.exec(path)?.[1] ?? "";

const asked = (wire: Wire): { readonly model: string } => ({ model: modelIn(wire) });
const said = (content: unknown): string =>
  list(fields(content)["parts"])
    .map((part) => text(part["text"]))
    .join("");

const method =
  (name: string) =>
  ({ path }: Wire): boolean =>
    path.endsWith(`:${name}`);

/** The Gemini API's own: a list of texts, a vector each. */
const batchEmbed: Endpoint = {
  matches: method("batchEmbedContents"),
  asked,
  answer({ body }, tokens) {
    const requests = list(body["requests"]);
    if (requests.length === 0) return { invalid: "* BatchEmbedContentsRequest.requests: requests is empty" };
    const texts = requests.map(({ content }) => said(content));
    if (texts.includes("")) return { invalid: "* EmbedContentRequest.content: contents is not specified" };
    const used = tokens(bytes(texts.join("")));
    const embeddings = texts.map((each, index) => ({
      values: vectorOf(each, Number(requests[index]?.["outputDimensionality"] ?? DIMENSIONS)),
    }));
    return { body: { embeddings, usageMetadata: { promptTokenCount: used } }, inputTokens: used };
  },
};

/** Vertex's older models. */
const predict: Endpoint = {
  matches: method("predict"),
  asked,
  answer({ body }, tokens) {
    const texts = list(body["instances"]).map(({ content }) => text(content));
    if (texts.length === 0 || texts.includes("")) return { invalid: "The text content is empty." };
    const size = Number(fields(body["parameters"])["outputDimensionality"] ?? DIMENSIONS);
    const counts = texts.map((each) => tokens(bytes(each)));
    const predictions = texts.map((each, index) => ({
      embeddings: { values: vectorOf(each, size), statistics: { token_count: counts[index], truncated: false } },
    }));
    return { body: { predictions }, inputTokens: counts.reduce((sum, each) => sum + each, 0) };
  },
};

/** Vertex's newer models: one text a request. */
const embedOne: Endpoint = {
  matches: method("embedContent"),
  asked,
  answer({ body }, tokens) {
    const each = said(body["content"]);
    if (each === "") return { invalid: "content is not specified" };
    const size = Number(fields(body["embedContentConfig"])["outputDimensionality"] ?? DIMENSIONS);
    const used = tokens(bytes(each));
    return {
      body: { embedding: { values: vectorOf(each, size) }, usageMetadata: { promptTokenCount: used } },
      inputTokens: used,
    };
  },
};

/** What would be sent, or its contents alone; not both. */
const countTokens: Endpoint = {
  matches: method("countTokens"),
  asked,
  answer({ body }, tokens) {
    const { contents, generateContentRequest } = body;
    if ((contents === undefined) === (generateContentRequest === undefined)) {
      return { invalid: "contents and generate_content_request are mutually exclusive" };
    }
    const { systemInstruction, tools, ...rest } = fields(generateContentRequest ?? body);
    const counted = [rest["contents"], systemInstruction ?? "", tools ?? []];
    return { body: { totalTokens: tokens(bytes(JSON.stringify(counted))) }, inputTokens: 0 };
  },
};

/** `GET /v1beta/models`, and Vertex's `GET /v1beta1/publishers/google/models`. */
const models: Endpoint = {
  matches: ({ path }) => /\/v1beta1?\/(publishers\/google\/)?models$/.test(path),
  asked: () => ({ model: "" }),
  answer({ path }, _tokens, known) {
    const isVertex = path.includes("/publishers/");
    const named = known.map((id) => ({ name: `${isVertex ? "publishers/google/" : ""}models/${id}` }));
    return { body: isVertex ? { publisherModels: named } : { models: named }, inputTokens: 0 };
  },
};

export const googleOthers: readonly Endpoint[] = [batchEmbed, predict, embedOne, countTokens, models];
