import type { GatewayError } from "./error.ts";
import type { Fact } from "./fact.ts";

/** Time and chance, handed in so that tests need neither. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Runs `fn` once after `ms`; the result cancels it. Keeps the process alive only when asked to: for what somebody awaits,
   * since a process that ends in the middle of a back-off loses its call without a word.
   */
  after(ms: number, fn: () => void, options?: { readonly keepAlive?: boolean }): () => void;
  /**
   * Milliseconds that have passed since some moment: a step of the wall clock does not move it. Default: `now`. Leases are
   * reckoned with it.
   */
  elapsed?(): number;
  /** A number in [0, 1). */
  chance(): number;
}

/** How a call or an attempt ended. `left`: its reader went away. `lost`: another attempt won the race. */
export type Outcome =
  | { readonly type: "ok" | "left" | "lost" }
  | { readonly type: "error"; readonly error: GatewayError };

/**
 * What a call holds, as a tree: the call's scope, below it one for each attempt and each internal call. Layers hold
 * nothing outside it, so closing it gives everything back on every way out.
 */
export interface CallScope {
  /** Facts of this scope and of those below it. On a closed scope it is an amendment. */
  report(fact: Fact): void;
  /** Hears every fact of this scope and of those below it, also those that come after the close. */
  onFact(fn: (fact: Fact) => void): void;
  /** All facts of the whole tree so far, in order. */
  readonly facts: readonly Fact[];
  /** Runs once when the scope closes, last registered first, synchronously; at once on a closed scope. */
  onClose(fn: (outcome: Outcome) => void): void;
  /** What must go back however late it arrives: `giveBack` runs at the close, or on arrival after it. Rejects when the scope closes first. */
  hold<T>(pending: Promise<T>, giveBack: (value: T, outcome: Outcome) => void): Promise<T>;
  /** Settles as `pending` does, but rejects as soon as the scope closes. */
  until<T>(pending: Promise<T>): Promise<T>;
  sleep(ms: number): Promise<void>;
  /** Closes the scope with an error: deadlines, timeouts, the caller's signal. */
  abort(error: GatewayError): void;
  /** Throws on a closed scope. Closed with its parent, before the parent's own closers run. */
  child(): OwnedScope;
  /** Made at the first look; aborted before any closer runs. */
  readonly signal: AbortSignal;
  /** Ask after every await, and after every report. */
  readonly outcome: Outcome | undefined;
  readonly clock: Clock;
}

export interface OwnedScope extends CallScope {
  close(outcome: Outcome): void;
  /** Aborts the signal of a scope that closed well, to end what lingers. */
  stop(): void;
}
