import {
  isObject,
  type JsonObject,
  ownState,
  type Part,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
  type VendorState,
} from "../../src/kit/index.ts";
import { filePart } from "./file-part.ts";
import type { GeminiPart, Prompting } from "./prompting.ts";

/** A part of the model's own turn; undefined where it is not sent. */
export const modelPart = (part: Part, prompting: Prompting, path: string): GeminiPart | undefined => {
  switch (part.type) {
    case "text":
      return textPart(part.text, signature(part.state, prompting));
    case "refusal":
      return textPart(part.text, {});
    case "reasoning":
      return thoughtPart(part, prompting, path);
    case "file":
      return { ...filePart(part, prompting, path), ...signature(part.state, prompting) };
    case "tool-call":
      return part.executor === "caller" ? callPart(part, prompting) : ranPart(part, prompting, path);
    case "tool-result":
      return ranPart(part, prompting, path);
    case "source":
      return undefined;
  }
};

/** A part of the user's; results of tools have their own place. */
export const userPart = (part: Part, prompting: Prompting, path: string): GeminiPart | undefined => {
  if (part.type === "text") return textPart(part.text, {});
  return part.type === "file" ? filePart(part, prompting, path) : undefined;
};

interface Signed {
  readonly thoughtSignature?: string;
}

/** An empty text says nothing; a signed one carries the signature. */
const textPart = (text: string, signed: Signed): GeminiPart | undefined =>
  text === "" && signed.thoughtSignature === undefined ? undefined : { text, ...signed };

/** State that this account's model made: what another model signed is refused ("Corrupted thought signature"). */
const owned = (state: VendorState | undefined, prompting: Prompting): JsonObject | undefined =>
  state?.model === prompting.model ? ownState(state, prompting) : undefined;

/** The signature as it came, or none. */
const signature = (state: VendorState | undefined, prompting: Prompting): Signed => {
  const told = owned(state, prompting)?.["signature"];
  return typeof told === "string" ? { thoughtSignature: told } : {};
};

const thoughtPart = (part: ReasoningPart, prompting: Prompting, path: string): GeminiPart | undefined => {
  if (owned(part.state, prompting) !== undefined) {
    return { text: part.text, thought: true, ...signature(part.state, prompting) };
  }
  prompting.concede("state_dropped", path, "Reasoning that this account's model did not make is left out.");
  return undefined;
};

const callPart = (part: ToolCallPart, prompting: Prompting): GeminiPart => ({
  functionCall: {
    id: prompting.toolId(part.id),
    name: part.name,
    args: isObject(part.input) ? part.input : { value: part.input },
  },
  ...signature(part.state, prompting),
});

/** What the vendor ran itself goes back as it came; its signature only to the model that made it. */
const ranPart = (part: ToolCallPart | ToolResultPart, prompting: Prompting, path: string): GeminiPart | undefined => {
  const raw = ownState(part.state, prompting)?.["part"];
  if (isObject(raw)) {
    const { thoughtSignature, ...rest } = raw;
    return { ...rest, ...signature(part.state, prompting) };
  }
  prompting.concede("part_dropped", path, "A tool that another account's vendor ran is left out.");
  return undefined;
};
