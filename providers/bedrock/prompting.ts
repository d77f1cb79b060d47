import type { Concede, GatewayError, Owner } from "../../src/kit/index.ts";

/** What translating a prompt needs to know beside the prompt. */
export interface Prompting extends Owner {
  /** Whether hints of parts become cache points. */
  readonly cacheHints: boolean;
  readonly citations: boolean;
  /** Whether system messages may stand among the others. */
  readonly systemMessages: boolean;
  /** Whether an answer may be begun for the model. */
  readonly prefill: boolean;
  /** An id of a tool call as Bedrock takes it. */
  readonly toolId: (id: string) => string;
  /** A document's name as Bedrock takes it, each time another one. */
  readonly documentName: (filename: string | undefined) => string;
  readonly concede: Concede;
  /** For what can be neither sent nor left out. */
  readonly unsupported: (path: string, message: string) => GatewayError<"unsupported">;
}
