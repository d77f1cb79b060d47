import { type ContentEvent, GatewayError, type GenerateCall, type Provider, type Usage } from "../kit/index.ts";

/** What a fake provider does with one attempt. */
export type Act =
  | { readonly type: "answer"; readonly text?: string }
  /** Refused before any work. */
  | { readonly type: "fail"; readonly error: GatewayError }
  /** The vendor's stream ends early, or breaks with an error, after so many words. */
  | { readonly type: "cut"; readonly afterWords: number }
  | { readonly type: "break"; readonly afterWords: number; readonly error: GatewayError }
  /** Nothing more after so many words. `deaf`: not even when the signal says so; until `release()`. */
  | { readonly type: "stall"; readonly afterWords: number; readonly deaf?: boolean }
  /** Each word after so many milliseconds of the call's clock. */
  | { readonly type: "slow"; readonly wordMs: number; readonly text?: string }
  /** The answer is whole, and the provider lingers. */
  | { readonly type: "linger"; readonly deaf?: boolean };

export interface FakeProviderOptions<Name extends string> {
  readonly name?: Name;
  /** One act for each attempt; then good answers. A function decides for each. */
  readonly script?: readonly Act[] | ((attempt: number) => Act);
}

/** A provider in process, and what became of what it was asked. */
export interface FakeProvider<Name extends string = string> extends Provider<Name> {
  /** Attempts so far. */
  readonly attempts: number;
  /** Answers that were begun and have not been ended. */
  readonly open: number;
  /** Answers whose own clean-up ran. */
  readonly finallies: number;
  /** Signals that were aborted. */
  readonly aborted: number;
  /** Words that went out, answer by answer: what it would bill. */
  readonly words: readonly number[];
  /** Lets what is deaf go on (and end). */
  release(): void;
}

/** Words of four bytes with their space: a token each by any count. */
const TEXT = "one two six ten all end";
const INPUT_TOKENS = 10;

/**
 * A scripted provider for tests in process. It bills 10 tokens in and one token a word, tells usage as it goes, and works
 * the same in both modes.
 */
export const fakeProvider = <const Name extends string = "fake">({
  name = "fake" as Name,
  script = [],
}: FakeProviderOptions<Name> = {}): FakeProvider<Name> => {
  const counts = { attempts: 0, open: 0, finallies: 0, aborted: 0 };
  const words: number[] = [];
  const deaf = new Set<() => void>();
  const acts = typeof script === "function" ? undefined : [...script];
  const actOf = (attempt: number): Act =>
    (typeof script === "function" ? script(attempt) : acts?.shift()) ?? { type: "answer" };

  const generate = async function* (call: GenerateCall): AsyncGenerator<ContentEvent> {
    const index = counts.attempts;
    const act = actOf(index);
    counts.attempts += 1;
    counts.open += 1;
    words[index] = 0;
    call.signal.addEventListener("abort", () => {
      counts.aborted += 1;
    });
    try {
      yield* play(act, call, deaf, () => {
        words[index] = (words[index] ?? 0) + 1;
        return words[index] ?? 0;
      });
    } finally {
      counts.open -= 1;
      counts.finallies += 1;
    }
  };

  return {
    contract: 1,
    name,
    credentials: [{ id: "default", account: "default" }],
    generate,
    words,
    get attempts() {
      return counts.attempts;
    },
    get open() {
      return counts.open;
    },
    get finallies() {
      return counts.finallies;
    },
    get aborted() {
      return counts.aborted;
    },
    release() {
      for (const resolve of deaf) resolve();
      deaf.clear();
    },
  };
};

const usageOf = (words: number): Usage => ({
  input: { total: INPUT_TOKENS, uncached: INPUT_TOKENS, cacheRead: 0, cacheWrite: 0 },
  output: { total: words, reasoning: 0 },
  meters: {},
  source: "reported",
});

/** How far an act lets the answer come before it does what it does. */
const limitOf = (act: Act): number => ("afterWords" in act ? act.afterWords : Number.POSITIVE_INFINITY);

async function* play(
  act: Act,
  call: GenerateCall,
  deaf: Set<() => void>,
  say: () => number,
): AsyncGenerator<ContentEvent> {
  if (act.type === "fail") throw act.error;
  const pieces = ("text" in act && act.text !== undefined ? act.text : TEXT).split(/(?<= )/);
  yield { type: "part-start", index: 0, part: { type: "text" } };
  let said = 0;
  for (const delta of pieces) {
    if (said >= limitOf(act)) return yield* stop(act, call, deaf, say);
    if (act.type === "slow") await waited(call, act.wordMs);
    said = say();
    call.report({ type: "usage", usage: usageOf(said) });
    yield { type: "part-delta", index: 0, kind: "text", delta };
  }
  if (limitOf(act) !== Number.POSITIVE_INFINITY) return yield* stop(act, call, deaf, say);
  yield { type: "part-end", index: 0, part: { type: "text", text: pieces.join("") } };
  yield { type: "finish", finishReason: "stop", usage: usageOf(said), response: { id: "fake", model: call.model.id } };
  if (act.type === "linger") await silence(call, deaf, act.deaf === true);
}

/** What an act does instead of going on: ends early, breaks, or falls silent. */
async function* stop(
  act: Act,
  call: GenerateCall,
  deaf: Set<() => void>,
  say: () => number,
): AsyncGenerator<ContentEvent> {
  if (act.type === "break") throw act.error;
  if (act.type !== "stall") return;
  await silence(call, deaf, act.deaf === true);
  // Whoever was deaf goes on as if nothing had happened: what comes now comes too late, and is billed all the same.
  call.report({ type: "usage", usage: usageOf(say()) });
  yield { type: "part-delta", index: 0, kind: "text", delta: "late" };
}

const silence = (call: GenerateCall, deaf: Set<() => void>, isDeaf: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    if (isDeaf) deaf.add(resolve);
    else if (call.signal.aborted) reject(leftAlone());
    else call.signal.addEventListener("abort", () => reject(leftAlone()));
  });

const waited = (call: GenerateCall, ms: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const cancel = call.clock.after(ms, resolve);
    call.signal.addEventListener("abort", () => {
      cancel();
      reject(leftAlone());
    });
  });

const leftAlone = (): GatewayError => new GatewayError("aborted", "The fake provider was aborted.", { details: {} });
