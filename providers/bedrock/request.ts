import type { ConverseStreamCommandInput, OutputConfig, ToolConfiguration } from "@aws-sdk/client-bedrock-runtime";
import {
  type Concede,
  conceder,
  type GenerateCall,
  type GenerateRequest,
  type Json,
  type Message,
  pairedHistory,
  toolIdsOf,
  unsupported,
} from "../../src/kit/index.ts";
import { cachePoint, limitCachePoints } from "./cache-point.ts";
import { documentNames } from "./document-name.ts";
import { type BedrockRequestOptions, type ModelOptions, modelOptions } from "./options.ts";
import { buildPrompt, type Prompt, turns } from "./prompt.ts";
import type { Prompting } from "./prompting.ts";
import { buildReasoning } from "./reasoning.ts";
import { buildSampling } from "./sampling.ts";
import { bedrockSchema } from "./schema.ts";
import { buildTools, concedeSchema, isForced } from "./tools.ts";

/** Ids of other vendors' calls may hold what Bedrock refuses (API reference, `ToolUseBlock`). */
const TOOL_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** Translates; says by the call's `report` what could not be done as asked. Of Converse and ConverseStream alike. */
export const buildRequest = (call: GenerateCall, provider: string): ConverseStreamCommandInput => {
  const { request, model } = call;
  const concede = conceder(call, provider);
  const own = modelOptions(model);
  const options = (request.providerOptions ?? {}) as BedrockRequestOptions;
  const messages = pairedHistory(request.messages, concede);
  const prompting = promptingOf(call, messages, provider, own, concede);
  const prompt = buildPrompt(messages, prompting);
  const toolConfig = buildTools(request, prompt, own, prompting);
  setCachePoints(prompt, request.promptCache, own, concede);
  const maxTokens = request.maxOutputTokens ?? model.limit.output;
  const barred = barsThinking(prompt, toolConfig, own);
  const reasoning = buildReasoning({ reasoning: request.reasoning, barred, maxTokens }, own, concede);
  const sampling = buildSampling(call, own, reasoning.isThinking, concede);
  const fields = {
    ...reasoning.fields,
    ...sampling.fields,
    ...oneToolAtATime(request, toolConfig, own, concede),
    ...options.additionalModelRequestFields,
  };
  const inferenceConfig = { ...(maxTokens !== undefined && { maxTokens }), ...sampling.inferenceConfig };
  concedeUnknown(request, concede);
  if (wantsCitations(request) && request.output !== undefined && own.family === "anthropic") {
    concede("parameter_dropped", "providerOptions.citations", "Claude cites nothing in an answer that is JSON.");
  }
  return {
    modelId: model.id,
    messages: turns(prompt),
    ...(prompt.system.length > 0 && { system: prompt.system }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...(toolConfig !== undefined && { toolConfig }),
    ...outputConfig(request, reasoning.effort, concede),
    ...(Object.keys(fields).length > 0 && { additionalModelRequestFields: fields as JsonDocument }),
    ...ownFields(options),
  };
};

const wantsCitations = ({ providerOptions }: GenerateRequest): boolean =>
  (providerOptions as BedrockRequestOptions | undefined)?.citations === true;

type JsonDocument = NonNullable<ConverseStreamCommandInput["additionalModelRequestFields"]>;

const promptingOf = (
  { request, model, credential }: GenerateCall,
  messages: readonly Message[],
  provider: string,
  own: ModelOptions,
  concede: Concede,
): Prompting => ({
  provider,
  account: credential.account,
  cacheHints: request.promptCache !== "off" && own.promptCache,
  citations: wantsCitations(request) && !(own.family === "anthropic" && request.output !== undefined),
  systemMessages: own.systemMessages,
  prefill: own.prefill,
  toolId: toolIdsOf(messages, TOOL_ID),
  documentName: documentNames(),
  concede,
  unsupported: (path, message) => unsupported(provider, model.name, path, message),
});

/** Caching costs more than it saves for a prompt that is not sent again: so it is asked for by the caller, never by default. */
const setCachePoints = (
  prompt: Prompt,
  wish: GenerateRequest["promptCache"],
  { promptCache, family }: ModelOptions,
  concede: Concede,
): void => {
  if (typeof wish === "object") {
    if (!promptCache) concede("other", "promptCache", "This model's prompts are not cached.");
    else prompt.messages.at(-1)?.content.push(cachePoint(wish));
    if (wish.key !== undefined) concede("other", "promptCache.key", "Bedrock's prompt cache takes no key.");
  }
  // Nova's caches live five minutes (user guide, prompt caching).
  limitCachePoints([prompt.system, ...prompt.messages.map(({ content }) => content)], family !== "nova");
};

/** Why Claude may not think this time, though it could. */
const barsThinking = (
  { messages }: Prompt,
  toolConfig: ToolConfiguration | undefined,
  { reasoning }: ModelOptions,
): string | undefined => {
  if (isForced(toolConfig)) return "Claude does not think where a tool is forced.";
  const [turn, last] = messages.slice(-2);
  const isInLoop = last?.content[0]?.toolResult !== undefined && turn?.role === "assistant";
  const isSigned = turn?.content.some(({ reasoningContent }) => reasoningContent !== undefined);
  if (reasoning !== "enabled" || !isInLoop || isSigned === true) return undefined;
  return "This model cannot begin to think between a tool's call and its result.";
};

/** Claude's own switch. Its `type` is said where Converse says none, and nowhere twice: either is answered with 400. */
const oneToolAtATime = (
  { parallelToolCalls }: GenerateRequest,
  toolConfig: ToolConfiguration | undefined,
  { family }: ModelOptions,
  concede: Concede,
): Readonly<Record<string, Json>> => {
  if (parallelToolCalls !== false || toolConfig === undefined) return {};
  if (family !== "anthropic") {
    concede("parameter_dropped", "parallelToolCalls", "This model cannot be held to one tool at a time.");
    return {};
  }
  const type = toolConfig.toolChoice === undefined ? { type: "auto" } : {};
  return { tool_choice: { ...type, disable_parallel_tool_use: true } };
};

const outputConfig = (
  { output }: GenerateRequest,
  effort: string | undefined,
  concede: Concede,
): { readonly outputConfig?: OutputConfig } => {
  const told = effort !== undefined && { effort };
  if (output === undefined) return told === false ? {} : { outputConfig: told };
  const { schema, unenforced } = bedrockSchema(output.schema);
  concedeSchema(unenforced, "output", concede);
  const jsonSchema = { name: output.name, schema: JSON.stringify(schema) };
  return { outputConfig: { ...told, textFormat: { type: "json_schema", structure: { jsonSchema } } } };
};

const UNKNOWN = ["seed", "presencePenalty", "frequencyPenalty", "user"] as const;

const concedeUnknown = (request: GenerateRequest, concede: Concede): void => {
  for (const name of UNKNOWN) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `Converse has no ${name}.`);
  }
};

const ownFields = (options: BedrockRequestOptions): Partial<ConverseStreamCommandInput> => {
  const { guardrailConfig, performanceConfig, serviceTier, requestMetadata } = options;
  const { additionalModelResponseFieldPaths: paths } = options;
  return {
    ...(guardrailConfig !== undefined && { guardrailConfig }),
    ...(performanceConfig !== undefined && { performanceConfig }),
    ...(serviceTier !== undefined && { serviceTier: { type: serviceTier } }),
    ...(requestMetadata !== undefined && { requestMetadata: { ...requestMetadata } }),
    ...(paths !== undefined && { additionalModelResponseFieldPaths: [...paths] }),
  };
};
