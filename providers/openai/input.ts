import type { ResponseInputItem } from "openai/resources/responses/responses";
import {
  type FilePart,
  isObject,
  type JsonObject,
  type Message,
  ownState,
  type Part,
  type SystemMessage,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  toolIdsOf,
} from "../../src/kit/index.ts";
import { textOf, toolName } from "../openai-compatible/base.ts";
import type { BreakpointOf } from "./cache.ts";
import { failed, type InputPart, inputPart, resultOutput, type Sender } from "./input-parts.ts";

/** With the ids of tool calls as the API takes them: of at most 64 characters. */
interface Writing extends Sender {
  readonly toolId: (id: string) => string;
}
const IDS = /^.{1,64}$/s;

/**
 * System messages at the head are the instructions; later ones stay in their place, and so do all where one of them is
 * marked for the prompt cache, since instructions take no marks.
 */
export const leadingSystem = (
  messages: readonly Message[],
  breakpoint: BreakpointOf,
): { readonly instructions: string; readonly rest: readonly Message[] } => {
  const first = messages.findIndex(({ role }) => role !== "system");
  const head = first < 0 ? messages : messages.slice(0, first);
  const isMarked = head.some(
    ({ content }) =>
      typeof content !== "string" &&
      content.some((part) => "promptCache" in part && "prompt_cache_breakpoint" in breakpoint(part)),
  );
  if (isMarked) return { instructions: "", rest: messages };
  return { instructions: head.map(textOf).join("\n\n"), rest: messages.slice(head.length) };
};

/** A history as items of the Responses API. */
export const responseInput = (messages: readonly Message[], from: Sender): ResponseInputItem[] => {
  const custom = new Set<string>();
  const sender: Writing = { ...from, toolId: toolIdsOf(messages, IDS) };
  return messages.flatMap((message, index): readonly ResponseInputItem[] => {
    const path = `messages[${index}].content`;
    switch (message.role) {
      case "system":
        return systemItem(message, sender);
      case "user":
        return userItem(message.content, path, sender);
      case "tool":
        return message.content.map((part, at) => resultItem(part, custom.has(part.id), `${path}[${at}]`, sender));
      default:
        return assistantItems(message.content, custom, path, sender);
    }
  });
};

const systemItem = (message: SystemMessage, sender: Sender): readonly ResponseInputItem[] => {
  const { content } = message;
  if (typeof content === "string") return content === "" ? [] : [{ role: "developer", content }];
  const parts = content.flatMap((part, at) => inputPart(part, `${at}`, sender));
  const isMarked = parts.some((part) => "prompt_cache_breakpoint" in part);
  return parts.length === 0 ? [] : [{ role: "developer", content: isMarked ? parts : textOf(message) }];
};

const userItem = (
  content: string | readonly (TextPart | FilePart)[],
  path: string,
  sender: Sender,
): readonly ResponseInputItem[] => {
  if (typeof content === "string") return [{ role: "user", content }];
  const parts = content.flatMap((part, at) => inputPart(part, `${path}[${at}]`, sender));
  return parts.length === 0 ? [] : [{ role: "user", content: parts }];
};

const assistantItems = (
  content: string | readonly Part[],
  custom: Set<string>,
  path: string,
  sender: Writing,
): readonly ResponseInputItem[] => {
  if (typeof content === "string") return content === "" ? [] : [{ role: "assistant", content }];
  const items = content.flatMap((part, at) => assistantItem(part, custom, `${path}[${at}]`, sender));
  // Reasoning is refused without the item that it led to.
  const last = items.findLastIndex(({ type }) => type !== "reasoning" && !type?.endsWith("_output"));
  const kept = items.filter(({ type }, at) => at < last || type !== "reasoning");
  if (kept.length < items.length) sender.concede("state_dropped", path, "Reasoning that led to nothing was left out.");
  return kept;
};

