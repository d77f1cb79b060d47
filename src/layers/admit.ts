import type { AdmittedCall, Layer, PlannedCall } from "../contract/index.ts";
import type { Admission } from "../flow/admission.ts";

/**
 * Lets a call in under the quotas of all that it belongs to, or under none of them; its lease ends with it. A call that is
 * part of another is counted on that one's lease: it would wait for itself.
 */
export const admit =
  (admission: Admission): Layer<PlannedCall, AdmittedCall> =>
  (next) =>
  (call) => {
    if (call.parent !== undefined) return next({ ...call, lease: call.parent.lease });
    const entered = admission.enter(call);
    const go = ({ lease, ranked }: Awaited<typeof entered>): ReturnType<typeof next> => {
      const plan = ranked === call.plan.ranked ? call.plan : { ...call.plan, ranked };
      return next({ ...call, plan, lease });
    };
    return entered instanceof Promise ? entered.then(go) : go(entered);
  };
