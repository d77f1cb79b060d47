import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions/completions";
import type { JsonObject } from "../../src/kit/index.ts";

type OpenAIs = ChatCompletionCreateParamsBase;

/** An assistant's message, with the reasoning that some hosts want back. */
export interface AssistantParam extends ChatCompletionAssistantMessageParam {
  reasoning_content?: string;
  reasoning_details?: readonly JsonObject[];
}

export type MessageParam = Exclude<ChatCompletionMessageParam, ChatCompletionAssistantMessageParam> | AssistantParam;

/** The body of Chat Completions: as the SDK types it, so that a change there is seen here, and what hosts have besides. */
export interface ChatBody extends Omit<OpenAIs, "messages" | "tool_choice" | "service_tier"> {
  messages: MessageParam[];
  tool_choice?: NonNullable<OpenAIs["tool_choice"]> | "any";
  service_tier?: string;
  top_k?: number;
  random_seed?: number;
  reasoning?: { effort?: string; max_tokens?: number; exclude?: boolean };
  thinking?: { type: "enabled" | "disabled" };
}

/** Some fields of it. */
export type ChatFields = Partial<ChatBody>;
