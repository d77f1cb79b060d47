import { isObject, type Json, type JsonObject } from "../../src/kit/index.ts";
import { string } from "./fields.ts";

type Step = string | number;
type Node = Record<Step, unknown> | unknown[];

/** Deeper than any arguments have to be. */
const DEEPEST = 64;

/**
 * The arguments of a call that come in pieces: each sets the value at a JSON path, or goes on with a text there
 * (`willContinue`). A path that cannot be followed makes the call unreadable.
 */
export class PartialArgs {
  // No prototype: a vendor's `__proto__` is a name like any other.
  readonly #root: Record<Step, unknown> = Object.create(null);
  #growing: string | undefined;
  #isBroken = false;

  /** Arguments that come whole. */
  assign(args: JsonObject): void {
    for (const [name, value] of Object.entries(args)) this.#root[name] = value;
  }

  take(piece: JsonObject): void {
    const path = string(piece["jsonPath"]);
    const steps = stepsOf(path);
    const value = pieceValue(piece);
    if (steps === undefined || value === undefined) this.#isBroken = true;
    else this.#set(steps, value, this.#growing === path);
    this.#growing = piece["willContinue"] === true ? path : undefined;
  }

  /** As JSON text; what cannot be read is no JSON. */
  get json(): string {
    return this.#isBroken ? "{" : JSON.stringify(this.#root);
  }

  #set(steps: readonly Step[], value: Json, grows: boolean): void {
    let node: Node = this.#root;
    for (const [at, step] of steps.entries()) {
      if (!fits(node, step)) {
        this.#isBroken = true;
        return;
      }
      const holder = node as Record<Step, unknown>;
      const next = steps[at + 1];
      if (next === undefined) {
        const before = holder[step];
        holder[step] = grows && typeof before === "string" ? before + String(value) : value;
        return;
      }
      holder[step] ??= typeof next === "number" ? [] : Object.create(null);
      node = holder[step] as Node;
    }
  }
}

/** Lists grow at their end and nowhere else: an index far beyond it would be memory. */
const fits = (node: Node | undefined, step: Step): boolean => {
  if (Array.isArray(node)) return typeof step === "number" && step <= node.length;
  return isObject(node) && typeof step === "string";
};

const pieceValue = ({ stringValue, numberValue, boolValue, nullValue }: JsonObject): Json | undefined => {
  if (typeof stringValue === "string") return stringValue;
  if (typeof numberValue === "number") return numberValue;
  if (typeof boolValue === "boolean") return boolValue;
  return nullValue === undefined ? undefined : null;
};

const STEP = /\.([^.[\]]+)|\[(\d{1,9})\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;

/** `$.operations[0].action`, `$['a name']` (RFC 9535); undefined for what is none. */
const stepsOf = (path: string): readonly Step[] | undefined => {
  if (!path.startsWith("$")) return undefined;
  const steps: Step[] = [];
  for (let at = 1; at < path.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const found = STEP.exec(path);
    if (found === null || steps.length === DEEPEST) return undefined;
    const [, name, index, single, double] = found;
    steps.push(index === undefined ? (name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1")) : Number(index));
  }
  return steps.length === 0 ? undefined : steps;
};
