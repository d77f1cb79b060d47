import type {
  ContentBlockParam,
  RedactedThinkingBlockParam,
  ServerToolUseBlockParam,
  TextBlockParam,
  TextCitationParam,
  ThinkingBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import {
  type CacheHint,
  isObject,
  type Json,
  type JsonObject,
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
  const hint = prompting.cacheHints ? hintOf(part) : undefined;
  return block === undefined || hint === undefined || isThinking(block)
    ? block
    : { ...block, cache_control: cacheControl(hint) };
};

/** A hint on what a tool answered is one on the result. */
const hintOf = (part: Part): CacheHint | undefined => {
  if ("promptCache" in part && part.promptCache !== undefined) return part.promptCache;
  if (part.type !== "tool-result" || typeof part.output === "string" || part.output.type !== "parts") return undefined;
  return part.output.parts.findLast(({ promptCache }) => promptCache !== undefined)?.promptCache;
};

const isThinking = (block: ContentBlockParam): block is ThinkingBlockParam | RedactedThinkingBlockParam =>
  block.type === "thinking" || block.type === "redacted_thinking";

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
      return part.executor === "caller"
        ? callBlock(part, prompting, path)
        : serverBlock(part, part.input, prompting, path);
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
  if (block === undefined || !Array.isArray(citations)) return block;
  return { ...block, citations: citations.filter(isObject).map(sentBack) };
};

/** A citation comes with a `file_id`, and is not taken with one (SDK 1.13, `CitationCharLocationParam`). */
const sentBack = ({ file_id: _, ...citation }: JsonObject): TextCitationParam =>
  citation as unknown as TextCitationParam;

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

const callBlock = (part: ToolCallPart, prompting: Prompting, path: string): ToolUseBlockParam => ({
  ...calledBy(ownState(part.state, prompting)),
  type: "tool_use",
  id: prompting.toolId(part.id),
  name: toolName(part.name, prompting, path),
  input: isObject(part.input) ? part.input : { value: part.input },
});

/** Who called, if not the model itself. */
const calledBy = ({ caller, toolset_name }: JsonObject = {}): Pick<ToolUseBlockParam, "caller" | "toolset_name"> => ({
  ...(isObject(caller) && { caller: caller as unknown as NonNullable<ToolUseBlockParam["caller"]> }),
  ...(typeof toolset_name === "string" && { toolset_name }),
});

/** Longest name of a tool. */
const MAX_NAME = 128;

/** Another vendor's tool may have a name that is refused here, also where it is history. */
const toolName = (name: string, { concede }: Prompting, path: string): string => {
  const taken = name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, MAX_NAME);
  if (taken !== name)
    concede("other", `${path}.name`, "A tool's name in the history was changed to one that is taken.");
  return taken;
};

/** What the vendor ran itself: only its own block, with what only it can read, can stand for it. */
const serverBlock = (
  part: ToolCallPart | ToolResultPart,
  value: Json,
  prompting: Prompting,
  path: string,
): ContentBlockParam | undefined => {
  const state = ownState(part.state, prompting);
  if (typeof state?.["type"] !== "string") {
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

/** An empty result is taken; an empty error is not ("content cannot be empty if `is_error` is true"). */
const resultBlock = (part: ToolResultPart, prompting: Prompting, path: string): ToolResultBlockParam => {
  const content = resultContent(part, prompting, path);
  const isBlank = typeof content === "string" ? content.trim() === "" : content.length === 0;
  const failed = part.isError === true;
  return {
    type: "tool_result",
    tool_use_id: prompting.toolId(part.id),
    ...(isBlank ? failed && { content: "Error" } : { content }),
    ...(failed && { is_error: true }),
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
