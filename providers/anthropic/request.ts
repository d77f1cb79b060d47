import type {
  CacheControlEphemeral,
  ContentBlockParam,
  MessageCountTokensParams,
  MessageCreateParamsBase,
  MessageParam,
  OutputConfig,
} from "@anthropic-ai/sdk/resources/messages/messages";
import {
  type Concede,
  conceder,
  type GenerateCall,
  type GenerateRequest,
  toolIdsOf,
  unsupported,
} from "../../src/kit/index.ts";
import { cacheControl, limitBreakpoints } from "./cache-control.ts";
import { type AnthropicRequestOptions, type ModelOptions, modelOptions } from "./options.ts";
import { buildPrompt, type Prompt } from "./prompt.ts";
import { buildSampling, type Sampling } from "./sampling.ts";
import { anthropicSchema } from "./schema.ts";
import { buildThinking, isThinking } from "./thinking.ts";
import { buildTools, concedeSchema, isForced, type ToolParams } from "./tools.ts";

/** `max_tokens` is required; this where neither the request nor the registry's `limit.output` says one. */
const DEFAULT_MAX_TOKENS = 4_096;

/** Ids of other vendors' calls may hold what Anthropic refuses. */
const TOOL_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** A request as Anthropic takes it. */
export interface AnthropicRequest {
  readonly body: MessageCreateParamsBase & Sampling;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who translates: the provider's name, and the version of the API that it asks for. */
export interface Translator {
  readonly name: string;
  readonly version: string | undefined;
}

/** Translates; says by the call's `report` what could not be done as asked. */
export const buildRequest = (call: GenerateCall, translator: Translator): AnthropicRequest => {
  const { request, model } = call;
  const concede = conceder(call, translator.name);
  const options = (request.providerOptions ?? {}) as AnthropicRequestOptions;
  const own = modelOptions(model, translator.version);
  const { prompt, tools } = buildContent(call, translator, own, concede);
  const maxTokens = request.maxOutputTokens ?? model.limit.output ?? DEFAULT_MAX_TOKENS;
  const barred = barsThinking(prompt, tools, own);
  const { effort, ...thinking } = buildThinking({ reasoning: request.reasoning, barred, maxTokens }, own, concede);
  const version = own.version;
  concedeUnknown(request, concede);
  return {
    headers: {
      ...(version !== undefined && { "anthropic-version": version }),
      ...(options.betas !== undefined && { "anthropic-beta": options.betas.join(",") }),
    },
    body: {
      model: model.id,
      max_tokens: maxTokens,
      messages: prompt.messages as MessageParam[],
      ...(prompt.system.length > 0 && { system: prompt.system }),
      ...breakpoints(prompt, request.promptCache),
      ...tools,
      ...thinking,
      ...outputConfig(request, effort, concede),
      ...buildSampling(request, { model, version, thinking: isThinking(thinking) }, concede),
      ...stopSequences(request, concede),
      ...(request.user !== undefined && { metadata: { user_id: request.user } }),
      ...ownParams(options),
    },
  };
};

/** What of a request counts as input, and `count_tokens` takes. */
export const countedParams = (body: AnthropicRequest["body"]): Partial<MessageCountTokensParams> => {
  const { max_tokens, temperature, top_p, top_k, stop_sequences, metadata, service_tier, inference_geo, ...rest } =
    body;
  return rest;
};

const buildContent = (
  { request, model, credential }: GenerateCall,
  translator: Translator,
  own: ModelOptions,
  concede: Concede,
): { readonly prompt: Prompt; readonly tools: ToolParams } => {
  const options = (request.providerOptions ?? {}) as AnthropicRequestOptions;
  const prompting = {
    provider: translator.name,
    account: credential.account,
    cacheHints: request.promptCache !== "off",
    citations: options.citations === true && request.output === undefined,
    systemMessages: own.systemMessages,
    prefill: own.prefill,
    toolId: toolIdsOf(request.messages, TOOL_ID),
    concede,
    unsupported: (path: string, message: string) => unsupported(translator.name, model.name, path, message),
  };
  const tools = buildTools(freed(request, own, concede), prompting);
  return { prompt: buildPrompt(request.messages, prompting), tools };
};

/** A model that always thinks is asked to choose for itself. */
const freed = (request: GenerateRequest, { thinking }: ModelOptions, concede: Concede): GenerateRequest => {
  const { toolChoice } = request;
  if (thinking !== "always" || (toolChoice !== "required" && typeof toolChoice !== "object")) return request;
  concede("parameter_dropped", "toolChoice", "This model always thinks, and no tool can be forced on it.");
  return { ...request, toolChoice: "auto" };
};

/** Why the model may not think this time, though it could. */
const barsThinking = ({ messages }: Prompt, tools: ToolParams, { thinking }: ModelOptions): string | undefined => {
  if (isForced(tools.tool_choice)) return "Anthropic's models do not think where a tool is forced.";
  const [turn, last] = messages.slice(-2);
  const isInLoop = last?.content[0]?.type === "tool_result" && turn?.role === "assistant";
  const isSigned = turn?.content.some(({ type }) => type === "thinking" || type === "redacted_thinking");
  if (thinking !== "enabled" || !isInLoop || isSigned === true) return undefined;
  return "This model cannot begin to think between a tool's call and its result.";
};

/** Caching costs more than it saves for a prompt that is not sent again: so it is asked for by the caller, never by default. */
const breakpoints = (
  { system, messages }: Prompt,
  wish: GenerateRequest["promptCache"],
): { cache_control?: CacheControlEphemeral } => {
  const whole = typeof wish === "object" ? cacheControl(wish) : undefined;
  const blocks: ContentBlockParam[] = [...system];
  for (const { content } of messages) blocks.push(...content);
  limitBreakpoints(blocks, whole);
  return whole === undefined ? {} : { cache_control: whole };
};

const outputConfig = (
  { output }: GenerateRequest,
  effort: OutputConfig["effort"] | undefined,
  concede: Concede,
): { output_config?: OutputConfig } => {
  if (output === undefined) return effort === undefined ? {} : { output_config: { effort } };
  const { schema, unenforced } = anthropicSchema(output.schema);
  concedeSchema(unenforced, "output", concede);
  return { output_config: { ...(effort !== undefined && { effort }), format: { type: "json_schema", schema } } };
};

const stopSequences = ({ stop }: GenerateRequest, concede: Concede): { stop_sequences?: string[] } => {
  const taken = stop?.filter((sequence) => sequence.trim() !== "") ?? [];
  if (stop !== undefined && taken.length < stop.length) {
    concede("parameter_dropped", "stop", "Anthropic takes no stop sequence of white space alone.");
  }
  return taken.length > 0 ? { stop_sequences: taken } : {};
};

const UNKNOWN = ["seed", "presencePenalty", "frequencyPenalty"] as const;

const concedeUnknown = (request: GenerateRequest, concede: Concede): void => {
  for (const name of UNKNOWN) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `Anthropic has no ${name}.`);
  }
  const options = request.providerOptions as AnthropicRequestOptions | undefined;
  if (options?.citations === true && request.output !== undefined) {
    concede("parameter_dropped", "providerOptions.citations", "Anthropic cites nothing in an answer that is JSON.");
  }
};

const ownParams = ({ serviceTier, speed, inferenceGeo, body }: AnthropicRequestOptions): object => ({
  ...(serviceTier !== undefined && { service_tier: serviceTier }),
  ...(speed !== undefined && { speed }),
  ...(inferenceGeo !== undefined && { inference_geo: inferenceGeo }),
  ...body,
});
