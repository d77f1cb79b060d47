import {
  type ContentEvent,
  eventObject,
  type FailureOf,
  isObject,
  type JsonObject,
  MAX_FILE_EVENT_LENGTH,
  malformed,
  readEvents,
  readJson,
  requestIdIn,
  type ServerSentEvent,
  truncated,
} from "../../src/kit/index.ts";
import { ChatReader } from "./chat-reader.ts";
import { toldError } from "./errors.ts";
import { objects, string } from "./fields.ts";
import type { ChatQuirks } from "./quirks.ts";
import { rateLimits } from "./rate-limits.ts";

/** How long usage is waited for once an answer is whole, in milliseconds; some hosts keep the connection open. */
const USAGE_WAIT_MS = 2_000;
const DONE = "[DONE]";

/** Azure has a name of its own. */
export const REQUEST_IDS: readonly string[] = ["x-request-id", "apim-request-id"];

/** Reports what the headers say; gives the id of the request. */
export const readHead = (response: Response, { call, secrets }: FailureOf): string | undefined => {
  const requestId = requestIdIn(response.headers, REQUEST_IDS, secrets);
  call.report({
    type: "response",
    response: requestId === undefined ? {} : { requestId },
    rateLimits: rateLimits(response.headers),
  });
  return requestId;
};

/** The events of a streamed answer, with signs of life reported. */
export const eventsOf = (
  response: Response,
  { call, provider }: FailureOf,
): AsyncIterableIterator<readonly ServerSentEvent[]> =>
  readEvents(response, {
    provider,
    signal: call.signal,
    maxLength: MAX_FILE_EVENT_LENGTH,
    onAlive: () => call.report({ type: "alive" }),
  });

/** An answer that has begun: its headers are there. Reads the body whole or as a stream. */
export const readAnswer = async (
  response: Response,
  of: FailureOf,
  quirks: ChatQuirks,
): Promise<AsyncIterable<ContentEvent>> => {
  const { call, provider } = of;
  const reader = new ChatReader(of, readHead(response, of), quirks);
  if (call.mode === "stream") return stream(eventsOf(response, of), reader, of, quirks);
  return whole(await readJson(response, { provider, signal: call.signal }), reader, of);
};

async function* whole(body: unknown, reader: ChatReader, of: FailureOf): AsyncGenerator<ContentEvent> {
  if (!isObject(body)) throw malformed(of, "the answer is no object");
  throwTold(body, of);
  if (objects(body["choices"]).length === 0) throw malformed(of, "the answer has no content");
  for (const content of reader.whole(body)) yield content;
}

/**
 * Whole at `[DONE]`; or once the finish reason was told and the usage came, the body ended, or neither came for 2 s. Any
 * other end is `stream_truncated`.
 */
async function* stream(
  batches: AsyncIterableIterator<readonly ServerSentEvent[]>,
  reader: ChatReader,
  of: FailureOf,
  quirks: ChatQuirks,
): AsyncGenerator<ContentEvent> {
  try {
    for (;;) {
      const read = await (reader.isStopped ? within(USAGE_WAIT_MS, batches.next(), of) : batches.next());
      if (read === undefined || read.done === true) break;
      for (const { data } of read.value) {
        for (const content of chatEvents(data, reader, of, quirks)) yield content;
      }
    }
  } catch (error) {
    if (isBroken(error, reader)) throw error;
  } finally {
    batches.return?.();
  }
  if (reader.isFinished) return;
  if (!reader.isStopped) throw truncated(of.call, of.provider);
  for (const content of reader.finish()) yield content;
}

/** A connection that breaks once all content is there hurts nobody; what the host says against its own answer does. */
const isBroken = (error: unknown, reader: ChatReader): boolean => {
  if (reader.isFinished) return false;
  const code = (error as { readonly code?: unknown }).code;
  return !(reader.isStopped && code === "stream_truncated");
};

const chatEvents = (data: string, reader: ChatReader, of: FailureOf, quirks: ChatQuirks): readonly ContentEvent[] => {
  if (reader.isFinished) return [];
  if (data === DONE) {
    if (!reader.isStopped && quirks.end === "finish-reason") throw truncated(of.call, of.provider);
    return reader.finish();
  }
  const chunk = eventObject(data, of);
  throwTold(chunk, of);
  const events = reader.take(chunk);
  return reader.isComplete ? [...events, ...reader.finish()] : events;
};

/** An error in a 200: in the body itself, or in place of the reason to stop (OpenRouter). */
const throwTold = (body: JsonObject, of: FailureOf): void => {
  const { error } = body;
  if (isObject(error) || (typeof error === "string" && error !== "")) throw toldError(of, body);
  for (const choice of objects(body["choices"])) {
    if (isObject(choice["error"])) throw toldError(of, choice);
    if (string(choice["finish_reason"]) === "error") throw toldError(of, { message: "the answer failed" });
  }
};

/** The promise's value, or undefined after `ms` on the call's clock. */
const within = <T>(ms: number, pending: Promise<T>, { call }: FailureOf): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const cancel = call.clock.after(ms, () => resolve(undefined), { keepAlive: true });
    pending.then(resolve, reject).finally(cancel);
  });
