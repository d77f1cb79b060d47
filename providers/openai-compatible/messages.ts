import {
  type Concede,
  isObject,
  type JsonObject,
  type Message,
  type Owner,
  ownState,
  type Part,
  type ToolOutput,
  type ToolResultPart,
  toolIdsOf,
} from "../../src/kit/index.ts";
import type { AssistantParam, MessageParam } from "./body.ts";
import type { ChatQuirks } from "./quirks.ts";
import { toolName } from "./tool-name.ts";
import { userParts } from "./user-parts.ts";

/** Who sends a history, to whom, and who is told of what it loses. */
export interface Sender extends Owner {
  readonly model: string;
  readonly quirks: ChatQuirks;
  readonly concede: Concede;
  /** An id of a tool call, as the host takes it. */
  readonly toolId: (id: string) => string;
}

/** What is needed to translate `messages`. */
export const senderOf = (
  owner: Owner & { readonly model: string },
  messages: readonly Message[],
  quirks: ChatQuirks,
  concede: Concede,
): Sender => {
  return { ...owner, quirks, concede, toolId: toolIdsOf(messages, new RegExp(quirks.toolIds)) };
};

/** A history as messages of Chat Completions. */
export const chatMessages = (messages: readonly Message[], sender: Sender): MessageParam[] => {
  concedePrefill(messages, sender.concede);
  const sent = messages.flatMap((message, index) => chatMessage(message, `messages[${index}].content`, sender));
  if (!sender.quirks.systemFirst) return sent;
  const isSystem = ({ role }: MessageParam): boolean => role === "system" || role === "developer";
  return [...sent.filter(isSystem), ...sent.filter((each) => !isSystem(each))];
};

export const textOf = ({ content }: Message): string => {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
};

const chatMessage = (message: Message, path: string, sender: Sender): readonly MessageParam[] => {
  switch (message.role) {
    case "system": {
      const content = textOf(message);
      return content === "" ? [] : [{ role: sender.quirks.systemRole, content }];
    }
    case "user": {
      if (typeof message.content === "string") return [{ role: "user", content: message.content }];
      const parts = userParts(message.content, path, sender);
      return parts.length === 0 ? [] : [{ role: "user", content: parts }];
    }
    case "tool":
      return toolMessages(message.content, path, sender);
    default:
      return assistantMessages(message.content, path, sender);
  }
};

/** Results are text here; their images follow in a message of the user's, behind all results of the turn. */
const toolMessages = (
  results: Extract<Message, { readonly role: "tool" }>["content"],
  path: string,
  sender: Sender,
): readonly MessageParam[] => {
  const files = results.flatMap(({ output }, at) => {
    if (typeof output === "string" || output.type !== "parts") return [];
    const images = output.parts.filter((part) => part.type === "file");
    return userParts(images, `${path}[${at}].output.parts`, sender);
  });
  return [
    ...results.map(
      ({ id, output, isError }): MessageParam => ({
        role: "tool",
        tool_call_id: sender.toolId(id),
        content: isError === true ? `Error: ${resultText(output)}` : resultText(output),
      }),
    ),
    ...(files.length > 0 ? [{ role: "user" as const, content: files }] : []),
  ];
};

const resultText = (output: string | ToolOutput): string => {
  if (typeof output === "string") return output;
  if (output.type === "text") return output.text;
  if (output.type === "json") return JSON.stringify(output.value);
  const text = output.parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  return text.trim() === "" ? "(see the files that follow)" : text;
};

const assistantMessages = (
  content: string | readonly Part[],
  path: string,
  sender: Sender,
): readonly MessageParam[] => {
  if (typeof content === "string") return content === "" ? [] : [{ role: "assistant", content }];
  const joined = (type: "text" | "refusal"): string =>
    content.map((part) => (part.type === type ? part.text : "")).join("");
  const refusal = joined("refusal");
  const hasRefusals = sender.quirks.noText === "null";
  // A host that has no field for refusals is told of them in words.
  const text = hasRefusals ? joined("text") : joined("text") + refusal;
  const calls = content.flatMap((part) =>
    part.type === "tool-call" && part.executor === "caller"
      ? [
          {
            id: sender.toolId(part.id),
            type: "function" as const,
            function: { name: toolName(part.name), arguments: JSON.stringify(part.input) },
          },
        ]
      : [],
  );
  concedeRest(content, path, sender);
  const results = content.filter(
    (part): part is ToolResultPart => part.type === "tool-result" && part.executor !== "vendor",
  );
  const told = results.length === 0 ? [] : toolMessages(results, path, sender);
  if (text === "" && refusal === "" && calls.length === 0) return told;
  return [
    {
      role: "assistant",
      content: text === "" && hasRefusals ? null : text,
      ...(refusal !== "" && hasRefusals && { refusal }),
      ...(calls.length > 0 && { tool_calls: calls }),
      ...echoed(content, calls.length > 0, sender),
    },
    ...told,
  ];
};

/** What an assistant's message cannot carry here. */
const concedeRest = (content: readonly Part[], path: string, sender: Sender): void => {
  content.forEach((part, at) => {
    const where = `${path}[${at}]`;
    if (part.type === "file") sender.concede("part_dropped", where, "An assistant's message takes no files here.");
    else if (part.type === "reasoning" && (sender.quirks.echo === "none" || !isOwn(part.state, sender))) {
      sender.concede("state_dropped", where, "Reasoning of earlier answers is left out of the history.");
    } else if ((part.type === "tool-call" || part.type === "tool-result") && part.executor === "vendor") {
      sender.concede("state_dropped", where, "Tools that a vendor ran are left out of the history.");
    }
  });
};

const isOwn = (state: Extract<Part, { type: "reasoning" }>["state"], sender: Sender): boolean =>
  ownState(state, sender) !== undefined;

/** Own reasoning. As text it goes beside the tool calls that it led to alone; hosts ignore it elsewhere, or refuse it. */
const echoed = (content: readonly Part[], hasCalls: boolean, sender: Sender): Partial<AssistantParam> => {
  const { echo } = sender.quirks;
  if (echo === "none" || (echo === "reasoning_content" && !hasCalls)) return {};
  const own = content.flatMap((part): readonly (readonly [string, JsonObject])[] => {
    const state = part.type === "reasoning" ? ownState(part.state, sender) : undefined;
    return part.type === "reasoning" && state !== undefined ? [[part.text, state]] : [];
  });
  if (own.length === 0) return {};
  if (echo === "reasoning_content") return { reasoning_content: own.map(([text]) => text).join("") };
  const details = own.flatMap(([, state]) =>
    Array.isArray(state["details"]) ? state["details"].filter(isObject) : [],
  );
  return details.length === 0 ? {} : { reasoning_details: details };
};

/** A last message of the assistant's is taken for a finished turn here: no answer can be begun for the model. */
export const concedePrefill = (messages: readonly Message[], concede: Concede): void => {
  const last = messages.length - 1;
  if (messages[last]?.role !== "assistant") return;
  concede("other", `messages[${last}]`, "An answer cannot be begun for the model: its beginning is sent as a turn.");
};
