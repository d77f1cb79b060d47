import type { FinishReason } from "../../src/kit/index.ts";

const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "content-filter"],
  ["RECITATION", "content-filter"],
  ["BLOCKLIST", "content-filter"],
  ["PROHIBITED_CONTENT", "content-filter"],
  ["SPII", "content-filter"],
  ["MODEL_ARMOR", "content-filter"],
  ["IMAGE_SAFETY", "content-filter"],
  ["IMAGE_PROHIBITED_CONTENT", "content-filter"],
  ["IMAGE_RECITATION", "content-filter"],
]);

/**
 * The vendor says `STOP` for tool calls too. `CONTINUATION` (a long answer, to be continued by asking again), and what is
 * not known yet: `other`.
 */
export const finishReason = (told: string, hasCalls: boolean): FinishReason => {
  const reason = REASONS.get(told) ?? "other";
  return reason === "stop" && hasCalls ? "tool-calls" : reason;
};

/**
 * The model wrote a call that cannot be read, or of a tool that there is not: such an answer is no answer, and the next
 * attempt may well be one.
 */
export const isBrokenCall = (told: string): boolean =>
  told === "MALFORMED_FUNCTION_CALL" || told === "UNEXPECTED_TOOL_CALL" || told === "MALFORMED_RESPONSE";
