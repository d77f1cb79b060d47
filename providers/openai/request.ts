import type { ResponseCreateParamsBase } from "openai/resources/responses/responses";
import {
  type Concede,
  conceder,
  type GenerateCall,
  type GenerateRequest,
  isObject,
  pairedHistory,
} from "../../src/kit/index.ts";
import { concedePrefill, sampling, sentSchema } from "../openai-compatible/base.ts";
import { promptCache } from "./cache.ts";
import { leadingSystem, responseInput } from "./input.ts";
import type { OpenAIRequestOptions } from "./options.ts";
import { reasoning } from "./reasoning.ts";
import { tools } from "./tools.ts";

/** The body of `POST /responses`. What the registry and `providerOptions` add goes over what is made here. */
export const responsesBody = (call: GenerateCall, provider: string): object => {
  const { request, model, credential } = call;
  const concede = conceder(call, provider);
  const options = (request.providerOptions ?? {}) as OpenAIRequestOptions;
  const cache = promptCache(call, concede);
  const messages = pairedHistory(request.messages, concede);
  const { instructions, rest } = leadingSystem(messages, cache.breakpoint);
  const owner = { provider, account: credential.account, model: model.name, concede, breakpoint: cache.breakpoint };
  concedeUnknown(request, concede);
  concedePrefill(messages, concede);
  const { maxOutputTokens, user } = request;
  const { serviceTier, metadata } = options;
  const body: ResponseCreateParamsBase = {
    model: model.id,
    input: responseInput(rest, owner),
    store: options.store ?? false,
    ...(instructions !== "" && { instructions }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: outputLimit(maxOutputTokens, concede) }),
    ...sampling(call, concede),
    ...tools(call, provider, concede),
    ...text(request, options, concede),
    ...reasoning(call, concede),
    ...cache.fields,
    ...(user !== undefined && { safety_identifier: user }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
    ...(metadata !== undefined && { metadata: { ...metadata } }),
  };
  const { body: registryBody } = model.options;
  return { ...body, ...(isObject(registryBody) && registryBody), ...options.body };
};

/** What the API takes at the least. */
const LEAST_OUTPUT = 16;

const outputLimit = (wanted: number, concede: Concede): number => {
  if (wanted >= LEAST_OUTPUT) return wanted;
  concede(
    "other",
    "maxOutputTokens",
    `OpenAI's Responses API takes no limit below ${LEAST_OUTPUT} tokens: it is that.`,
  );
  return LEAST_OUTPUT;
};

const text = (
  request: GenerateRequest,
  { verbosity }: OpenAIRequestOptions,
  concede: Concede,
): Pick<ResponseCreateParamsBase, "text"> => {
  const { output } = request;
  if (output === undefined) return verbosity === undefined ? {} : { text: { verbosity } };
  const { schema, strict } = sentSchema(output, "output", concede);
  const format = { type: "json_schema" as const, name: output.name, schema: { ...schema }, strict };
  return { text: { format, ...(verbosity !== undefined && { verbosity }) } };
};

/** What Responses has no field for. */
const UNKNOWN = ["stop", "seed", "topK", "presencePenalty", "frequencyPenalty"] as const;

const concedeUnknown = (request: GenerateRequest, concede: Concede): void => {
  for (const name of UNKNOWN) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `OpenAI's Responses API has no ${name}.`);
  }
};
