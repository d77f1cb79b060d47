import type { ContentEvent, DeltaKind, Finish, Part, Partial } from "../contract/index.ts";

/** Makes a whole of content events, or what there is of one. */
export class Collector {
  readonly parts: Part[] = [];
  /** Their indexes, in step: parts may end in another order than they began in. */
  readonly #indexes: number[] = [];
  finish: Finish | undefined;
  /** Parts that have begun and not ended: kind and text so far. */
  #open: Map<number, { readonly kind: DeltaKind; text: string }> | undefined;

  add(event: ContentEvent): void {
    if (event.type === "part-delta") this.#grow(event.index, event.kind, event.delta);
    else if (event.type === "part-end") {
      this.#open?.delete(event.index);
      this.#place(event.index, event.part);
    } else if (event.type === "finish") this.finish = event;
  }

  get isEmpty(): boolean {
    return this.parts.length === 0 && (this.#open?.size ?? 0) === 0;
  }

  text(): string {
    let text = "";
    for (const part of this.parts) if (part.type === "text") text += part.text;
    return text;
  }

  /**
   * What has arrived, unfinished text included. A tool call whose input is not whole is left out: nobody may run it. Who
   * hands it out adds what it used.
   */
  partial(): Partial {
    const parts = [...this.parts];
    for (const { kind, text } of this.#open?.values() ?? []) {
      if (kind !== "tool-call" && text !== "") parts.push({ type: kind, text });
    }
    const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
    return { text, parts, usage: undefined, model: undefined };
  }

  #place(index: number, part: Part): void {
    let at = this.parts.length;
    while (at > 0 && (this.#indexes[at - 1] ?? 0) > index) at -= 1;
    this.parts.splice(at, 0, part);
    this.#indexes.splice(at, 0, index);
  }

  #grow(index: number, kind: DeltaKind, delta: string): void {
    this.#open ??= new Map();
    const open = this.#open.get(index);
    if (open === undefined) this.#open.set(index, { kind, text: delta });
    else open.text += delta;
  }
}
