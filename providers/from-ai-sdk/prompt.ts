import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import type { FilePart, Message, Part, SystemMessage, TextPart, ToolResultPart } from "../../src/kit/index.ts";
import { type AssistantPart, assistantPart } from "./assistant-part.ts";
import { fileData, versioned } from "./file-data.ts";
import { partOptions, type Sender } from "./sender.ts";
import { echoOf } from "./state.ts";
import { toolOutput } from "./tool-output.ts";

/** A history as the AI SDK's prompt; neighbours that are tool results are one message. */
export const buildPrompt = (messages: readonly Message[], sender: Sender): LanguageModelV4Prompt => {
  const prompt: LanguageModelV4Prompt = [];
  messages.forEach((message, index) => {
    const path = `messages[${index}].content`;
    for (const sent of sentOf(message, path, sender)) {
      const last = prompt.at(-1);
      if (sent.role === "tool" && last?.role === "tool") last.content.push(...sent.content);
      else if (sent.content.length > 0) prompt.push(sent);
    }
  });
  return sender.systemFirst ? systemFirst(prompt, sender) : prompt;
};

const systemFirst = (prompt: LanguageModelV4Prompt, { concede }: Sender): LanguageModelV4Prompt => {
  const head = prompt.findIndex(({ role }) => role !== "system");
  const late = head < 0 ? [] : prompt.slice(head).filter(({ role }) => role === "system");
  if (late.length === 0) return prompt;
  concede("other", "messages", "A late system message was moved to the top: this model takes none between others.");
  return [...prompt.slice(0, head), ...late, ...prompt.slice(head).filter(({ role }) => role !== "system")];
};

const sentOf = (message: Message, path: string, sender: Sender): readonly LanguageModelV4Message[] => {
  switch (message.role) {
    case "system":
      return systemMessages(message, path, sender);
    case "user":
      return [{ role: "user", content: userParts(message.content, path, sender) }];
    case "tool":
      return [{ role: "tool", content: message.content.map((part, at) => result(part, `${path}[${at}]`, sender)) }];
    default:
      return assistantMessages(message.content, path, sender);
  }
};

/** A system message is one text; one that ends in a cache hint ends there. */
const systemMessages = ({ content }: SystemMessage, path: string, sender: Sender): LanguageModelV4Message[] => {
  if (typeof content === "string") return [{ role: "system", content }];
  const messages: LanguageModelV4Message[] = [];
  let text = "";
  content.forEach((part, at) => {
    text += part.text;
    if (part.promptCache === undefined && at < content.length - 1) return;
    messages.push({ role: "system", content: text, ...partOptions(part, undefined, `${path}[${at}]`, sender) });
    text = "";
  });
  return messages;
};

const userParts = (
  content: string | readonly (TextPart | FilePart)[],
  path: string,
  sender: Sender,
): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] => {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.flatMap((part, at): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] => {
    const where = `${path}[${at}]`;
    if (part.type === "text" && part.text === "") return [];
    const options = partOptions(part, echoOf(part.state, sender)?.metadata, where, sender);
    return part.type === "text"
      ? [{ type: "text", text: part.text, ...options }]
      : [{ ...filePart(part, where, sender), ...options }];
  });
};

export const filePart = (part: FilePart, path: string, sender: Sender): LanguageModelV4FilePart => ({
  type: "file",
  mediaType: part.mediaType,
  data: versioned(fileData(part, path, sender), sender),
  ...(part.filename !== undefined && { filename: part.filename }),
});

const result = (part: ToolResultPart, path: string, sender: Sender): LanguageModelV4ToolResultPart => ({
  type: "tool-result",
  toolCallId: sender.toolId(part.id),
  toolName: part.name,
  output: toolOutput(part, path, sender),
  ...partOptions(part, echoOf(part.state, sender)?.metadata, path, sender),
});

/** Results of the caller's tools among an assistant's parts (a history flattened by someone) are a message of their own. */
const assistantMessages = (
  content: string | readonly Part[],
  path: string,
  sender: Sender,
): readonly LanguageModelV4Message[] => {
  const parts: readonly Part[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
  const messages: LanguageModelV4Message[] = [];
  let own: AssistantPart[] = [];
  parts.forEach((part, at) => {
    const where = `${path}[${at}]`;
    if (part.type === "tool-result" && part.executor !== "vendor") {
      messages.push({ role: "assistant", content: own }, { role: "tool", content: [result(part, where, sender)] });
      own = [];
    } else own.push(...assistantPart(part, where, sender));
  });
  return [...messages, { role: "assistant", content: own }];
};
