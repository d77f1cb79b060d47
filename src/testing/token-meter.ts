import { bytes, type Tokens } from "./dialect.ts";
import type { Ask, Reply } from "./script.ts";

/** The hidden ratio: bytes of text a token stands for. */
const [LEAST_RATIO, MOST_RATIO] = [2, 6];
/** A system prompt of at least so many characters is cached. */
const LEAST_CACHED = 1_024;

/** Counts tokens as a vendor does: by a ratio of its own for each model, which nobody else knows. */
export class TokenMeter {
  readonly #chance: () => number;
  readonly #ratios = new Map<string, number>();
  readonly #prompts = new Set<string>();

  constructor(chance: () => number) {
    this.#chance = chance;
  }

  tokens(model: string, count: number): number {
    const ratio = this.#ratios.get(model) ?? LEAST_RATIO + this.#chance() * (MOST_RATIO - LEAST_RATIO);
    this.#ratios.set(model, ratio);
    return Math.ceil(count / ratio);
  }

  /** What an answer uses. A long system prompt that was seen before is read from the prompt cache. */
  count({ model, system }: Ask, reply: Reply, input: number): Tokens {
    const said = reply.usage ?? {};
    const isCached = system.length >= LEAST_CACHED && this.#prompts.has(`${model}:${system}`);
    this.#prompts.add(`${model}:${system}`);
    const reasoning = said.reasoning ?? this.tokens(model, bytes(reply.reasoning ?? ""));
    const calls = (reply.toolCalls ?? []).map((call) => JSON.stringify(call.input)).join("");
    const told = this.tokens(model, bytes((reply.text ?? "") + (reply.refusal ?? "") + calls));
    return {
      input: said.input ?? input,
      cached: said.cached ?? (isCached ? this.tokens(model, bytes(system)) : 0),
      output: said.output ?? told + reasoning,
      reasoning,
    };
  }
}
