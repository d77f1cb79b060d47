import { type Call, GatewayError, type Layer } from "../contract/index.ts";

/** The total clock, and the one listener on the caller's signal. Inside `record`, so that an aborted call has its record. */
export const deadline = (): Layer<Call> => (next) => (call) => {
  const { scope, timeouts, request } = call;
  const cancel = scope.clock.after(timeouts.totalMs, () => scope.abort(tooLate(timeouts.totalMs)), { keepAlive: true });
  scope.onClose(cancel);
  const { signal } = request;
  if (signal === undefined) return next(call);
  const leave = (): void => scope.abort(aborted());
  if (signal.aborted) leave();
  else {
    signal.addEventListener("abort", leave);
    scope.onClose(() => signal.removeEventListener("abort", leave));
  }
  return scope.outcome === undefined ? next(call) : Promise.reject(aborted());
};

const tooLate = (limitMs: number): GatewayError =>
  new GatewayError("timeout", `The call did not end within ${limitMs} ms (timeouts.totalMs).`, {
    details: { clock: "total", limitMs },
  });

/** The caller's own reason is not passed on: it may hold anything. */
const aborted = (): GatewayError => new GatewayError("aborted", "The caller's signal was aborted.", { details: {} });
