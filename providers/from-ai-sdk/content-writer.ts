import {
  type Clock,
  type ContentEvent,
  type FilePart,
  type Finish,
  isObject,
  type Json,
  type JsonObject,
  newToolId,
  PartWriter,
  type SourcePart,
  type Warning,
} from "../../src/kit/index.ts";
import { type Answering, jsonOf, ownedState, toldState } from "./state.ts";

/** Content that came whole, to the parts that are written. */
export class ContentWriter {
  readonly parts: PartWriter;
  readonly answering: Answering;
  /** Approvals that a vendor waits for, before it runs a tool. */
  readonly approvals: Json[] = [];
  /** Whether the caller is to run a tool. */
  callsTools = false;
  readonly #clock: Clock;

  constructor(answering: Answering, clock: Clock) {
    this.parts = new PartWriter(answering.provider);
    this.answering = answering;
    this.#clock = clock;
  }

  /** Nothing for a kind that is not known. */
  write(item: JsonObject): void {
    const { answering, parts } = this;
    const metadata = item["providerMetadata"];
    switch (item["type"]) {
      case "text":
        return this.#text(item);
      case "reasoning":
        return parts.whole({ type: "reasoning", text: string(item["text"]), ...ownedState(metadata, answering) });
      case "file":
        return this.#file(item, toldState(metadata, answering));
      case "reasoning-file":
        return this.#file(item, ownedState(metadata, answering, { as: "reasoning-file" }));
      case "custom": {
        const disguise = { as: "custom", kind: string(item["kind"]) } as const;
        return parts.whole({ type: "reasoning", text: "", ...ownedState(metadata, answering, disguise) });
      }
      case "source":
        return parts.whole(sourceOf(item));
      case "tool-call":
        return this.call(item);
      case "tool-result":
        return this.#result(item);
      case "tool-approval-request":
        this.approvals.push(jsonOf(item) ?? null);
    }
  }

  /** What cites its sources is followed by them. */
  cite(citations: unknown, citedBy: number): void {
    if (!Array.isArray(citations)) return;
    for (const citation of citations) {
      if (!isObject(citation) || !isObject(citation["source"])) continue;
      const quote = string(citation["citedText"]);
      this.parts.whole({ ...sourceOf(citation["source"]), ...(quote && { quote }), citedBy });
    }
  }

  /** A call, whole; or the end of one that has begun under `key`. */
  call(item: JsonObject, key?: string): void {
    const isVendors = item["providerExecuted"] === true;
    if (!isVendors) this.callsTools = true;
    const metadata = item["providerMetadata"];
    const state = isVendors ? ownedState(metadata, this.answering) : toldState(metadata, this.answering);
    const input = string(item["input"]);
    if (key !== undefined && this.parts.isOpen(key)) return this.parts.close(key, { ...state, text: input });
    const id = string(item["toolCallId"]) || newToolId(this.#clock);
    const executor = isVendors ? "vendor" : "caller";
    this.parts.toolCall({ id, name: string(item["toolName"]), executor, ...state }, input);
  }

  finish(finish: Omit<Finish, "type">): readonly Warning[] {
    return this.parts.finish(finish);
  }

  take(): readonly ContentEvent[] {
    return this.parts.take();
  }

  #text(item: JsonObject): void {
    const text = string(item["text"]);
    const state = toldState(item["providerMetadata"], this.answering);
    if (text === "" && state.state === undefined) return;
    const index = this.parts.nextIndex;
    this.parts.whole({ type: "text", text, ...state });
    this.cite(item["citations"], index);
  }

  #file(item: JsonObject, state: Pick<FilePart, "state">): void {
    const data = dataOf(item["data"]);
    const mediaType = string(item["mediaType"]) || "application/octet-stream";
    if (data !== undefined) this.parts.whole({ type: "file", mediaType, data, ...state });
  }

  /** A preliminary result is followed by another that takes its place. */
  #result(item: JsonObject): void {
    if (item["preliminary"] === true) return;
    this.parts.whole({
      type: "tool-result",
      id: string(item["toolCallId"]),
      name: string(item["toolName"]),
      output: { type: "json", value: jsonOf(item["result"]) ?? null },
      ...(item["isError"] === true && { isError: true }),
      executor: "vendor",
      ...ownedState(item["providerMetadata"], this.answering),
    });
  }
}

export const string = (value: unknown): string => (typeof value === "string" ? value : "");

/** Base64 or bytes; in V4 one of these or an address, with a tag. */
const dataOf = (told: unknown): FilePart["data"] | undefined => {
  if (typeof told === "string") return { base64: told };
  if (told instanceof Uint8Array) return { bytes: told };
  if (!isObject(told)) return undefined;
  if (told["type"] === "url") return { url: String(told["url"]) };
  const { data }: { readonly data?: unknown } = told;
  return typeof data === "string" || data instanceof Uint8Array ? dataOf(data) : undefined;
};

const sourceOf = (item: JsonObject): SourcePart => {
  const [url, title, mediaType] = [string(item["url"]), string(item["title"]), string(item["mediaType"])];
  return {
    type: "source",
    ...(url && { url }),
    ...((title || string(item["filename"])) && { title: title || string(item["filename"]) }),
    ...(mediaType && { mediaType }),
  };
};
