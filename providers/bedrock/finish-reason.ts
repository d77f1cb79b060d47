import type { FinishReason } from "../../src/kit/index.ts";

/** `StopReason` of the SDK 3.1164, and `refusal`, which Claude says by itself. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["content_filtered", "content-filter"],
  ["guardrail_intervened", "content-filter"],
  ["refusal", "refusal"],
]);

/** What is malformed (`malformed_model_output`, `malformed_tool_use`) and what is not known yet: `other`. */
export const finishReason = (stopReason: string): FinishReason => REASONS.get(stopReason) ?? "other";
