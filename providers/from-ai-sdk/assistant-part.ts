import type { LanguageModelV4Message } from "@ai-sdk/provider";
import type { FilePart, Part, ReasoningPart, ToolCallPart, ToolResultPart } from "../../src/kit/index.ts";
import { fileData, versioned } from "./file-data.ts";
import { partOptions, type Sender } from "./sender.ts";
import { type Echo, echoOf } from "./state.ts";
import { toolOutput } from "./tool-output.ts";

/** What an assistant's message is made of. */
export type AssistantPart = Extract<LanguageModelV4Message, { role: "assistant" }>["content"][number];

/** A part of an earlier answer; nothing for what only another account or model can read. */
export const assistantPart = (part: Part, path: string, sender: Sender): AssistantPart[] => {
  const echo = "state" in part ? echoOf(part.state, sender) : undefined;
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" && echo === undefined
        ? []
        : [
            {
              type: "text",
              text: part.text,
              ...partOptions(part.type === "text" ? part : {}, echo?.metadata, path, sender),
            },
          ];
    case "reasoning":
      return reasoningPart(part, echo, path, sender);
    case "file":
      return [filePart(part, echo, path, sender)];
    case "tool-call":
      return toolCall(part, echo, path, sender);
    case "tool-result":
      return vendorResult(part, echo, path, sender);
    default:
      return [];
  }
};

/** Another model's reasoning, or another account's, is left out. */
const reasoningPart = (
  { text }: ReasoningPart,
  echo: Echo | undefined,
  path: string,
  sender: Sender,
): AssistantPart[] => {
  if (echo === undefined) {
    sender.concede("state_dropped", path, "Reasoning of another model or account was left out of the history.");
    return [];
  }
  const options = partOptions({}, echo.metadata, path, sender);
  if (echo.as !== "custom") return [{ type: "reasoning", text, ...options }];
  return [{ type: "custom", kind: (echo.kind ?? "") as `${string}.${string}`, ...options }];
};

const filePart = (part: FilePart, echo: Echo | undefined, path: string, sender: Sender): AssistantPart => {
  const { mediaType, filename } = part;
  const data = fileData(part, path, sender);
  const options = partOptions(part, echo?.metadata, path, sender);
  if (echo?.as === "reasoning-file" && (data.type === "data" || data.type === "url")) {
    return { type: "reasoning-file", mediaType, data, ...options };
  }
  return {
    type: "file",
    mediaType,
    data: versioned(data, sender),
    ...(filename !== undefined && { filename }),
    ...options,
  };
};

/** What a vendor ran itself goes back to that vendor alone. */
const toolCall = (part: ToolCallPart, echo: Echo | undefined, path: string, sender: Sender): AssistantPart[] => {
  const isVendors = part.executor === "vendor";
  if (isVendors && echo === undefined) return foreign(path, sender);
  return [
    {
      type: "tool-call",
      toolCallId: sender.toolId(part.id),
      toolName: part.name,
      input: part.input,
      ...(isVendors && { providerExecuted: true }),
      ...partOptions({}, echo?.metadata, path, sender),
    },
  ];
};

const vendorResult = (part: ToolResultPart, echo: Echo | undefined, path: string, sender: Sender): AssistantPart[] => {
  if (echo === undefined) return foreign(path, sender);
  return [
    {
      type: "tool-result",
      toolCallId: sender.toolId(part.id),
      toolName: part.name,
      output: toolOutput(part, path, sender),
      ...partOptions(part, echo.metadata, path, sender),
    },
  ];
};

const foreign = (path: string, { concede }: Sender): [] => {
  concede("state_dropped", path, "Tools that another vendor or account ran were left out of the history.");
  return [];
};