const assistantItem = (
  part: Part,
  custom: Set<string>,
  path: string,
  sender: Writing,
): readonly ResponseInputItem[] => {
  const own = "state" in part ? ownState(part.state, sender) : undefined;
  switch (part.type) {
    case "text":
    case "refusal":
      if ("promptCache" in part && "prompt_cache_breakpoint" in sender.breakpoint(part)) {
        sender.concede("other", `${path}.promptCache`, "OpenAI takes no marks in an assistant's message.");
      }
      return part.text === "" ? [] : [{ role: "assistant", content: part.text, ...phaseOf(own) }];
    case "reasoning":
      return reasoningItem(part.text, own, path, sender);
    case "tool-call":
      if (part.executor === "vendor") return vendorItem(own, path, sender);
      if (own?.["custom"] === true) {
        custom.add(part.id);
        return [
          {
            type: "custom_tool_call",
            call_id: sender.toolId(part.id),
            name: toolName(part.name),
            input: typeof part.input === "string" ? part.input : JSON.stringify(part.input),
          },
        ];
      }
      return [callItem(part, sender)];
    case "file":
      sender.concede("part_dropped", path, "The Responses API takes no files in an assistant's message.");
      return [];
    case "tool-result":
      // A history flattened by someone: what the caller's tool answered, among the assistant's parts.
      if (part.executor !== "vendor") return [resultItem(part, custom.has(part.id), path, sender)];
      // OpenAI's own items hold call and result in one, and leave no such part.
      sender.concede("part_dropped", path, FOREIGN);
      return [];
    default:
      return [];
  }
};

const callItem = ({ id, name, input }: ToolCallPart, sender: Writing): ResponseInputItem => ({
  type: "function_call",
  call_id: sender.toolId(id),
  name: toolName(name),
  arguments: JSON.stringify(input),
});

const phaseOf = (own: JsonObject | undefined): { phase?: "commentary" | "final_answer" } => {
  const phase = own?.["phase"];
  return phase === "commentary" || phase === "final_answer" ? { phase } : {};
};

/** Another vendor's reasoning, or another account's, cannot be read here: it is left out. */
const reasoningItem = (
  text: string,
  own: JsonObject | undefined,
  path: string,
  sender: Sender,
): readonly ResponseInputItem[] => {
  const { id, encrypted } = own ?? {};
  if (typeof id !== "string" || typeof encrypted !== "string") {
    sender.concede("state_dropped", path, "Reasoning of another model or account was left out of the history.");
    return [];
  }
  const summary = text === "" ? [] : [{ type: "summary_text" as const, text }];
  return [{ type: "reasoning", id, summary, encrypted_content: encrypted }];
};

const FOREIGN = "A tool that another account's vendor ran is left out.";

/** What OpenAI's own tool did: the item itself goes back, to the account that it was made for. */
const vendorItem = (own: JsonObject | undefined, path: string, sender: Sender): readonly ResponseInputItem[] => {
  const item = own?.["item"];
  if (isObject(item) && typeof item["type"] === "string") return [item as unknown as ResponseInputItem];
  sender.concede("part_dropped", path, FOREIGN);
  return [];
};

const resultItem = (part: ToolResultPart, isCustom: boolean, path: string, sender: Writing): ResponseInputItem => ({
  type: isCustom ? "custom_tool_call_output" : "function_call_output",
  call_id: sender.toolId(part.id),
  output: marked(
    part.isError === true ? failed(part.output, path, sender) : resultOutput(part.output, path, sender),
    sender.breakpoint(part),
  ),
});

/** A hint on a whole result is one on its end. */
const marked = (output: string | InputPart[], mark: ReturnType<BreakpointOf>): string | InputPart[] => {
  if (Object.keys(mark).length === 0) return output;
  const parts = typeof output === "string" ? [{ type: "input_text" as const, text: output }] : output;
  return parts.map((part, at) => (at === parts.length - 1 ? { ...part, ...mark } : part));
};
