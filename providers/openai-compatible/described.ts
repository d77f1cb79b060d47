import type { Json, JsonObject, ResponseInfo } from "../../src/kit/index.ts";
import { string } from "./fields.ts";

/** Told by the contract's own fields, or of no use once it has been read. */
const TOLD: ReadonlySet<string> = new Set(["id", "object", "created", "model", "choices", "usage", "obfuscation"]);
const TOLD_OF_CHOICE: ReadonlySet<string> = new Set(["index", "delta", "message", "finish_reason"]);

/** What a host says of its own answer: its name, and whatever else, which is kept as it is. */
export class Described {
  readonly #requestId: string | undefined;
  readonly #metadata: Record<string, Json> = Object.create(null) as Record<string, Json>;
  #id = "";
  #model = "";

  constructor(requestId: string | undefined) {
    this.#requestId = requestId;
  }

  body(body: JsonObject): void {
    this.#id ||= string(body["id"]);
    this.#model ||= string(body["model"]);
    this.#keep(body, TOLD);
  }

  choice(choice: JsonObject): void {
    this.#keep(choice, TOLD_OF_CHOICE);
  }

  get response(): ResponseInfo {
    return {
      ...(this.#id && { id: this.#id }),
      ...(this.#model && { model: this.#model }),
      ...(this.#requestId !== undefined && { requestId: this.#requestId }),
    };
  }

  get metadata(): Readonly<Record<string, Json>> {
    return { ...this.#metadata };
  }

  #keep(fields: JsonObject, told: ReadonlySet<string>): void {
    // A loop over the names alone: this is done for every chunk.
    for (const key in fields) {
      if (told.has(key)) continue;
      const value = fields[key];
      if (value !== null && value !== undefined) this.#metadata[key] = value;
    }
  }
}
