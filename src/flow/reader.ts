import {
  type Answer,
  type AttemptRecord,
  type Call,
  type ContentEvent,
  GatewayError,
  type Handler,
  type Outcome,
  type OwnedScope,
  type Partial,
} from "../contract/index.ts";
import { summarize } from "../ledger/record-of.ts";
import { asInternal } from "./as-gateway-error.ts";
import { Collector } from "./collector.ts";
import { completionOf } from "./completion-of.ts";

type Read = IteratorResult<ContentEvent>;
interface Waiting {
  resolve(read: Read): void;
  reject(error: GatewayError): void;
}
/** A call and the scope that the reader alone may close. */
export type OwnedCall = Call & { readonly scope: OwnedScope };
type End = { readonly answer: Answer } | { readonly error: GatewayError };

const DONE: Read = { done: true, value: undefined };

/**
 * Outermost reader of a call, and the one place of laziness: opens the call at the first read; closes its scope at
 * `finish`, on an error, when the reader leaves, or when nobody reads on. Reads may overlap: they queue.
 */
export class Reader implements AsyncIterableIterator<ContentEvent> {
  readonly #open: () => OwnedCall;
  readonly #handler: Handler<Call>;
  readonly #seen = new Collector();
  #call: OwnedCall | undefined;
  #source: AsyncIterator<ContentEvent> | undefined;
  #pending: Waiting | undefined;
  #queue: Waiting[] | undefined;
  #end: End | undefined;
  /** A failure that came while nobody was reading: the next read hears of it, so that it never looks like an end. */
  #untold: GatewayError | undefined;
  #whenEnded: ((end: End) => void) | undefined;
  #cancelUnread: (() => void) | undefined;
  #unreadSinceMs = 0;

  constructor(open: () => OwnedCall, handler: Handler<Call>) {
    this.#open = open;
    this.#handler = handler;
  }

  next(): Promise<Read> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      if (this.#pending === undefined) this.#read(waiting);
      else {
        this.#queue ??= [];
        this.#queue.push(waiting);
      }
    });
  }

  return(): Promise<Read> {
    if (this.#call !== undefined) this.#call.scope.close({ type: "left" });
    else this.#finish({ error: leftError() });
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** How the call ended; waits for it, and reads nothing. */
  ended(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (end: End): void => ("answer" in end ? resolve(end.answer) : reject(end.error));
      if (this.#end === undefined) this.#whenEnded = settle;
      else settle(this.#end);
    });
  }

  /** Reads to the end, for a caller who wants only the whole. */
  async drive(): Promise<void> {
    while ((await this.next()).done !== true);
  }

  #read(waiting: Waiting): void {
    const error = this.#untold;
    this.#untold = undefined;
    if (error !== undefined) return waiting.reject(error);
    if (this.#end !== undefined) return waiting.resolve(DONE);
    this.#pending = waiting;
    this.#unreadSinceMs = 0;
    if (this.#source !== undefined) this.#source.next().then(this.#onRead, this.#onError);
    else this.#begin();
  }

  #begin(): void {
    const call = this.#open();
    this.#call = call;
    call.scope.onClose((outcome) => this.#closed(outcome));
    try {
      this.#handler(call).then((events) => {
        this.#source = events[Symbol.asyncIterator]();
        if (call.scope.outcome === undefined) this.#source.next().then(this.#onRead, this.#onError);
        else this.#source.return?.()?.catch(() => {});
      }, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  readonly #onRead = (read: Read): void => {
    if (this.#end !== undefined) return;
    if (read.done === true) return this.#onError(new TypeError("a layer ended the answer before its finish"));
    this.#seen.add(read.value);
    if (read.value.type === "finish") this.#call?.scope.close({ type: "ok" });
    this.#answer(read);
  };

  readonly #onError = (error: unknown): void => {
    this.#call?.scope.abort(asInternal(error));
  };

  #answer(read: Read): void {
    const waiting = this.#pending;
    this.#pending = undefined;
    waiting?.resolve(read);
    if (this.#end !== undefined) return this.#dismiss();
    const queued = this.#queue?.shift();
    if (queued === undefined) this.#watchUnread();
    else this.#read(queued);
  }

  #dismiss(): void {
    for (const queued of this.#queue?.splice(0) ?? []) queued.resolve(DONE);
  }

  /** Runs when the scope has closed, after every other closer: the record is written by now. */
  #closed(outcome: Outcome): void {
    const call = this.#call;
    if (call === undefined) return;
    if (outcome.type === "ok") return this.#finish({ answer: completionOf(call, this.#seen) });
    const error = outcome.type === "error" ? outcome.error : leftError();
    const { attempts } = summarize(call.scope.facts);
    this.#finish({ error: error.attach(attempts, this.#partial(error, attempts.at(-1))) });
    const waiting = this.#pending;
    this.#pending = undefined;
    if (outcome.type !== "error") waiting?.resolve(DONE);
    else if (waiting === undefined) this.#untold = error;
    else waiting.reject(error);
    this.#dismiss();
    this.#source?.return?.()?.catch(() => {});
  }

  /** What had been handed out, or what the last attempt held back; with what that attempt used. */
  #partial(error: GatewayError, last: AttemptRecord | undefined): Partial | undefined {
    const partial = this.#seen.isEmpty ? error.partial : this.#seen.partial();
    return partial && { ...partial, model: last?.model, usage: last?.usage };
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#cancelUnread?.();
    this.#whenEnded?.(this.#end);
  }

  /** One timer for the whole stream, which looks whether it is really due. Never keeps the process alive. */
  #watchUnread(): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#unreadSinceMs = call.scope.clock.now();
    this.#cancelUnread ??= call.scope.clock.after(call.timeouts.unreadMs, () => this.#unreadDue(call));
  }

  #unreadDue(call: Call): void {
    this.#cancelUnread = undefined;
    if (this.#unreadSinceMs === 0) return;
    const restMs = this.#unreadSinceMs + call.timeouts.unreadMs - call.scope.clock.now();
    if (restMs > 0) this.#cancelUnread = call.scope.clock.after(restMs, () => this.#unreadDue(call));
    else call.scope.abort(unreadError(call.timeouts.unreadMs));
  }
}

const leftError = (): GatewayError =>
  new GatewayError("aborted", "The stream's reader left before the answer was whole.", { details: {} });

const unreadError = (limitMs: number): GatewayError =>
  new GatewayError("timeout", `Nobody read the stream for ${limitMs} ms (timeouts.unreadMs).`, {
    details: { clock: "unread", limitMs },
  });
