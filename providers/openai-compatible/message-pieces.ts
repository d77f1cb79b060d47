import type { FilePart, Json, JsonObject, SourcePart } from "../../src/kit/index.ts";
import { isObject } from "../../src/kit/index.ts";
import { objects, string } from "./fields.ts";

/** A piece of an answer's content. */
export type Piece = { readonly type: "reasoning" | "text" | "refusal"; readonly text: string } | FilePart;

/** What a message, or a delta of one, says: reasoning first, as models think before they speak. */
export const pieces = (message: JsonObject): readonly Piece[] =>
  [
    ...reasoning(message),
    ...content(message["content"]),
    { type: "refusal" as const, text: string(message["refusal"]) },
    ...images(message["images"]),
  ].filter((piece) => piece.type === "file" || piece.text !== "");

/** `reasoning_content`, or `reasoning`; OpenRouter repeats the latter in `reasoning_details`. */
const reasoning = (message: JsonObject): readonly Piece[] => {
  const told = string(message["reasoning_content"]) || string(message["reasoning"]);
  return told === "" ? [] : [{ type: "reasoning", text: told }];
};

/** Text; or a list, as Mistral sends it: `text`, `thinking`, references. */
const content = (told: Json | undefined): readonly Piece[] => {
  if (typeof told === "string") return [{ type: "text", text: told }];
  return objects(told).flatMap((each): readonly Piece[] => {
    switch (each["type"]) {
      case "text":
        return [{ type: "text", text: string(each["text"]) }];
      case "thinking": {
        const thought = each["thinking"];
        const text =
          typeof thought === "string"
            ? thought
            : objects(thought)
                .map((one) => string(one["text"]))
                .join("");
        return [{ type: "reasoning", text }];
      }
      default:
        return [];
    }
  });
};

/** Images that a model drew, as data URLs (OpenRouter). */
const images = (told: Json | undefined): readonly Piece[] =>
  objects(told).flatMap((each): readonly Piece[] => {
    const url = isObject(each["image_url"]) ? string(each["image_url"]["url"]) : "";
    const data = /^data:([\w/+.-]{1,64});base64,/.exec(url.slice(0, 128));
    if (data !== null) {
      return [{ type: "file", mediaType: data[1] ?? "image/png", data: { base64: url.slice(data[0].length) } }];
    }
    return url === "" ? [] : [{ type: "file", mediaType: "image/*", data: { url } }];
  });

/** Pages that an answer cites. */
export const sources = (annotations: readonly JsonObject[]): readonly SourcePart[] =>
  annotations.flatMap((annotation): readonly SourcePart[] => {
    const cited = isObject(annotation["url_citation"]) ? annotation["url_citation"] : annotation;
    const [url, title, quote] = [string(cited["url"]), string(cited["title"]), string(cited["content"])];
    if (url === "" && title === "") return [];
    return [{ type: "source", ...(url && { url }), ...(title && { title }), ...(quote && { quote }) }];
  });

/** Puts streamed `reasoning_details` together: the pieces of one detail have one index, and go back as one. */
export const joinDetails = (known: JsonObject[], more: readonly JsonObject[]): void => {
  for (const piece of more) {
    const last = known.at(-1);
    const isSame = last !== undefined && last["index"] === piece["index"] && last["type"] === piece["type"];
    if (!isSame || typeof piece["index"] !== "number") known.push(piece);
    else known[known.length - 1] = { ...last, ...told(piece), ...grown(last, piece) };
  }
};

const told = (piece: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(piece).filter(([, value]) => value !== null && value !== ""));

const grown = (last: JsonObject, piece: JsonObject): JsonObject => {
  const fields = ["text", "summary", "data"].filter((field) => typeof piece[field] === "string");
  return Object.fromEntries(fields.map((field) => [field, string(last[field]) + string(piece[field])]));
};
