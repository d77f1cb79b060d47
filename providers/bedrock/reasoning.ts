import { type Concede, type Json, nearestEffort, type Reasoning, type ReasoningEffort } from "../../src/kit/index.ts";
import type { ModelOptions } from "./options.ts";

/** Tokens to think with, for models that want a figure and a request that names an effort. Ours: nobody publishes any. */
const BUDGETS: Readonly<Record<Exclude<ReasoningEffort, "none">, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};
/** Claude's own least. */
const LEAST_BUDGET = 1_024;

/** How the model is asked to reason. */
export interface ReasoningFields {
  /** For `additionalModelRequestFields`. */
  readonly fields: Readonly<Record<string, Json>>;
  /** `outputConfig.effort`. */
  readonly effort?: ReasoningEffort;
  /** Whether the answer will be thought about, as far as the request says. */
  readonly isThinking: boolean;
}

export interface ReasoningWish {
  readonly reasoning: Reasoning | undefined;
  /** Why the model may not think this time, though it could. */
  readonly barred: string | undefined;
  /** Undefined: the model's own limit. */
  readonly maxTokens: number | undefined;
}

const NONE: ReasoningFields = { fields: {}, isThinking: false };

export const buildReasoning = (wish: ReasoningWish, model: ModelOptions, concede: Concede): ReasoningFields => {
  const { reasoning } = wish;
  if (reasoning === undefined) return { ...NONE, isThinking: model.reasoning === "always" };
  switch (model.reasoning) {
    case "none":
      if (reasoning.effort !== "none") {
        concede(
          "parameter_dropped",
          "reasoning",
          "This model is not asked to reason (options.thinking in the registry).",
        );
      }
      return NONE;
    case "nova":
      return novaReasoning(reasoning, model, concede);
    case "reasoning_effort":
      return effortReasoning(reasoning, model, concede);
    default:
      return claudeThinking(wish, reasoning, model, concede);
  }
};

/** `thinking` of Claude's own API, by `additionalModelRequestFields`. */
const claudeThinking = (
  wish: ReasoningWish,
  reasoning: Reasoning,
  model: ModelOptions,
  concede: Concede,
): ReasoningFields => {
  const isAlways = model.reasoning === "always";
  if (reasoning.effort === "none") {
    if (!isAlways) return switchedOff();
    concede("parameter_dropped", "reasoning.effort", "This model's reasoning cannot be switched off.");
    return { fields: {}, isThinking: true };
  }
  if (wish.barred !== undefined && !isAlways) {
    concede("parameter_dropped", "reasoning", wish.barred);
    return switchedOff();
  }
  if (model.reasoning === "enabled") return withBudget(wish, reasoning, model, concede);
  concedeBudget(reasoning, concede);
  return {
    fields: { thinking: { type: "adaptive", ...display(reasoning) } },
    ...effortOf(reasoning, model),
    isThinking: true,
  };
};

const switchedOff = (): ReasoningFields => ({ fields: { thinking: { type: "disabled" } }, isThinking: false });

/** The budget is part of `maxTokens` and must be less. */
const withBudget = (
  { maxTokens = Number.POSITIVE_INFINITY }: ReasoningWish,
  reasoning: Reasoning,
  model: ModelOptions,
  concede: Concede,
): ReasoningFields => {
  const { effort = "medium", budgetTokens } = reasoning;
  const wanted = budgetTokens ?? (effort === "none" ? LEAST_BUDGET : BUDGETS[effort]);
  const budget = Math.min(Math.max(wanted, LEAST_BUDGET), maxTokens - 1);
  if (budget < LEAST_BUDGET) {
    concede("parameter_dropped", "reasoning", `Thinking needs more than ${LEAST_BUDGET} tokens of output.`);
    return switchedOff();
  }
  const thinking = { type: "enabled", budget_tokens: budget, ...display(reasoning) };
  return { fields: { thinking }, ...effortOf(reasoning, model), isThinking: true };
};

const novaReasoning = (reasoning: Reasoning, model: ModelOptions, concede: Concede): ReasoningFields => {
  concedeBudget(reasoning, concede);
  concedeSummary(reasoning, concede);
  if (reasoning.effort === "none") return { fields: { reasoningConfig: { type: "disabled" } }, isThinking: false };
  const step = nearestEffort(reasoning.effort ?? "medium", model.efforts);
  return { fields: { reasoningConfig: { type: "enabled", maxReasoningEffort: step } }, isThinking: true };
};

const effortReasoning = (reasoning: Reasoning, model: ModelOptions, concede: Concede): ReasoningFields => {
  concedeBudget(reasoning, concede);
  concedeSummary(reasoning, concede);
  if (reasoning.effort === undefined) return { fields: {}, isThinking: true };
  if (reasoning.effort === "none" && !model.efforts.includes("none")) {
    concede(
      "other",
      "reasoning.effort",
      "This model's reasoning cannot be switched off: it was asked to reason little.",
    );
  }
  return { fields: { reasoning_effort: nearestEffort(reasoning.effort, model.efforts) }, isThinking: true };
};

const effortOf = ({ effort }: Reasoning, { efforts }: ModelOptions): { readonly effort?: ReasoningEffort } =>
  effort === undefined || effort === "none" || efforts.length === 0 ? {} : { effort: nearestEffort(effort, efforts) };

const display = ({ summary }: Reasoning): { readonly display?: "summarized" | "omitted" } => {
  if (summary === undefined) return {};
  return { display: summary === "none" ? "omitted" : "summarized" };
};

const concedeBudget = ({ budgetTokens }: Reasoning, concede: Concede): void => {
  if (budgetTokens === undefined) return;
  concede("parameter_dropped", "reasoning.budgetTokens", "This model thinks by effort and takes no budget.");
};

const concedeSummary = ({ summary }: Reasoning, concede: Concede): void => {
  if (summary === undefined || summary === "auto") return;
  concede("parameter_dropped", "reasoning.summary", "How this model shows its reasoning cannot be chosen.");
};
