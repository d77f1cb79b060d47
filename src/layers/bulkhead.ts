import type { AttemptCall, Layer } from "../contract/index.ts";
import type { TargetQuotas } from "../flow/target-quotas.ts";

/**
 * What the vendor allows us, by all processes together: an attempt waits in line for it, or goes on to another target where
 * there is one. Held until the answer has ended, however long a stream is.
 */
export const bulkhead =
  (quotas: TargetQuotas): Layer<AttemptCall> =>
  (next) =>
  (call) => {
    const entered = quotas.enter(call);
    return entered === undefined ? next(call) : entered.then(() => next(call));
  };
