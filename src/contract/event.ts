import type { FinishReason, ResponseInfo } from "./completion.ts";
import type { Json } from "./json.ts";
import type { FilePart, Part, SourcePart, ToolResultPart } from "./part.ts";
import type { Usage } from "./usage.ts";

/** What is known of a part when it begins. */
export type PartOpening =
  | { readonly type: "text" | "reasoning" | "refusal" }
  | { readonly type: "tool-call"; readonly id: string; readonly name: string; readonly executor: "caller" | "vendor" }
  | FilePart
  | SourcePart
  | ToolResultPart;

/** Parts that arrive in pieces; the pieces of a tool call are its input as JSON text. */
export type DeltaKind = "text" | "reasoning" | "refusal" | "tool-call";

export interface PartStart {
  readonly type: "part-start";
  /** Place among the completion's parts, from 0, in the order of appearance. */
  readonly index: number;
  readonly part: PartOpening;
}
export interface PartDelta {
  readonly type: "part-delta";
  readonly index: number;
  readonly kind: DeltaKind;
  readonly delta: string;
}
/** The whole part. Its text equals its deltas joined; a part may also come without any delta. */
export interface PartEnd {
  readonly type: "part-end";
  readonly index: number;
  readonly part: Part;
}
/** The vendor's terminal event was seen. Nothing follows it, and without it no answer is whole. */
export interface Finish {
  readonly type: "finish";
  readonly finishReason: FinishReason;
  /** The vendor's own word. */
  readonly rawFinishReason?: string;
  /** With `source: "estimated"` where the vendor told none: the gateway then puts its own estimate here. */
  readonly usage: Usage;
  /** The vendor's own price of this answer in USD, where it says one. */
  readonly reportedCostUsd?: number;
  readonly response: ResponseInfo;
  /** What the vendor said and this contract has no field for. */
  readonly providerMetadata?: Readonly<Record<string, Json>>;
  /** The validated value, where the request has an `output` schema. Set by the gateway, never by a provider. */
  readonly output?: unknown;
}

/** Content, and nothing else: what happened to the call is told by `gateway.on` and the record. */
export type ContentEvent = PartStart | PartDelta | PartEnd | Finish;
