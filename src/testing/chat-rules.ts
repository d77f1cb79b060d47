import { type Fields, isFields, list, text } from "./dialect.ts";
import {
  fieldSet,
  firstOf,
  formatViolation,
  functionViolation,
  nameViolation,
  needsResponses,
  partViolation,
  reasons,
  samplingViolation,
  unknownField,
} from "./strict-rules.ts";

/** https://platform.openai.com/docs/api-reference/chat/create */
const FIELDS = fieldSet(`audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
  max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed
  service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity
  web_search_options`);
const PARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  system: fieldSet("text"),
  developer: fieldSet("text"),
  tool: fieldSet("text"),
  user: fieldSet("text image_url input_audio file"),
  assistant: fieldSet("text refusal"),
};
const MOST_STOPS = 4;
const LONGEST_ID = 40;

/** Why OpenAI would answer 400 to a request of Chat Completions; nothing where it would not. */
export const chatViolation = (body: Fields): string | undefined =>
  firstOf([
    () => {
      const unknown = unknownField(body, FIELDS);
      return unknown === undefined ? undefined : `Unrecognized request argument supplied: ${unknown}`;
    },
    () => messagesViolation(body["messages"]),
    () => limitsViolation(body),
    () => samplingViolation(body, body["reasoning_effort"]),
    () => toolsViolation(body),
    () => {
      const format = isFields(body["response_format"]) ? body["response_format"] : {};
      if (format["type"] !== "json_schema") return undefined;
      const told = isFields(format["json_schema"]) ? format["json_schema"] : {};
      return formatViolation(told, "response_format.json_schema");
    },
  ]);

/** Roles, contents, and that every call is answered at once, and nothing else. */
export const messagesViolation = (told: unknown): string | undefined => {
  const messages = list(told);
  if (messages.length === 0) return "[] is too short - 'messages'";
  const called = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    const found = messageViolation(message, path);
    if (found !== undefined) return found;
    if (message["role"] === "tool") {
      if (!called.delete(message["tool_call_id"])) {
        return "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
      }
      continue;
    }
    if (called.size > 0) return UNANSWERED;
    for (const call of list(message["tool_calls"])) called.add(call["id"]);
  }
  return called.size > 0 ? UNANSWERED : undefined;
};

const UNANSWERED =
  "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";

const messageViolation = (message: Fields, path: string): string | undefined => {
  const role = text(message["role"]);
  const parts = PARTS[role];
  if (parts === undefined) return `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user' …`;
  const { content } = message;
  const calls = list(message["tool_calls"]);
  const isBare = role === "assistant" && (calls.length > 0 || typeof message["refusal"] === "string");
  if (content === null || content === undefined) {
    return isBare ? callsViolation(calls, path) : `Invalid value for 'content': expected a string, got null.`;
  }
  return partViolation(content, parts, `${path}.content`) ?? callsViolation(calls, path);
};

const callsViolation = (calls: readonly Fields[], path: string): string | undefined => {
  for (const [index, call] of calls.entries()) {
    const at = `${path}.tool_calls[${index}]`;
    const id = text(call["id"]);
    if (id === "") return `Missing required parameter: '${at}.id'.`;
    if (id.length > LONGEST_ID) return `Invalid '${at}.id': string too long. Expected maximum length ${LONGEST_ID}.`;
    const fn = isFields(call["function"]) ? call["function"] : {};
    if (call["type"] !== "function") return `Invalid value: '${text(call["type"])}' at '${at}.type'.`;
    if (typeof fn["arguments"] !== "string") return `Invalid type for '${at}.function.arguments': expected a string.`;
    const misnamed = nameViolation(fn["name"], `${at}.function.name`);
    if (misnamed !== undefined) return misnamed;
  }
  return undefined;
};

const limitsViolation = (body: Fields): string | undefined => {
  const { stop } = body;
  const isReasoning = reasons(text(body["model"]));
  if (isReasoning && body["max_tokens"] !== undefined) {
    return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  }
  if (isReasoning && stop !== undefined) return "Unsupported parameter: 'stop' is not supported with this model.";
  if (Array.isArray(stop) && stop.length > MOST_STOPS) return "Invalid 'stop': array too long.";
  if (body["stream_options"] !== undefined && body["stream"] !== true) {
    return "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
  }
  return undefined;
};

const toolsViolation = (body: Fields): string | undefined => {
  const tools = list(body["tools"]);
  if (body["tools"] !== undefined && tools.length === 0) return "[] is too short - 'tools'";
  for (const name of ["tool_choice", "parallel_tool_calls"]) {
    if (tools.length === 0 && body[name] !== undefined) return `'${name}' is only allowed when 'tools' are specified.`;
  }
  for (const [index, tool] of tools.entries()) {
    if (tool["type"] !== "function") return `Invalid value: '${text(tool["type"])}' at 'tools[${index}].type'.`;
    const fn = isFields(tool["function"]) ? tool["function"] : {};
    const found = functionViolation(fn, fn["strict"] === true, `tools[${index}].function`);
    if (found !== undefined) return found;
  }
  const model = text(body["model"]);
  if (tools.length === 0 || !needsResponses(model) || body["reasoning_effort"] === "none") return undefined;
  return `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. Please use /v1/responses instead.`;
};
