import pRetry from "p-retry";
import {
  type AdmittedCall,
  type AttemptCall,
  type ContentEvent,
  GatewayError,
  type Handler,
  type Layer,
  type Ranked,
  type Reservation,
} from "../contract/index.ts";
import { acceptOutput, refusedAtTheDoor } from "../flow/accept-output.ts";
import { asInternal } from "../flow/as-gateway-error.ts";
import { openAttempt } from "../flow/attempt.ts";
import { Held } from "../flow/held.ts";
import { escalate } from "../policy/escalate.ts";
import { ruleOf, verdict } from "../policy/verdict.ts";

/**
 * The one loop: retry and failover share one counter and one deadline. An iteration of p-retry is a round; it is given no
 * delays and no signal (waiting is the scope's clock), and whether to go on is the pure `verdict`.
 */
export const attempts =
  ({ maxAttempts }: { readonly maxAttempts: number }): Layer<AdmittedCall, AttemptCall> =>
  (next) =>
  (call) => {
    const loop = new Loop(call, maxAttempts);
    return pRetry((attempt) => loop.round(next, attempt), {
      retries: maxAttempts - 1,
      minTimeout: 0,
      shouldRetry: ({ error }) => loop.goesOn(error),
    }).catch((error: unknown) => {
      throw loop.lastWord(error);
    });
  };

class Loop {
  readonly #call: AdmittedCall;
  readonly #maxAttempts: number;
  readonly #failures: GatewayError[] = [];
  readonly #targets = new Set<string>();
  #left: readonly Ranked[];
  #triedHere = 0;
  #waitMs = 0;
  /** Whether the last failure would have gone on, had anything been left. */
  #exhausted = false;

  constructor(call: AdmittedCall, maxAttempts: number) {
    this.#call = call;
    this.#maxAttempts = maxAttempts;
    this.#left = call.plan.ranked;
  }

  async round(next: Handler<AttemptCall>, number: number): Promise<AsyncIterable<ContentEvent>> {
    if (this.#waitMs > 0) await this.#call.scope.sleep(this.#waitMs);
    const [ranked] = this.#left;
    if (ranked === undefined) throw new GatewayError("internal", "The plan is empty.", { details: {} });
    const othersLeft = number < this.#maxAttempts ? this.#left.length - 1 : 0;
    const covered = this.#covered(ranked);
    // Not a turn between the two where neither waits: whoever left in it would leave what was set aside behind.
    const reservation = covered instanceof Promise ? await covered : covered;
    const call = this.#open(ranked, number, othersLeft, reservation);
    this.#triedHere += 1;
    this.#targets.add(ranked.target.id);
    try {
      return await begin(next, call);
    } catch (error) {
      const failure = refusedAtTheDoor(call, asInternal(error));
      call.scope.close({ type: "error", error: failure });
      throw failure;
    }
  }

  #open(ranked: Ranked, number: number, othersLeft: number, reservation: Reservation): AttemptCall {
    try {
      return openAttempt(this.#call, ranked, number, othersLeft, reservation);
    } catch (error) {
      // The call ended a moment ago: no attempt will settle it.
      reservation.cancel();
      throw error;
    }
  }

  /** What the attempt may use is set aside before it starts; what comes when the call is over goes back. */
  #covered(ranked: Ranked): Reservation | Promise<Reservation> {
    const taken = this.#call.lease.take(ranked);
    return taken instanceof Promise ? this.#call.scope.hold(taken, (late) => late.cancel()) : taken;
  }

  goesOn(error: Error): boolean {
    if (!GatewayError.is(error)) return false;
    this.#failures.push(error);
    const { scope, startedAtMs, timeouts } = this.#call;
    if (scope.outcome !== undefined || this.#mustNotRepeat()) return false;
    const [failed, ...others] = this.#left;
    if (failed === undefined) return false;
    const rest = error.code === "invalid_output" ? escalate(others, failed) : larger(error, others, failed);
    const remainingMs = startedAtMs + timeouts.totalMs - scope.clock.now();
    const decided = verdict(error, this.#triedHere, rest.length, remainingMs, scope.clock.chance());
    if (decided.type === "stop") {
      this.#exhausted = rest.length === 0 && error.kind === "upstream" && ruleOf(error).next;
      return false;
    }
    this.#waitMs = decided.waitMs;
    if (decided.type === "next") {
      this.#left = rest;
      this.#triedHere = 0;
    }
    const to = this.#left[0]?.target.id ?? "";
    const type = decided.type === "same" ? "retry" : "failover";
    scope.report({ type, from: failed.target.id, to, error, waitMs: decided.waitMs });
    return scope.outcome === undefined;
  }

  /** A request that may do harm twice is not repeated once an attempt may have been carried out. */
  #mustNotRepeat(): boolean {
    if (this.#call.request.idempotent !== false) return false;
    const { facts } = this.#call.scope;
    return facts.some((fact) => fact.type === "attempt-ended" && fact.attempt.usage !== undefined);
  }

  /** The failure of the call: the last attempt's own, or, where several targets failed, that they all did. */
  lastWord(error: unknown): unknown {
    const { outcome } = this.#call.scope;
    if (outcome?.type === "error") return outcome.error;
    if (!GatewayError.is(error) || this.#targets.size < 2) return error;
    if (error.kind === "limit" && error.scope !== "model") return error;
    // p-retry does not ask about the last failure that it allows.
    const failures = this.#failures.includes(error) ? this.#failures : [...this.#failures, error];
    const spent = this.#exhausted || failures.length >= this.#maxAttempts;
    return spent ? allFailed(failures, this.#targets.size, error) : error;
  }
}

const begin = async (next: Handler<AttemptCall>, call: AttemptCall): Promise<Held> => {
  const events = await next(call);
  const accept = acceptOutput(call);
  const held = new Held(events, async (parts, finish) => {
    const accepted = accept === undefined ? finish : await accept(parts, finish);
    call.scope.report({ type: "finished", finishReason: accepted.finishReason });
    call.scope.close({ type: "ok" });
    return accepted;
  });
  return held.begin(call.commit);
};

/** A prompt that overflowed one window is tried only in a larger one. */
const larger = (error: GatewayError, others: readonly Ranked[], failed: Ranked): readonly Ranked[] => {
  if (error.code !== "context_overflow") return others;
  const window = failed.target.model.limit.context ?? 0;
  return others.filter(({ target }) => (target.model.limit.context ?? 0) > window);
};

const allFailed = (failures: readonly GatewayError[], targets: number, last: GatewayError): GatewayError => {
  const codes = failures.map((failure) => failure.code);
  const waits = failures.map((failure) => failure.retryAfterMs).filter((wait) => wait !== undefined);
  const error = new GatewayError("all_targets_failed", `All ${targets} targets failed: ${codes.join(", ")}.`, {
    details: { codes },
    cause: last,
    ...(waits.length > 0 && { retryAfterMs: Math.min(...waits) }),
  });
  return error.attach([], last.partial);
};
