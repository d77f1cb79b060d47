import {
  base64Of,
  type Concede,
  type FilePart,
  type JsonObject,
  type Message,
  type Owner,
  ownState,
  type Part,
  type TextPart,
  type ToolCallPart,
  type ToolOutput,
  type ToolResultPart,
  toolIdsOf,
  unsupported,
  urlOf,
} from "../../src/kit/index.ts";
import { textOf } from "../openai-compatible/base.ts";

/** Who sends a history, and who is told of what it loses. */
export interface Sender extends Owner {
  readonly model: string;
  readonly concede: Concede;
}

/** With the ids of tool calls as the API takes them: of at most 64 characters. */
interface Writing extends Sender {
  readonly toolId: (id: string) => string;
}
const IDS = /^.{1,64}$/s;

type Item = { readonly [key: string]: unknown };

/** System messages at the head are the instructions; later ones stay in their place. */
export const leadingSystem = (
  messages: readonly Message[],
): { readonly instructions: string; readonly rest: readonly Message[] } => {
  const first = messages.findIndex(({ role }) => role !== "system");
  const head = first < 0 ? messages : messages.slice(0, first);
  return { instructions: head.map(textOf).join("\n\n"), rest: first < 0 ? [] : messages.slice(first) };
};

/** A history as items of the Responses API. */
export const responseInput = (messages: readonly Message[], from: Sender): readonly Item[] => {
  const custom = new Set<string>();
  const sender: Writing = { ...from, toolId: toolIdsOf(messages, IDS) };
  return messages.flatMap((message, index): readonly Item[] => {
    const path = `messages[${index}].content`;
    switch (message.role) {
      case "system":
        return [{ role: "developer", content: textOf(message) }];
      case "user":
        return userItem(message.content, path, sender);
      case "tool":
        return message.content.map((part, at) => resultItem(part, custom.has(part.id), `${path}[${at}]`, sender));
      default:
        return assistantItems(message.content, custom, path, sender);
    }
  });
};

const userItem = (
  content: string | readonly (TextPart | FilePart)[],
  path: string,
  sender: Sender,
): readonly Item[] => {
  if (typeof content === "string") return [{ role: "user", content }];
  const parts = content.flatMap((part, at) => inputPart(part, `${path}[${at}]`, sender));
  return parts.length === 0 ? [] : [{ role: "user", content: parts }];
};

const inputPart = (part: TextPart | FilePart, path: string, sender: Sender): readonly Item[] => {
  if (part.type === "text") return part.text === "" ? [] : [{ type: "input_text", text: part.text }];
  return [filePart(part, path, sender)];
};

const filePart = (part: FilePart, path: string, sender: Sender): Item => {
  const { mediaType, data, detail, filename } = part;
  if ("fileId" in data) {
    if (data.provider !== sender.provider) throw refuse(path, `the file is held by ${data.provider}.`, sender);
    const type = mediaType.startsWith("image/") ? "input_image" : "input_file";
    return { type, file_id: data.fileId, ...(type === "input_image" && { detail: detail ?? "auto" }) };
  }
  if (mediaType.startsWith("image/")) {
    return { type: "input_image", image_url: urlOf(data, mediaType), detail: detail ?? "auto" };
  }
  if (mediaType.startsWith("audio/") || mediaType.startsWith("video/")) {
    throw refuse(path, `the Responses API takes no ${mediaType}.`, sender);
  }
  if ("url" in data) return { type: "input_file", file_url: data.url };
  const name = filename ?? (mediaType === "application/pdf" ? "file.pdf" : "file");
  return { type: "input_file", filename: name, file_data: `data:${mediaType};base64,${base64Of(data) ?? ""}` };
};

const refuse = (path: string, why: string, sender: Sender): Error =>
  unsupported(sender.provider, sender.model, path, why);

const assistantItems = (
  content: string | readonly Part[],
  custom: Set<string>,
  path: string,
  sender: Writing,
): readonly Item[] => {
  if (typeof content === "string") return content === "" ? [] : [{ role: "assistant", content }];
  return content.flatMap((part, at) => assistantItem(part, custom, `${path}[${at}]`, sender));
};

const assistantItem = (part: Part, custom: Set<string>, path: string, sender: Writing): readonly Item[] => {
  const own = "state" in part ? ownState(part.state, sender) : undefined;
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ role: "assistant", content: part.text, ...phaseOf(own) }];
    case "reasoning":
      return reasoningItem(part.text, own, path, sender);
    case "tool-call":
      if (part.executor === "vendor") return own?.["item"] === undefined ? [] : [own["item"] as Item];
      if (own?.["custom"] === true) {
        custom.add(part.id);
        return [
          { type: "custom_tool_call", call_id: sender.toolId(part.id), name: part.name, input: String(part.input) },
        ];
      }
      return [callItem(part, sender)];
    case "file":
      sender.concede("part_dropped", path, "The Responses API takes no files in an assistant's message.");
      return [];
    case "tool-result":
      // A history flattened by someone: what the caller's tool answered, among the assistant's parts.
      return part.executor === "vendor" ? [] : [resultItem(part, custom.has(part.id), path, sender)];
    default:
      return [];
  }
};

const callItem = ({ id, name, input }: ToolCallPart, sender: Writing): Item => ({
  type: "function_call",
  call_id: sender.toolId(id),
  name,
  arguments: JSON.stringify(input),
});

const phaseOf = (own: JsonObject | undefined): Item => (own?.["phase"] === undefined ? {} : { phase: own["phase"] });

/** Another vendor's reasoning, or another account's, cannot be read here: it is left out. */
const reasoningItem = (text: string, own: JsonObject | undefined, path: string, sender: Sender): readonly Item[] => {
  if (own === undefined) {
    sender.concede("state_dropped", path, "Reasoning of another model or account was left out of the history.");
    return [];
  }
  const summary = text === "" ? [] : [{ type: "summary_text", text }];
  return [{ type: "reasoning", id: own["id"], summary, encrypted_content: own["encrypted"] }];
};

const resultItem = (part: ToolResultPart, isCustom: boolean, path: string, sender: Writing): Item => ({
  type: isCustom ? "custom_tool_call_output" : "function_call_output",
  call_id: sender.toolId(part.id),
  output: part.isError === true ? failed(part.output, path, sender) : resultOutput(part.output, path, sender),
});

/** There is no field that says that a tool failed: it is said in words. */
const failed = (output: string | ToolOutput, path: string, sender: Sender): unknown => {
  const said = resultOutput(output, path, sender);
  return typeof said === "string" ? `Error: ${said}` : [{ type: "input_text", text: "Error:" }, ...(said as Item[])];
};

const resultOutput = (output: string | ToolOutput, path: string, sender: Sender): unknown => {
  if (typeof output === "string") return output;
  if (output.type === "text") return output.text;
  if (output.type === "json") return JSON.stringify(output.value);
  return output.parts.flatMap((part, at) => inputPart(part, `${path}.output.parts[${at}]`, sender));
};
