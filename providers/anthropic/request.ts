import type {
  CacheControlEphemeral,
  JSONOutputFormat,
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
import { cacheControl, limitBreakpoints, type Marked } from "./cache-control.ts";
import { type AnthropicRequestOptions, type ModelOptions, modelOptions } from "./options.ts";
import { outputWish } from "./output.ts";
import { buildPrompt, isBegun, type Prompt } from "./prompt.ts";
import { buildSampling, type Sampling } from "./sampling.ts";
import { concedeUnknown, ownParams, stopSequences } from "./settings.ts";
import { buildThinking, isThinking } from "./thinking.ts";
import { buildTools, isForced, type ToolParams } from "./tools.ts";
import type { Turn } from "./turns.ts";

/** `max_tokens` is required; this where neither the request nor the registry's `limit.output` says one. */
const DEFAULT_MAX_TOKENS = 4_096;

/** Ids of other vendors' calls may hold what Anthropic refuses. */
const TOOL_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** A request as Anthropic takes it. */
export interface AnthropicRequest {
  readonly body: MessageCreateParamsBase & Sampling;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who translates: the provider's name, the version of the API that it asks for, and the betas of all its requests. */
export interface Translator {
  readonly name: string;
  readonly version: string | undefined;
  readonly betas: readonly string[];
}

/** Translates; says by the call's `report` what could not be done as asked. */
export const buildRequest = (call: GenerateCall, translator: Translator): AnthropicRequest => {
  const { request, model } = call;
  const concede = conceder(call, translator.name);
  const options = (request.providerOptions ?? {}) as AnthropicRequestOptions;
  const own = modelOptions(model, translator.version);
  const { prompt, tools, format } = buildContent(call, translator, own, concede);
  const maxTokens = request.maxOutputTokens ?? model.limit.output ?? DEFAULT_MAX_TOKENS;
  const barred = barsThinking(prompt, tools, own);
  const { effort, ...thinking } = buildThinking({ reasoning: request.reasoning, barred, maxTokens }, own, concede);
  const version = own.version;
  const betas = [...translator.betas, ...(options.betas ?? [])];
  concedeUnknown(request, concede);
  return {
    headers: {
      ...(version !== undefined && { "anthropic-version": version }),
      ...(betas.length > 0 && { "anthropic-beta": [...new Set(betas)].join(",") }),
    },
    body: {
      model: model.id,
      max_tokens: maxTokens,
      messages: prompt.messages.map(messageParam),
      ...(prompt.system.length > 0 && { system: [...prompt.system] }),
      ...breakpoints(prompt, tools, request.promptCache),
      ...tools,
      ...thinking,
      ...outputConfig(format, effort),
      ...buildSampling(request, { model, version, thinking: isThinking(thinking) }, concede),
      ...stopSequences(request, concede),
      ...(request.user !== undefined && { metadata: { user_id: request.user } }),
      ...ownParams(options),
    },
  };
};

/** What `count_tokens` takes; `context_management` and `mcp_servers` by betas. */
const COUNTED = [
  "messages",
  "model",
  "cache_control",
  "output_config",
  "speed",
  "system",
  "thinking",
  "tool_choice",
  "tools",
  "context_management",
  "mcp_servers",
] as const satisfies readonly (keyof MessageCountTokensParams | "context_management" | "mcp_servers")[];

/** What of a request counts as input. */
export const countedParams = (body: AnthropicRequest["body"]): Partial<MessageCountTokensParams> => {
  const counted = new Set<string>(COUNTED);
  return Object.fromEntries(Object.entries(body).filter(([name]) => counted.has(name)));
};

/** Systems take text alone, and only text was put there. */
const messageParam = ({ role, content }: Turn): MessageParam =>
  role === "system" ? { role, content: content.filter((block) => block.type === "text") } : { role, content };

/** What is said to the model. */
interface Content {
  readonly prompt: Prompt;
  readonly tools: ToolParams;
  readonly format: JSONOutputFormat | undefined;
}

const buildContent = (
  { request, model, credential }: GenerateCall,
  translator: Translator,
  own: ModelOptions,
  concede: Concede,
): Content => {
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
  const prompt = buildPrompt(request.messages, prompting);
  const { format, words } = outputWish(request.output, isBegun(prompt), concede);
  const system = words === undefined ? prompt.system : [...prompt.system, words];
  return { prompt: { ...prompt, system }, tools, format };
};

/** A model that always thinks is asked to choose for itself. */
const freed = (request: GenerateRequest, { thinking }: ModelOptions, concede: Concede): GenerateRequest => {
  const { toolChoice } = request;
  if (thinking !== "always" || (toolChoice !== "required" && typeof toolChoice !== "object")) return request;
  concede("parameter_dropped", "toolChoice", "This model always thinks, and no tool can be forced on it.");
  return { ...request, toolChoice: "auto" };
};

/** Why the model may not think this time, though it could. */
const barsThinking = (prompt: Prompt, tools: ToolParams, { thinking }: ModelOptions): string | undefined => {
  if (isForced(tools.tool_choice)) return "Anthropic's models do not think where a tool is forced.";
  if (isBegun(prompt)) return "Anthropic's models do not think where their answer is begun for them.";
  const [turn, last] = prompt.messages.filter(({ role }) => role !== "system").slice(-2);
  const isInLoop = last?.content[0]?.type === "tool_result";
  const goneOnWith = isInLoop ? turn : last?.role === "assistant" ? last : undefined;
  const first = goneOnWith?.content[0]?.type;
  const isSigned = first === "thinking" || first === "redacted_thinking";
  if (thinking !== "enabled" || goneOnWith === undefined || isSigned) return undefined;
  return "This model cannot begin to think in the middle of its turn.";
};

/** Caching costs more than it saves for a prompt that is not sent again: so it is asked for by the caller, never by default. */
const breakpoints = (
  { system, messages }: Prompt,
  { tools = [] }: ToolParams,
  wish: GenerateRequest["promptCache"],
): { cache_control?: CacheControlEphemeral } => {
  const wanted = typeof wish === "object" ? cacheControl(wish) : undefined;
  const blocks: Marked[] = [...tools, ...system];
  for (const { content } of messages) blocks.push(...content);
  const whole = limitBreakpoints(blocks, wanted);
  return whole === undefined ? {} : { cache_control: whole };
};

const outputConfig = (
  format: OutputConfig["format"] | undefined,
  effort: OutputConfig["effort"] | undefined,
): { output_config?: OutputConfig } =>
  format === undefined && effort === undefined
    ? {}
    : { output_config: { ...(effort !== undefined && { effort }), ...(format !== undefined && { format }) } };
