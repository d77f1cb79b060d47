import type { MessageCreateParamsBase, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages/messages";
import { type Concede, nearestEffort, type Reasoning, type ReasoningEffort } from "../../src/kit/index.ts";
import type { Effort, ModelOptions } from "./options.ts";

/** Tokens to think with, for models that want a figure and a request that names an effort. Ours: Anthropic publishes none. */
const BUDGETS: Readonly<Record<Exclude<ReasoningEffort, "none">, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};
/** The vendor's own least. */
const LEAST_BUDGET = 1_024;

export interface ThinkingParams {
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: Effort;
}

export interface ThinkingWish {
  readonly reasoning: Reasoning | undefined;
  /** Why the model may not think this time, though it could. */
  readonly barred: string | undefined;
  readonly maxTokens: number;
}

/** `thinking` and `output_config.effort`, as the model takes them. */
export const buildThinking = (wish: ThinkingWish, model: ModelOptions, concede: Concede): ThinkingParams => {
  const { reasoning, barred } = wish;
  if (reasoning === undefined) return {};
  if (model.thinking === "none") {
    if (reasoning.effort !== "none") concede("parameter_dropped", "reasoning", "This model does not reason.");
    return {};
  }
  const effort = buildEffort(reasoning, model);
  if (reasoning.effort === "none") return switchedOff(model, concede);
  if (barred !== undefined && model.thinking !== "always") {
    concede("parameter_dropped", "reasoning", barred);
    return { thinking: { type: "disabled" }, ...unthinking(effort) };
  }
  if (model.thinking === "enabled") return { ...withBudget(wish, reasoning, concede), ...effort };
  if (reasoning.budgetTokens !== undefined) {
    concede("parameter_dropped", "reasoning.budgetTokens", "This model thinks by effort and takes no budget.");
  }
  return { thinking: { type: "adaptive", ...display(reasoning) }, ...effort };
};

/** Whether the answer will be thought about, as far as the request says. */
export const isThinking = ({ thinking }: Pick<MessageCreateParamsBase, "thinking">): boolean =>
  thinking !== undefined && thinking.type !== "disabled";

const buildEffort = ({ effort }: Reasoning, { efforts }: ModelOptions): Pick<ThinkingParams, "effort"> => {
  if (effort === undefined || effort === "none") return {};
  const nearest = nearestEffort(effort, efforts);
  const taken = efforts.find((each) => each === nearest);
  return taken === undefined ? {} : { effort: taken };
};

/** Without thinking, no effort above `high` is taken (platform.claude.com, "Troubleshooting thinking"). */
const unthinking = ({ effort }: Pick<ThinkingParams, "effort">): Pick<ThinkingParams, "effort"> =>
  effort === undefined ? {} : { effort: effort === "xhigh" || effort === "max" ? "high" : effort };

const switchedOff = ({ thinking }: ModelOptions, concede: Concede): ThinkingParams => {
  if (thinking !== "always") return { thinking: { type: "disabled" } };
  concede("parameter_dropped", "reasoning.effort", "This model's reasoning cannot be switched off.");
  return {};
};

/** The budget is part of `max_tokens` and must be less. */
const withBudget = (wish: ThinkingWish, reasoning: Reasoning, concede: Concede): ThinkingParams => {
  const { effort = "medium", budgetTokens } = reasoning;
  const wanted = budgetTokens ?? (effort === "none" ? LEAST_BUDGET : BUDGETS[effort]);
  const budget = Math.min(Math.max(wanted, LEAST_BUDGET), wish.maxTokens - 1);
  if (budget >= LEAST_BUDGET) return { thinking: { type: "enabled", budget_tokens: budget, ...display(reasoning) } };
  concede("parameter_dropped", "reasoning", `Thinking needs more than ${LEAST_BUDGET} tokens of output.`);
  return { thinking: { type: "disabled" } };
};

const display = ({ summary }: Reasoning): { display?: "summarized" | "omitted" } => {
  if (summary === undefined) return {};
  return { display: summary === "none" ? "omitted" : "summarized" };
};
