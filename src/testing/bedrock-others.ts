import { bytes, type Endpoint, isFields, list, text, vectorOf, type Wire } from "./dialect.ts";

const TITAN_DIMENSIONS = 1_024;
const COHERE_DIMENSIONS = 64;
const COHERE_TEXTS = 96;

const asked = ({ path }: Wire): { readonly model: string } => ({
  model: decodeURIComponent(/\/model\/([^/]+)\//.exec(path)?.[1] ?? ""),
});

/** `InvokeModel` of an embedding model: Titan takes one text, Cohere a list. */
const invoke: Endpoint = {
  matches: ({ path }) => /\/model\/[^/]+\/invoke$/.test(path),
  asked,
  answer({ body, path }, tokens) {
    if (asked({ path } as Wire).model.includes("titan")) {
      const { inputText, dimensions, ...others } = body;
      if (text(inputText) === "") return { invalid: "Malformed input request: expected minLength: 1" };
      const unknown = Object.keys(others).find((key) => key !== "normalize" && key !== "embeddingTypes");
      if (unknown !== undefined)
        return { invalid: `Malformed input request: extraneous key [${unknown}] is not permitted` };
      const used = tokens(bytes(text(inputText)));
      const embedding = vectorOf(text(inputText), Number(dimensions ?? TITAN_DIMENSIONS));
      return {
        body: { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: used },
        inputTokens: used,
      };
    }
    const texts = Array.isArray(body["texts"]) ? body["texts"].map(text) : [];
    if (texts.length === 0 || texts.length > COHERE_TEXTS || texts.includes(""))
      return { invalid: "Malformed input request: texts" };
    if (text(body["input_type"]) === "") return { invalid: "Malformed input request: input_type is required" };
    const used = tokens(bytes(texts.join("")));
    const float = texts.map((said) => vectorOf(said, Number(body["output_dimension"] ?? COHERE_DIMENSIONS)));
    const answer = { embeddings: { float }, id: "e-1", response_type: "embeddings_by_type", texts };
    return { body: answer, inputTokens: used, headers: { "x-amzn-bedrock-input-token-count": String(used) } };
  },
};

const countTokens: Endpoint = {
  matches: ({ path }) => /\/model\/[^/]+\/count-tokens$/.test(path),
  asked,
  answer({ body }, tokens) {
    const input = isFields(body["input"]) ? body["input"] : {};
    const converse = isFields(input["converse"]) ? input["converse"] : {};
    if (list(converse["messages"]).length === 0) return { invalid: "A conversation must have at least one message." };
    const { messages, system, toolConfig } = converse;
    return {
      body: { inputTokens: tokens(bytes(JSON.stringify([system ?? [], messages, toolConfig ?? {}]))) },
      inputTokens: 0,
    };
  },
};

export const bedrockOthers: readonly Endpoint[] = [invoke, countTokens];
