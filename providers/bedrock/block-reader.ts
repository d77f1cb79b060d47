import { isObject, type Json, type JsonObject, type PartWriter } from "../../src/kit/index.ts";
import { imagePart, joinedBase64, type Maker, reasoningState, resultPart, sourcePart } from "./block-parts.ts";
import { inside, objects, text } from "./fields.ts";

/** A block that arrives in pieces: what its part will have beside its text. */
interface OpenBlock {
  readonly citations: JsonObject[];
  readonly redacted: string[];
  readonly image: string[];
  readonly result: Json[];
  /** What the block began with. */
  start: JsonObject;
  signature: string;
  /** Index of the text part, once there is one. */
  textIndex: number | undefined;
}

/**
 * Content blocks, in pieces or whole, to the parts that are written. Only calls, results and images have a beginning of their
 * own; text and reasoning begin with their first piece. Kinds that are not known bring nothing.
 */
export class BlockReader {
  readonly #writer: PartWriter;
  readonly #maker: Maker;
  readonly #open = new Map<number, OpenBlock>();
  /** Names of the tools that were called, by the call's id: results of vendor-run tools have none. */
  readonly #names = new Map<string, string>();

  constructor(writer: PartWriter, maker: Maker) {
    this.#writer = writer;
    this.#maker = maker;
  }

  begin(index: number, start: JsonObject): void {
    const block = this.#block(index);
    block.start = start;
    const { toolUse } = start;
    if (isObject(toolUse)) this.#writer.open(index, { type: "tool-call", ...this.#callHead(toolUse) });
  }

  grow(index: number, delta: JsonObject): void {
    const block = this.#block(index);
    const { reasoningContent, toolUse, citation, image, toolResult } = delta;
    if (typeof delta["text"] === "string") {
      if (!this.#writer.isOpen(index)) {
        block.textIndex = this.#writer.nextIndex;
        this.#writer.open(index, { type: "text" });
      }
      this.#writer.delta(index, delta["text"]);
    } else if (isObject(toolUse)) this.#writer.delta(index, text(toolUse, "input"));
    else if (isObject(reasoningContent)) this.#think(index, block, reasoningContent);
    else if (isObject(citation)) block.citations.push(citation);
    else if (isObject(image)) block.image.push(text(inside(image, "source"), "bytes"));
    else if (Array.isArray(toolResult)) block.result.push(...toolResult);
  }

  end(index: number): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    const { start, citations, textIndex } = block;
    const state = this.#stateOf(block);
    this.#writer.close(index, state === undefined ? {} : { state });
    if (textIndex !== undefined) for (const each of citations) this.#writer.whole(sourcePart(each, textIndex));
    if (isObject(start["image"])) this.#image(text(start["image"], "format"), joinedBase64(block.image));
    if (isObject(start["toolResult"])) this.#result({ ...start["toolResult"], content: block.result });
  }

  endAll(): void {
    for (const index of [...this.#open.keys()]) this.end(index);
  }

  /** A block that came whole. */
  whole(block: JsonObject): void {
    const { text: said, toolUse, toolResult, reasoningContent, citationsContent, image } = block;
    if (typeof said === "string") this.#text(said, []);
    else if (isObject(toolUse)) {
      const head = this.#callHead(toolUse);
      const state = this.#callState(toolUse);
      const call = { ...head, ...(state !== undefined && { state }) };
      this.#writer.toolCall(call, JSON.stringify(toolUse["input"] ?? {}));
    } else if (isObject(reasoningContent)) this.#thought(reasoningContent);
    else if (isObject(citationsContent)) {
      const content = objects(citationsContent["content"]);
      this.#text(content.map((piece) => text(piece, "text")).join(""), objects(citationsContent["citations"]));
    } else if (isObject(image)) this.#image(text(image, "format"), text(inside(image, "source"), "bytes"));
    else if (isObject(toolResult)) this.#result(toolResult);
  }

  #block(index: number): OpenBlock {
    const known = this.#open.get(index);
    if (known !== undefined) return known;
    const made: OpenBlock = {
      citations: [],
      redacted: [],
      image: [],
      result: [],
      start: {},
      signature: "",
      textIndex: undefined,
    };
    this.#open.set(index, made);
    return made;
  }

  #think(index: number, block: OpenBlock, piece: JsonObject): void {
    if (!this.#writer.isOpen(index)) this.#writer.open(index, { type: "reasoning" });
    this.#writer.delta(index, text(piece, "text"));
    block.signature += text(piece, "signature");
    const redacted = text(piece, "redactedContent");
    if (redacted !== "") block.redacted.push(redacted);
  }

  #stateOf(block: OpenBlock): ReturnType<typeof reasoningState> {
    const { toolUse } = block.start;
    return isObject(toolUse) ? this.#callState(toolUse) : reasoningState(block, this.#maker);
  }

  #callHead(toolUse: JsonObject): { id: string; name: string; executor: "caller" | "vendor" } {
    const [id, name] = [text(toolUse, "toolUseId"), text(toolUse, "name")];
    this.#names.set(id, name);
    return { id, name, executor: toolUse["type"] === "server_tool_use" ? "vendor" : "caller" };
  }

  #callState({ type }: JsonObject): ReturnType<typeof reasoningState> {
    return type === "server_tool_use" ? { ...this.#maker, data: { type } } : undefined;
  }

  #text(said: string, citations: readonly JsonObject[]): void {
    const index = this.#writer.nextIndex;
    this.#writer.whole({ type: "text", text: said });
    for (const citation of citations) this.#writer.whole(sourcePart(citation, index));
  }

  #thought(content: JsonObject): void {
    const told = inside(content, "reasoningText");
    const redacted = text(content, "redactedContent");
    const pieces = { signature: text(told, "signature"), redacted: redacted === "" ? [] : [redacted] };
    const state = reasoningState(pieces, this.#maker);
    this.#writer.whole({ type: "reasoning", text: text(told, "text"), ...(state !== undefined && { state }) });
  }

  #image(format: string, base64: string): void {
    const part = imagePart(format, base64);
    if (part !== undefined) this.#writer.whole(part);
  }

  #result(block: JsonObject): void {
    this.#writer.whole(resultPart(block, this.#names.get(text(block, "toolUseId")) ?? "", this.#maker));
  }
}
