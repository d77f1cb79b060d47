import type { FilePart, JsonObject, SourcePart, ToolResultPart, VendorState } from "../../src/kit/index.ts";
import { inside, objects, text } from "./fields.ts";

/** Whose state a part carries. */
export type Maker = Omit<VendorState, "data">;

/** A place that an answer leans on. `source` may be an address or the name of a document. */
export const sourcePart = (citation: JsonObject, citedBy: number): SourcePart => {
  const named = text(citation, "source");
  const url =
    text(inside(inside(citation, "location"), "web"), "url") || (/^(https?|s3):\/\//.test(named) ? named : "");
  const title = text(citation, "title") || (named === url ? "" : named);
  const quote = objects(citation["sourceContent"])
    .map((content) => text(content, "text"))
    .join("");
  return {
    type: "source",
    ...(url !== "" && { url }),
    ...(title !== "" && { title }),
    ...(quote !== "" && { quote }),
    citedBy,
  };
};

/** An image that the model made; undefined where its bytes are not there. */
export const imagePart = (format: string, base64: string): FilePart | undefined =>
  base64 === "" ? undefined : { type: "file", mediaType: `image/${format || "png"}`, data: { base64 } };

/** The result of a tool that Bedrock ran: the block itself is kept, since only it can go back. */
export const resultPart = (block: JsonObject, name: string, maker: Maker): ToolResultPart => ({
  type: "tool-result",
  id: text(block, "toolUseId"),
  name,
  output: { type: "json", value: block["content"] ?? null },
  ...(text(block, "status") === "error" && { isError: true }),
  executor: "vendor",
  state: { ...maker, data: { block } },
});

/** Pieces of base64, each whole in itself, as one. */
export const joinedBase64 = (pieces: readonly string[]): string =>
  pieces.length === 1
    ? (pieces[0] ?? "")
    : Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");

/** What goes back with reasoning: a signature over its text, or what only the vendor can read. */
export const reasoningState = (
  { signature, redacted }: { readonly signature: string; readonly redacted: readonly string[] },
  maker: Maker,
): VendorState | undefined => {
  if (signature === "" && redacted.length === 0) return undefined;
  return {
    ...maker,
    data: { ...(signature !== "" && { signature }), ...(redacted.length > 0 && { redacted: joinedBase64(redacted) }) },
  };
};
