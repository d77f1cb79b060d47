import { count, isObject, type Json, type Usage } from "../../src/kit/index.ts";

/** Told by the usage itself. What else is said (`service_tier`, `speed`, `inference_geo`) may change the price, and is kept. */
const TOLD: ReadonlySet<string> = new Set([
  "input_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation",
  "output_tokens",
  "output_tokens_details",
]);

/**
 * What an answer used. Anthropic's figures are cumulative and come more than once (`message_start`, `message_delta`): the
 * latest counts, nothing is added up, and output never shrinks.
 */
export class UsageTracker {
  #input = 0;
  #cacheRead = 0;
  #cacheWrite = 0;
  #cacheWrite1h = 0;
  #output = 0;
  #reasoning = 0;
  #compaction = { input: 0, output: 0 };
  #webSearches = 0;
  readonly #described: Record<string, Json> = {};
  #told = false;

  /** Whether the input is known: without it, nothing is. */
  get isTold(): boolean {
    return this.#told;
  }

  /** Takes what an event or a message says; what it leaves out stays as it was. */
  tell(usage: Json | undefined): void {
    if (!isObject(usage)) return;
    this.#told ||= count(usage["input_tokens"]) !== undefined;
    this.#input = count(usage["input_tokens"]) ?? this.#input;
    this.#cacheRead = count(usage["cache_read_input_tokens"]) ?? this.#cacheRead;
    this.#cacheWrite = count(usage["cache_creation_input_tokens"]) ?? this.#cacheWrite;
    this.#output = Math.max(this.#output, count(usage["output_tokens"]) ?? 0);
    this.#reasoning = count(inside(usage, "output_tokens_details", "thinking_tokens")) ?? this.#reasoning;
    this.#cacheWrite1h = count(inside(usage, "cache_creation", "ephemeral_1h_input_tokens")) ?? this.#cacheWrite1h;
    // Searches alone are billed apart: what a fetch brings is paid for as input tokens.
    this.#webSearches = count(inside(usage, "server_tool_use", "web_search_requests")) ?? this.#webSearches;
    for (const [key, value] of Object.entries(usage)) {
      if (!TOLD.has(key) && value !== null) this.#described[key] = value;
    }
    if (Array.isArray(usage["iterations"])) this.#compaction = compactionOf(usage["iterations"]);
  }

  /** Totals include the cache (Anthropic's `input_tokens` does not), and every part is within its total. */
  usage(): Usage {
    const uncached = this.#input + this.#compaction.input;
    const cacheWrite = this.#cacheWrite;
    const oneHour = Math.min(this.#cacheWrite1h, cacheWrite);
    const output = this.#output + this.#compaction.output;
    const meters: Record<string, number> = {};
    const all = { "cacheWrite.5m": cacheWrite - oneHour, "cacheWrite.1h": oneHour, webSearch: this.#webSearches };
    for (const [meter, units] of Object.entries(all)) if (units > 0) meters[meter] = units;
    return {
      input: { total: uncached + this.#cacheRead + cacheWrite, uncached, cacheRead: this.#cacheRead, cacheWrite },
      output: { total: output, reasoning: Math.min(this.#reasoning, output) },
      meters,
      source: this.#told ? "reported" : "estimated",
    };
  }

  /** For `providerMetadata`: as the vendor spells it. */
  described(): Readonly<Record<string, Json>> {
    return this.#described;
  }
}

const inside = (usage: { readonly [key: string]: Json }, key: string, field: string): Json | undefined => {
  const value = usage[key];
  return isObject(value) ? value[field] : undefined;
};

/** A summary of a long context is billed, but not part of the totals (SDK 1.13, `BetaIterationsUsage`). */
const compactionOf = (iterations: readonly Json[]): { readonly input: number; readonly output: number } => {
  const sum = { input: 0, output: 0 };
  for (const iteration of iterations) {
    if (!isObject(iteration) || iteration["type"] !== "compaction") continue;
    sum.input += count(iteration["input_tokens"]) ?? 0;
    sum.output += count(iteration["output_tokens"]) ?? 0;
  }
  return sum;
};
