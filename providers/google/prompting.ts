import type { Part } from "@google/genai";
import type { Concede, GatewayError, Owner } from "../../src/kit/index.ts";
import type { Worded } from "./worded.ts";

/** A part as the API takes it. */
export type GeminiPart = Worded<
  Pick<
    Part,
    | "text"
    | "thought"
    | "thoughtSignature"
    | "inlineData"
    | "fileData"
    | "functionCall"
    | "functionResponse"
    | "executableCode"
    | "codeExecutionResult"
  >
>;

/** Contents are lists of these; neighbours of one role are allowed. */
export interface Turn {
  readonly role: "user" | "model";
  readonly parts: GeminiPart[];
}

/** What translating a prompt needs to know beside the prompt. */
export interface Prompting extends Owner {
  /** The vendor's own model id: signatures are refused by any other model. */
  readonly model: string;
  /** Whether calls without a signature are refused. */
  readonly signatures: boolean;
  /** Whether files may stand inside a tool's result. */
  readonly resultFiles: boolean;
  /** Whether an answer may be begun for the model. */
  readonly prefill: boolean;
  /** Where uploaded files (`files/abc`) are found. */
  readonly filesURL: string;
  /** An id of a tool call as the API takes it. */
  readonly toolId: (id: string) => string;
  readonly concede: Concede;
  /** For what can be neither sent nor left out. */
  readonly unsupported: (path: string, message: string) => GatewayError<"unsupported">;
}
