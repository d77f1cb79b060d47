import {
  type ContentEvent,
  eventObject,
  type FailureOf,
  isObject,
  MAX_FILE_EVENT_LENGTH,
  malformed,
  readEvents,
  readJson,
  type ServerSentEvent,
  truncated,
} from "../../src/kit/index.ts";
import { AnswerReader } from "./answer-reader.ts";
import { errorIn, requestIdOf, toldError } from "./errors.ts";

/** How long the end of the body is waited for once all is said, in milliseconds. */
const END_WAIT_MS = 2_000;

/** An answer that has begun: its headers are there. Reads the body whole or as a stream. */
export const readAnswer = async (response: Response, of: FailureOf): Promise<AsyncIterable<ContentEvent>> => {
  const { call, provider } = of;
  const { signal } = call;
  const requestId = requestIdOf(response.headers, of.secrets);
  call.report({ type: "response", response: requestId === undefined ? {} : { requestId } });
  const reader = new AnswerReader({ call, provider, requestId });
  if (call.mode === "complete") return whole(await readJson(response, { provider, signal }), reader, of);
  const onAlive = (): void => call.report({ type: "alive" });
  return stream(readEvents(response, { provider, signal, onAlive, maxLength: MAX_FILE_EVENT_LENGTH }), reader, of);
};

async function* whole(body: unknown, reader: AnswerReader, of: FailureOf): AsyncGenerator<ContentEvent> {
  const failed = errorIn(body as Parameters<typeof errorIn>[0]);
  if (failed !== undefined) throw toldError(of, failed);
  if (!isObject(body)) throw malformed(of, "the answer is no object");
  yield* reader.take(body);
  if (!reader.isStopped) throw malformed(of, "the answer does not say why it ended");
  yield* reader.finish();
}

/**
 * The answer is whole once a candidate says why it ended, or the prompt was blocked, and the body has come to its end (2 s
 * later at most: figures and signatures may follow). A body that ends before is `stream_truncated`.
 */
async function* stream(
  batches: AsyncIterableIterator<readonly ServerSentEvent[]>,
  reader: AnswerReader,
  of: FailureOf,
): AsyncGenerator<ContentEvent> {
  try {
    for (;;) {
      const read = await (reader.isStopped ? within(END_WAIT_MS, batches.next(), of) : batches.next());
      if (read === undefined || read.done === true) break;
      for (const { data } of read.value) for (const content of take(data, reader, of)) yield content;
    }
  } catch (error) {
    if (!(reader.isStopped && isCut(error))) throw error;
  } finally {
    batches.return?.();
  }
  if (!reader.isStopped) throw truncated(of.call, of.provider);
  for (const content of reader.finish()) yield content;
}

/** A connection that breaks once all content is there hurts nobody. */
const isCut = (error: unknown): boolean => (error as { readonly code?: unknown }).code === "stream_truncated";

const take = (data: string, reader: AnswerReader, of: FailureOf): readonly ContentEvent[] => {
  const piece = eventObject(data, of);
  const failed = errorIn(piece);
  if (failed !== undefined) throw toldError(of, failed);
  return reader.take(piece);
};

/** The promise's value, or undefined after `ms` on the call's clock. */
const within = <T>(ms: number, pending: Promise<T>, { call }: FailureOf): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const cancel = call.clock.after(ms, () => resolve(undefined), { keepAlive: true });
    pending.then(resolve, reject).finally(cancel);
  });
