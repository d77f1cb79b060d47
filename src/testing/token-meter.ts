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

  /** What an answer uses. A long system prompt is read from the prompt cache if it was seen before. */
  count({ model, system, cache }: Ask, reply: Reply, input: number): Tokens {
    const said = reply.usage ?? {};
    const prompt = `${model}:${system}`;
    const isCached = cache !== "none" && system.length >= LEAST_CACHED;
    const isSeen = this.#prompts.has(prompt);
    if (isCached) this.#prompts.add(prompt);
    const share = isCached ? this.tokens(model, bytes(system)) : 0;
    const reasoning = said.reasoning ?? this.tokens(model, bytes(reply.reasoning ?? ""));
    return {
      input: said.input ?? input,
      cached: said.cached ?? (isSeen ? share : 0),
      cacheWrite: said.cacheWrite ?? (isSeen || cache !== "asked" ? 0 : share),
      output: said.output ?? this.tokens(model, saidBytes(reply)) + reasoning,
      reasoning,
    };
  }

  /** The answer as far as the caller's own limit lets it come. What the reply counts itself stays as it is. */
  limited({ model, maxTokens }: Ask, reply: Reply): Reply {
    if (maxTokens === undefined || reply.usage?.output !== undefined) return reply;
    const reasoning = this.tokens(model, bytes(reply.reasoning ?? ""));
    if (reasoning + this.tokens(model, saidBytes(reply)) <= maxTokens) return reply;
    const { toolCalls, ...rest } = reply;
    const left = Math.max(0, maxTokens - reasoning) * (this.#ratios.get(model) ?? LEAST_RATIO);
    const text = Buffer.from(reply.text ?? "")
      .subarray(0, Math.floor(left))
      .toString("utf8")
      .replace(/\uFFFD$/, "");
    return { ...rest, text, finish: "length" };
  }
}

const saidBytes = ({ text = "", refusal = "", toolCalls = [] }: Reply): number =>
  bytes(text + refusal + toolCalls.map((call) => JSON.stringify(call.input)).join(""));
