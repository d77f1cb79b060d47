import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Concede, GenerateCall } from "../../src/kit/index.ts";

type Sampling = Pick<
  LanguageModelV4CallOptions,
  | "maxOutputTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "stopSequences"
  | "seed"
  | "presencePenalty"
  | "frequencyPenalty"
>;

/** By the registry these are left out; what else a model does not take, its own provider warns of. */
const BY_TEMPERATURE = ["temperature", "topP", "topK"] as const;
const PLAIN = ["maxOutputTokens", "seed", "presencePenalty", "frequencyPenalty"] as const;

export const samplingOf = ({ request, model }: GenerateCall, concede: Concede): Sampling => {
  const sampling: Sampling = {};
  for (const name of PLAIN) {
    const value = request[name];
    if (value !== undefined) sampling[name] = value;
  }
  for (const name of BY_TEMPERATURE) {
    const value = request[name];
    if (value === undefined) continue;
    if (model.capabilities.temperature !== false) sampling[name] = value;
    else concede("parameter_dropped", name, `${model.name} takes no ${name}.`);
  }
  const { stop } = request;
  if (stop === undefined) return sampling;
  if (model.capabilities.stop !== false) return { ...sampling, stopSequences: [...stop] };
  concede("parameter_dropped", "stop", `${model.name} takes no stop sequences.`);
  return sampling;
};
