import type { ContentBlockParam, TextBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Message, Part, SystemMessage } from "../../src/kit/index.ts";
import { partBlock } from "./part-block.ts";
import type { Prompting } from "./prompting.ts";

/** Turns alternate, and their content is always a list. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  content: ContentBlockParam[];
}

/** What is said to the model, in Anthropic's shape. */
export interface Prompt {
  readonly system: TextBlockParam[];
  readonly messages: Turn[];
}

/** Merges neighbours of one role, puts tool results first in their turn, and leaves out what is empty. */
export const buildPrompt = (messages: readonly Message[], prompting: Prompting): Prompt => {
  const prompt: Prompt = { system: [], messages: [] };
  messages.forEach((message, index) => {
    const path = `messages[${index}].content`;
    if (message.role === "system") addSystem(prompt, message, prompting, path);
    else if (message.role === "assistant") addAssistant(prompt, message.content, prompting, path);
    else addParts(prompt, "user", message.content, prompting, path);
  });
  for (const turn of prompt.messages) if (turn.role === "user") putResultsFirst(turn);
  trimEnd(prompt.messages.at(-1));
  if (prompt.messages.at(-1)?.role === "assistant" && !prompting.prefill) {
    throw prompting.unsupported(
      `messages[${messages.length - 1}]`,
      "this model's answer cannot be begun for it (options.prefill in the registry says otherwise).",
    );
  }
  if (prompt.messages[0]?.role !== "user") {
    throw prompting.unsupported("messages[0]", "the first message must be the user's, and not blank.");
  }
  return prompt;
};

const addSystem = (prompt: Prompt, message: SystemMessage, prompting: Prompting, path: string): void => {
  const late = prompt.messages.length > 0;
  if (late && prompting.systemMessages) return addParts(prompt, "system", message.content, prompting, path);
  if (late)
    prompting.concede(
      "other",
      path,
      "A late system message was moved to the top: this model takes none between others.",
    );
  for (const part of partsOf(message.content)) {
    const block = partBlock(part, "user", prompting, path);
    if (block?.type === "text") prompt.system.push(block);
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
  role: Turn["role"],
  content: string | readonly Part[],
  prompting: Prompting,
  path: string,
  from = 0,
): void => {
  partsOf(content).forEach((part, index) => {
    const block = partBlock(part, role === "assistant" ? role : "user", prompting, `${path}[${from + index}]`);
    if (block === undefined) return;
    const last = prompt.messages.at(-1);
    if (last?.role === role) last.content.push(block);
    else prompt.messages.push({ role, content: [block] });
  });
};

const partsOf = (content: string | readonly Part[]): readonly Part[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

/** All results of the turn before, ahead of anything else, or the vendor answers 400. */
const putResultsFirst = (turn: Turn): void => {
  const isResult = (block: ContentBlockParam): boolean => block.type === "tool_result";
  const results = turn.content.filter(isResult);
  if (results.length > 0) turn.content = [...results, ...turn.content.filter((block) => !isResult(block))];
};

/** A beginning of the answer must not end in white space. */
const trimEnd = (turn: Turn | undefined): void => {
  const last = turn?.content.at(-1);
  if (turn?.role === "assistant" && last?.type === "text") last.text = last.text.trimEnd();
};
