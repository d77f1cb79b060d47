import type { GatewayError, JsonObject, Part, PartWriter, VendorState } from "../../src/kit/index.ts";
import { objects, string } from "../openai-compatible/base.ts";

/** Whose answer is read. */
export interface Answering {
  readonly provider: string;
  /** The vendor's own model id. */
  readonly model: string;
  readonly account: string;
  /** An id for a call that came without one. */
  readonly newId: () => string;
  /** What is wrong with the answer, as an error. */
  readonly malformed: (what: string) => GatewayError;
}

/** An item of an answer. Vendor-controlled: every field is looked at before it is used. */
export type Item = JsonObject;

const stateOf = (data: JsonObject, { provider, model, account }: Answering): VendorState => ({
  provider,
  model,
  account,
  data,
});

/** Which part of the answer a message is (commentary, final answer): goes back with it. */
export const messageState = (item: Item, answering: Answering): { readonly state?: VendorState } =>
  typeof item["phase"] === "string" ? { state: stateOf({ phase: item["phase"] }, answering) } : {};

export const reasoningText = (item: Item): string =>
  [...objects(item["summary"]), ...objects(item["content"])].map((piece) => string(piece["text"])).join("\n\n");

export const reasoningState = (item: Item, answering: Answering): { readonly state?: VendorState } => {
  const encrypted = string(item["encrypted_content"]);
  return encrypted === "" ? {} : { state: stateOf({ id: string(item["id"]), encrypted }, answering) };
};

/** Writes an item that came whole; nothing for what this version does not know. */
export const writeItem = (item: Item, writer: PartWriter, answering: Answering): void => {
  const type = string(item["type"]);
  switch (type) {
    case "message":
      return writeMessage(item, writer, answering);
    case "reasoning":
      return writer.whole({ type: "reasoning", text: reasoningText(item), ...reasoningState(item, answering) });
    case "function_call":
      if (string(item["name"]) === "") throw answering.malformed("a tool call has no name");
      return writer.toolCall(
        { id: string(item["call_id"]) || answering.newId(), name: string(item["name"]), executor: "caller" },
        string(item["arguments"]),
      );
    case "custom_tool_call":
      return writer.whole(customCall(item, answering));
    case "image_generation_call":
      return writeImage(item, writer, answering);
    default:
      if (type.endsWith("_call")) writer.whole(vendorCall(item, type, answering));
  }
};

const writeMessage = (item: Item, writer: PartWriter, answering: Answering): void => {
  const first = writer.nextIndex;
  for (const content of objects(item["content"])) {
    if (content["type"] === "output_text") {
      writer.whole({ type: "text", text: string(content["text"]), ...messageState(item, answering) });
    } else if (content["type"] === "refusal") writer.whole({ type: "refusal", text: string(content["refusal"]) });
  }
  writeSources(item, writer, first);
};

/** The pages that a message cites, after it; `first`: index of its first part. */
export const writeSources = (item: Item, writer: PartWriter, first: number): void => {
  for (const [offset, content] of objects(item["content"]).entries()) {
    for (const annotation of objects(content["annotations"])) {
      const url = string(annotation["url"]);
      const title = string(annotation["title"]) || string(annotation["filename"]);
      if (url === "" && title === "") continue;
      writer.whole({ type: "source", ...(url && { url }), ...(title && { title }), citedBy: first + offset });
    }
  }
};

/** A tool with free text as its input. */
const customCall = (item: Item, answering: Answering): Part => ({
  type: "tool-call",
  id: string(item["call_id"]) || answering.newId(),
  name: string(item["name"]),
  input: string(item["input"]),
  executor: "caller",
  state: stateOf({ custom: true }, answering),
});

/** What the vendor's own tool did: the item itself is the state that goes back. */
const vendorCall = (item: Item, type: string, answering: Answering): Part => ({
  type: "tool-call",
  id: string(item["id"]),
  name: type.slice(0, -"_call".length),
  input: item["action"] ?? item["queries"] ?? item["code"] ?? {},
  executor: "vendor",
  state: stateOf({ item }, answering),
});

const writeImage = (item: Item, writer: PartWriter, answering: Answering): void => {
  const { result, ...rest } = item;
  writer.whole(vendorCall(rest, "image_generation_call", answering));
  const format = string(item["output_format"]) || "png";
  if (typeof result === "string")
    writer.whole({ type: "file", mediaType: `image/${format}`, data: { base64: result } });
};
