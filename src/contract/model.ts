import type { Json } from "./json.ts";
import type { TargetQuota } from "./limits.ts";
import type { Price } from "./usage.ts";

/** Kinds of content, as models.dev names them. */
export type Modality = "text" | "image" | "audio" | "video" | "pdf";

/** What a model yields. `embedding`: vectors, by `gateway.embed()`; such a model gives no answers unless it has `text` too. */
export type OutputModality = Modality | "embedding";

/** What a model can do, in the vocabulary of models.dev. What is not said is not assumed. */
export interface Capabilities {
  readonly tool_call?: boolean;
  /** Several tool calls in one answer. Default: as `tool_call`. */
  readonly parallel_tool_call?: boolean;
  readonly structured_output?: boolean;
  readonly reasoning?: boolean;
  /** Takes `temperature`, `topP`, `topK`. */
  readonly temperature?: boolean;
  /** Takes `stop`. */
  readonly stop?: boolean;
  /** Default: `["text"]`. */
  readonly input?: readonly Modality[];
  /** Default: `["text"]`. */
  readonly output?: readonly OutputModality[];
  /** Can be streamed. Default: true. */
  readonly streaming?: boolean;
}

/** A model as a provider sees it. */
export interface ProviderModel {
  /** The registry's name. */
  readonly name: string;
  /** The vendor's own id (a deployment's name, at Azure). */
  readonly id: string;
  readonly capabilities: Capabilities;
  /** In tokens. */
  readonly limit: { readonly context?: number; readonly output?: number };
  /** Provider settings of the registry entry (`api: chat`), for the provider to read. */
  readonly options: Readonly<Record<string, Json>>;
}

/** An entry of the registry. */
export interface Model extends ProviderModel {
  /** Name of the provider that serves it. */
  readonly provider: string;
  /** The owner's own scale: one number, or one per task label. Absent: unknown, which is below every floor. */
  readonly quality?: number | Readonly<Record<string, number>>;
  readonly cost?: Price;
  /** What the vendor allows us of it. Absent: whatever it says when we come to its end. */
  readonly quota?: TargetQuota;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a request asks of a model. */
export interface Needs {
  readonly tool_call?: boolean;
  readonly parallel_tool_call?: boolean;
  readonly structured_output?: boolean;
  readonly reasoning?: boolean;
  readonly temperature?: boolean;
  readonly input?: readonly Modality[];
  readonly output?: readonly OutputModality[];
  /** Tokens that must fit in the window, wanted output included. */
  readonly context?: number;
  /** Least quality, on the owner's scale. */
  readonly quality?: number;
  /** Tags that the model must carry with exactly these values. */
  readonly tags?: Readonly<Record<string, string>>;
}
