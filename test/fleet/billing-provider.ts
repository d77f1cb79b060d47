/** A provider in process that takes its time, uses what it draws, and bills it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as waited } from "node:timers/promises";
import type { ContentEvent, GenerateCall, Provider, Usage } from "../../src/contract/index.ts";

export interface Drawn {
  readonly holdMs: number;
  readonly usedTokens: number;
  /** The call was let in, and is sent. */
  began(): void;
  ended(nanoUsd: bigint): void;
}

/** Of the model in `MODEL`: nano-dollars a token. */
const INPUT_NANO = 137n;
export const OUTPUT_NANO = 12_345n;
const INPUT_TOKENS = 10;

/** Odd on purpose: sums of it hit no round figure by chance. */
export const MODEL = {
  provider: "billing",
  cost: { input: 0.137, output: 12.345 },
  limit: { output: 100_000 },
} as const;

/** What the call is that is being made: a provider is not told whose it is. */
export const drawn: AsyncLocalStorage<Drawn> = new AsyncLocalStorage();

export const billingProvider = (): Provider<"billing"> => ({
  contract: 1,
  name: "billing",
  credentials: [{ id: "default", account: "default" }],
  generate,
});

async function* generate(call: GenerateCall): AsyncGenerator<ContentEvent> {
  const draw = drawn.getStore();
  if (draw === undefined) throw new Error("nobody asked");
  draw.began();
  await waited(draw.holdMs);
  draw.ended(BigInt(INPUT_TOKENS) * INPUT_NANO + BigInt(draw.usedTokens) * OUTPUT_NANO);
  yield { type: "part-start", index: 0, part: { type: "text" } };
  yield { type: "part-delta", index: 0, kind: "text", delta: "done" };
  yield { type: "part-end", index: 0, part: { type: "text", text: "done" } };
  yield {
    type: "finish",
    finishReason: "stop",
    usage: usageOf(draw.usedTokens),
    response: { id: "billing", model: call.model.id },
  };
}

const usageOf = (tokens: number): Usage => ({
  input: { total: INPUT_TOKENS, uncached: INPUT_TOKENS, cacheRead: 0, cacheWrite: 0 },
  output: { total: tokens, reasoning: 0 },
  meters: {},
  source: "reported",
});
