import { isObject, type JsonObject } from "../../src/kit/index.ts";
import { type ContentWriter, string } from "./content-writer.ts";
import { ownedState, toldState } from "./state.ts";

/** Not JSON: what a call that was begun and never made ends with, so that it becomes no part. */
const NEVER_MADE = "{";

/** A part that arrives in pieces. */
interface Open {
  readonly index: number;
  /** The newest word of its vendor: a signature comes with the last piece, or after it. */
  metadata: unknown;
}

/** Parts of a stream that are content, to the parts that are written. Ids tell pieces apart, which may alternate. */
export class StreamReader {
  readonly writer: ContentWriter;
  readonly #open = new Map<string, Open>();
  /** Tool inputs in pieces, and whether these are JSON. */
  readonly #inputs = new Map<string, boolean>();

  constructor(writer: ContentWriter) {
    this.writer = writer;
  }

  take(part: JsonObject): void {
    const type = string(part["type"]);
    const [kind = "", step] = splitAtLast(type);
    if ((kind === "text" || kind === "reasoning") && step !== "") return this.#grow(kind, step, part);
    if (kind === "tool-input") return this.#input(step, part);
    if (type === "tool-call") {
      const key = inputKey(part["toolCallId"]);
      this.#inputs.delete(key);
      return this.writer.call(part, key);
    }
    // `text` and `reasoning` come in pieces alone.
    if (type !== "text" && type !== "reasoning") this.writer.write(part);
  }

  /** Before the end: what is still open ends, and calls that were never made are none. */
  end(): void {
    for (const key of [...this.#open.keys()]) this.#close(key, {});
    for (const key of this.#inputs.keys()) this.writer.parts.close(key, { text: NEVER_MADE });
    this.#inputs.clear();
  }

  #grow(kind: "text" | "reasoning", step: string, part: JsonObject): void {
    const key = `${kind} ${string(part["id"])}`;
    if (step === "start" || (step === "delta" && !this.#open.has(key))) this.#begin(kind, key);
    const open = this.#open.get(key);
    if (open === undefined) return;
    if (isObject(part["providerMetadata"])) open.metadata = part["providerMetadata"];
    if (step === "delta") this.writer.parts.delta(key, string(part["delta"]));
    if (step === "end") this.#close(key, part);
  }

  #begin(type: "text" | "reasoning", key: string): void {
    if (this.#open.has(key)) this.#close(key, {});
    this.#open.set(key, { index: this.writer.parts.nextIndex, metadata: undefined });
    this.writer.parts.open(key, { type });
  }

  #close(key: string, part: JsonObject): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    const { answering, parts } = this.writer;
    const state = key.startsWith("reasoning")
      ? ownedState(open.metadata, answering)
      : toldState(open.metadata, answering);
    parts.close(key, state);
    this.writer.cite(part["citations"], open.index);
  }

  #input(step: string, part: JsonObject): void {
    const key = inputKey(part["id"]);
    if (step === "start") {
      const executor = part["providerExecuted"] === true ? "vendor" : "caller";
      this.#inputs.set(key, part["inputEncoding"] !== "text");
      return this.writer.parts.open(key, {
        type: "tool-call",
        id: string(part["id"]),
        name: string(part["toolName"]),
        executor,
      });
    }
    // Pieces of our own are JSON text: of an input that is not, only the end is told.
    if (step === "delta" && this.#inputs.get(key) === true) this.writer.parts.delta(key, string(part["delta"]));
  }
}

const inputKey = (id: unknown): string => `input ${string(id)}`;

/** `tool-input-delta` to `tool-input` and `delta`. */
const splitAtLast = (type: string): readonly [kind: string, step: string] => {
  const dash = type.lastIndexOf("-");
  return dash < 0 ? [type, ""] : [type.slice(0, dash), type.slice(dash + 1)];
};
