import {
  type ContentEvent,
  eventObject,
  type FailureOf,
  isObject,
  malformed,
  readEvents,
  readJson,
  type ServerSentEvent,
  truncated,
} from "../../src/kit/index.ts";
import { ChatReader } from "./chat-reader.ts";
import { toldError } from "./errors.ts";
import type { OpenAIApi } from "./options.ts";
import { rateLimits } from "./rate-limits.ts";
import { ResponsesReader } from "./responses-reader.ts";

/** How long usage is waited for once an answer is whole, in milliseconds; some hosts keep the connection open. */
const USAGE_WAIT_MS = 2_000;
const DONE = "[DONE]";

/** An answer that has begun: its headers are there. Reports what they say, and reads the body whole or as a stream. */
export const readAnswer = async (
  response: Response,
  of: FailureOf,
  api: OpenAIApi,
): Promise<AsyncIterable<ContentEvent>> => {
  const { call, provider } = of;
  const requestId = response.headers.get("x-request-id") ?? undefined;
  call.report({
    type: "response",
    response: requestId === undefined ? {} : { requestId },
    rateLimits: rateLimits(response.headers),
  });
  const { signal } = call;
  if (call.mode === "complete") return whole(await readJson(response, { provider, signal }), of, api, requestId);
  const onAlive = (): void => call.report({ type: "alive" });
  const events = readEvents(response, { provider, signal, onAlive });
  return api === "chat"
    ? chatStream(events, new ChatReader(of, requestId), of)
    : responsesStream(events, new ResponsesReader(of, requestId), of);
};

async function* whole(
  body: unknown,
  of: FailureOf,
  api: OpenAIApi,
  requestId: string | undefined,
): AsyncGenerator<ContentEvent> {
  if (!isObject(body)) throw malformed(of, "the answer is no object");
  if (isObject(body["error"])) throw toldError(of, body["error"]);
  if (!Array.isArray(body[api === "chat" ? "choices" : "output"])) throw malformed(of, "the answer has no content");
  const reader = api === "chat" ? new ChatReader(of, requestId) : new ResponsesReader(of, requestId);
  for (const content of reader.whole(body)) yield content;
}

/** Whole at `response.completed` or `.incomplete`. Reading goes on to the end of the body, so that the connection lives. */
async function* responsesStream(
  batches: AsyncIterable<readonly ServerSentEvent[]>,
  reader: ResponsesReader,
  of: FailureOf,
): AsyncGenerator<ContentEvent> {
  try {
    for await (const batch of batches) {
      for (const { data } of batch) {
        if (reader.isFinished || data === DONE) continue;
        for (const content of reader.take(eventObject(data, of))) yield content;
      }
    }
  } catch (error) {
    if (!reader.isFinished) throw error;
  }
  if (!reader.isFinished) throw truncated(of.call, of.provider);
}

/**
 * Whole at `[DONE]`; or once the finish reason was told and the usage came, the body ended, or neither came for 2 s. Any
 * other end is `stream_truncated`.
 */
async function* chatStream(
  batches: AsyncIterableIterator<readonly ServerSentEvent[]>,
  reader: ChatReader,
  of: FailureOf,
): AsyncGenerator<ContentEvent> {
  try {
    for (;;) {
      const read = await (reader.isStopped ? within(USAGE_WAIT_MS, batches.next(), of) : batches.next());
      if (read === undefined || read.done === true) break;
      for (const { data } of read.value) {
        for (const content of chatEvents(data, reader, of)) yield content;
      }
    }
  } catch (error) {
    if (!reader.isStopped && !reader.isFinished) throw error;
  } finally {
    batches.return?.();
  }
  if (reader.isFinished) return;
  if (!reader.isStopped) throw truncated(of.call, of.provider);
  for (const content of reader.finish()) yield content;
}

const chatEvents = (data: string, reader: ChatReader, of: FailureOf): readonly ContentEvent[] => {
  if (reader.isFinished) return [];
  if (data === DONE) {
    if (!reader.isStopped) throw truncated(of.call, of.provider);
    return reader.finish();
  }
  const chunk = eventObject(data, of);
  if (isObject(chunk["error"])) throw toldError(of, chunk["error"]);
  const events = reader.take(chunk);
  return reader.isComplete ? [...events, ...reader.finish()] : events;
};

/** The promise's value, or undefined after `ms` on the call's clock. */
const within = <T>(ms: number, pending: Promise<T>, { call }: FailureOf): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const cancel = call.clock.after(ms, () => resolve(undefined), { keepAlive: true });
    pending.then(resolve, reject).finally(cancel);
  });
