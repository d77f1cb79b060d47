import type {
  ContentBlockParam,
  ServerToolUseBlockParam,
  TextBlockParam,
  TextCitationParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import {
  isObject,
  type Json,
  ownState,
  type Part,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from "../../src/kit/index.ts";
import { cacheControl } from "./cache-control.ts";
import { fileBlock } from "./file-block.ts";
import type { Prompting } from "./prompting.ts";

/** A part as Anthropic's content block; undefined where it is not sent. */
export const partBlock = (
  part: Part,
  role: "user" | "assistant",
  prompting: Prompting,
  path: string,
): ContentBlockParam | undefined => {
  const block = role === "user" ? userBlock(part, prompting, path) : assistantBlock(part, prompting, path);
  if (block === undefined || !prompting.cacheHints || !("promptCache" in part) || part.promptCache === undefined) {
    return block;
  }
  return { ...block, cache_control: cacheControl(part.promptCache) } as ContentBlockParam;
};

const userBlock = (part: Part, prompting: Prompting, path: string): ContentBlockParam | undefined => {
  switch (part.type) {
    case "text":
      return textBlock(part.text);
    case "file":
      return fileBlock(part, prompting, path);
    case "tool-result":
      return resultBlock(part, prompting, path);
    default:
      return undefined;
  }
};

const assistantBlock = (part: Part, prompting: Prompting, path: string): ContentBlockParam | undefined => {
  switch (part.type) {
    case "text":
      return citedBlock(part, prompting);
    case "refusal":
      return textBlock(part.text);
    case "reasoning":
      return thinkingBlock(part, prompting, path);
    case "tool-call":
      return part.executor === "caller" ? callBlock(part, prompting) : serverBlock(part, part.input, prompting, path);
    case "tool-result":
      return serverBlock(part, resultValue(part), prompting, path);
    case "file":
      prompting.concede("part_dropped", path, "Anthropic takes no files in its own turns.");
      return undefined;
    case "source":
      return undefined;
  }
};

/** Blank text blocks are answered with 400. */
const textBlock = (text: string): TextBlockParam | undefined =>
  text.trim() === "" ? undefined : { type: "text", text };

const citedBlock = (part: TextPart, prompting: Prompting): TextBlockParam | undefined => {
  const block = textBlock(part.text);
  const citations = ownState(part.state, prompting)?.["citations"];
  if (block === undefined || citations === undefined) return block;
  return { ...block, citations: citations as unknown as TextCitationParam[] };
};

/** Signed thinking goes back as it came, or not at all. */
const thinkingBlock = (part: ReasoningPart, prompting: Prompting, path: string): ContentBlockParam | undefined => {
  const state = ownState(part.state, prompting);
  if (typeof state?.["redacted"] === "string") return { type: "redacted_thinking", data: state["redacted"] };
  if (typeof state?.["signature"] === "string") {
    return { type: "thinking", thinking: part.text, signature: state["signature"] };
  }
  prompting.concede("state_dropped", path, "Reasoning that this account did not sign is left out.");
  return undefined;
};

const callBlock = (part: ToolCallPart, prompting: Prompting): ToolUseBlockParam => ({
  ...ownState(part.state, prompting),
  type: "tool_use",
  id: prompting.toolId(part.id),
  name: part.name,
  input: isObject(part.input) ? part.input : { value: part.input },
});

/** What the vendor ran itself: only its own block, with what only it can read, can stand for it. */
const serverBlock = (
  part: ToolCallPart | ToolResultPart,
  value: Json,
  prompting: Prompting,
  path: string,
): ContentBlockParam | undefined => {
  const state = ownState(part.state, prompting);
  if (state === undefined) {
    prompting.concede("part_dropped", path, "A tool that another account's vendor ran is left out.");
    return undefined;
  }
  const body =
    part.type === "tool-call"
      ? { id: part.id, name: part.name, input: value }
      : { tool_use_id: part.id, content: value };
  return { ...state, ...body } as unknown as ServerToolUseBlockParam;
};

const resultValue = ({ output }: ToolResultPart): Json =>
  typeof output === "object" && output.type === "json" ? output.value : null;

const resultBlock = (part: ToolResultPart, prompting: Prompting, path: string): ToolResultBlockParam => {
  const content = resultContent(part, prompting, path);
  return {
    type: "tool_result",
    tool_use_id: prompting.toolId(part.id),
    ...(content.length > 0 && { content }),
    ...(part.isError === true && { is_error: true }),
  };
};

type ResultContent = NonNullable<ToolResultBlockParam["content"]>;

const resultContent = ({ output, isError }: ToolResultPart, prompting: Prompting, path: string): ResultContent => {
  if (typeof output === "string") return output;
  if (output.type === "text") return output.text;
  if (output.type === "json") return JSON.stringify(output.value);
  const blocks: Exclude<ResultContent, string> = [];
  output.parts.forEach((part, index) => {
    const at = `${path}.output.parts[${index}]`;
    if (part.type === "text") {
      const block = textBlock(part.text);
      if (block !== undefined) blocks.push(block);
    } else if (isError === true) {
      prompting.concede("part_dropped", at, "Anthropic takes only text in a failed tool's result.");
    } else {
      const block = fileBlock(part, prompting, at);
      if (block.type === "container_upload")
        throw prompting.unsupported(at, `no ${part.mediaType} in a tool's result.`);
      blocks.push(block);
    }
  });
  return blocks;
};
