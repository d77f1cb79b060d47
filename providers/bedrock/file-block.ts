import type {
  AudioFormat,
  ContentBlock,
  DocumentFormat,
  ImageFormat,
  VideoFormat,
} from "@aws-sdk/client-bedrock-runtime";
import type { FileData, FilePart } from "../../src/kit/index.ts";
import type { Prompting } from "./prompting.ts";

export type FileBlock =
  | ContentBlock.ImageMember
  | ContentBlock.DocumentMember
  | ContentBlock.AudioMember
  | ContentBlock.VideoMember;

const IMAGES: ReadonlyMap<string, ImageFormat> = new Map([
  ["image/png", "png"],
  ["image/jpeg", "jpeg"],
  ["image/jpg", "jpeg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
]);

const DOCUMENTS: ReadonlyMap<string, DocumentFormat> = new Map([
  ["application/pdf", "pdf"],
  ["text/csv", "csv"],
  ["application/msword", "doc"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
  ["application/vnd.ms-excel", "xls"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
  ["text/html", "html"],
  ["text/markdown", "md"],
  ["application/json", "txt"],
]);

const AUDIO: ReadonlyMap<string, AudioFormat> = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/aac", "aac"],
  ["audio/flac", "flac"],
  ["audio/mp4", "m4a"],
  ["audio/ogg", "ogg"],
  ["audio/opus", "opus"],
  ["audio/pcm", "pcm"],
  ["audio/webm", "webm"],
]);

const VIDEOS: ReadonlyMap<string, VideoFormat> = new Map([
  ["video/mp4", "mp4"],
  ["video/quicktime", "mov"],
  ["video/x-matroska", "mkv"],
  ["video/webm", "webm"],
  ["video/x-flv", "flv"],
  ["video/mpeg", "mpeg"],
  ["video/x-ms-wmv", "wmv"],
  ["video/3gpp", "three_gp"],
]);

interface Bytes {
  readonly bytes: Uint8Array;
}
interface Stored {
  readonly s3Location: { readonly uri: string };
}

/** A file in its bytes, or in S3; throws `unsupported` for anything else, since a file cannot be left out unseen. */
export const fileBlock = (part: FilePart, prompting: Prompting, path: string): FileBlock => {
  const type = (part.mediaType.toLowerCase().split(";")[0] ?? "").trim();
  const source = sourceOf(part.data, prompting, path);
  if (part.detail !== undefined && part.detail !== "auto") {
    prompting.concede("other", `${path}.detail`, "Bedrock is not told how closely to look at an image.");
  }
  const medium = mediumBlock(type, source);
  if (medium !== undefined) {
    if (part.filename !== undefined) {
      prompting.concede("other", `${path}.filename`, "Bedrock is told the names of documents alone.");
    }
    return medium;
  }
  const format = DOCUMENTS.get(type) ?? (type.startsWith("text/") ? "txt" : undefined);
  if (format === undefined) throw prompting.unsupported(path, `Bedrock takes no file of type ${type}.`);
  const name = prompting.documentName(part.filename);
  return { document: { format, name, source, ...(prompting.citations && { citations: { enabled: true } }) } };
};

/** Image, sound or video. */
const mediumBlock = (type: string, source: Bytes | Stored): FileBlock | undefined => {
  const image = IMAGES.get(type);
  if (image !== undefined) return { image: { format: image, source } };
  const audio = AUDIO.get(type);
  if (audio !== undefined) return { audio: { format: audio, source } };
  const video = VIDEOS.get(type);
  return video === undefined ? undefined : { video: { format: video, source } };
};

const sourceOf = (data: FileData, { unsupported, provider }: Prompting, path: string): Bytes | Stored => {
  if ("bytes" in data) return { bytes: data.bytes };
  if ("base64" in data) return { bytes: Buffer.from(data.base64, "base64") };
  if ("url" in data) {
    if (data.url.startsWith("s3://")) return { s3Location: { uri: data.url } };
    throw unsupported(path, "Bedrock fetches no addresses but s3://: send the bytes.");
  }
  if (data.provider === provider && data.fileId.startsWith("s3://")) return { s3Location: { uri: data.fileId } };
  throw unsupported(path, `the file was uploaded to ${data.provider}, and only there has this id a meaning.`);
};
