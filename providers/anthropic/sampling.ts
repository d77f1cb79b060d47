import type { Concede, GenerateRequest, ProviderModel } from "../../src/kit/index.ts";

/** Parameters that the API took before this version; from it on they are answered with 400 (platform.claude.com, migration). */
const SAMPLING_ENDED = "2026-10-21";

/** Gone from the SDK's own types. */
export interface Sampling {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
}

/** Only a model that takes them, asked in a version of the API that takes them, gets them; nobody who thinks does. */
export const buildSampling = (
  request: GenerateRequest,
  { model, version, thinking }: { model: ProviderModel; version: string | undefined; thinking: boolean },
  concede: Concede,
): Sampling => {
  const { temperature, topP, topK } = request;
  const taken =
    model.capabilities.temperature === true && version !== undefined && version < SAMPLING_ENDED && !thinking;
  if (taken) {
    if (temperature !== undefined && topP !== undefined) {
      concede("parameter_dropped", "topP", "Anthropic takes temperature or topP, not both.");
    }
    return {
      ...warmth(temperature, concede),
      ...(temperature === undefined && topP !== undefined && { top_p: topP }),
      ...(topK !== undefined && { top_k: topK }),
    };
  }
  const why = thinking
    ? "is not taken while the model thinks"
    : "is not taken by this model in this version of the API";
  for (const [name, value] of Object.entries({ temperature, topP, topK })) {
    if (value !== undefined) concede("parameter_dropped", name, `${name} ${why}.`);
  }
  return {};
};

const warmth = (temperature: number | undefined, concede: Concede): Sampling => {
  if (temperature === undefined) return {};
  if (temperature > 1) concede("other", "temperature", "Anthropic's temperature ends at 1, which was sent.");
  return { temperature: Math.min(temperature, 1) };
};
