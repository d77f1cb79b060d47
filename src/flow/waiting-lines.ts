import type Bottleneck from "bottleneck";
import { type CallScope, GatewayError, type LimitDetails, type Priority, type Request } from "../contract/index.ts";
import type { Refusal } from "../quotas/refusal.ts";
import { type LimitScope, limitDetails, limitError } from "./limit-error.ts";

/** Somebody who cannot be let in yet. */
export interface Waiter {
  readonly scope: CallScope;
  readonly request: Request;
}

/** Why, and where. */
export interface Blocked {
  /** The line to stand in: one for each quota. */
  readonly key: string;
  /** Whose turn it is among those who wait: each gets one in turn. */
  readonly fairKey: string;
  readonly scope: LimitScope;
  readonly refusal: Refusal;
}

/** What is waited for. */
export interface Asking<T> {
  readonly ask: () => T | Promise<T>;
  /** Reads a rejection of `ask`; `undefined` for one that has nothing to do with limits. */
  readonly blockedBy: (error: unknown) => Blocked | undefined;
  /** What came when nobody waited for it any more. */
  readonly giveBack: (given: T) => void;
}

export interface LineOptions {
  readonly maxCalls?: number;
  readonly maxWaitMs?: number;
}

const MAX_CALLS = 100;
const MAX_WAIT_MS = 30_000;
/** Where only the end of others makes room, one looks again after so long. */
const LOOK_AGAIN_MS = 25;
/** What others need less than was set aside for them comes back at any time: one looks again by then. */
const MOST_PAUSE_MS = 250;
/** Bottleneck's priorities run from 0, which goes first, to 9. */
const PRIORITIES: Readonly<Record<Priority, number>> = { high: 2, normal: 5, low: 8 };

interface Line {
  readonly limiter: Bottleneck;
  /** By who waits: each has one place in the line at a time. */
  readonly own: Map<string, { readonly limiter: Bottleneck; waiting: number }>;
  waiting: number;
  /** Why the last who came had to wait. */
  blocked: Blocked;
}

/**
 * Those who wait for a quota, line by line. Bottleneck keeps the order: fair among keys, by priority within one, one at a time
 * at the head. It costs milliseconds, so only a call that must wait comes here. Waiting counts in the call's deadline.
 */
export class WaitingLines {
  readonly #lines = new Map<string, Line>();
  #bottleneck: Promise<typeof Bottleneck> | undefined;

  /** Calls in all lines. */
  get waiting(): number {
    let sum = 0;
    for (const { waiting } of this.#lines.values()) sum += waiting;
    return sum;
  }

  /** Why those wait that stand in this line already; `undefined` where nobody does. Who comes new stands behind them. */
  standing(key: string): Blocked | undefined {
    return this.#lines.get(key)?.blocked;
  }

  /**
   * Resolves to what `ask` answers once it does. Rejects with the limit's own error when the wait would be, or was, too long,
   * and with `queue_full` when too many wait.
   */
  async wait<T>(
    waiter: Waiter,
    first: Blocked,
    { maxCalls = MAX_CALLS, maxWaitMs = MAX_WAIT_MS }: LineOptions,
    asking: Asking<T>,
  ): Promise<T> {
    const { clock } = waiter.scope;
    const untilMs = clock.now() + maxWaitMs;
    this.#bottleneck ??= import("bottleneck").then((loaded) => loaded.default);
    const line = this.#line(first, await this.#bottleneck);
    if (line.waiting >= maxCalls) throw full(first, line.waiting);
    const turn = new Turn(waiter.scope, first, untilMs, asking);
    const end = this.#enter(line, first);
    const { limiter } = line.own.get(first.fairKey) as { limiter: Bottleneck };
    const cancel = clock.after(maxWaitMs, () => turn.giveUp(), { keepAlive: true });
    waiter.scope.onClose(() => turn.leave());
    const priority = PRIORITIES[waiter.request.priority ?? "normal"];
    limiter.schedule({ priority }, () => turn.run()).catch(() => {});
    try {
      return await waiter.scope.until(turn.over);
    } catch (error) {
      // The call may have ended just when it was let in.
      turn.over.then(asking.giveBack, () => {});
      throw error;
    } finally {
      cancel();
      turn.leave();
      end(this.#lines);
    }
  }

  #enter(line: Line, { key, fairKey }: Blocked): (lines: Map<string, Line>) => void {
    const own = line.own.get(fairKey) ?? { limiter: chained(line.limiter), waiting: 0 };
    line.own.set(fairKey, own);
    own.waiting += 1;
    line.waiting += 1;
    return (lines) => {
      own.waiting -= 1;
      line.waiting -= 1;
      if (own.waiting === 0) line.own.delete(fairKey);
      if (line.waiting === 0) lines.delete(key);
    };
  }

  #line(blocked: Blocked, Limiter: typeof Bottleneck): Line {
    const known = this.#lines.get(blocked.key);
    if (known !== undefined) {
      known.blocked = blocked;
      return known;
    }
    const line: Line = { limiter: new Limiter({ maxConcurrent: 1 }), own: new Map(), waiting: 0, blocked };
    this.#lines.set(blocked.key, line);
    return line;
  }
}

const chained = (limiter: Bottleneck): Bottleneck => {
  const Limiter = limiter.constructor as typeof Bottleneck;
  return new Limiter({ maxConcurrent: 1 }).chain(limiter);
};

/** One who waits: at the head of the line it asks, again and again, until it is let in or gives up. */
class Turn<T> {
  readonly over: Promise<T>;
  readonly #scope: CallScope;
  readonly #untilMs: number;
  readonly #asking: Asking<T>;
  #blocked: Blocked;
  #resolve: (value: T) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #isOver = false;
  #wake: () => void = () => {};

  constructor(scope: CallScope, blocked: Blocked, untilMs: number, asking: Asking<T>) {
    this.#scope = scope;
    this.#blocked = blocked;
    this.#untilMs = untilMs;
    this.#asking = asking;
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.over.catch(() => {});
  }

  giveUp(): void {
    this.#reject(limitError(this.#blocked.scope, this.#blocked.refusal));
    this.leave();
  }

  /** The call has gone, or got what it wanted: its place in the line is free at once. */
  leave(): void {
    this.#isOver = true;
    this.#wake();
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      try {
        const given = await this.#asking.ask();
        if (this.#isOver) return this.#asking.giveBack(given);
        this.#resolve(given);
        return this.leave();
      } catch (error) {
        const blocked = this.#asking.blockedBy(error);
        if (blocked === undefined || blocked.refusal.never || blocked.refusal.storeLost) {
          this.#reject(blocked === undefined ? error : limitError(blocked.scope, blocked.refusal));
          return this.leave();
        }
        this.#blocked = blocked;
      }
      const waitMs = this.#blocked.refusal.retryAfterMs ?? LOOK_AGAIN_MS;
      // Nobody is kept waiting for what will not come in time.
      if (this.#scope.clock.now() + waitMs > this.#untilMs) return this.giveUp();
      await this.#pause(Math.min(Math.max(1, waitMs), MOST_PAUSE_MS));
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#scope.clock.after(ms, resolve, { keepAlive: true });
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (this.#isOver) this.#wake();
    });
  }
}

const full = ({ scope, refusal }: Blocked, waiting: number): GatewayError => {
  const details: LimitDetails = limitDetails(scope, refusal);
  const message = `${details.limit}: ${waiting} calls wait already, and no more may.`;
  const { retryAfterMs } = details;
  return new GatewayError("queue_full", message, { details, ...(retryAfterMs !== undefined && { retryAfterMs }) });
};
