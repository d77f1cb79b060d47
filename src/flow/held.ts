import { type Commit, type ContentEvent, type Finish, GatewayError, type Part } from "../contract/index.ts";
import { Collector } from "./collector.ts";

/** The last word on an answer before its `finish` is handed out: the finish to hand out, or a rejection. */
export type Accept = (parts: readonly Part[], finish: Finish) => Finish | Promise<Finish>;

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Events read ahead, then the rest: never a splice. `begin` reads up to the commit point and resolves to the whole, or
 * rejects; that is the only place where an answer can still be replaced unseen. It can be called twice, so that a race
 * runs to first content and the winner alone goes on.
 */
export class Held implements AsyncIterableIterator<ContentEvent> {
  readonly #source: AsyncIterator<ContentEvent>;
  readonly #accept: Accept | undefined;
  readonly #ahead: ContentEvent[] = [];
  #next = 0;
  #parts: Part[] | undefined;
  #committed = false;
  #finished = false;

  constructor(source: AsyncIterable<ContentEvent>, accept?: Accept) {
    this.#source = source[Symbol.asyncIterator]();
    this.#accept = accept;
    if (accept !== undefined) this.#parts = [];
  }

  async begin(commit: Commit): Promise<this> {
    try {
      while (!this.#finished && !(commit === "first-content" && this.#committed)) {
        const read = await this.#read();
        if (read.done === true) break;
        this.#ahead.push(read.value);
      }
    } catch (error) {
      throw this.#withPartial(error);
    }
    return this;
  }

  next(): Promise<IteratorResult<ContentEvent>> {
    if (this.#next < this.#ahead.length) {
      const value = this.#ahead[this.#next] as ContentEvent;
      this.#next += 1;
      return Promise.resolve({ done: false, value });
    }
    if (this.#finished) return Promise.resolve(DONE);
    return this.#read();
  }

  return(): Promise<IteratorResult<ContentEvent>> {
    this.#finished = true;
    this.#source.return?.().catch(() => {});
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #read(): Promise<IteratorResult<ContentEvent>> {
    return this.#source.next().then((read) => {
      if (read.done === true) {
        this.#finished = true;
        return read;
      }
      return this.#see(read.value) ?? read;
    });
  }

  #see(event: ContentEvent): Promise<IteratorResult<ContentEvent>> | undefined {
    if (event.type === "finish") return this.#end(event);
    if (event.type !== "part-start") this.#committed = true;
    if (event.type === "part-end") this.#parts?.push(event.part);
    return undefined;
  }

  async #end(finish: Finish): Promise<IteratorResult<ContentEvent>> {
    const accepted = this.#accept === undefined ? finish : await this.#accept(this.#parts ?? [], finish);
    this.#finished = true;
    return { done: false, value: accepted };
  }

  #withPartial(error: unknown): unknown {
    if (!GatewayError.is(error) || error.partial !== undefined || this.#ahead.length === 0) return error;
    const seen = new Collector();
    for (const event of this.#ahead) seen.add(event);
    return error.attach(error.attempts, seen.partial());
  }
}
