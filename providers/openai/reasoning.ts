import type { ResponseCreateParamsBase } from "openai/resources/responses/responses";
import type { Concede, GenerateCall } from "../../src/kit/index.ts";
import { effortOf } from "../openai-compatible/base.ts";

type ReasoningFields = Pick<ResponseCreateParamsBase, "include" | "reasoning">;

/** The wish to reason; and that the reasoning come back encrypted, which is how the next turn goes on from it. */
export const reasoning = (call: GenerateCall, concede: Concede): ReasoningFields => {
  const { request, model } = call;
  const wish = request.reasoning;
  if (model.capabilities.reasoning !== true) {
    if (wish !== undefined && wish.effort !== "none")
      concede("parameter_dropped", "reasoning", `${model.name} does not reason.`);
    return {};
  }
  if (wish?.budgetTokens !== undefined) {
    concede("parameter_dropped", "reasoning.budgetTokens", "OpenAI's models reason by effort and take no budget.");
  }
  const effort = effortOf(call);
  const summary = wish?.summary === "none" ? undefined : wish?.summary;
  const asked = { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
  // Nothing is stored, so the reasoning itself has to travel, encrypted, to go on from it.
  return { include: ["reasoning.encrypted_content"], ...(Object.keys(asked).length > 0 && { reasoning: asked }) };
};
