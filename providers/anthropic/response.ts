import {
  type ContentEvent,
  count,
  eventObject,
  type FailureOf,
  GatewayError,
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
import { bodyError } from "./errors.ts";
import { MessageReader } from "./message-reader.ts";
import { rateLimits } from "./rate-limits.ts";

/** An answer that has begun: its headers are there. Reports what they say, and reads the body whole or as a stream. */
export const readAnswer = async (
  response: Response,
  of: FailureOf,
  streamed: boolean,
): Promise<AsyncIterable<ContentEvent>> => {
  const { call, provider } = of;
  const requestId = requestIdIn(response.headers, ["request-id"], of.secrets);
  call.report({
    type: "response",
    response: requestId === undefined ? {} : { requestId },
    rateLimits: rateLimits(response.headers, call.clock.now()),
  });
  const reader = new MessageReader({ call, provider, requestId });
  const { signal } = call;
  if (!streamed) return whole(await readJson(response, { provider, signal }), reader, of);
  const onAlive = (): void => call.report({ type: "alive" });
  return stream(readEvents(response, { provider, signal, onAlive, maxLength: MAX_FILE_EVENT_LENGTH }), reader, of);
};

/** The figure that `count_tokens` answers with. */
export const readCount = async (response: Response, of: FailureOf): Promise<number> => {
  const { call, provider } = of;
  const body = await readJson(response, { provider, signal: call.signal });
  const tokens = isObject(body) ? count(body["input_tokens"]) : undefined;
  if (tokens === undefined) throw malformed(of, "the answer has no count of tokens");
  return tokens;
};

async function* whole(body: unknown, reader: MessageReader, of: FailureOf): AsyncGenerator<ContentEvent> {
  if (!isObject(body)) throw malformed(of, "the answer is no object");
  if (isError(body)) throw bodyError(of, body);
  if (!Array.isArray(body["content"])) throw malformed(of, "the answer has no content");
  yield* reader.takeMessage(body);
  yield* reader.finish();
}

/**
 * The answer is whole at `message_stop`; or, where the body ends or breaks before that, if `message_delta` has said why
 * the model stopped, since all content comes before it. Any other end is `stream_truncated`. Reading goes on to the end of
 * the body, so that the connection can be used again.
 */
async function* stream(
  batches: AsyncIterable<readonly ServerSentEvent[]>,
  reader: MessageReader,
  of: FailureOf,
): AsyncGenerator<ContentEvent> {
  try {
    for await (const batch of batches) {
      for (const { data } of batch) for (const content of take(eventObject(data, of), reader, of)) yield content;
    }
  } catch (error) {
    const isWhole = reader.isFinished || (reader.isStopped && GatewayError.is(error, "stream_truncated"));
    if (!isWhole) throw error;
  }
  if (reader.isFinished) return;
  if (!reader.isStopped) throw truncated(of.call, of.provider);
  for (const content of reader.finish()) yield content;
}

const take = (event: JsonObject, reader: MessageReader, of: FailureOf): readonly ContentEvent[] => {
  if (reader.isFinished) return [];
  if (isError(event)) throw bodyError(of, event);
  switch (event["type"]) {
    case "ping":
      of.call.report({ type: "alive" });
      return [];
    case "message_stop":
      return reader.finish();
    default:
      return reader.take(event);
  }
};

/** Anthropic says so by the type; what stands before it may say only what went wrong. */
const isError = ({ type, error }: JsonObject): boolean => type === "error" || (type === undefined && isObject(error));
