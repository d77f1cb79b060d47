import type { ReasoningEffort } from "../contract/index.ts";

const STEPS: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** The step nearest to the wanted one among those a model has; of two equally near ones the higher. */
export const nearestEffort = (wanted: ReasoningEffort, has: readonly ReasoningEffort[]): ReasoningEffort => {
  const far = (step: ReasoningEffort): number => Math.abs(STEPS.indexOf(step) - STEPS.indexOf(wanted));
  const higherFirst = [...has].sort((one, other) => STEPS.indexOf(other) - STEPS.indexOf(one));
  return higherFirst.reduce((best, step) => (far(step) < far(best) ? step : best), higherFirst[0] ?? wanted);
};
