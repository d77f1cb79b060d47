import type { FinishReason } from "../../src/kit/index.ts";

const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["refusal", "refusal"],
]);

/** `pause_turn` (a long turn of server tools, to be continued by sending it back) and what is not known yet: `other`. */
export const finishReason = (stopReason: string | undefined): FinishReason => REASONS.get(stopReason ?? "") ?? "other";
