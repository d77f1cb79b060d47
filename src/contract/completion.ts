import type { Json } from "./json.ts";
import type { AssistantMessage, Part, ToolCallPart } from "./part.ts";
import type { AttemptRecord } from "./record.ts";
import type { Usage } from "./usage.ts";

/**
 * Why the model stopped. `refusal`: it declined; `content-filter`: the vendor's filter cut it. Both are results, not
 * errors. `other` keeps the vendor's word in `rawFinishReason`.
 */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "other";

/** Something was not done as asked, and the answer is still an answer. */
export interface Warning {
  readonly code:
    | "parameter_dropped"
    | "part_dropped"
    | "state_dropped"
    | "schema_changed"
    | "tool_call_incomplete"
    | "over_limit"
    | "other";
  readonly message: string;
  /** Where in the request, such as `temperature` or `messages[2].content[0]`. */
  readonly path?: string;
}

/** What the vendor said about its own answer. */
export interface ResponseInfo {
  /** The vendor's id of the answer. */
  readonly id?: string;
  /** The model that the vendor says answered. */
  readonly model?: string;
  /** The vendor's id of the HTTP request, for its support. */
  readonly requestId?: string;
}

/** Whether and how a cache answered. */
export interface CacheInfo {
  readonly status: "hit" | "semantic-hit" | "shared" | "miss" | "bypass";
  readonly ageMs?: number;
  readonly similarity?: number;
  readonly savedUsd?: number;
}

/** A whole answer. `output`, the validated value, is there where the request has an `output` schema, and only there. */
export type Completion<Output = never> = [Output] extends [never] ? Answer : Answer & { readonly output: Output };

/** What every completion has. */
export interface Answer {
  /** The call's id; the record in the ledger has the same. */
  readonly id: string;
  /** All text parts joined. */
  readonly text: string;
  readonly parts: readonly Part[];
  /** The tool calls that the application is to run. */
  readonly toolCalls: readonly ToolCallPart[];
  readonly finishReason: FinishReason;
  readonly rawFinishReason?: string;
  /** Of the attempt that answered. What failed attempts used is in `attempts`, and in the cost. */
  readonly usage: Usage;
  /** All attempts together, in USD, for people; `undefined` where a price is unknown. Sums are kept in the ledger. */
  readonly costUsd: number | undefined;
  /** The registry's name of the model that answered. */
  readonly model: string;
  readonly provider: string;
  readonly attempts: readonly AttemptRecord[];
  readonly cache: CacheInfo;
  readonly warnings: readonly Warning[];
  readonly response: ResponseInfo;
  readonly providerMetadata: Readonly<Record<string, Json>>;
  /** The answer as a message, to be put back into the history as it is (it carries the vendor's state). */
  readonly message: AssistantMessage;
}

/** What `embed()` answers. */
export interface Embedding
  extends Pick<Answer, "id" | "usage" | "costUsd" | "model" | "provider" | "attempts" | "warnings" | "response"> {
  /** One for each text, in their order. */
  readonly vectors: readonly Float32Array[];
}

/** What had arrived when an answer failed. Never a whole answer. */
export interface Partial {
  readonly text: string;
  readonly parts: readonly Part[];
  readonly usage: Usage | undefined;
  readonly model: string | undefined;
}
