import type { ChatCompletionContentPart } from "openai/resources/chat/completions/completions";
import { base64Of, type FilePart, type TextPart, unsupported, urlOf } from "../../src/kit/index.ts";
import type { Sender } from "./messages.ts";

/** Text and files of a user's message. A file that cannot be sent is refused: it cannot be left out unseen. */
export const userParts = (
  parts: readonly (TextPart | FilePart)[],
  path: string,
  sender: Sender,
): ChatCompletionContentPart[] =>
  parts.flatMap((part, at): readonly ChatCompletionContentPart[] => {
    if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }];
    return [filePart(part, `${path}[${at}]`, sender)];
  });

const filePart = (part: FilePart, path: string, sender: Sender): ChatCompletionContentPart => {
  const made = sentFile(part, path, sender);
  if (part.filename !== undefined && !(made.type === "file" && made.file.filename !== undefined)) {
    sender.concede("other", `${path}.filename`, "Chat Completions is told the names of documents alone.");
  }
  return made;
};

const sentFile = (part: FilePart, path: string, sender: Sender): ChatCompletionContentPart => {
  const { data, filename } = part;
  const mediaType = part.mediaType.toLowerCase();
  if (mediaType.startsWith("image/")) return imagePart(part, mediaType, path, sender);
  const base64 = base64Of(data);
  const sound = /^audio\/(?:x-)?(wav|mp3|mpeg)$/.exec(mediaType)?.[1];
  if (sound !== undefined && base64 !== undefined && sender.quirks.audio) {
    return { type: "input_audio", input_audio: { data: base64, format: sound === "wav" ? "wav" : "mp3" } };
  }
  if (sender.quirks.files && "fileId" in data && data.provider === sender.provider) {
    return { type: "file", file: { file_id: data.fileId } };
  }
  if (!sender.quirks.files || base64 === undefined || /^(audio|video)\//.test(mediaType)) {
    throw refused(path, `Chat Completions takes no such file here (${mediaType}).`, sender);
  }
  const name = filename ?? (mediaType === "application/pdf" ? "file.pdf" : "file");
  return { type: "file", file: { filename: name, file_data: `data:${mediaType};base64,${base64}` } };
};

const imagePart = (
  { data, detail }: FilePart,
  mediaType: string,
  path: string,
  sender: Sender,
): ChatCompletionContentPart => {
  const { images } = sender.quirks;
  if (images === "none") throw refused(path, "it takes no images.", sender);
  if (images === "data" && "url" in data && !data.url.startsWith("data:")) {
    throw refused(path, "it takes images as bytes, not by address.", sender);
  }
  const url = urlOf(data, mediaType);
  if (url === undefined) throw refused(path, "images cannot be given by file id in Chat Completions.", sender);
  return { type: "image_url", image_url: { url, ...(detail !== undefined && { detail }) } };
};

const refused = (path: string, why: string, sender: Sender): Error =>
  unsupported(sender.provider, sender.model, path, why);
