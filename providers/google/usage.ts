import { count, isObject, type Json, type JsonObject, reportedUsage, type Usage } from "../../src/kit/index.ts";
import { objects, string } from "./fields.ts";

/** What a vendor that did not tell its usage used, as far as it said. The gateway estimates the rest. */
export const UNTOLD: Usage = {
  input: { total: 0, uncached: 0, cacheRead: 0, cacheWrite: 0 },
  output: { total: 0, reasoning: 0 },
  meters: {},
  source: "estimated",
};

/**
 * What an answer used. Gemini's figures are cumulative and come with every piece of a stream, at first without any figure:
 * the latest of each counts, and nothing is added up.
 */
export class UsageTracker {
  #told: JsonObject = {};
  #searches = 0;

  /** Takes what a piece says; what it leaves out stays as it was. True if it said anything. */
  tell(usage: Json | undefined): boolean {
    if (!isObject(usage)) return false;
    this.#told = { ...this.#told, ...usage };
    return this.isTold;
  }

  searched(times: number): void {
    this.#searches = times;
  }

  get isTold(): boolean {
    return count(this.#told["promptTokenCount"]) !== undefined;
  }

  /**
   * `promptTokenCount` includes what was cached, but not what tools brought in; `candidatesTokenCount` leaves out what was
   * thought.
   */
  usage(): Usage {
    if (!this.isTold) return UNTOLD;
    const told = (name: string): number | undefined => count(this.#told[name]);
    const input = (told("promptTokenCount") ?? 0) + (told("toolUsePromptTokenCount") ?? 0);
    const reasoning = told("thoughtsTokenCount") ?? 0;
    const rest = Math.max(0, (told("totalTokenCount") ?? 0) - input - reasoning);
    const output = (told("candidatesTokenCount") ?? rest) + reasoning;
    const cacheRead = told("cachedContentTokenCount") ?? 0;
    return reportedUsage({ input, output, cacheRead, reasoning, meters: this.#meters() });
  }

  /** For `providerMetadata`: what is no figure (`trafficType`, `serviceTier`), as the vendor spells it. */
  described(): Readonly<Record<string, Json>> {
    return Object.fromEntries(Object.entries(this.#told).filter(([, value]) => typeof value === "string"));
  }

  /** Shares of the tokens that some models price apart: of input what was not cached, and what was, each its own. */
  #meters(): Usage["meters"] {
    const prompt = byModality(this.#told["promptTokensDetails"]);
    const cached = byModality(this.#told["cacheTokensDetails"]);
    const tools = byModality(this.#told["toolUsePromptTokensDetails"]);
    const output = byModality(this.#told["candidatesTokensDetails"]);
    const meters: Record<string, number> = {};
    const add = (meter: string, units: number): void => {
      if (units > 0) meters[meter] = (meters[meter] ?? 0) + units;
    };
    for (const [kind, units] of prompt) add(`input.${kind}`, units - (cached.get(kind) ?? 0));
    for (const [kind, units] of tools) add(`input.${kind}`, units);
    for (const [kind, units] of cached) add(`cacheRead.${kind}`, units);
    for (const [kind, units] of output) add(`output.${kind}`, units);
    add("webSearch", this.#searches);
    return meters;
  }
}

const KINDS: ReadonlySet<string> = new Set(["IMAGE", "AUDIO", "VIDEO", "DOCUMENT"]);

/** Tokens of each kind but text. A kind may come without its figure. */
const byModality = (details: Json | undefined): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const { modality, tokenCount } of objects(details)) {
    const kind = string(modality);
    if (KINDS.has(kind)) found.set(kind.toLowerCase(), (found.get(kind.toLowerCase()) ?? 0) + (count(tokenCount) ?? 0));
  }
  return found;
};
