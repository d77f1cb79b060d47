import {
  type ContentEvent,
  eventObject,
  type FailureOf,
  GatewayError,
  isObject,
  type JsonObject,
  malformed,
  readJson,
  requestIdIn,
  truncated,
} from "../../src/kit/index.ts";
import { ConverseReader } from "./converse-reader.ts";
import { streamError } from "./errors.ts";
import type { StreamMessage } from "./event-stream.ts";
import { readMessages } from "./read-messages.ts";

/** How long the figures are waited for once an answer is whole, in milliseconds. */
const METADATA_WAIT_MS = 2_000;

/** The header with the vendor's id of the request. */
export const REQUEST_ID = "x-amzn-requestid";

/** An answer that has begun: its headers are there. Reports what they say, and reads the body whole or as a stream. */
export const readAnswer = async (response: Response, of: FailureOf): Promise<AsyncIterable<ContentEvent>> => {
  const { call, provider } = of;
  const requestId = requestIdIn(response.headers, [REQUEST_ID], of.secrets);
  call.report({ type: "response", response: requestId === undefined ? {} : { requestId } });
  const reader = new ConverseReader(of, requestId);
  if (call.mode === "stream") return stream(readMessages(response, of), reader, of);
  return whole(await readJson(response, { provider, signal: call.signal }), reader, of);
};

async function* whole(body: unknown, reader: ConverseReader, of: FailureOf): AsyncGenerator<ContentEvent> {
  if (!isObject(body)) throw malformed(of, "the answer is no object");
  if (!isObject(body["output"])) throw malformed(of, "the answer has no content");
  yield* reader.takeWhole(body);
  yield* reader.finish();
}

/**
 * The answer is whole at `messageStop`, since all content comes before it; its figures are waited for: until they came, the
 * body ended or broke, or 2 s went by. Any other end is `stream_truncated`.
 */
async function* stream(batches: Batches, reader: ConverseReader, of: FailureOf): AsyncGenerator<ContentEvent> {
  try {
    for (;;) {
      const read = await next(batches, reader, of);
      if (read === undefined || read.done === true) break;
      for (const message of read.value) yield* take(message, reader, of);
    }
  } catch (error) {
    if (isBroken(error, reader)) throw error;
  } finally {
    batches.return?.();
  }
  if (reader.isFinished) return;
  if (!reader.isStopped) throw truncated(of.call, of.provider);
  yield* reader.finish();
}

type Batches = AsyncIterableIterator<readonly StreamMessage[]>;

/** Undefined where only the figures are to come, and do not. */
const next = (
  batches: Batches,
  { isStopped, isFinished }: ConverseReader,
  of: FailureOf,
): Promise<IteratorResult<readonly StreamMessage[]> | undefined> =>
  isStopped && !isFinished ? within(METADATA_WAIT_MS, batches.next(), of) : batches.next();

/** A connection that breaks once all content is there hurts nobody; what the vendor says against its own answer does. */
const isBroken = (error: unknown, { isStopped, isFinished }: ConverseReader): boolean =>
  !isFinished && !(isStopped && GatewayError.is(error, "stream_truncated"));

const take = (message: StreamMessage, reader: ConverseReader, of: FailureOf): readonly ContentEvent[] => {
  if (reader.isFinished) return [];
  const { headers } = message;
  const kind = headers[":message-type"];
  if (kind === "exception" || kind === "error") throw streamError(of, headers, payloadOf(message, of));
  if (kind !== "event") throw malformed(of, "a message of the stream does not say what it is");
  const events = reader.take(headers[":event-type"], payloadOf(message, of));
  return reader.isComplete ? [...events, ...reader.finish()] : events;
};

const payloadOf = ({ payload }: StreamMessage, of: FailureOf): JsonObject =>
  payload.byteLength === 0 ? {} : eventObject(Buffer.from(payload).toString("utf8"), of);

/** The promise's value, or undefined after `ms` on the call's clock. */
const within = <T>(ms: number, pending: Promise<T>, { call }: FailureOf): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const cancel = call.clock.after(ms, () => resolve(undefined), { keepAlive: true });
    pending.then(resolve, reject).finally(cancel);
  });
