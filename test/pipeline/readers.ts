import type { ContentEvent, ContentStream } from "headgate";
import type { Stage } from "./stage.ts";

/** What a reader saw: the text, and how it ended for it. */
export interface Seen {
  readonly text: string;
  readonly ended: "done" | "left" | { readonly error: unknown };
  /** Whether a call was made at all. */
  readonly calls: number;
}

export interface ReaderOptions {
  readonly prompt: string;
  readonly signal: AbortSignal;
}

export interface StreamReader {
  read(stage: Stage, stream: (more?: object) => ContentStream<unknown>): Promise<Seen>;
  /** Reads everything, and so sees what the fault's table says. */
  readonly whole?: boolean;
  /** Attempts at which the caller's signal is aborted, synchronously. */
  readonly abortsAt?: "attempt";
}

const textOf = (event: ContentEvent): string => (event.type === "part-delta" ? event.delta : "");

/** Reads up to `most` events, `between` them waiting. */
const read = async (
  events: AsyncIterable<ContentEvent>,
  most = Number.POSITIVE_INFINITY,
  between: (count: number) => Promise<void> | void = () => {},
): Promise<Seen> => {
  let [text, count] = ["", 0];
  try {
    for await (const event of events) {
      text += textOf(event);
      count += 1;
      if (count >= most) return { text, ended: "left", calls: 1 };
      await between(count);
    }
    return { text, ended: "done", calls: 1 };
  } catch (error) {
    return { text, ended: { error }, calls: 1 };
  }
};

const completed = async (promise: Promise<unknown>): Promise<Seen> => {
  try {
    const { text } = (await promise) as { readonly text: string };
    return { text, ended: "done", calls: 1 };
  } catch (error) {
    return { text: "", ended: { error }, calls: 1 };
  }
};

const microtasks = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

/** Reads to the end, aborting a number of microtasks after the first event came. */
const abortsAfterFirst = (turns: number): StreamReader => ({
  read: ({ signal }, stream) =>
    read(stream(), undefined, async (count) => {
      if (count !== 1) return;
      await microtasks(turns);
      signal.abort();
    }),
});

export const STREAM_READERS: Readonly<Record<string, StreamReader>> = {
  "reads to the end": { whole: true, read: (_, stream) => read(stream()) },
  "reads the text": {
    whole: true,
    async read(_, stream) {
      let text = "";
      try {
        for await (const piece of stream().textStream) text += piece;
        return { text, ended: "done", calls: 1 };
      } catch (error) {
        return { text, ended: { error }, calls: 1 };
      }
    },
  },
  "reads slowly": {
    whole: true,
    read: ({ clock }, stream) =>
      read(stream(), undefined, () => new Promise((resolve) => void clock.after(5_000, resolve))),
  },
  "breaks after 1": { read: (_, stream) => read(stream(), 1) },
  "breaks after 3": { read: (_, stream) => read(stream(), 3) },
  "reads 2 and forgets": {
    async read({ clock }, stream) {
      const iterator = stream()[Symbol.asyncIterator]();
      let text = "";
      try {
        for (let count = 0; count < 2; count += 1) {
          const { value } = await iterator.next();
          if (value !== undefined) text += textOf(value);
        }
      } catch (error) {
        return { text, ended: { error }, calls: 1 };
      }
      await clock.advance(31_000);
      return { text, ended: "left", calls: 1 };
    },
  },
  "never reads": {
    async read(_, stream) {
      stream();
      return { text: "", ended: "left", calls: 0 };
    },
  },
  "aborts before the first read": {
    read({ signal }, stream) {
      signal.abort();
      return read(stream());
    },
  },
  "aborts while nobody pulls": {
    async read({ signal, clock }, stream) {
      const iterator = stream()[Symbol.asyncIterator]();
      try {
        await iterator.next();
        await iterator.next();
        signal.abort();
        await clock.advance(10);
        await iterator.next();
        return { text: "", ended: "left", calls: 1 };
      } catch (error) {
        return { text: "", ended: { error }, calls: 1 };
      }
    },
  },
  "aborts at attempt start": { abortsAt: "attempt", read: (_, stream) => read(stream()) },
  "aborts at attempt end": {
    read({ gateway, signal }, stream) {
      gateway.on("attempt", () => signal.abort());
      return read(stream());
    },
  },
  "aborts during back-off": {
    read({ gateway, signal }, stream) {
      gateway.on("retry", () => queueMicrotask(() => signal.abort()));
      gateway.on("failover", () => queueMicrotask(() => signal.abort()));
      return read(stream());
    },
  },
  "aborts at failover, synchronously": {
    read({ gateway, signal }, stream) {
      gateway.on("failover", () => signal.abort());
      return read(stream());
    },
  },
  "aborts at first content, microtask 0": abortsAfterFirst(0),
  "aborts at first content, microtask 1": abortsAfterFirst(1),
  "aborts at first content, microtask 4": abortsAfterFirst(4),
  "completion() without reading": { whole: true, read: (_, stream) => completed(stream().completion()) },
  "completion(), ignored": {
    async read(stage, stream) {
      stream().completion();
      await stage.clock.advance(130_000);
      return { text: "", ended: "left", calls: 1 };
    },
  },
  "completion() after the end": {
    whole: true,
    async read(_, stream) {
      const answer = stream();
      await read(answer);
      return completed(answer.completion());
    },
  },
  "completion() after a break": {
    async read(_, stream) {
      const answer = stream();
      await read(answer, 2);
      return completed(answer.completion());
    },
  },
  "completion() beside the reader": {
    whole: true,
    async read(_, stream) {
      const answer = stream();
      const whole = completed(answer.completion());
      const seen = await read(answer);
      return seen.ended === "done" ? await whole : seen;
    },
  },
  "completion(), then reads": {
    async read(stage, stream) {
      const answer = stream();
      const whole = completed(answer.completion());
      await stage.clock.advance(0);
      const refused = await read(answer);
      if (typeof refused.ended === "string") throw new Error("a second reader was let in");
      return whole;
    },
  },
  "two readers": {
    whole: true,
    async read(_, stream) {
      const answer = stream();
      const [one, other] = await Promise.all([read(answer), read(answer)]);
      if (typeof other.ended === "string") throw new Error("a second reader was let in");
      return one;
    },
  },
  "next() three times at once": {
    async read(_, stream) {
      const iterator = stream()[Symbol.asyncIterator]();
      const reads = await Promise.allSettled([iterator.next(), iterator.next(), iterator.next()]);
      const text = reads
        .map((each) => (each.status === "fulfilled" && each.value.done !== true ? textOf(each.value.value) : ""))
        .join("");
      await iterator.return?.();
      return { text, ended: "left", calls: 1 };
    },
  },
  "deadline while waiting": { read: (_, stream) => read(stream({ timeouts: { totalMs: 700 } })) },
  "whole before a word, by commit": { read: (_, stream) => read(stream({ commit: "finish" })) },
};
