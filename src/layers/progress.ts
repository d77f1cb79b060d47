import {
  type AttemptCall,
  type ClockName,
  type ContentEvent,
  type Finish,
  GatewayError,
  type Layer,
  type Outcome,
} from "../contract/index.ts";
import { asGatewayError } from "../flow/as-gateway-error.ts";
import { billedUsage } from "../policy/billed-usage.ts";
import { isPlausible } from "../policy/plausible.ts";

/** How long a provider may linger after its `finish` before its signal is aborted. */
const GRACE_MS = 50;
/** Keep-alives extend the idle clock to at most this many times its length (PROMISES.md S4). */
const ALIVE_FACTOR = 3;

const ignore = (): void => {};

/**
 * Innermost: it alone sees what arrives as it arrives. Keeps the meter, runs the first-token and idle clocks, turns an
 * end without `finish` into `stream_truncated`, and makes every read abortable, however deaf the provider is.
 */
export const progress = (): Layer<AttemptCall> => (next) => async (call) => {
  const tap = new Progress(call);
  call.meter.sent = true;
  call.meter.sentAtMs = call.scope.clock.now();
  const opening = next(call);
  tap.waitForContent();
  try {
    tap.read(await call.scope.hold(opening, (events) => tap.release(events)));
  } catch (error) {
    throw asGatewayError(error, call);
  }
  return tap;
};

class Progress implements AsyncIterableIterator<ContentEvent> {
  readonly #call: AttemptCall;
  #source: AsyncIterator<ContentEvent> | undefined;
  /** Sends away whoever waits for the pending read. */
  #reject: ((error: GatewayError) => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Since when somebody waits for content; 0 while nobody does, since a slow reader is not a dead vendor. */
  #waitingSinceMs = 0;
  #sawDelta = false;
  #finished = false;

  constructor(call: AttemptCall) {
    this.#call = call;
    call.scope.onClose((outcome) => this.#close(outcome));
  }

  read(events: AsyncIterable<ContentEvent>): void {
    this.#source = events[Symbol.asyncIterator]();
  }

  /** Lets the source go; also one that arrives after the close. */
  release(late?: AsyncIterable<ContentEvent>): void {
    const source = this.#source ?? late?.[Symbol.asyncIterator]();
    if (!this.#finished) source?.return?.()?.catch(ignore);
  }

  waitForContent(): void {
    this.#waitingSinceMs = this.#call.scope.clock.now();
    if (this.#cancelTimer === undefined) this.#arm(this.#limitMs());
  }

  next(): Promise<IteratorResult<ContentEvent>> {
    const source = this.#source;
    if (source === undefined || this.#finished || this.#call.scope.outcome !== undefined) {
      return Promise.resolve({ done: true, value: undefined });
    }
    this.waitForContent();
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      source.next().then(
        (read) => {
          this.#waitingSinceMs = 0;
          if (read.done === true) reject(this.#truncated());
          else resolve({ done: false, value: this.#see(read.value) });
        },
        (error: unknown) => {
          this.#waitingSinceMs = 0;
          reject(asGatewayError(error, this.#call));
        },
      );
    });
  }

  return(): Promise<IteratorResult<ContentEvent>> {
    this.release();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The event to hand on: the same, but that a `finish` without usage (that can be meant) gets an estimate, since unknown is never zero. */
  #see(event: ContentEvent): ContentEvent {
    const { meter, scope } = this.#call;
    if (event.type === "part-delta") {
      this.#sawDelta = true;
      meter.outputBytes += Buffer.byteLength(event.delta);
    } else if (event.type === "part-end") {
      if (!this.#sawDelta) meter.outputBytes += sizeOf(event);
      this.#sawDelta = false;
    }
    const seen = event.type === "finish" ? this.#finish(event) : event;
    if (event.type !== "part-start" && meter.firstContentAtMs === undefined) {
      meter.firstContentAtMs = scope.clock.now();
      // From here on another clock counts, which may be the shorter one.
      this.#disarm();
    }
    if (scope.outcome !== undefined && scope.outcome.type !== "ok") meter.late?.();
    return seen;
  }

  /** The answer is whole: what the provider still has to do, it does without anybody waiting. */
  #finish(event: Finish): Finish {
    const { meter, scope } = this.#call;
    const isReported = event.usage.source === "reported" && isPlausible(event.usage);
    const usage = isReported ? event.usage : (billedUsage(meter, undefined) ?? event.usage);
    meter.reported = usage;
    meter.reportedCostUsd = event.reportedCostUsd;
    meter.finished = true;
    this.#finished = true;
    this.#disarm();
    let cancel = ignore;
    const ended = this.#source?.next().then(ignore, ignore);
    cancel = scope.clock.after(GRACE_MS, () => {
      scope.stop();
      this.#source?.return?.()?.catch(ignore);
    });
    ended?.then(() => cancel());
    return isReported ? event : { ...event, usage };
  }

  #close(outcome: Outcome): void {
    this.#disarm();
    if (outcome.type === "ok") return;
    this.#reject?.(outcome.type === "error" ? outcome.error : left(outcome.type));
    this.release();
  }

  #limitMs(): number {
    const { meter, timeouts } = this.#call;
    return meter.firstContentAtMs === undefined ? timeouts.firstTokenMs : timeouts.idleMs;
  }

  #arm(ms: number): void {
    this.#cancelTimer = this.#call.scope.clock.after(Math.max(1, ms), () => this.#due(), { keepAlive: true });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** One timer for all reads: it looks whether it is really due, and sleeps on if not. */
  #due(): void {
    this.#cancelTimer = undefined;
    if (this.#waitingSinceMs === 0) return;
    const { clock } = this.#call.scope;
    const restMs = this.#dueAtMs() - clock.now();
    if (restMs > 0) return this.#arm(restMs);
    this.#call.scope.abort(this.#timeout());
  }

  #dueAtMs(): number {
    const { meter, timeouts } = this.#call;
    if (meter.firstContentAtMs === undefined) return meter.sentAtMs + timeouts.firstTokenMs;
    const since = this.#waitingSinceMs;
    const alive = Math.max(since, meter.aliveAtMs ?? 0);
    return Math.min(alive + timeouts.idleMs, since + timeouts.idleMs * ALIVE_FACTOR);
  }

  #timeout(): GatewayError {
    const clock: ClockName = this.#call.meter.firstContentAtMs === undefined ? "firstToken" : "idle";
    const limitMs = this.#limitMs();
    const { provider, model } = this.#call.target;
    const what = clock === "firstToken" ? "no content" : "no further content";
    return new GatewayError("timeout", `${provider.name}: ${what} within ${limitMs} ms (timeouts.${clock}Ms).`, {
      details: { clock, limitMs, provider: provider.name, model: model.name },
      scope: "model",
    });
  }

  #truncated(): GatewayError {
    const { provider, model } = this.#call.target;
    return new GatewayError("stream_truncated", `${provider.name}: the answer ended before it was whole.`, {
      details: { provider: provider.name, model: model.name },
      scope: "model",
    });
  }
}

const left = (why: string): GatewayError =>
  new GatewayError("aborted", `The attempt goes no further (${why}).`, { details: {} });

const sizeOf = (event: ContentEvent & { readonly type: "part-end" }): number => {
  const { part } = event;
  if ("text" in part) return Buffer.byteLength(part.text);
  return part.type === "tool-call" ? Buffer.byteLength(JSON.stringify(part.input)) : 0;
};
