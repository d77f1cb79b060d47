import type { ContentBlock, SystemContentBlock, Message as Turn } from "@aws-sdk/client-bedrock-runtime";
import type { CacheHint, Message, Part, SystemMessage } from "../../src/kit/index.ts";
import { cachePoint } from "./cache-point.ts";
import { partBlock, textBlock } from "./part-block.ts";
import type { Prompting } from "./prompting.ts";

/** Roles alternate, and content is always a list. */
export interface OwnTurn {
  readonly role: "user" | "assistant" | "system";
  content: ContentBlock[];
}

/** What is said to the model, in Bedrock's shape. */
export interface Prompt {
  readonly system: SystemContentBlock[];
  readonly messages: OwnTurn[];
}

/** Merges neighbours of one role, puts tool results first in their turn, and leaves out what is blank. */
export const buildPrompt = (messages: readonly Message[], prompting: Prompting): Prompt => {
  const prompt: Prompt = { system: [], messages: [] };
  messages.forEach((message, index) => {
    const path = `messages[${index}].content`;
    if (message.role === "system") addSystem(prompt, message, prompting, path);
    else if (message.role === "assistant") addAssistant(prompt, message.content, prompting, path);
    else addParts(prompt, "user", message.content, prompting, path);
  });
  for (const turn of prompt.messages) {
    if (turn.role !== "user") continue;
    putResultsFirst(turn);
    putTextBesideDocuments(turn, prompting);
  }
  checkEnds(prompt.messages, messages.length, prompting);
  return prompt;
};

/** Turns are the SDK's own messages. */
export const turns = (prompt: Prompt): Turn[] => prompt.messages;

const checkEnds = (turns: readonly OwnTurn[], count: number, prompting: Prompting): void => {
  const last = turns.at(-1);
  if (last?.role === "assistant") {
    if (!prompting.prefill) {
      throw prompting.unsupported(
        `messages[${count - 1}]`,
        "this model's answer cannot be begun for it (options.prefill in the registry says otherwise).",
      );
    }
    // A beginning of the answer must not end in white space.
    const text = last.content.at(-1);
    if (text?.text !== undefined) text.text = text.text.trimEnd();
  }
  if (turns[0]?.role !== "user") {
    throw prompting.unsupported("messages[0]", "the first message must be the user's, and not blank.");
  }
};

const addSystem = (prompt: Prompt, message: SystemMessage, prompting: Prompting, path: string): void => {
  const isLate = prompt.messages.length > 0;
  if (isLate && prompting.systemMessages) return addParts(prompt, "system", message.content, prompting, path);
  if (isLate) {
    const why = "A late system message was moved to the top: this model takes none between others.";
    prompting.concede("other", path, why);
  }
  for (const part of partsOf(message.content)) {
    const block = part.type === "text" ? textBlock(part.text) : undefined;
    if (block !== undefined) prompt.system.push(block, ...pointsAfter(part, prompting));
  }
};

/** An assistant's parts may hold what a caller's tool answered (a history flattened by someone): that is the user's turn. */
const addAssistant = (prompt: Prompt, content: string | readonly Part[], prompting: Prompting, path: string): void => {
  partsOf(content).forEach((part, index) => {
    const isCallers = part.type === "tool-result" && part.executor !== "vendor";
    addParts(prompt, isCallers ? "user" : "assistant", [part], prompting, path, index);
  });
};

const addParts = (
  prompt: Prompt,
  role: OwnTurn["role"],
  content: string | readonly Part[],
  prompting: Prompting,
  path: string,
  from = 0,
): void => {
  partsOf(content).forEach((part, index) => {
    const block = partBlock(part, role === "assistant" ? role : "user", prompting, `${path}[${from + index}]`);
    if (block === undefined) return;
    const blocks = [block, ...pointsAfter(part, prompting)];
    const last = prompt.messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else prompt.messages.push({ role, content: blocks });
  });
};

const pointsAfter = (part: Part, { cacheHints }: Prompting): ReturnType<typeof cachePoint>[] => {
  const hint = cacheHints ? hintOf(part) : undefined;
  return hint === undefined ? [] : [cachePoint(hint)];
};

/** A hint on what a tool answered is one on the result. */
const hintOf = (part: Part): CacheHint | undefined => {
  if ("promptCache" in part && part.promptCache !== undefined) return part.promptCache;
  if (part.type !== "tool-result" || typeof part.output === "string" || part.output.type !== "parts") return undefined;
  return part.output.parts.findLast(({ promptCache }) => promptCache !== undefined)?.promptCache;
};

const partsOf = (content: string | readonly Part[]): readonly Part[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

/** All results of the turn before, ahead of anything else; a cache point stays behind its own block. */
const putResultsFirst = (turn: OwnTurn): void => {
  const results: ContentBlock[] = [];
  const others: ContentBlock[] = [];
  let side = others;
  for (const block of turn.content) {
    if (block.cachePoint === undefined) side = block.toolResult === undefined ? others : results;
    side.push(block);
  }
  turn.content = [...results, ...others];
};

/** A document alone is answered with 400 (API reference, `ContentBlock`). */
const putTextBesideDocuments = (turn: OwnTurn, { concede }: Prompting): void => {
  const hasDocument = turn.content.some(({ document }) => document !== undefined);
  if (!hasDocument || turn.content.some(({ text }) => text !== undefined)) return;
  turn.content.push({ text: "See the document." });
  concede("other", "messages", "Bedrock wants a text beside a document: “See the document.” was added.");
};
