import type { IncomingHttpHeaders } from "node:http";
import type { Ask, ErrorName, Reply } from "./script.ts";

/** Token counts of an answer. */
export interface Tokens {
  /** Cached ones included. */
  readonly input: number;
  /** Read from the prompt cache. */
  readonly cached: number;
  /** Written to the prompt cache, where the vendor bills that. */
  readonly cacheWrite: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

/** A request as it came in. */
export interface Wire {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Fields;
}

/** One event of a stream, as it goes over the wire, and how many bytes of generated text it brings. */
export interface Frame {
  readonly wire: string | Uint8Array;
  readonly generated: number;
}

export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Why the real vendor would answer 400. */
export interface Invalid {
  readonly invalid: string;
}

/** What an answer is made of. */
export interface Spoken {
  readonly ask: Ask;
  readonly reply: Reply;
  readonly tokens: Tokens;
  /** Makes ids of this answer: `id("msg")`. */
  readonly id: (prefix: string) => string;
  /** Opaque state of this vendor, which it will know again. */
  readonly seal: (of: string) => string;
  readonly createdAt: number;
}

/** A vendor's way of speaking. Each is written from the vendor's documentation, apart from the adapters. */
export interface Dialect {
  readonly path: RegExp;
  /** The key that a request carries. */
  key(wire: Wire): string | undefined;
  /** What is asked for, even where the rest cannot be read. */
  asked(wire: Wire): { readonly model: string; readonly stream: boolean };
  /** Reads a request; a refusal where the real vendor would answer 400. */
  read(wire: Wire, isOwn: (seal: string) => boolean): Ask | Invalid;
  whole(spoken: Spoken): unknown;
  frames(spoken: Spoken): readonly Frame[];
  refuse(error: ErrorName, message: string | undefined, requestId: string): Refusal;
  errorFrame(error: ErrorName, requestId: string): string | Uint8Array;
  /** Goes before an event to show that the vendor lives; none where the vendor has no such thing. */
  readonly keepAlive: string | undefined;
  /** An event that is none. */
  readonly brokenFrame: string | Uint8Array;
  /** Media type of a stream. */
  readonly streamType: string;
  /** Header that carries the request's id. */
  readonly requestIdHeader: string;
  headers(tokens: Tokens): Readonly<Record<string, string>>;
  /** What the vendor has besides: embeddings, counts, lists of models. */
  readonly others: readonly Endpoint[];
}

/** An endpoint that answers at once and whole. */
export interface Endpoint {
  matches(wire: Wire): boolean;
  asked(wire: Wire): { readonly model: string };
  /** `tokens`: the vendor's own count of some bytes. */
  answer(wire: Wire, tokens: (bytes: number) => number, models: readonly string[]): Answered | Invalid;
}

export interface Answered {
  readonly body: unknown;
  /** What is billed. */
  readonly inputTokens: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A text in pieces of a word or so, as models say it. */
export const words = (text: string): readonly string[] =>
  text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text === "" ? [] : [text]);

export const bytes = (text: string): number => Buffer.byteLength(text);

export type Fields = Readonly<Record<string, unknown>>;
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A vector that is always the same for a text, of length one. */
export const vectorOf = (said: string, dimensions: number): readonly number[] => {
  const figures = Array.from({ length: dimensions }, (_, at) =>
    Math.sin(bytes(said) + at + (said.charCodeAt(at) || 0)),
  );
  const length = Math.hypot(...figures);
  return figures.map((figure) => Number((figure / length).toFixed(6)));
};

/** Body and headers name model and mode, as OpenAI and Anthropic have it. */
export const askedInBody = ({ body }: Wire): { readonly model: string; readonly stream: boolean } => ({
  model: text(body["model"]),
  stream: body["stream"] === true,
});
