import type {
  Base64ImageSource,
  ContainerUploadBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import { base64Of, type FilePart } from "../../src/kit/index.ts";
import type { Prompting } from "./prompting.ts";

const IMAGES: readonly string[] = [
  "image/jpeg",
  "image/png",
  "image/gif",
  "image/webp",
] satisfies Base64ImageSource["media_type"][];
/** Names that are no media types, and are used as such. */
const ALIASES: ReadonlyMap<string, string> = new Map([["image/jpg", "image/jpeg"]]);
const PDF = "application/pdf";

const isImage = (type: string): type is Base64ImageSource["media_type"] => IMAGES.includes(type);
const isPlain = (type: string): boolean => type.startsWith("text/") || type === "application/json";

/** Images, PDFs and plain text; throws `unsupported` for anything else, since a file cannot be left out unseen. */
export const fileBlock = (
  given: FilePart,
  prompting: Prompting,
  path: string,
): ImageBlockParam | DocumentBlockParam | ContainerUploadBlockParam => {
  const part = unwrapped(given);
  if (base64Of(part.data) === "") throw prompting.unsupported(path, "Anthropic takes no empty file.");
  const type = ALIASES.get(part.mediaType.toLowerCase()) ?? part.mediaType.toLowerCase();
  concedeHints(part, type, prompting, path);
  if (type.startsWith("image/")) return { type: "image", source: imageSource(part, type, prompting, path) };
  if ("fileId" in part.data && type !== PDF && !isPlain(type)) {
    return { type: "container_upload", file_id: ownFileId(part.data, prompting, path) };
  }
  return {
    type: "document",
    source: documentSource(part, type, prompting, path),
    ...(part.filename !== undefined && { title: part.filename }),
    ...(prompting.citations && { citations: { enabled: true } }),
  };
};

/** What the vendor is not told of an image. A document's name is its title. */
const concedeHints = ({ filename, detail }: FilePart, type: string, { concede }: Prompting, path: string): void => {
  if (!type.startsWith("image/")) return;
  if (filename !== undefined) concede("other", `${path}.filename`, "Anthropic is not told the names of images.");
  if (detail !== undefined && detail !== "auto") {
    concede("other", `${path}.detail`, "Anthropic is not told how closely to look at an image.");
  }
};

/** A `data:` URL holds the bytes: Anthropic fetches no such thing. */
const unwrapped = (part: FilePart): FilePart => {
  const [, base64] = ("url" in part.data && /^data:[^,]*;base64,(.*)$/is.exec(part.data.url)) || [];
  return base64 === undefined ? part : { ...part, data: { base64 } };
};

const imageSource = (part: FilePart, type: string, prompting: Prompting, path: string): ImageBlockParam["source"] => {
  const { data } = part;
  if ("url" in data) return { type: "url", url: data.url };
  if ("fileId" in data) return { type: "file", file_id: ownFileId(data, prompting, path) };
  if (!isImage(type)) throw prompting.unsupported(path, `Anthropic takes ${IMAGES.join(", ")}, not ${type}.`);
  return { type: "base64", media_type: type, data: base64Of(data) ?? "" };
};

const documentSource = (
  part: FilePart,
  type: string,
  prompting: Prompting,
  path: string,
): DocumentBlockParam["source"] => {
  const { data } = part;
  if ("fileId" in data) return { type: "file", file_id: ownFileId(data, prompting, path) };
  if (type === PDF) {
    return "url" in data
      ? { type: "url", url: data.url }
      : { type: "base64", media_type: PDF, data: base64Of(data) ?? "" };
  }
  if (isPlain(type) && !("url" in data)) return { type: "text", media_type: "text/plain", data: textOf(data) };
  throw prompting.unsupported(path, `Anthropic takes no file of type ${type}${"url" in data ? " by URL" : ""}.`);
};

const textOf = (data: { readonly bytes: Uint8Array } | { readonly base64: string }): string =>
  "base64" in data ? Buffer.from(data.base64, "base64").toString("utf8") : new TextDecoder().decode(data.bytes);

const ownFileId = (
  data: { readonly fileId: string; readonly provider: string },
  prompting: Prompting,
  path: string,
): string => {
  if (data.provider === prompting.provider) return data.fileId;
  throw prompting.unsupported(path, `the file was uploaded to ${data.provider}, and only there has this id a meaning.`);
};
