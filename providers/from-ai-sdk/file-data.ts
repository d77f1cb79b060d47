import type { SharedV4FileData } from "@ai-sdk/provider";
import { type FileData, type FilePart, unsupported } from "../../src/kit/index.ts";
import type { AiSdkUrls } from "./model.ts";
import type { Sender } from "./sender.ts";

/** Where a file's bytes are, in the words of V4. */
export const fileData = ({ data, mediaType }: FilePart, path: string, sender: Sender): SharedV4FileData => {
  if ("bytes" in data) return { type: "data", data: data.bytes };
  if ("base64" in data) return { type: "data", data: data.base64 };
  if ("url" in data) return located(data.url, mediaType, path, sender);
  return held(data, path, sender);
};

/** The same as a model of that version takes it: V2 and V3 have no tags. */
export const versioned = (data: SharedV4FileData, { version }: Sender): SharedV4FileData => {
  if (version === "v4") return data;
  const bare = data.type === "data" ? data.data : data.type === "url" ? data.url : data;
  return bare as unknown as SharedV4FileData;
};

const located = (url: string, mediaType: string, path: string, sender: Sender): SharedV4FileData => {
  const base64 = base64Of(url);
  if (base64 !== undefined) return { type: "data", data: base64 };
  if (!URL.canParse(url) || !isFetched(url, mediaType, sender.urls)) {
    throw refused(path, `the model fetches no ${mediaType} from this address: give the bytes.`, sender);
  }
  return { type: "url", url: new URL(url) };
};

const held = (data: Extract<FileData, { fileId: string }>, path: string, sender: Sender): SharedV4FileData => {
  if (data.provider !== sender.provider) throw refused(path, `the file is held by ${data.provider}.`, sender);
  if (sender.version === "v4") return { type: "reference", reference: { [sender.key]: data.fileId } };
  throw refused(path, "AI SDK models before V4 take no file ids.", sender);
};

const refused = (path: string, why: string, sender: Sender): Error =>
  unsupported(sender.provider, sender.model, path, why);

/** The bytes of a `data:` URL. */
const base64Of = (url: string): string | undefined => {
  if (url.slice(0, 5).toLowerCase() !== "data:") return undefined;
  const comma = url.indexOf(",");
  if (comma < 0) return undefined;
  const body = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(";base64") ? body : percentDecoded(body)?.toString("base64");
};

const percentDecoded = (text: string): Buffer | undefined => {
  try {
    return Buffer.from(decodeURIComponent(text));
  } catch {
    return undefined;
  }
};

/** `supportedUrls`: patterns by media type, such as `image/*` or `*`. What matches is fetched by the vendor. */
export const isFetched = (url: string, mediaType: string, urls: AiSdkUrls): boolean =>
  Object.entries(urls).some(([type, patterns]) => {
    const prefix = type === "*" || type === "*/*" ? "" : type.toLowerCase().replace(/\*$/, "");
    const fits = prefix.endsWith("/") || prefix === "" ? mediaType.startsWith(prefix) : mediaType === prefix;
    return fits && patterns.some((pattern) => matches(pattern, url));
  });

/** From the start, whatever a pattern with the flags `g` or `y` remembers. */
const matches = (pattern: RegExp, url: string): boolean =>
  new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(url);
