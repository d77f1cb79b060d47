import { wrongCount } from "./anthropic-rules.ts";
import { bytes, type Endpoint, text, vectorOf } from "./dialect.ts";

const DIMENSIONS = 64;

/** `POST /embeddings`. */
const embeddings: Endpoint = {
  matches: ({ path }) => path.endsWith("/embeddings"),
  asked: ({ body }) => ({ model: text(body["model"]) }),
  answer({ body }, tokens) {
    const { input, dimensions, model } = body;
    const texts = typeof input === "string" ? [input] : Array.isArray(input) ? input.map(text) : [];
    if (texts.length === 0 || texts.includes("")) return { invalid: "'$.input' is invalid." };
    const used = tokens(bytes(texts.join("")));
    const data = texts.map((said, index) => ({
      object: "embedding",
      index,
      embedding: vectorOf(said, Number(dimensions ?? DIMENSIONS)),
    }));
    return {
      body: { object: "list", data, model, usage: { prompt_tokens: used, total_tokens: used } },
      inputTokens: used,
    };
  },
};

/** `GET /models`. Anthropic has the same path, and a header of its own; Google another version in the path. */
const models: Endpoint = {
  matches: ({ path, headers }) =>
    path.endsWith("/models") && !path.includes("/v1beta") && headers["anthropic-version"] === undefined,
  asked: () => ({ model: "" }),
  answer: (_wire, _tokens, known) => ({
    body: { object: "list", data: known.map((id) => ({ id, object: "model", created: 1, owned_by: "sim" })) },
    inputTokens: 0,
  }),
};

export const openaiOthers: readonly Endpoint[] = [embeddings, models];

/** Anthropic's lists and counts. */
export const anthropicOthers: readonly Endpoint[] = [
  {
    matches: ({ path, headers }) => path.endsWith("/models") && headers["anthropic-version"] !== undefined,
    asked: () => ({ model: "" }),
    answer: (_wire, _tokens, known) => ({
      body: { data: known.map((id) => ({ id, type: "model", display_name: id })), has_more: false },
      inputTokens: 0,
    }),
  },
  {
    matches: ({ path }) => path.endsWith("/messages/count_tokens"),
    asked: ({ body }) => ({ model: text(body["model"]) }),
    answer(wire, tokens) {
      const wrong = wrongCount(wire, () => true);
      if (wrong !== undefined) return { invalid: wrong };
      const { messages, system, tools } = wire.body;
      return {
        body: { input_tokens: tokens(bytes(JSON.stringify([system ?? "", messages, tools ?? []]))) },
        inputTokens: 0,
      };
    },
  },
];
