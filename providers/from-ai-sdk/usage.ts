import { count, isObject, type Json, type JsonObject, reportedUsage, type Usage } from "../../src/kit/index.ts";
import type { SpecificationVersion } from "./model.ts";

/** What an answer used whose vendor did not say so. The gateway estimates it. */
export const UNTOLD: Usage = {
  input: { total: 0, uncached: 0, cacheRead: 0, cacheWrite: 0 },
  output: { total: 0, reasoning: 0 },
  meters: {},
  source: "estimated",
};

/** Of which model an answer's figures are. */
export interface UsageOf {
  readonly version: SpecificationVersion;
  /** The model's own name of its provider, such as `anthropic.messages`. */
  readonly provider: string;
}

/**
 * Usage of V2 (flat), and of V3 and V4 (nested, with inclusive totals). A part that is missing in a total is added to it:
 * never too little is charged. What does not tell both directions, or tells nothing but zeros, tells nothing.
 */
export const sdkUsage = (told: unknown, metadata: JsonObject, of: UsageOf): Usage => {
  if (!isObject(told)) return UNTOLD;
  const usage = of.version === "v2" ? flat(told, metadata, of) : nested(told);
  return usage === undefined || usage.input.total + usage.output.total === 0 ? UNTOLD : usage;
};

/** Reasoning outside the output shows in the vendor's own `total_tokens` (xAI, by a provider that does not know it). */
const nested = ({ inputTokens, outputTokens, raw }: JsonObject): Usage | undefined => {
  if (!isObject(inputTokens) || !isObject(outputTokens)) return undefined;
  const cacheRead = count(inputTokens["cacheRead"]) ?? 0;
  const cacheWrite = count(inputTokens["cacheWrite"]) ?? 0;
  const reasoning = count(outputTokens["reasoning"]) ?? 0;
  const input = whole(inputTokens["total"], inputTokens["noCache"], cacheRead + cacheWrite);
  const output = whole(outputTokens["total"], outputTokens["text"], reasoning);
  if (input === undefined || output === undefined) return undefined;
  const all = isObject(raw) ? (count(raw["total_tokens"]) ?? 0) : 0;
  return reportedUsage({ input, output: Math.max(output, all - input), cacheRead, cacheWrite, reasoning });
};

/** A total, or its parts together where they are more. */
const whole = (total: Json | undefined, first: Json | undefined, rest: number): number | undefined => {
  const [all, one] = [count(total), count(first)];
  return all === undefined && one === undefined ? undefined : Math.max(all ?? 0, (one ?? 0) + rest);
};

/**
 * Input of V2 includes cached tokens, but at Anthropic and Bedrock, whose providers passed on the vendor's own figures
 * (what was written to the cache stands in the metadata). Reasoning outside the output (Gemini) shows in `totalTokens`.
 */
const flat = (told: JsonObject, metadata: JsonObject, { provider }: UsageOf): Usage | undefined => {
  const [input, output] = [count(told["inputTokens"]), count(told["outputTokens"])];
  if (input === undefined || output === undefined) return undefined;
  const cacheRead = count(told["cachedInputTokens"]) ?? 0;
  const reasoning = count(told["reasoningTokens"]) ?? 0;
  const excludes = /anthropic|bedrock/.test(provider);
  const cacheWrite = excludes ? written(metadata) : 0;
  const beyond = Math.max(0, (count(told["totalTokens"]) ?? 0) - input - output);
  return reportedUsage({
    input: excludes ? input + cacheRead + cacheWrite : Math.max(input, cacheRead),
    output: excludes ? output : output + Math.min(beyond, reasoning),
    cacheRead,
    cacheWrite,
    reasoning,
  });
};

const written = ({ anthropic, bedrock }: JsonObject): number => {
  if (isObject(anthropic)) return count(anthropic["cacheCreationInputTokens"]) ?? 0;
  const usage = isObject(bedrock) ? bedrock["usage"] : undefined;
  return isObject(usage) ? (count(usage["cacheWriteInputTokens"]) ?? 0) : 0;
};
