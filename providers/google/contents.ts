import type { Message, Part, SystemMessage, ToolResultPart } from "../../src/kit/index.ts";
import { modelPart, userPart } from "./part.ts";
import type { GeminiPart, Prompting, Turn } from "./prompting.ts";
import { resultParts } from "./tool-result.ts";

/** Stands for a signature that another vendor's call has not (ai.google.dev, thought signatures: migrating from other models). */
const NO_SIGNATURE = "skip_thought_signature_validator";

/** What is said to the model, in Gemini's shape. */
export interface Prompt {
  readonly system: GeminiPart[];
  readonly contents: Turn[];
}

/** A side's whole say. Results of tools stand ahead of all else that the user says. */
interface Draft {
  readonly role: Turn["role"];
  readonly results: GeminiPart[];
  readonly parts: GeminiPart[];
}

/**
 * Merges neighbours of one role; puts the results of a turn's calls in a turn of their own right after it, in the order of
 * the calls; and gives calls without a signature the documented stand-in, where the model would refuse them.
 */
export const buildPrompt = (messages: readonly Message[], prompting: Prompting): Prompt => {
  const system: GeminiPart[] = [];
  const drafts: Draft[] = [];
  messages.forEach((message, index) => {
    const path = `messages[${index}].content`;
    if (message.role === "system") addSystem(system, message, drafts.length > 0, prompting, path);
    else addParts(drafts, message.role === "assistant" ? "model" : "user", message.content, prompting, path);
  });
  const contents = drafts.flatMap((draft, index) => turnsOf(draft, drafts[index - 1], prompting));
  check(contents, messages, prompting);
  return { system, contents };
};

const addSystem = (
  system: GeminiPart[],
  { content }: SystemMessage,
  late: boolean,
  prompting: Prompting,
  path: string,
): void => {
  if (late) {
    prompting.concede("other", path, "A late system message was moved to the top: Gemini takes none between others.");
  }
  partsOf(content).forEach((part, index) => {
    const made = userPart(hintless(part, prompting, `${path}[${index}]`), prompting, path);
    if (made !== undefined) system.push(made);
  });
};

const addParts = (
  drafts: Draft[],
  role: Turn["role"],
  content: string | readonly Part[],
  prompting: Prompting,
  path: string,
): void => {
  partsOf(content).forEach((part, index) => {
    const at = `${path}[${index}]`;
    hintless(part, prompting, at);
    // An assistant's parts may hold what a caller's tool answered (a history flattened by someone): that is the user's turn.
    if (part.type === "tool-result" && part.executor !== "vendor") addResult(drafts, part, prompting, at);
    else {
      const made = role === "model" ? modelPart(part, prompting, at) : userPart(part, prompting, at);
      if (made !== undefined) draftOf(drafts, role).parts.push(made);
    }
  });
};

const addResult = (drafts: Draft[], part: ToolResultPart, prompting: Prompting, path: string): void => {
  const { response, beside } = resultParts(part, prompting, path);
  const draft = draftOf(drafts, "user");
  draft.results.push(response);
  draft.parts.push(...beside);
};

const partsOf = (content: string | readonly Part[]): readonly Part[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

/** Prompts are cached without being asked, and there is no mark to set. */
const hintless = (part: Part, prompting: Prompting, path: string): Part => {
  if ("promptCache" in part && part.promptCache !== undefined) {
    const message = "Gemini caches by itself and takes no marks in a prompt.";
    prompting.concede("other", `${path}.promptCache`, message);
  }
  if (part.type === "tool-result" && typeof part.output === "object" && part.output.type === "parts") {
    part.output.parts.forEach((each, index) => void hintless(each, prompting, `${path}.output.parts[${index}]`));
  }
  return part;
};

const draftOf = (drafts: Draft[], role: Turn["role"]): Draft => {
  const last = drafts.at(-1);
  if (last?.role === role) return last;
  const draft: Draft = { role, results: [], parts: [] };
  drafts.push(draft);
  return draft;
};

const turnsOf = ({ role, results, parts }: Draft, before: Draft | undefined, prompting: Prompting): readonly Turn[] => {
  if (role === "model") return [{ role, parts: prompting.signatures ? signed(parts) : parts }];
  const calls = before?.parts.map((part) => part.functionCall?.id).filter((id) => id !== undefined) ?? [];
  const place = ({ functionResponse }: GeminiPart): number => calls.indexOf(functionResponse?.id ?? "");
  const answered = [...results].sort((one, other) => place(one) - place(other));
  return [answered, parts].filter((each) => each.length > 0).map((each) => ({ role, parts: each }));
};

/** Of parallel calls only the first is signed. */
const signed = (parts: GeminiPart[]): GeminiPart[] => {
  const first = parts.findIndex((part) => part.functionCall !== undefined);
  if (first < 0 || parts[first]?.thoughtSignature !== undefined) return parts;
  return parts.map((part, index) => (index === first ? { ...part, thoughtSignature: NO_SIGNATURE } : part));
};

const check = (contents: readonly Turn[], messages: readonly Message[], prompting: Prompting): void => {
  const [first] = contents;
  if (first === undefined || (first.role === "model" && first.parts.some((part) => part.functionCall !== undefined))) {
    throw prompting.unsupported("messages[0]", "the first message must be the user's, and not blank.");
  }
  if (contents.at(-1)?.role === "model" && !prompting.prefill) {
    throw prompting.unsupported(
      `messages[${messages.length - 1}]`,
      "this model's answer cannot be begun for it (options.prefill in the registry says otherwise).",
    );
  }
};
