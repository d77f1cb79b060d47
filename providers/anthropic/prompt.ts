import type { TextBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Message, Part, SystemMessage } from "../../src/kit/index.ts";
import { partBlock } from "./part-block.ts";
import type { Prompting } from "./prompting.ts";
import { serverBlock } from "./server-tools.ts";
import { type Turn, Turns } from "./turns.ts";

/** What is said to the model, in Anthropic's shape. */
export interface Prompt {
  readonly system: readonly TextBlockParam[];
  readonly messages: readonly Turn[];
}

/** Translates a history; what is empty is left out. */
export const buildPrompt = (messages: readonly Message[], prompting: Prompting): Prompt => {
  const system: TextBlockParam[] = [];
  const turns = new Turns(prompting.concede);
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}].content`;
    if (message.role === "system") addSystem(system, turns, message, prompting, path);
    else {
      for (const [at, part] of partsOf(message.content).entries()) {
        addPart(turns, message.role, part, prompting, `${path}[${at}]`);
      }
    }
  }
  const rest = turns.end();
  if (rest.length > 0) concedeMoved(prompting, "messages");
  const prompt: Prompt = { system: [...system, ...rest], messages: turns.all };
  checkEnds(prompt, messages.length - 1, prompting);
  return prompt;
};

const addSystem = (
  system: TextBlockParam[],
  turns: Turns,
  message: SystemMessage,
  prompting: Prompting,
  path: string,
): void => {
  const late = turns.all.length > 0;
  if (late && !prompting.systemMessages) concedeMoved(prompting, path);
  for (const [at, part] of partsOf(message.content).entries()) {
    const block = partBlock(part, "user", prompting, `${path}[${at}]`);
    if (block?.type !== "text") continue;
    if (late && prompting.systemMessages) turns.system(block);
    else system.push(block);
  }
};

const concedeMoved = ({ concede }: Prompting, path: string): void =>
  concede("other", path, "A late system message was moved to the top: this model takes none where it stood.");

/** An assistant's parts may hold what a caller's tool answered (a history flattened by someone): that is the user's turn. */
const addPart = (turns: Turns, role: Message["role"], part: Part, prompting: Prompting, path: string): void => {
  const isCallers = part.type === "tool-result" && part.executor !== "vendor";
  const block = partBlock(part, role === "assistant" && !isCallers ? "assistant" : "user", prompting, path);
  if (block === undefined) return;
  if (block.type === "tool_result") turns.result(block, path);
  else if (role === "assistant") turns.assistant(block, path);
  else turns.user(block);
};

const partsOf = (content: string | readonly Part[]): readonly Part[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

/** Whether the answer is begun for the model. One that the vendor paused was begun by nobody else. */
export const isBegun = ({ messages }: Pick<Prompt, "messages">): boolean => {
  const last = messages.at(-1);
  return last?.role === "assistant" && !last.content.some((block) => serverBlock(block) !== undefined);
};

/** An answer that is begun for the model must not end in white space. */
const checkEnds = (prompt: Prompt, index: number, prompting: Prompting): void => {
  const { messages } = prompt;
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role === "assistant" && block?.type === "text") block.text = block.text.trimEnd();
  if (isBegun(prompt) && !prompting.prefill) {
    throw prompting.unsupported(
      `messages[${index}]`,
      "this model's answer cannot be begun for it (options.prefill in the registry says otherwise).",
    );
  }
  if (messages[0]?.role !== "user") {
    throw prompting.unsupported("messages[0]", "the first message must be the user's, and not blank.");
  }
};
