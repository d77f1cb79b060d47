import type { ChatCompletionCreateParamsBase } from "openai/resources/chat/completions/completions";
import {
  base64Of,
  type Concede,
  conceder,
  type FilePart,
  type GenerateCall,
  type GenerateRequest,
  type Message,
  type Part,
  type TextPart,
  type ToolOutput,
  unsupported,
  urlOf,
} from "../../src/kit/index.ts";
import { type Sender, textOf } from "./input.ts";
import type { OpenAIRequestOptions } from "./options.ts";
import { cacheKey, effortOf } from "./request.ts";
import { sampling, takesSampling } from "./sampling.ts";
import { sentSchema } from "./schema.ts";

type Sent = { readonly [key: string]: unknown };

/** The body of `POST /chat/completions`. */
export const chatBody = (call: GenerateCall, provider: string): ChatCompletionCreateParamsBase => {
  const { request, model, credential } = call;
  const concede = conceder(call, provider);
  const options = (request.providerOptions ?? {}) as OpenAIRequestOptions;
  const sender: Sender = { provider, account: credential.account, model: model.name, concede };
  const effort = effortOf(call);
  return {
    model: model.id,
    messages: request.messages.flatMap((message, index) =>
      chatMessages(message, `messages[${index}].content`, sender),
    ) as never,
    ...(request.maxOutputTokens !== undefined && { max_completion_tokens: request.maxOutputTokens }),
    ...sampling(request, model, concede),
    ...penalties(call, concede),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...tools(request, sender),
    ...format(request, concede),
    ...(effort !== undefined && model.capabilities.reasoning === true && { reasoning_effort: effort as "low" }),
    ...cacheKey(request),
    ...(request.user !== undefined && { safety_identifier: request.user }),
    ...(options.serviceTier !== undefined && { service_tier: options.serviceTier as "auto" }),
    ...(options.verbosity !== undefined && { verbosity: options.verbosity }),
    ...(options.store !== undefined && { store: options.store }),
    ...(options.metadata !== undefined && { metadata: { ...options.metadata } }),
    ...options.body,
  };
};

const penalties = ({ request, model }: GenerateCall, concede: Concede): object => {
  const { stop, presencePenalty, frequencyPenalty } = request;
  if (request.topK !== undefined) concede("parameter_dropped", "topK", "OpenAI has no topK.");
  if (takesSampling(model)) {
    return {
      ...(stop !== undefined && { stop: [...stop] }),
      ...(presencePenalty !== undefined && { presence_penalty: presencePenalty }),
      ...(frequencyPenalty !== undefined && { frequency_penalty: frequencyPenalty }),
    };
  }
  for (const name of ["stop", "presencePenalty", "frequencyPenalty"] as const) {
    if (request[name] !== undefined) concede("parameter_dropped", name, `${model.name} takes no ${name}.`);
  }
  return {};
};

const tools = (request: GenerateRequest, sender: Sender): object => {
  const { toolChoice, parallelToolCalls } = request;
  if (request.tools === undefined) return {};
  const sent = request.tools.map((tool, index): Sent => {
    if (tool.type === "provider") {
      throw unsupported(sender.provider, sender.model, `tools[${index}]`, "Chat Completions runs no tools of its own.");
    }
    const { name, description, input, strict = false } = tool;
    const { schema, strict: held } = strict
      ? sentSchema(input, `tools[${index}].input`, sender.concede)
      : { schema: input.schema, strict };
    return {
      type: "function",
      function: {
        name,
        parameters: schema,
        ...(description !== undefined && { description }),
        ...(held && { strict: held }),
      },
    };
  });
  return {
    tools: sent,
    ...(toolChoice !== undefined && {
      tool_choice:
        typeof toolChoice === "string" ? toolChoice : { type: "function", function: { name: toolChoice.tool } },
    }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
};

const format = ({ output }: GenerateRequest, concede: Concede): object => {
  if (output === undefined) return {};
  const json_schema = { name: output.name, ...sentSchema(output, "output", concede) };
  return { response_format: { type: "json_schema", json_schema } };
};

const chatMessages = (message: Message, path: string, sender: Sender): readonly Sent[] => {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: textOf(message) }];
    case "user":
      if (typeof message.content === "string") return [{ role: "user", content: message.content }];
      return [
        { role: "user", content: message.content.flatMap((part, at) => userPart(part, `${path}[${at}]`, sender)) },
      ];
    case "tool":
      return message.content.map((part, at) => ({
        role: "tool",
        tool_call_id: part.id,
        content: resultText(part.output, `${path}[${at}]`, sender),
      }));
    default:
      return assistantMessage(message.content, path, sender);
  }
};

const userPart = (part: TextPart | FilePart, path: string, sender: Sender): readonly Sent[] => {
  if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }];
  const { mediaType, data, detail, filename } = part;
  if (mediaType.startsWith("image/")) {
    return [{ type: "image_url", image_url: { url: urlOf(data, mediaType), ...(detail !== undefined && { detail }) } }];
  }
  const base64 = base64Of(data);
  const sound = /^audio\/(?:x-)?(wav|mp3|mpeg)$/.exec(mediaType)?.[1];
  if (sound !== undefined && base64 !== undefined) {
    return [{ type: "input_audio", input_audio: { data: base64, format: sound === "mpeg" ? "mp3" : sound } }];
  }
  if ("fileId" in data && data.provider === sender.provider) return [{ type: "file", file: { file_id: data.fileId } }];
  if (base64 === undefined || mediaType.startsWith("audio/") || mediaType.startsWith("video/")) {
    throw unsupported(sender.provider, sender.model, path, `Chat Completions takes no such file (${mediaType}).`);
  }
  const name = filename ?? (mediaType === "application/pdf" ? "file.pdf" : "file");
  return [{ type: "file", file: { filename: name, file_data: `data:${mediaType};base64,${base64}` } }];
};

const assistantMessage = (content: string | readonly Part[], path: string, sender: Sender): readonly Sent[] => {
  if (typeof content === "string") return content === "" ? [] : [{ role: "assistant", content }];
  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const refusal = content.map((part) => (part.type === "refusal" ? part.text : "")).join("");
  const calls = content.flatMap((part) =>
    part.type === "tool-call" && part.executor === "caller"
      ? [{ id: part.id, type: "function", function: { name: part.name, arguments: JSON.stringify(part.input) } }]
      : [],
  );
  if (content.some((part) => part.type === "file")) {
    sender.concede("part_dropped", path, "Chat Completions takes no files in an assistant's message.");
  }
  if (text === "" && refusal === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...(refusal !== "" && { refusal }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ];
};

/** Results are text here. */
const resultText = (output: string | ToolOutput, path: string, sender: Sender): string => {
  if (typeof output === "string") return output;
  if (output.type === "text") return output.text;
  if (output.type === "json") return JSON.stringify(output.value);
  if (output.parts.some((part) => part.type === "file")) {
    sender.concede("part_dropped", path, "Chat Completions takes no files in a tool's result.");
  }
  return output.parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
};
