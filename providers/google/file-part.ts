import { base64Of, type FilePart } from "../../src/kit/index.ts";
import type { GeminiPart, Prompting } from "./prompting.ts";

/** What the API reads: images, sound, video, PDFs, and text of any kind. */
const TAKEN = /^(image|audio|video|text)\/|^application\/(pdf|json|xml|rtf|x-javascript|javascript|x-python)$/;
const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,([\s\S]*)$/;

/** A file, by its bytes or by its address; throws `unsupported` for what the API cannot read, since a file cannot be left out unseen. */
export const filePart = (part: FilePart, prompting: Prompting, path: string): GeminiPart => {
  const { data } = part;
  const mediaType = part.mediaType.toLowerCase();
  concedeHints(part, prompting, path);
  if ("fileId" in data) return byAddress(ownFileURL(data, prompting, path), mediaType);
  if (!TAKEN.test(mediaType)) throw prompting.unsupported(path, `Gemini takes no file of type ${mediaType}.`);
  if (!("url" in data)) return inline(base64Of(data) ?? "", mediaType);
  const [, type, base64] = DATA_URL.exec(data.url) ?? [];
  return base64 === undefined ? byAddress(data.url, mediaType) : inline(base64, type || mediaType);
};

/** What the vendor is not told of one file alone. */
const concedeHints = ({ filename, detail }: FilePart, { concede }: Prompting, path: string): void => {
  if (filename !== undefined) concede("other", `${path}.filename`, "Gemini is not told the names of files.");
  if (detail !== undefined && detail !== "auto") {
    const message = "Gemini looks at all files alike: providerOptions.mediaResolution says how closely.";
    concede("other", `${path}.detail`, message);
  }
};

/** JSON is read as text: its own type is refused. */
const inline = (data: string, mediaType: string): GeminiPart => ({
  inlineData: { mimeType: mediaType === "application/json" ? "text/plain" : mediaType, data },
});

/** A type that says only the kind (`image/*`) is left to be found out. */
const byAddress = (fileUri: string, mimeType: string): GeminiPart => ({
  fileData: { fileUri, ...(!mimeType.includes("*") && { mimeType }) },
});

/** The Files API names files (`files/abc`), and wants their addresses. */
const ownFileURL = (
  data: { readonly fileId: string; readonly provider: string },
  prompting: Prompting,
  path: string,
): string => {
  if (data.provider !== prompting.provider) {
    throw prompting.unsupported(
      path,
      `the file was uploaded to ${data.provider}, and only there has this id a meaning.`,
    );
  }
  return data.fileId.startsWith("files/") ? `${prompting.filesURL}/${data.fileId}` : data.fileId;
};
