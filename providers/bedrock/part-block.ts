import type {
  ContentBlock,
  ReasoningContentBlock,
  ToolResultBlock,
  ToolResultContentBlock,
} from "@aws-sdk/client-bedrock-runtime";
import {
  isObject,
  ownState,
  type Part,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
} from "../../src/kit/index.ts";
import { fileBlock } from "./file-block.ts";
import type { Prompting } from "./prompting.ts";

/** A part as Bedrock's content block; undefined where it is not sent. */
export const partBlock = (
  part: Part,
  role: "user" | "assistant",
  prompting: Prompting,
  path: string,
): ContentBlock | undefined =>
  role === "user" ? userBlock(part, prompting, path) : assistantBlock(part, prompting, path);

const userBlock = (part: Part, prompting: Prompting, path: string): ContentBlock | undefined => {
  switch (part.type) {
    case "text":
      return textBlock(part.text);
    case "file":
      return fileBlock(part, prompting, path);
    case "tool-result":
      return { toolResult: resultBlock(part, prompting, path) };
    default:
      return undefined;
  }
};

const assistantBlock = (part: Part, prompting: Prompting, path: string): ContentBlock | undefined => {
  switch (part.type) {
    case "text":
    case "refusal":
      return textBlock(part.text);
    case "reasoning":
      return reasoningBlock(part, prompting, path);
    case "tool-call":
      return callBlock(part, prompting, path);
    case "tool-result":
      return vendorResult(part, prompting, path);
    case "file":
      prompting.concede("part_dropped", path, "Bedrock takes no files in the assistant's turns.");
      return undefined;
    case "source":
      return undefined;
  }
};

/** Blank text blocks are answered with 400. */
export const textBlock = (text: string): ContentBlock.TextMember | undefined =>
  text.trim() === "" ? undefined : { text };

/** Signed reasoning goes back as it came, or not at all. */
const reasoningBlock = (part: ReasoningPart, prompting: Prompting, path: string): ContentBlock | undefined => {
  const content = reasoningContent(part, prompting);
  if (content !== undefined) return { reasoningContent: content };
  prompting.concede("state_dropped", path, "Reasoning that this account did not sign is left out.");
  return undefined;
};

const reasoningContent = (part: ReasoningPart, prompting: Prompting): ReasoningContentBlock | undefined => {
  const state = ownState(part.state, prompting);
  if (typeof state?.["redacted"] === "string") return { redactedContent: Buffer.from(state["redacted"], "base64") };
  if (typeof state?.["signature"] !== "string") return undefined;
  return { reasoningText: { text: part.text, signature: state["signature"] } };
};

/** Names that a model made up, or that another vendor lets be longer (API reference, `ToolUseBlock`). */
const toolName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "tool";

const callBlock = (part: ToolCallPart, prompting: Prompting, path: string): ContentBlock | undefined => {
  const input = isObject(part.input) ? part.input : { value: part.input };
  const call = { toolUseId: prompting.toolId(part.id), name: toolName(part.name), input };
  if (part.executor === "caller") return { toolUse: call as ContentBlock.ToolUseMember["toolUse"] };
  const type = ownState(part.state, prompting)?.["type"];
  if (type === "server_tool_use") return { toolUse: { ...call, type } as ContentBlock.ToolUseMember["toolUse"] };
  return dropForeign(prompting, path);
};

/** What Bedrock ran itself: only its own block can stand for it. */
const vendorResult = (part: ToolResultPart, prompting: Prompting, path: string): ContentBlock | undefined => {
  const block = ownState(part.state, prompting)?.["block"];
  if (!isObject(block)) return dropForeign(prompting, path);
  return { toolResult: { ...block, toolUseId: prompting.toolId(part.id) } as unknown as ToolResultBlock };
};

const dropForeign = ({ concede }: Prompting, path: string): undefined => {
  concede("part_dropped", path, "A tool that another account's vendor ran is left out.");
};

const resultBlock = (part: ToolResultPart, prompting: Prompting, path: string): ToolResultBlock => ({
  toolUseId: prompting.toolId(part.id),
  content: resultContent(part, prompting, path),
  ...(part.isError === true && { status: "error" as const }),
});

/** The list may not be missing, and its texts may not be blank. */
const resultContent = ({ output }: ToolResultPart, prompting: Prompting, path: string): ToolResultContentBlock[] => {
  if (typeof output === "string") return texts(output);
  if (output.type === "text") return texts(output.text);
  if (output.type === "json") {
    return isObject(output.value)
      ? [{ json: output.value as ToolResultContentBlock.JsonMember["json"] }]
      : texts(JSON.stringify(output.value));
  }
  return output.parts.flatMap((part, index): ToolResultContentBlock[] => {
    const at = `${path}.output.parts[${index}]`;
    if (part.type === "text") return texts(part.text);
    const block = fileBlock(part, prompting, at);
    if ("audio" in block && block.audio !== undefined) {
      throw prompting.unsupported(at, "Bedrock takes no sound in a tool's result.");
    }
    return [block as ToolResultContentBlock];
  });
};

const texts = (text: string): ToolResultContentBlock[] => {
  const block = textBlock(text);
  return block === undefined ? [] : [block];
};
