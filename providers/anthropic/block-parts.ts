import {
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type SourcePart,
  type VendorState,
} from "../../src/kit/index.ts";

/** A content block of an answer. Vendor-controlled: every field is looked at before it is used. */
export type Block = JsonObject & { readonly type: string };

/** Whose answer it is, and what is known of it. */
export interface Answering {
  readonly provider: string;
  /** The vendor's own model id. */
  readonly model: string;
  readonly account: string;
  /** Names of the tools called in this answer, by id. */
  readonly toolNames: ReadonlyMap<string, string>;
}

const RESULT = "_tool_result";
/** Told by the part's own fields, so not kept in its state a second time. */
const TOLD: ReadonlySet<string> = new Set(["id", "name", "input", "tool_use_id", "content"]);

/** The parts of a whole block, of which the first will stand at `index`; none for a kind that is not known. */
export const blockParts = (block: Block, answering: Answering, index: number): readonly Part[] => {
  switch (block.type) {
    case "text": {
      const citations = objects(block["citations"]);
      return [
        { type: "text", text: text(block, "text"), ...citedState(citations, answering) },
        ...sources(citations, index),
      ];
    }
    case "thinking":
      return [
        { type: "reasoning", text: text(block, "thinking"), ...signedState(text(block, "signature"), answering) },
      ];
    case "redacted_thinking":
      return [{ type: "reasoning", text: "", state: stateOf({ redacted: text(block, "data") }, answering) }];
    case "container_upload": {
      const data = { fileId: text(block, "file_id"), provider: answering.provider };
      return [{ type: "file", mediaType: "application/octet-stream", data }];
    }
    default:
      if (block.type.endsWith(RESULT)) return [result(block, answering)];
      return isCall(block)
        ? [{ type: "tool-call", ...callHead(block), input: block["input"] ?? {}, ...callState(block, answering) }]
        : [];
  }
};

/** A field, if it is text. */
export const text = (block: JsonObject, key: string): string => {
  const value = block[key];
  return typeof value === "string" ? value : "";
};

/** What is known of a call when it begins. The vendor runs its own tools itself, and those of MCP servers. */
export const callHead = (block: Block): { id: string; name: string; executor: "caller" | "vendor" } => ({
  id: text(block, "id"),
  name: text(block, "name"),
  executor: block.type === "tool_use" ? "caller" : "vendor",
});

export const isCall = ({ type }: Block): boolean =>
  type === "tool_use" || type === "server_tool_use" || type === "mcp_tool_use";

/** The words that were cited go back with the text: some can only be read by the vendor. */
export const citedState = (citations: readonly JsonObject[], answering: Answering): { readonly state?: VendorState } =>
  citations.length === 0 ? {} : { state: stateOf({ citations }, answering) };

export const signedState = (signature: string, answering: Answering): { readonly state?: VendorState } =>
  signature === "" ? {} : { state: stateOf({ signature }, answering) };

/** Of the vendor's calls all that no field tells; of the caller's, who made them if not the model itself (code it runs). */
export const callState = (block: Block, answering: Answering): { readonly state?: VendorState } => {
  if (block.type !== "tool_use") return { state: stateOf(untold(block), answering) };
  const { caller, toolset_name } = block;
  const kept = {
    ...(isObject(caller) && caller["type"] !== "direct" && { caller }),
    ...(typeof toolset_name === "string" && { toolset_name }),
  };
  return Object.keys(kept).length === 0 ? {} : { state: stateOf(kept, answering) };
};

/** Pages found by a search, or places in the documents that were sent. */
export const sources = (citations: readonly JsonObject[], citedBy: number): readonly SourcePart[] =>
  citations.map((citation) => {
    const title = text(citation, "title") || text(citation, "document_title");
    const url = text(citation, "url") || text(citation, "source");
    const quote = text(citation, "cited_text");
    return { type: "source", ...(url && { url }), ...(title && { title }), ...(quote && { quote }), citedBy };
  });

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const stateOf = (data: Json, { provider, model, account }: Answering): VendorState => ({
  provider,
  model,
  account,
  data,
});

const untold = (block: Block): JsonObject =>
  Object.fromEntries(Object.entries(block).filter(([key]) => !TOLD.has(key)));

/** The call may have been in an earlier answer: then the block's own type tells the tool's name. */
const result = (block: Block, answering: Answering): Part => {
  const id = text(block, "tool_use_id");
  const value = block["content"] ?? null;
  const failed = block["is_error"] === true || (isObject(value) && text(value, "type").endsWith("_error"));
  return {
    type: "tool-result",
    id,
    name: answering.toolNames.get(id) ?? block.type.slice(0, -RESULT.length),
    output: { type: "json", value },
    ...(failed && { isError: true }),
    executor: "vendor",
    state: stateOf(untold(block), answering),
  };
};
