import { isObject, type JsonObject, type PartWriter } from "../../src/kit/index.ts";
import {
  type Answering,
  type Block,
  blockParts,
  callHead,
  callState,
  citedState,
  isCall,
  signedState,
  sources,
  text,
} from "./block-parts.ts";

/** A block that arrives in pieces: what its part will have beside its text. */
interface OpenBlock {
  readonly block: Block;
  readonly index: number;
  readonly citations: JsonObject[];
  signature: string;
  /** Whether a piece came. */
  grew: boolean;
}

/** Content blocks, in pieces or whole, to the parts that are written. */
export class BlockReader {
  /** Whether something was handed out that a reader may have acted on: text, or a tool call. */
  isCommitted = false;
  readonly #answering: Answering;
  readonly #toolNames = new Map<string, string>();
  readonly #open = new Map<number, OpenBlock>();
  readonly #writer: PartWriter;
  readonly #before: number;

  /** `before`: how many parts were handed out before the writer's first. */
  constructor(writer: PartWriter, answering: Omit<Answering, "toolNames">, before: number) {
    this.#writer = writer;
    this.#before = before;
    this.#answering = { ...answering, toolNames: this.#toolNames };
  }

  get isEmpty(): boolean {
    return this.#writer.nextIndex === 0;
  }

  get #nextIndex(): number {
    return this.#before + this.#writer.nextIndex;
  }

  begin(key: number, block: Block): void {
    const index = this.#nextIndex;
    if (block.type === "text") this.#writer.open(key, { type: "text" });
    else if (block.type === "thinking") this.#writer.open(key, { type: "reasoning" });
    else if (isCall(block)) this.#writer.open(key, { type: "tool-call", ...this.#named(block) });
    else return this.whole(block);
    this.#open.set(key, { block, index, citations: [], signature: text(block, "signature"), grew: false });
    if (block.type === "text") this.#grow(key, text(block, "text"));
    if (block.type === "thinking") this.#grow(key, text(block, "thinking"));
  }

  grow(key: number, delta: JsonObject): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    switch (delta["type"]) {
      case "text_delta":
        return this.#grow(key, text(delta, "text"));
      case "thinking_delta":
        return this.#grow(key, text(delta, "thinking"));
      case "input_json_delta":
        return this.#grow(key, text(delta, "partial_json"));
      case "signature_delta":
        open.signature = text(delta, "signature");
        return;
      case "citations_delta":
        if (isObject(delta["citation"])) open.citations.push(delta["citation"]);
    }
  }

  end(key: number): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    const { block, citations, signature, index } = open;
    if (block.type === "text") this.#writer.close(key, citedState(citations, this.#answering));
    else if (block.type === "thinking") this.#writer.close(key, signedState(signature, this.#answering));
    else this.#endCall(key, open);
    for (const source of sources(citations, index)) this.#writer.whole(source);
  }

  /** What arrives in no pieces. */
  whole(block: Block): void {
    if (isCall(block)) this.#named(block);
    for (const part of blockParts(block, this.#answering, this.#nextIndex)) this.#writer.whole(part);
  }

  /** Ends what is open. */
  endAll(): void {
    for (const key of [...this.#open.keys()]) this.end(key);
  }

  /** Input that came with the beginning stands where no piece followed. */
  #endCall(key: number, { block, grew }: OpenBlock): void {
    this.isCommitted = true;
    const told = grew ? undefined : JSON.stringify(block["input"] ?? {});
    this.#writer.close(key, { ...callState(block, this.#answering), ...(told !== undefined && { text: told }) });
  }

  #named(block: Block): ReturnType<typeof callHead> {
    const head = callHead(block);
    this.#toolNames.set(head.id, head.name);
    return head;
  }

  #grow(key: number, piece: string): void {
    const open = this.#open.get(key);
    if (open === undefined || piece === "") return;
    open.grew = true;
    if (open.block.type === "text") this.isCommitted = true;
    this.#writer.delta(key, piece);
  }
}
