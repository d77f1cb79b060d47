import {
  type ContentEvent,
  eventObject,
  type FailureOf,
  isObject,
  malformed,
  readJson,
  type ServerSentEvent,
  truncated,
} from "../../src/kit/index.ts";
import { eventsOf, readHead } from "../openai-compatible/base.ts";
import { failedResponse } from "./errors.ts";
import { ResponsesReader } from "./responses-reader.ts";

/** Sent by some hosts behind the terminal event, as in Chat Completions. */
const DONE = "[DONE]";

/** An answer of the Responses API that has begun: its headers are there. Reads the body whole or as a stream. */
export const readAnswer = async (response: Response, of: FailureOf): Promise<AsyncIterable<ContentEvent>> => {
  const { call, provider } = of;
  const reader = new ResponsesReader(of, readHead(response, of));
  if (call.mode === "stream") return stream(eventsOf(response, of), reader, of);
  return whole(await readJson(response, { provider, signal: call.signal }), reader, of);
};

async function* whole(body: unknown, reader: ResponsesReader, of: FailureOf): AsyncGenerator<ContentEvent> {
  if (!isObject(body)) throw malformed(of, "the answer is no object");
  if (isObject(body["error"])) throw failedResponse(of, body["error"]);
  if (!Array.isArray(body["output"])) throw malformed(of, "the answer has no content");
  for (const content of reader.whole(body)) yield content;
}

/** Whole at `response.completed` or `.incomplete`. Reading goes on to the end of the body, so that the connection lives. */
async function* stream(
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
