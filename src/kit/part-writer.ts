import {
  type ContentEvent,
  type DeltaKind,
  type Finish,
  type FinishReason,
  GatewayError,
  type Json,
  type Part,
  type PartOpening,
  type ToolCallPart,
  type VendorState,
  type Warning,
} from "../contract/index.ts";

/** A part that arrives in pieces. */
export type Growing = Extract<PartOpening, { readonly type: DeltaKind }>;

interface Open {
  readonly index: number;
  readonly opening: Growing;
  text: string;
}

/** What is known of a part only when it ends. */
export interface Ending {
  readonly state?: VendorState;
  /** Instead of the joined deltas, where the vendor repeats the whole. */
  readonly text?: string;
  readonly category?: string;
}

/**
 * Turns a vendor's pieces into content events with right indexes and whole parts. A provider writes, and hands on what
 * `take` gives. Parts are known by the vendor's own key (an index, an id).
 *
 * A tool call whose input is not JSON, or that has no name or id, never becomes a part: `finish` drops it with a warning if the answer was cut
 * (by length, a refusal, a filter), and throws `invalid_output` if not.
 */
export class PartWriter {
  readonly #provider: string;
  readonly #open = new Map<string | number, Open>();
  #events: ContentEvent[] = [];
  #index = 0;
  #broken = 0;

  constructor(provider: string) {
    this.#provider = provider;
  }

  /** The events written since the last time. */
  take(): readonly ContentEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Index that the next part will have. */
  get nextIndex(): number {
    return this.#index;
  }

  isOpen(key: string | number): boolean {
    return this.#open.has(key);
  }

  open(key: string | number, opening: Growing): void {
    if (this.#open.has(key)) this.close(key);
    const index = this.#index;
    this.#index += 1;
    this.#open.set(key, { index, opening, text: "" });
    this.#events.push({ type: "part-start", index, part: opening });
  }

  /** A piece of an open part; of one that is not open, nothing. */
  delta(key: string | number, delta: string): void {
    const open = this.#open.get(key);
    if (open === undefined || delta === "") return;
    open.text += delta;
    this.#events.push({ type: "part-delta", index: open.index, kind: open.opening.type, delta });
  }

  close(key: string | number, ending: Ending = {}): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    const part = wholePart(open.opening, ending.text ?? open.text, ending);
    if (part === undefined) this.#broken += 1;
    else this.#events.push({ type: "part-end", index: open.index, part });
  }

  closeAll(): void {
    for (const key of [...this.#open.keys()]) this.close(key);
  }

  /** A part that comes whole. */
  whole(part: Part): void {
    if (part.type === "tool-call" && isNobodys(part)) {
      this.#broken += 1;
      return;
    }
    const index = this.#index;
    this.#index += 1;
    this.#events.push({ type: "part-start", index, part: openingOf(part) }, { type: "part-end", index, part });
  }

  /** A tool call that comes whole, its input as JSON text. */
  toolCall(call: Omit<ToolCallPart, "type" | "input">, input: string): void {
    const { id, name, executor, state } = call;
    const opening: Growing = { type: "tool-call", id, name, executor };
    const part = wholePart(opening, input, state === undefined ? {} : { state });
    if (part === undefined) this.#broken += 1;
    else this.whole(part);
  }

  /** The last event; closes what is open. Returns the warnings that go with it. */
  finish(finish: Omit<Finish, "type">): readonly Warning[] {
    this.closeAll();
    const warnings = this.#settleBroken(finish.finishReason);
    this.#events.push({ type: "finish", ...finish });
    return warnings;
  }

  #settleBroken(finishReason: FinishReason): readonly Warning[] {
    if (this.#broken === 0) return [];
    if (CUTS.has(finishReason)) {
      const message = `${this.#broken} tool call(s) were cut short (${finishReason}) and left out.`;
      return [{ code: "tool_call_incomplete", message }];
    }
    throw new GatewayError("invalid_output", `${this.#provider}: a tool call's input is not JSON.`, {
      details: { provider: this.#provider, issues: [{ path: "toolCalls", message: "expected JSON input" }] },
    });
  }
}

/** Reasons that end an answer in the middle of a word. */
const CUTS: ReadonlySet<FinishReason> = new Set(["length", "refusal", "content-filter"]);

const wholePart = (opening: Growing, text: string, { state, category }: Ending): Part | undefined => {
  const kept = state === undefined ? {} : { state };
  if (opening.type === "refusal")
    return { type: "refusal", text, ...(category !== undefined && { category }), ...kept };
  if (opening.type !== "tool-call") return { type: opening.type, text, ...kept };
  const input = isNobodys(opening) ? undefined : parsed(text);
  return input === undefined ? undefined : { ...opening, input, ...kept };
};

/** A call without a name or an id can be neither run nor answered. */
const isNobodys = ({ id, name }: Pick<ToolCallPart, "id" | "name">): boolean => id === "" || name === "";

/** Tools without arguments are called with nothing at all. */
const parsed = (text: string): Json | undefined => {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
};

const openingOf = (part: Part): PartOpening => {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return { type: part.type };
    case "tool-call":
      return { type: part.type, id: part.id, name: part.name, executor: part.executor };
    default:
      return part;
  }
};
