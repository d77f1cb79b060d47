import { chatViolation } from "./chat-rules.ts";
import {
  askedInBody,
  bytes,
  type Dialect,
  type Fields,
  type Frame,
  type Invalid,
  isFields,
  list,
  type Spoken,
  type Tokens,
  text,
  type Wire,
  words,
} from "./dialect.ts";
import { bearer, chatErrorFrame, rateLimitHeaders, refuse } from "./openai-errors.ts";
import { openaiOthers } from "./other-endpoints.ts";
import type { Ask } from "./script.ts";

/** OpenAI's Chat Completions. */
export const chatDialect: Dialect = {
  path: /\/chat\/completions$/,
  key: bearer,
  asked: askedInBody,
  read,
  whole,
  frames,
  refuse,
  errorFrame: chatErrorFrame,
  keepAlive: ": keep-alive\n\n",
  brokenFrame: "data: {broken\n\n",
  streamType: "text/event-stream",
  requestIdHeader: "x-request-id",
  headers: rateLimitHeaders,
  others: openaiOthers,
};

function read(wire: Wire): Ask | Invalid {
  const invalid = chatViolation(wire.body);
  return invalid === undefined ? chatAsk(wire) : { invalid };
}

/** What a request asks, whoever's rules it keeps. */
export const chatAsk = ({ body }: Wire): Ask => {
  const messages = list(body["messages"]);
  const format = isFields(body["response_format"]) ? body["response_format"] : {};
  const schema = isFields(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
  const tools = list(body["tools"]).map((tool) => {
    const fn = isFields(tool["function"]) ? tool["function"] : {};
    return { name: text(fn["name"]), schema: fn["parameters"] };
  });
  const choice = body["tool_choice"];
  const named = isFields(choice) && isFields(choice["function"]) ? text(choice["function"]["name"]) : undefined;
  const last = messages.findLast((message) => message["role"] === "user");
  return {
    api: "openai-chat",
    model: text(body["model"]),
    stream: body["stream"] === true,
    prompt: contentText(last?.["content"]),
    system: messages
      .filter((message) => message["role"] === "system" || message["role"] === "developer")
      .map((message) => contentText(message["content"]))
      .join(""),
    inputBytes: bytes(JSON.stringify([messages, body["tools"] ?? []])),
    maxTokens: [body["max_completion_tokens"], body["max_tokens"]].find((most) => typeof most === "number"),
    tools,
    forcedTool: choice === "required" ? tools[0]?.name : named,
    schema,
    cache: "automatic",
    body,
  };
};

const contentText = (content: unknown): string =>
  typeof content === "string"
    ? content
    : list(content)
        .map((part) => text(part["text"]))
        .join("");

const usage = ({ input, cached, output, reasoning }: Tokens): Fields => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
});

const finishReason = ({ reply }: Spoken): string => {
  if (reply.finish === "length") return "length";
  return reply.toolCalls === undefined ? "stop" : "tool_calls";
};

const toolCalls = ({ reply, id }: Spoken): readonly Fields[] =>
  (reply.toolCalls ?? []).map(({ name, input }) => ({
    id: id("call"),
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }));

export function whole(spoken: Spoken): Fields {
  const { reply, ask, tokens, createdAt, id } = spoken;
  const calls = toolCalls(spoken);
  const message = {
    role: "assistant",
    content: reply.text ?? null,
    refusal: reply.refusal ?? null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id: id("chatcmpl"),
    object: "chat.completion",
    created: createdAt,
    model: ask.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(spoken) }],
    usage: usage(tokens),
    service_tier: "default",
    system_fingerprint: null,
  };
}

export function frames(spoken: Spoken): readonly Frame[] {
  const { reply, ask, tokens, createdAt } = spoken;
  const base = { id: spoken.id("chatcmpl"), object: "chat.completion.chunk", created: createdAt, model: ask.model };
  const data = (fields: Fields, generated = 0): Frame => ({
    wire: `data: ${JSON.stringify({ ...base, ...fields })}\n\n`,
    generated,
  });
  const choice = (delta: Fields, finish_reason: string | null, generated = 0): Frame =>
    data({ choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null }, generated);
  const options = isFields(ask.body["stream_options"]) ? ask.body["stream_options"] : {};
  return [
    choice({ role: "assistant", content: "", refusal: null }, null),
    ...words(reply.text ?? "").map((content) => choice({ content }, null, bytes(content))),
    ...words(reply.refusal ?? "").map((refusal) => choice({ refusal }, null, bytes(refusal))),
    ...toolCalls(spoken).flatMap((call, index) => callFrames(call, index, choice)),
    choice({}, finishReason(spoken)),
    ...(options["include_usage"] === true ? [data({ choices: [], usage: usage(tokens) })] : []),
    { wire: "data: [DONE]\n\n", generated: 0 },
  ];
}

const callFrames = (
  call: Fields,
  index: number,
  choice: (delta: Fields, finish: null, generated?: number) => Frame,
): readonly Frame[] => {
  const fn = isFields(call["function"]) ? call["function"] : {};
  const json = text(fn["arguments"]);
  const half = Math.ceil(json.length / 2);
  const piece = (args: string): Frame =>
    choice({ tool_calls: [{ index, function: { arguments: args } }] }, null, bytes(args));
  return [
    choice({ tool_calls: [{ index, ...call, function: { name: fn["name"], arguments: "" } }] }, null),
    piece(json.slice(0, half)),
    piece(json.slice(half)),
  ];
};
