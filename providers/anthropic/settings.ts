import type { Concede, GenerateRequest } from "../../src/kit/index.ts";
import type { AnthropicRequestOptions } from "./options.ts";

/** Of white space alone none is taken. */
export const stopSequences = ({ stop }: GenerateRequest, concede: Concede): { stop_sequences?: string[] } => {
  const taken = stop?.filter((sequence) => sequence.trim() !== "") ?? [];
  if (stop !== undefined && taken.length < stop.length) {
    concede("parameter_dropped", "stop", "Anthropic takes no stop sequence of white space alone.");
  }
  return taken.length > 0 ? { stop_sequences: taken } : {};
};

const UNKNOWN = ["seed", "presencePenalty", "frequencyPenalty"] as const;

/** Says what Anthropic has no parameter for. */
export const concedeUnknown = (request: GenerateRequest, concede: Concede): void => {
  for (const name of UNKNOWN) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `Anthropic has no ${name}.`);
  }
  if (typeof request.promptCache === "object" && request.promptCache.key !== undefined) {
    concede("other", "promptCache.key", "Anthropic's prompt cache takes no key.");
  }
  const options = request.providerOptions as AnthropicRequestOptions | undefined;
  if (options?.citations === true && request.output !== undefined) {
    concede("parameter_dropped", "providerOptions.citations", "Anthropic cites nothing in an answer that is JSON.");
  }
};

/** What Anthropic alone has, by its own name. */
export const ownParams = ({ serviceTier, speed, inferenceGeo, body }: AnthropicRequestOptions): object => ({
  ...(serviceTier !== undefined && { service_tier: serviceTier }),
  ...(speed !== undefined && { speed }),
  ...(inferenceGeo !== undefined && { inference_geo: inferenceGeo }),
  ...body,
});
