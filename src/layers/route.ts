import type { Call, Layer, Plan, PlannedCall } from "../contract/index.ts";

export type Planner = (call: Call) => Plan | Promise<Plan>;

/** Decides once for the whole call: the eligible targets in order, on the registry as it is now. */
export const route =
  (plan: Planner): Layer<Call, PlannedCall> =>
  (next) =>
  async (call) => {
    const planned = plan(call);
    const decided = planned instanceof Promise ? await call.scope.until(planned) : planned;
    call.scope.report({ type: "routed", plan: decided });
    const { maxOutputTokens } = decided;
    const same = maxOutputTokens === undefined || maxOutputTokens === call.input.maxOutputTokens;
    const input = same ? call.input : { ...call.input, maxOutputTokens };
    return next({ ...call, input, plan: decided });
  };
