import { GatewayError } from "../contract/index.ts";

/** One event of an SSE stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface ServerSentEvent {
  /** The `event` field; empty where there is none. */
  readonly event: string;
  /** All `data` fields, joined by line feeds. */
  readonly data: string;
}

/** A line or event beyond this many characters is an error, not memory. */
export const MAX_EVENT_LENGTH: number = 1 << 20;
/**
 * The same, for vendors whose events hold files (an image that was made, a page that was fetched), or repeat the request
 * with all that it says (Responses does).
 */
export const MAX_FILE_EVENT_LENGTH: number = 32 << 20;

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/**
 * Reads SSE from bytes cut anywhere: inside a UTF-8 sequence, between CR and LF, in a BOM. Pure but for what it has not
 * handed out yet; knows no vendor. What follows the last blank line is not an event, and `isIdle` says that it is there.
 */
export class SseParser {
  readonly #decoder = new TextDecoder("utf-8");
  readonly #onComment: (() => void) | undefined;
  readonly #maxLength: number;
  /** An unfinished line, in the pieces it came in: joined once, when its end comes. */
  #pieces: string[] = [];
  #length = 0;
  #afterCr = false;
  #event = "";
  #data: string | undefined;

  constructor(options: { readonly onComment?: () => void; readonly maxLength?: number } = {}) {
    this.#onComment = options.onComment;
    this.#maxLength = options.maxLength ?? MAX_EVENT_LENGTH;
  }

  /** The events that these bytes complete. Throws `protocol` where one is beyond the cap. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Whether nothing is left of an unfinished event. */
  get isIdle(): boolean {
    return this.#length === 0 && this.#data === undefined && this.#event === "";
  }

  #read(chunk: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    let start = this.#afterCr && chunk.charCodeAt(0) === LF ? 1 : 0;
    if (chunk !== "") this.#afterCr = false;
    for (let at = start; at < chunk.length; at += 1) {
      const code = chunk.charCodeAt(at);
      if (code !== LF && code !== CR) continue;
      this.#line(this.#joined(chunk.slice(start, at)), events);
      if (code === CR) {
        if (at + 1 === chunk.length) this.#afterCr = true;
        else if (chunk.charCodeAt(at + 1) === LF) at += 1;
      }
      start = at + 1;
    }
    this.#keep(chunk.slice(start));
    return events;
  }

  #joined(end: string): string {
    if (this.#length === 0) return end;
    const line = this.#pieces.join("") + end;
    this.#pieces = [];
    this.#length = 0;
    return line;
  }

  #keep(piece: string): void {
    if (piece === "") return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > this.#maxLength) throw tooLong(this.#maxLength);
  }

  #line(line: string, events: ServerSentEvent[]): void {
    if (line === "") return this.#dispatch(events);
    if (line.charCodeAt(0) === COLON) return this.#onComment?.();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field === "data") this.#grow(fieldValue(line, colon));
    else if (field === "event") this.#event = fieldValue(line, colon);
  }

  #grow(value: string): void {
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    if (this.#data.length > this.#maxLength) throw tooLong(this.#maxLength);
  }

  #dispatch(events: ServerSentEvent[]): void {
    if (this.#data !== undefined) events.push({ event: this.#event, data: this.#data });
    this.#event = "";
    this.#data = undefined;
  }
}

/** After the colon, less one space. A field without a colon is empty. */
const fieldValue = (line: string, colon: number): string =>
  colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);

const tooLong = (maxLength: number): GatewayError =>
  new GatewayError("protocol", `The vendor sent an event of more than ${maxLength} characters.`, { details: {} });
