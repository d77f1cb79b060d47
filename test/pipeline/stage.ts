import { type CallRecord, createGateway, type Gateway, GatewayError, memoryLedger } from "headgate";
import { type Act, type FakeProvider, fakeProvider, type VirtualClock, virtualClock } from "headgate/testing";

export const TEXT = "one two six ten all end";
const INPUT_TOKENS = 10;
/** "hello", by bytes and on the safe side. */
const ESTIMATED_INPUT_TOKENS = 6;

const down = (): GatewayError => new GatewayError("server_error", "down", { details: {} });
const fail = {
  type: "fail",
  get error() {
    return down();
  },
} as const satisfies Act;
const always = (act: Act) => (): Act => act;

/** What goes wrong: the acts of the cheaper provider, A, and of its failover, B. */
export interface Fault {
  readonly a: readonly Act[] | ((attempt: number) => Act);
  readonly b?: readonly Act[] | ((attempt: number) => Act);
  /** How a stream ends for whoever reads it whole, and how a `complete()` does. */
  readonly stream: "ok" | GatewayError["code"];
  readonly complete: "ok" | GatewayError["code"];
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  none: { a: [], stream: "ok", complete: "ok" },
  "fails once": { a: [fail], stream: "ok", complete: "ok" },
  "fails twice, then answers": { a: [fail], b: [fail], stream: "ok", complete: "ok" },
  "fails always": { a: always(fail), b: always(fail), stream: "all_targets_failed", complete: "all_targets_failed" },
  "cut before content": { a: [{ type: "cut", afterWords: 0 }], stream: "ok", complete: "ok" },
  "cut after content": { a: [{ type: "cut", afterWords: 2 }], stream: "stream_truncated", complete: "ok" },
  "error after content": {
    a: [{ type: "break", afterWords: 2, error: down() }],
    stream: "server_error",
    complete: "ok",
  },
  "stall before content": { a: [{ type: "stall", afterWords: 0 }], stream: "ok", complete: "ok" },
  "stall before content, deaf": { a: [{ type: "stall", afterWords: 0, deaf: true }], stream: "ok", complete: "ok" },
  "stall mid-stream": { a: [{ type: "stall", afterWords: 2 }], stream: "timeout", complete: "ok" },
  "stall mid-stream, deaf": { a: [{ type: "stall", afterWords: 2, deaf: true }], stream: "timeout", complete: "ok" },
  slow: { a: [{ type: "slow", wordMs: 1_000 }], stream: "ok", complete: "ok" },
  "hangs after finish": { a: [{ type: "linger" }], stream: "ok", complete: "ok" },
  "hangs after finish, deaf": { a: [{ type: "linger", deaf: true }], stream: "ok", complete: "ok" },
};

/** An abort signal that knows who listens to it. */
export class Signal {
  readonly controller = new AbortController();
  listeners = 0;
  readonly signal: AbortSignal;

  constructor() {
    this.signal = this.controller.signal;
    const add = this.signal.addEventListener.bind(this.signal);
    const remove = this.signal.removeEventListener.bind(this.signal);
    this.signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners += 1;
      add(...args);
    };
    this.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners -= 1;
      remove(...args);
    };
  }

  abort(): void {
    this.controller.abort();
  }
}

/** One cell of the table: a gateway over two fake providers, on a clock that stands still. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly gateway: Gateway;
  readonly a: FakeProvider;
  readonly b: FakeProvider;
  readonly signal: Signal;
  /** Lets time pass until the promise settles; a hang is an error. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** What is wrong when all is over; empty is right. */
  wrongs(calls: number): Promise<string[]>;
}

const HANG_MS = 600_000;
const STEP_MS = 250;

export const stage = (fault: Fault, seed = 1, onAttempt: (attempt: number) => void = () => {}): Stage => {
  const clock = virtualClock({ seed });
  const signal = new Signal();
  const played = { a: [] as Act[], b: [] as Act[] };
  const spied = (script: Fault["a"], seen: Act[]) => {
    const acts = typeof script === "function" ? script : (at: number): Act => script[at] ?? { type: "answer" };
    return (at: number): Act => {
      onAttempt(at);
      const act = acts(at);
      // Whoever aborts before the refusal came cannot know of it: the attempt is charged like any that said nothing.
      seen[at] = signal.signal.aborted ? { type: "answer" } : act;
      return act;
    };
  };
  const a = fakeProvider({ name: "a", script: spied(fault.a, played.a) });
  const b = fakeProvider({ name: "b", script: spied(fault.b ?? [], played.b) });
  const ledger = memoryLedger();
  const gateway = createGateway({
    providers: [a, b],
    registry: {
      models: {
        cheap: { provider: "a", cost: { input: 1, output: 1 } },
        dear: { provider: "b", cost: { input: 2, output: 2 } },
      },
    },
    ledger,
    clock,
  }) as unknown as Gateway;
  return {
    clock,
    gateway,
    a,
    b,
    signal,
    settle: (promise) => settle(clock, promise),
    async wrongs(calls) {
      a.release();
      b.release();
      await clock.advance(200);
      const entries = ledger.entries();
      const records = entries.filter((entry): entry is CallRecord => entry.type === "call");
      const used = entries.reduce((sum, entry) => sum + tokensOf(entry), 0);
      const produced = producedBy(a, played.a) + producedBy(b, played.b);
      const wrongs = {
        records: [records.length, calls],
        open: [a.open + b.open, 0],
        finallies: [a.finallies + b.finallies, a.attempts + b.attempts],
        timers: [clock.pending, 0],
        listeners: [signal.listeners, 0],
        "tokens on record": [used, produced],
        attempts: [records.reduce((sum, record) => sum + record.attempts.length, 0), a.attempts + b.attempts],
      };
      return Object.entries(wrongs).flatMap(([what, [is, should]]) =>
        is === should ? [] : [`${what}: ${is}, should be ${should}`],
      );
    },
  };
};

const settle = async <T>(clock: VirtualClock, promise: Promise<T>): Promise<T> => {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let passed = 0; !settled; passed += STEP_MS) {
    if (passed > HANG_MS) throw new Error("hangs");
    await clock.advance(STEP_MS);
  }
  return promise;
};

/** What one entry says was used: a call's attempts, or what was learnt later. */
const tokensOf = (entry: ReturnType<ReturnType<typeof memoryLedger>["entries"]>[number]): number => {
  if (entry.type === "feedback" || entry.usage === undefined) return 0;
  return entry.usage.input.total + entry.usage.output.total;
};

/**
 * What a fake really produced: its words, and its input wherever it began to work. An attempt that was begun and said
 * nothing is charged its input by estimate; one that was refused, nothing.
 */
const producedBy = (provider: FakeProvider, acts: readonly Act[]): number =>
  provider.words.reduce((sum, words, index) => {
    if (words > 0) return sum + words + INPUT_TOKENS;
    return sum + (acts[index]?.type === "fail" ? 0 : ESTIMATED_INPUT_TOKENS);
  }, 0);
