import { type Concede, type GenerateCall, nearestEffort, type ReasoningEffort } from "../../src/kit/index.ts";
import type { ChatFields } from "./body.ts";
import type { ChatQuirks } from "./quirks.ts";

/** Steps that hosts know; a registry entry's `options.effort` names those of a model that takes fewer. */
const EFFORTS: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** The step to ask for: the nearest that the model takes. */
export const effortOf = ({ request, model }: GenerateCall): ReasoningEffort | undefined => {
  const wanted = request.reasoning?.effort;
  const own = model.options["effort"];
  if (wanted === undefined) return undefined;
  return nearestEffort(wanted, Array.isArray(own) ? EFFORTS.filter((effort) => own.includes(effort)) : EFFORTS);
};

/** The wish to reason, in the host's field. */
export const reasoningField = (call: GenerateCall, quirks: ChatQuirks, concede: Concede): ChatFields => {
  const { request, model } = call;
  const wish = request.reasoning;
  if (wish === undefined) return {};
  if (model.capabilities.reasoning !== true) {
    if (wish.effort !== "none") concede("parameter_dropped", "reasoning", `${model.name} does not reason.`);
    return {};
  }
  const effort = effortOf(call);
  const { budgetTokens } = wish;
  if (quirks.reasoning === "reasoning") {
    const asked = budgetTokens === undefined ? effort !== undefined && { effort } : { max_tokens: budgetTokens };
    return { reasoning: { ...asked, ...(wish.summary === "none" && { exclude: true }) } };
  }
  if (wish.summary !== undefined) {
    concede("parameter_dropped", "reasoning.summary", `${model.name} shows its reasoning, or not, as it likes.`);
  }
  if (budgetTokens !== undefined) {
    concede("parameter_dropped", "reasoning.budgetTokens", `${model.name} takes no budget to reason with.`);
  }
  if (effort === undefined) return {};
  if (quirks.reasoning === "thinking") return { thinking: { type: effort === "none" ? "disabled" : "enabled" } };
  if (quirks.reasoning === "reasoning_effort") return { reasoning_effort: effort };
  concede("parameter_dropped", "reasoning.effort", `${model.name} takes no effort to reason with.`);
  return {};
};
