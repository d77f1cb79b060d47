import { GatewayError, type Json } from "../contract/index.ts";
import { bodyError } from "./body-error.ts";
import { readBytes } from "./bytes.ts";
import { mediaTypeOf } from "./read-events.ts";

/** A whole answer beyond this is an error, not memory. */
const MAX_BODY_BYTES = 64 << 20;

export interface ReadJsonOptions {
  /** Whose answer it is, for errors. */
  readonly provider: string;
  /** Cap on the body. Default 64 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * The body as JSON. One that breaks off is `stream_truncated`; one that is a page, too large, or no JSON is `protocol`.
 * An error body in JSON may say that it is something else (DeepSeek's `application/octet-stream`): only pages are refused.
 */
export const readJson = async (response: Response, options: ReadJsonOptions): Promise<Json> => {
  const text = await readText(response, options);
  const type = mediaTypeOf(response.headers.get("content-type") ?? "");
  try {
    return JSON.parse(text) as Json;
  } catch {
    if (type.includes("html")) throw protocol(options.provider, `expected JSON, got ${type}`);
    throw isCut(text) ? bodyError(undefined, options.provider) : protocol(options.provider, "the answer is not JSON");
  }
};

/** The body as text, up to the cap. */
export const readText = async (response: Response, options: ReadJsonOptions): Promise<string> => {
  const { provider, maxBytes = MAX_BODY_BYTES, signal } = options;
  const bytes = readBytes(response);
  const leave = (): void => void bytes.return?.();
  if (signal?.aborted) leave();
  else signal?.addEventListener("abort", leave, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let read = await bytes.next(); read.done !== true; read = await bytes.next()) {
      chunks.push(read.value);
      size += read.value.byteLength;
      if (size > maxBytes) throw protocol(provider, `the answer is larger than ${maxBytes} bytes`);
    }
    if (signal?.aborted) throw signal.reason;
    return new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  } catch (error) {
    leave();
    throw signal?.aborted ? signal.reason : bodyError(error, provider);
  } finally {
    signal?.removeEventListener("abort", leave);
  }
};

/** JSON that began and did not end: a text or a bracket is still open. What is no JSON for another reason is whole. */
const isCut = (text: string): boolean => {
  const body = text.trimStart();
  if (body === "") return true;
  if (!body.startsWith("{") && !body.startsWith("[")) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < body.length; at += 1) {
    const char = body[at];
    if (inText && char === "\\") at += 1;
    else if (char === '"') inText = !inText;
    else if (!inText && (char === "{" || char === "[")) depth += 1;
    else if (!inText && (char === "}" || char === "]")) depth -= 1;
  }
  return inText || depth > 0;
};

const protocol = (provider: string, what: string): GatewayError =>
  new GatewayError("protocol", `${provider}: ${what}.`, { details: { provider }, scope: "provider" });
