import type { Concede, GenerateCall, ProviderModel } from "../../src/kit/index.ts";

/** Models that reason take no sampling parameters, unless the registry says that they do. */
export const takesSampling = ({ capabilities }: ProviderModel): boolean =>
  capabilities.temperature ?? capabilities.reasoning !== true;

/** Models that take no sampling parameters take no `stop` either, unless the registry says that they do. */
export const takesStop = (model: ProviderModel): boolean => model.capabilities.stop ?? takesSampling(model);

interface Sampling {
  temperature?: number;
  top_p?: number;
}

/** `temperature` and `top_p`, where the model takes them. */
export const sampling = ({ request, model }: GenerateCall, concede: Concede): Sampling => {
  const { temperature, topP } = request;
  if (takesSampling(model)) {
    return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { top_p: topP }) };
  }
  for (const name of ["temperature", "topP"] as const) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `${model.name} takes no ${name}.`);
  }
  return {};
};
