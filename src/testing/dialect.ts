import type { Ask, ErrorName, Reply } from "./script.ts";

/** Token counts of an answer. */
export interface Tokens {
  /** Cached ones included. */
  readonly input: number;
  readonly cached: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

/** One event of a stream, as it goes over the wire, and how many bytes of generated text it brings. */
export interface Frame {
  readonly wire: string;
  readonly generated: number;
}

export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
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
  /** Header that carries the key, and what stands before it. */
  key(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined;
  /** Reads a request; a refusal where the real vendor would answer 400. */
  read(body: Readonly<Record<string, unknown>>, isOwn: (seal: string) => boolean): Ask | { readonly invalid: string };
  whole(spoken: Spoken): unknown;
  frames(spoken: Spoken): readonly Frame[];
  refuse(error: ErrorName, message?: string): Refusal;
  errorFrame(error: ErrorName): string;
  keepAlive: string;
  headers(tokens: Tokens): Readonly<Record<string, string>>;
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
