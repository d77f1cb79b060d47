import { isObject, type JsonObject, type PartWriter } from "../../src/kit/index.ts";
import { string } from "./fields.ts";

/** What a piece says. */
interface Told {
  readonly id: string;
  readonly name: string;
  readonly input: string;
}

/** A tool call as far as it came. */
interface Pending {
  readonly key: string;
  /** As the host numbers it, if it does. */
  readonly index: number | undefined;
  id: string;
  name: string;
  input: string;
  isOpen: boolean;
}

/**
 * Puts streamed tool calls together, as hosts really send them: without an index, with one index for all, with an id that
 * is empty or repeated after the first piece, a name in pieces or again with every piece, a whole call in one chunk,
 * calls without id.
 */
export class CallPieces {
  readonly #writer: PartWriter;
  readonly #newId: () => string;
  readonly #calls: Pending[] = [];

  constructor(writer: PartWriter, newId: () => string) {
    this.#writer = writer;
    this.#newId = newId;
  }

  /** Whether there is a call that nobody can run. */
  get isNameless(): boolean {
    return this.#calls.some(({ name }) => name === "");
  }

  get count(): number {
    return this.#calls.length;
  }

  take(piece: JsonObject): void {
    const fn = isObject(piece["function"]) ? piece["function"] : {};
    const told = { id: string(piece["id"]), name: string(fn["name"]), input: inputOf(fn) };
    const index = typeof piece["index"] === "number" ? piece["index"] : undefined;
    const call = this.#find(index, told) ?? this.#begin(index, told.id);
    call.id ||= told.id;
    // A name comes whole, in pieces, whole again, or late.
    if ((call.input === "" || call.name === "") && told.name !== call.name) call.name += told.name;
    call.input += told.input;
    if (call.isOpen) this.#writer.delta(call.key, told.input);
    else if (call.input !== "") this.#open(call);
  }

  /** Begins the parts of calls that came without arguments so far. */
  openAll(): void {
    for (const call of this.#calls) this.#open(call);
  }

  #find(index: number | undefined, { id, name, input }: Told): Pending | undefined {
    const sameId = id === "" ? undefined : this.#calls.findLast((call) => call.id === id);
    if (sameId !== undefined) return sameId;
    const there = index === undefined ? this.#calls.at(-1) : this.#calls.findLast((call) => call.index === index);
    if (there === undefined) return undefined;
    if (id !== "" && there.id !== "") return undefined;
    // Without an id, another name after whole arguments is another call, and so is the same with further arguments.
    const isNamed = id === "" && name !== "" && (name !== there.name || input.trim() !== "");
    return isNamed && isWhole(there.input) ? undefined : there;
  }

  #begin(index: number | undefined, id: string): Pending {
    this.openAll();
    const call: Pending = { key: `call ${this.#calls.length}`, index, id, name: "", input: "", isOpen: false };
    this.#calls.push(call);
    return call;
  }

  #open(call: Pending): void {
    if (call.isOpen || call.name === "") return;
    call.isOpen = true;
    call.id ||= this.#newId();
    this.#writer.open(call.key, { type: "tool-call", id: call.id, name: call.name, executor: "caller" });
    this.#writer.delta(call.key, call.input);
  }
}

/** Arguments are JSON text; a few hosts send the value itself. */
export const inputOf = (fn: JsonObject): string => {
  const { arguments: told } = fn;
  if (typeof told === "string") return told;
  return isObject(told) ? JSON.stringify(told) : "";
};

/** Whether arguments are whole; parsed only where they can be. */
const isWhole = (text: string): boolean => {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
