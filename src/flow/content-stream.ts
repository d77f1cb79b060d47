import { type Answer, type ContentEvent, GatewayError } from "../contract/index.ts";
import type { Reader } from "./reader.ts";

/**
 * A streamed answer. Lazy: nothing is sent until it is read. It has one reader: its events, or its `textStream`, or,
 * where neither is read, `completion()` itself.
 */
export interface ContentStream<Whole = Answer> extends AsyncIterable<ContentEvent> {
  /** The text alone, as it comes. */
  readonly textStream: AsyncIterable<string>;
  /**
   * The whole answer, or a rejection with what failed (`partial` included). Reads the stream if nobody does within the
   * same turn; a reader that comes later is refused.
   */
  completion(): Promise<Whole>;
}

export const contentStream = <Whole>(reader: Reader): ContentStream<Whole> => {
  let taken = false;
  let whole: Promise<Whole> | undefined;
  const take = (): Reader => {
    if (taken) throw secondReader();
    taken = true;
    return reader;
  };
  const driveUnlessRead = (): void => {
    if (taken) return;
    taken = true;
    reader.drive().catch(() => {});
  };
  return {
    [Symbol.asyncIterator]: take,
    textStream: { [Symbol.asyncIterator]: () => new TextReader(take()) },
    completion() {
      if (whole === undefined) {
        whole = reader.ended() as Promise<unknown> as Promise<Whole>;
        // Whoever asks and does not wait must not end the process; whoever waits hears of it all the same.
        whole.catch(() => {});
        // One turn later, so that `const done = stream.completion(); for await (… of stream)` has its reader.
        queueMicrotask(driveUnlessRead);
      }
      return whole;
    },
  };
};

const secondReader = (): GatewayError =>
  new GatewayError("invalid_request", "This stream has a reader already: events, textStream or completion().", {
    details: { issues: [{ path: "stream", message: "expected to be read once" }] },
  });

/** Hand-written: one hop a piece of text, where a generator would take three. */
class TextReader implements AsyncIterableIterator<string> {
  readonly #reader: Reader;
  #lastDelta = -1;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  next(): Promise<IteratorResult<string>> {
    return this.#reader.next().then(this.#step);
  }

  return(): Promise<IteratorResult<string>> {
    return this.#reader.return().then(() => ({ done: true, value: undefined }));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #step = (read: IteratorResult<ContentEvent>): IteratorResult<string> | Promise<IteratorResult<string>> => {
    if (read.done === true) return { done: true, value: undefined };
    const text = this.#textOf(read.value);
    return text === "" ? this.next() : { done: false, value: text };
  };

  /** A part may come whole, without deltas. */
  #textOf(event: ContentEvent): string {
    if (event.type === "part-delta") {
      this.#lastDelta = event.index;
      return event.kind === "text" ? event.delta : "";
    }
    const whole = event.type === "part-end" && event.part.type === "text" && event.index !== this.#lastDelta;
    return whole ? event.part.text : "";
  }
}
