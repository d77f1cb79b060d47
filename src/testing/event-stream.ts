import { crc32 } from "node:zlib";

/**
 * One message of an `application/vnd.amazon.eventstream` body, as AWS describes it
 * (https://smithy.io/2.0/aws/amazon-eventstream.html): lengths and their checksum, text headers, payload, checksum of all.
 */
export const encodeMessage = (headers: Readonly<Record<string, string>>, payload: string): Uint8Array => {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const body = Buffer.from(payload, "utf8");
  const length = 4 + 4 + 4 + head.length + body.length + 4;
  const lengths = Buffer.concat([uint32(length), uint32(head.length)]);
  const all = Buffer.concat([lengths, uint32(crc32(lengths)), head, body]);
  return Buffer.concat([all, uint32(crc32(all))]);
};

/** An event of a stream, such as `contentBlockDelta`. */
export const encodeEvent = (type: string, payload: unknown): Uint8Array =>
  encodeMessage(
    { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
    JSON.stringify(payload),
  );

/** A failure in the middle of a stream, such as `throttlingException`. */
export const encodeException = (type: string, payload: unknown): Uint8Array =>
  encodeMessage(
    { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" },
    JSON.stringify(payload),
  );

/** Values of type 7: text, with its length in two bytes. */
const header = (name: string, value: string): Buffer => {
  const [key, text] = [Buffer.from(name, "utf8"), Buffer.from(value, "utf8")];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([7]), length, text]);
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
