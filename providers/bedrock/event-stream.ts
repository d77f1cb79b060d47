import { crc32 } from "node:zlib";
import { GatewayError } from "../../src/kit/index.ts";

/**
 * One message of an `application/vnd.amazon.eventstream` body
 * (https://smithy.io/2.0/aws/amazon-eventstream.html): its text headers, and its payload as bytes.
 */
export interface StreamMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** A message beyond this many bytes is an error, not memory. What AWS itself sends stays below it. */
export const MAX_MESSAGE_BYTES: number = 16 << 20;

/** Length of all, length of the headers, and the checksum of both. */
const PRELUDE = 12;
const CHECKSUM = 4;
const LEAST = PRELUDE + CHECKSUM;

/**
 * Reads messages from bytes cut anywhere. Both checksums are checked, and the length before anything is kept for it. What
 * follows the last whole message is none.
 */
export class StreamMessages {
  readonly #provider: string;
  readonly #maxBytes: number;
  /** Bytes not handed out yet, in the pieces they came in: joined once the prelude is there, and once the whole is. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** Bytes until something can be read: a prelude's, or a message's. */
  #needed = PRELUDE;

  constructor(provider: string, maxBytes: number = MAX_MESSAGE_BYTES) {
    this.#provider = provider;
    this.#maxBytes = maxBytes;
  }

  /** The messages that these bytes complete. Throws `protocol` where they are none. */
  push(bytes: Uint8Array): StreamMessage[] {
    this.#pieces.push(bytes);
    this.#length += bytes.byteLength;
    const messages: StreamMessage[] = [];
    while (this.#length >= this.#needed) {
      const joined = this.#joined();
      if (this.#needed === PRELUDE) {
        this.#needed = lengthOf(joined, this.#maxBytes, this.#provider);
        continue;
      }
      messages.push(messageOf(joined.subarray(0, this.#needed), this.#provider));
      const rest = joined.subarray(this.#needed);
      this.#pieces = [rest];
      this.#length = rest.byteLength;
      this.#needed = PRELUDE;
    }
    return messages;
  }

  #joined(): Buffer {
    const [first, ...others] = this.#pieces;
    const joined =
      first !== undefined && others.length === 0
        ? Buffer.from(first.buffer, first.byteOffset, first.byteLength)
        : Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }
}

const lengthOf = (prelude: Buffer, maxBytes: number, provider: string): number => {
  const length = prelude.readUInt32BE(0);
  // The checksum first: without it, bytes that are no message at all would look like a long one.
  if (crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8))
    throw broken(provider, "a checksum of the stream is wrong");
  if (length > maxBytes) throw broken(provider, `a message of the stream is larger than ${maxBytes} bytes`);
  if (length < LEAST + prelude.readUInt32BE(4))
    throw broken(provider, "a message of the stream contradicts its own length");
  return length;
};

const messageOf = (message: Buffer, provider: string): StreamMessage => {
  const end = message.length - CHECKSUM;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end))
    throw broken(provider, "a checksum of the stream is wrong");
  const payloadAt = PRELUDE + message.readUInt32BE(4);
  return {
    headers: headersOf(message.subarray(PRELUDE, payloadAt), provider),
    payload: message.subarray(payloadAt, end),
  };
};

/** Sizes of header values by their type; `undefined` for a size of two bytes that stands before the value. */
const SIZES: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const TEXT = 7;

const headersOf = (bytes: Buffer, provider: string): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  try {
    for (let at = 0; at < bytes.length; ) {
      const nameEnd = at + 1 + bytes.readUInt8(at);
      const type = bytes.readUInt8(nameEnd);
      if (type >= SIZES.length) throw new RangeError("type");
      const fixed = SIZES[type];
      const valueAt = nameEnd + 1 + (fixed === undefined ? 2 : 0);
      const valueEnd = valueAt + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
      if (valueEnd > bytes.length) throw new RangeError("length");
      if (type === TEXT) headers[bytes.toString("utf8", at + 1, nameEnd)] = bytes.toString("utf8", valueAt, valueEnd);
      at = valueEnd;
    }
  } catch {
    throw broken(provider, "the headers of a message of the stream cannot be read");
  }
  return headers;
};

const broken = (provider: string, what: string): GatewayError =>
  new GatewayError("protocol", `${provider}: ${what}.`, { details: { provider }, scope: "provider" });
