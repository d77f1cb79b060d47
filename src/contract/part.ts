import type { Json } from "./json.ts";

/**
 * Opaque state of a vendor, carried by a part (a signature, encrypted reasoning, an item's id). It is echoed verbatim to
 * the account that made it and dropped for any other: vendors answer 400 to foreign state.
 */
export interface VendorState {
  readonly provider: string;
  /** The vendor's own model id. */
  readonly model: string;
  /** The account whose credential made it. */
  readonly account: string;
  readonly data: Json;
}

/** Asks the vendor to cache the prompt up to and including this part, where it has such breakpoints. */
export interface CacheHint {
  /** Wanted lifetime in milliseconds; rounded to what the vendor sells. Default: the vendor's shortest. */
  readonly ttlMs?: number;
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly state?: VendorState;
  readonly promptCache?: CacheHint;
}

/** What the model thought, or its summary. `text` is empty where the vendor sends only encrypted state. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly state?: VendorState;
}

/** Where a file's bytes are. Exactly one way. */
export type FileData =
  | { readonly bytes: Uint8Array }
  | { readonly base64: string }
  /** Fetched by the vendor, never by the gateway. */
  | { readonly url: string }
  /** Uploaded to this vendor before; useless to any other. */
  | { readonly fileId: string; readonly provider: string };

/** An image, PDF, sound, video or any other file, in either direction. */
export interface FilePart {
  readonly type: "file";
  /** IANA media type, such as `image/png` or `application/pdf`. */
  readonly mediaType: string;
  readonly data: FileData;
  readonly filename?: string;
  /** How closely the model should look at an image, where the vendor asks. */
  readonly detail?: "low" | "high" | "auto";
  readonly state?: VendorState;
  readonly promptCache?: CacheHint;
}

/** The model wants a tool run. Its input is always whole and valid JSON: a cut or malformed call never becomes a part. */
export interface ToolCallPart {
  readonly type: "tool-call";
  /** Pairs the call with its result. */
  readonly id: string;
  readonly name: string;
  readonly input: Json;
  /** Who runs it: the application (`caller`), or the vendor on its own servers. */
  readonly executor: "caller" | "vendor";
  readonly state?: VendorState;
}

export type ToolOutput =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "json"; readonly value: Json }
  | { readonly type: "parts"; readonly parts: readonly (TextPart | FilePart)[] };

export interface ToolResultPart {
  readonly type: "tool-result";
  /** The `id` of the tool call that this answers. */
  readonly id: string;
  readonly name: string;
  /** A string is short for `{ type: "text", text }`. */
  readonly output: string | ToolOutput;
  readonly isError?: boolean;
  /** Default `caller`. */
  readonly executor?: "caller" | "vendor";
  readonly state?: VendorState;
  readonly promptCache?: CacheHint;
}

/** What an answer leans on: a web page, or a place in a document that was given. */
export interface SourcePart {
  readonly type: "source";
  readonly url?: string;
  readonly title?: string;
  readonly mediaType?: string;
  /** The words quoted from the source. */
  readonly quote?: string;
  /** Index of the text part that cites it. */
  readonly citedBy?: number;
  readonly state?: VendorState;
}

/** The model declined, in its own words. */
export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
  /** The vendor's category, where it names one. */
  readonly category?: string;
  readonly state?: VendorState;
}

/** The one union used in messages, completions and events. */
export type Part = TextPart | ReasoningPart | FilePart | ToolCallPart | ToolResultPart | SourcePart | RefusalPart;

export type PartType = Part["type"];

export interface SystemMessage {
  readonly role: "system";
  readonly content: string | readonly TextPart[];
}
export interface UserMessage {
  readonly role: "user";
  readonly content: string | readonly (TextPart | FilePart)[];
}
export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: string | readonly Part[];
}
/** Results of the tool calls of the assistant message before it. */
export interface ToolMessage {
  readonly role: "tool";
  readonly content: readonly ToolResultPart[];
}
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
