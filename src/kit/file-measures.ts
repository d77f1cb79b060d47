import type { FileData, FilePart } from "../contract/index.ts";
import { type ImageSize, imageSize } from "./image-size.ts";
import { pdfPages } from "./pdf-pages.ts";

/** Of base64, as much is decoded as an image's header can take: colour profiles and previews stand before its size. */
const HEAD_BYTES = 256 * 1_024;
/** What cannot be looked into: a file at an address, or at the vendor. */
const [UNKNOWN_PAGES, UNKNOWN_SECONDS] = [10, 60];

/** Bytes a second of usual recordings, rather few, so that they seem long: compressed speech, 16 kHz sound, small video. */
const BYTES_PER_SECOND = { compressed: 8_000, wave: 32_000, video: 125_000 };

const images = new WeakMap<object, { readonly size: ImageSize | undefined }>();

/** Width and height of an image, where its bytes are at hand and can be read. Read once for the same bytes. */
export const imageSizeOf = ({ data }: FilePart): ImageSize | undefined => {
  const key = keyOf(data);
  let known = images.get(key);
  if (known === undefined) {
    const bytes = bytesOf(data, HEAD_BYTES);
    known = { size: bytes === undefined ? undefined : imageSize(bytes) };
    images.set(key, known);
  }
  return known.size;
};

const pdfs = new WeakMap<object, number>();

/** Pages of a PDF, as far as they can be told: counted where they can be seen, else by its size; 10 where it is elsewhere. */
export const pdfPagesOf = ({ data }: FilePart): number => {
  const key = keyOf(data);
  let pages = pdfs.get(key);
  if (pages === undefined) {
    const bytes = bytesOf(data, Number.POSITIVE_INFINITY);
    pages = bytes === undefined ? UNKNOWN_PAGES : pdfPages(bytes);
    pdfs.set(key, pages);
  }
  return pages;
};

/** Seconds of a sound or video, by its size at a usual bit rate: rather too many; 60 where it is elsewhere. */
export const secondsOf = ({ mediaType, data }: FilePart): number => {
  const size = sizeOf(data);
  if (size === undefined) return UNKNOWN_SECONDS;
  const isWave = /^audio\/(?:x-|vnd\.)?(?:wave?|l16|aiff|pcm|flac)\b/i.test(mediaType);
  const kind = mediaType.startsWith("video/") ? "video" : isWave ? "wave" : "compressed";
  return size / BYTES_PER_SECOND[kind];
};

/** The bytes themselves, which may be sent in many messages; else what holds them. */
const keyOf = (data: FileData): object => ("bytes" in data ? data.bytes : data);

const sizeOf = (data: FileData): number | undefined => {
  if ("bytes" in data) return data.bytes.byteLength;
  return "base64" in data ? Buffer.byteLength(data.base64, "base64") : undefined;
};

const bytesOf = (data: FileData, most: number): Uint8Array | undefined => {
  if ("bytes" in data) return data.bytes;
  if (!("base64" in data)) return undefined;
  return Buffer.from(data.base64.slice(0, Math.ceil(most / 3) * 4), "base64");
};
