import type { FileData } from "../contract/index.ts";

/** A file's bytes as base64, where they are at hand. */
export const base64Of = (data: FileData): string | undefined => {
  if ("base64" in data) return data.base64;
  if (!("bytes" in data)) return undefined;
  const { buffer, byteOffset, byteLength } = data.bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
};

/** A file as one address: its own, or its bytes as a `data:` URL. `undefined` for a file that a vendor holds. */
export const urlOf = (data: FileData, mediaType: string): string | undefined => {
  if ("url" in data) return data.url;
  const base64 = base64Of(data);
  return base64 === undefined ? undefined : `data:${mediaType};base64,${base64}`;
};
