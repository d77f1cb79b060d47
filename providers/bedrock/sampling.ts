import type { InferenceConfiguration } from "@aws-sdk/client-bedrock-runtime";
import type { Concede, GenerateCall, Json } from "../../src/kit/index.ts";
import type { ModelOptions } from "./options.ts";

/** What is drawn from, and when to stop. */
export interface Sampling {
  readonly inferenceConfig: InferenceConfiguration;
  /** For `additionalModelRequestFields`. */
  readonly fields: Readonly<Record<string, Json>>;
}

/** Models that reason take no sampling parameters, unless the registry says that they do; nobody who thinks does at Claude. */
export const buildSampling = (
  { request, model }: GenerateCall,
  { family }: ModelOptions,
  isThinking: boolean,
  concede: Concede,
): Sampling => {
  const { temperature, topP, topK } = request;
  const stop = stopSequences(request.stop, model.capabilities.stop !== false, family === "anthropic", concede);
  const isTaken = model.capabilities.temperature ?? model.capabilities.reasoning !== true;
  if (!isTaken || (isThinking && family === "anthropic")) {
    const why = isTaken ? "is not taken while the model thinks" : "is not taken by this model";
    for (const [name, value] of Object.entries({ temperature, topP, topK })) {
      if (value !== undefined) concede("parameter_dropped", name, `${name} ${why}.`);
    }
    return { inferenceConfig: stop, fields: {} };
  }
  const isOneOfTwo = family === "anthropic" && temperature !== undefined && topP !== undefined;
  if (isOneOfTwo) concede("parameter_dropped", "topP", "Claude takes temperature or topP, not both.");
  return {
    inferenceConfig: {
      ...stop,
      ...warmth(temperature, family, concede),
      ...(topP !== undefined && !isOneOfTwo && { topP }),
    },
    fields: topK === undefined ? {} : topKField(topK, family, concede),
  };
};

const warmth = (
  temperature: number | undefined,
  family: ModelOptions["family"],
  concede: Concede,
): InferenceConfiguration => {
  if (temperature === undefined) return {};
  if (temperature <= 1 || family === "openai") return { temperature };
  // `InferenceConfiguration` in the API reference: at most 1.
  concede("other", "temperature", "Bedrock's temperature ends at 1, which was sent.");
  return { temperature: 1 };
};

/** Converse itself has no such field: each vendor has its own. */
const topKField = (topK: number, family: ModelOptions["family"], concede: Concede): Readonly<Record<string, Json>> => {
  if (family === "anthropic") return { top_k: topK };
  if (family === "nova") return { inferenceConfig: { topK } };
  concede(
    "parameter_dropped",
    "topK",
    "Where this model wants topK is not known (additionalModelRequestFields can say it).",
  );
  return {};
};

const stopSequences = (
  stop: readonly string[] | undefined,
  isTaken: boolean,
  isClaude: boolean,
  concede: Concede,
): InferenceConfiguration => {
  if (stop === undefined || stop.length === 0) return {};
  if (!isTaken) {
    concede("parameter_dropped", "stop", "stop is not taken by this model.");
    return {};
  }
  const taken = stop.filter((sequence) => sequence !== "" && (!isClaude || sequence.trim() !== ""));
  if (taken.length < stop.length) {
    concede("parameter_dropped", "stop", "Claude takes no stop sequence of white space alone.");
  }
  return taken.length === 0 ? {} : { stopSequences: taken };
};
