import type { ResponseCreateParamsBase, ResponseInput, Tool } from "openai/resources/responses/responses";
import {
  type Concede,
  conceder,
  type GenerateCall,
  type GenerateRequest,
  isObject,
  type ResolvedFunctionTool,
  unsupported,
} from "../../src/kit/index.ts";
import { cacheKey, effortOf, sampling, sentSchema } from "../openai-compatible/base.ts";
import { leadingSystem, responseInput } from "./input.ts";
import type { OpenAIRequestOptions } from "./options.ts";

/** The body of `POST /responses`. */
export const responsesBody = (call: GenerateCall, provider: string): ResponseCreateParamsBase => {
  const { request, model, credential } = call;
  const concede = conceder(call, provider);
  const options = (request.providerOptions ?? {}) as OpenAIRequestOptions;
  const { instructions, rest } = leadingSystem(request.messages);
  const owner = { provider, account: credential.account, model: model.name, concede };
  concedeUnknown(request, concede);
  return {
    model: model.id,
    input: responseInput(rest, owner) as unknown as ResponseInput,
    store: options.store ?? false,
    ...(instructions !== "" && { instructions }),
    ...(request.maxOutputTokens !== undefined && { max_output_tokens: request.maxOutputTokens }),
    ...sampling(call, concede),
    ...tools(call, provider, concede),
    ...text(request, options, concede),
    ...reasoning(call, concede),
    ...cacheKey(call),
    ...(request.user !== undefined && { safety_identifier: request.user }),
    ...(options.serviceTier !== undefined && { service_tier: options.serviceTier as "auto" }),
    ...(options.metadata !== undefined && { metadata: { ...options.metadata } }),
    ...(isObject(model.options["body"]) && model.options["body"]),
    ...options.body,
  };
};

const tools = (call: GenerateCall, provider: string, concede: Concede): object => {
  const { request, model } = call;
  const { toolChoice, parallelToolCalls } = request;
  if (request.tools === undefined || request.tools.length === 0) return {};
  const sent = request.tools.map((tool, index): Tool => {
    if (tool.type === "function") return functionTool(tool, `tools[${index}].input`, concede);
    if (tool.provider === provider) return { type: tool.name, ...tool.options } as unknown as Tool;
    throw unsupported(provider, model.name, `tools[${index}]`, `the tool ${tool.name} is of ${tool.provider}.`);
  });
  return {
    tools: sent,
    ...(toolChoice !== undefined && { tool_choice: choice(toolChoice, request) }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
};

const functionTool = (tool: ResolvedFunctionTool, path: string, concede: Concede): Tool => {
  const { name, description, input, strict = false } = tool;
  const { schema, strict: held } = strict ? sentSchema(input, path, concede) : { schema: input.schema, strict };
  return {
    type: "function",
    name,
    parameters: schema,
    strict: held,
    ...(description !== undefined && { description }),
  };
};

const choice = (toolChoice: NonNullable<GenerateRequest["toolChoice"]>, { tools }: GenerateRequest): unknown => {
  if (typeof toolChoice === "string") return toolChoice;
  const named = tools?.find((tool) => tool.name === toolChoice.tool);
  return named?.type === "provider" ? { type: named.name } : { type: "function", name: toolChoice.tool };
};

const text = (request: GenerateRequest, { verbosity }: OpenAIRequestOptions, concede: Concede): object => {
  const { output } = request;
  const format = output && { type: "json_schema", name: output.name, ...sentSchema(output, "output", concede) };
  if (format === undefined && verbosity === undefined) return {};
  return { text: { ...(format && { format }), ...(verbosity !== undefined && { verbosity }) } };
};

const reasoning = (call: GenerateCall, concede: Concede): object => {
  const { request, model } = call;
  const wish = request.reasoning;
  if (model.capabilities.reasoning !== true) {
    if (wish !== undefined && wish.effort !== "none")
      concede("parameter_dropped", "reasoning", `${model.name} does not reason.`);
    return {};
  }
  if (wish?.budgetTokens !== undefined) {
    concede("parameter_dropped", "reasoning.budgetTokens", "OpenAI's models reason by effort and take no budget.");
  }
  const effort = effortOf(call);
  const summary = wish?.summary === "none" ? undefined : wish?.summary;
  const asked = { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
  // Nothing is stored, so the reasoning itself has to travel, encrypted, to go on from it.
  return { include: ["reasoning.encrypted_content"], ...(Object.keys(asked).length > 0 && { reasoning: asked }) };
};

/** What Responses has no field for. */
const UNKNOWN = ["stop", "seed", "topK", "presencePenalty", "frequencyPenalty"] as const;

const concedeUnknown = (request: GenerateRequest, concede: Concede): void => {
  for (const name of UNKNOWN) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `OpenAI's Responses API has no ${name}.`);
  }
};
