import type { ThinkingConfig } from "@google/genai";
import { type Concede, nearestEffort, type Reasoning, type ReasoningEffort } from "../../src/kit/index.ts";
import type { ModelOptions } from "./options.ts";
import type { Worded } from "./worded.ts";

export type Thinking = Worded<ThinkingConfig>;
type Level = NonNullable<Thinking["thinkingLevel"]>;

const LEVELS: Readonly<Partial<Record<ReasoningEffort, Level>>> = {
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "XHIGH",
};

/** Tokens to think with, for models that want a figure and a request that names an effort. Ours: Google publishes none. */
const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};

/** `thinkingConfig`, as the model takes it: a level or a budget, never both; undefined where there is nothing to say. */
export const buildThinking = (
  reasoning: Reasoning | undefined,
  model: ModelOptions,
  concede: Concede,
): Thinking | undefined => {
  if (reasoning === undefined) return undefined;
  if (model.thinking === "none") {
    if (reasoning.effort !== "none") concede("parameter_dropped", "reasoning", "This model does not reason.");
    return undefined;
  }
  const amount = model.thinking === "level" ? byLevel(reasoning, model, concede) : byBudget(reasoning, model, concede);
  const config = { ...amount, ...shown(reasoning) };
  return Object.keys(config).length === 0 ? undefined : config;
};

const shown = ({ summary }: Reasoning): Thinking =>
  summary === undefined ? {} : { includeThoughts: summary !== "none" };

const NEVER_OFF = "This model's reasoning cannot be switched off: it was asked for as little as there is.";

const byLevel = ({ effort, budgetTokens }: Reasoning, { efforts }: ModelOptions, concede: Concede): Thinking => {
  if (budgetTokens !== undefined) {
    concede("parameter_dropped", "reasoning.budgetTokens", "This model thinks by level and takes no budget.");
  }
  if (effort === undefined || efforts.length === 0) return {};
  if (effort === "none") concede("parameter_dropped", "reasoning.effort", NEVER_OFF);
  const level = LEVELS[nearestEffort(effort, efforts)];
  return level === undefined ? {} : { thinkingLevel: level };
};

const byBudget = ({ effort, budgetTokens }: Reasoning, { budget }: ModelOptions, concede: Concede): Thinking => {
  const [least, most] = budget;
  if (effort === "none" && least > 0) concede("parameter_dropped", "reasoning.effort", NEVER_OFF);
  const wanted = effort === "none" ? 0 : (budgetTokens ?? (effort === undefined ? undefined : BUDGETS[effort]));
  return wanted === undefined ? {} : { thinkingBudget: Math.min(Math.max(wanted, least), most) };
};
