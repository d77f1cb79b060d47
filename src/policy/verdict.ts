import type { ErrorCode, GatewayError } from "../contract/index.ts";

/** What to do after a failed attempt. */
export type Verdict = { readonly type: "same" | "next"; readonly waitMs: number } | { readonly type: "stop" };

/** What a code lets the loop do (PROMISES.md 2.1). */
export interface Rule {
  /** Another target may do better. */
  readonly next: boolean;
  /** Retries of the same target, where no other is left. */
  readonly same: number;
  /** Upper end of the first back-off, in milliseconds; it doubles with each retry. 0: at once. */
  readonly baseMs: number;
}

const stop: Rule = { next: false, same: 0, baseMs: 0 };
const next: Rule = { next: true, same: 0, baseMs: 0 };

/**
 * The table. What would fail the same way everywhere stops; what is one vendor's trouble goes on to the next target; what
 * may pass by itself is tried again where there is no other. The base delays are those of the AWS SDKs since November
 * 2026: 50 ms for what is transient, 1,000 ms for what is throttled.
 */
export const RULES: Readonly<Record<ErrorCode, Rule>> = {
  invalid_request: stop,
  registry_invalid: stop,
  no_route: stop,
  unknown_model: stop,
  unknown_tenant: stop,
  unauthenticated: stop,
  missing_peer: stop,
  limit_exceeded: stop,
  budget_exceeded: stop,
  never_fits: stop,
  queue_full: stop,
  rate_limited: { next: true, same: 1, baseMs: 1_000 },
  quota_exhausted: next,
  overloaded: { next: true, same: 1, baseMs: 1_000 },
  server_error: { next: true, same: 1, baseMs: 50 },
  network: { next: true, same: 1, baseMs: 0 },
  timeout: next,
  credential_rejected: next,
  model_not_found: next,
  context_overflow: next,
  unsupported: next,
  protocol: next,
  stream_truncated: next,
  all_targets_failed: stop,
  invalid_output: next,
  refused: stop,
  aborted: stop,
  closed: stop,
  store_unavailable: stop,
  internal: stop,
};

/** The longest back-off between two attempts, in milliseconds (AWS SDKs, November 2026). */
const MAX_BACK_OFF_MS = 20_000;
/** The longest that a call waits for its last target, in milliseconds. */
const MAX_WAIT_MS = 5_000;
/** Share of a `Retry-After` that is added by chance, so that a fleet does not come back at once. */
const RETURN_JITTER = 0.1;

/**
 * Pure: what to do after `error`. `triedHere`: attempts on this target so far, from 1. `targetsLeft`: others that may do
 * better. `remainingMs`: what is left of the deadline. `chance`: in [0, 1).
 *
 * Another target is asked at once. Where none is left, this one is asked again if the table lets it, after full jitter or
 * what the vendor asked for, whichever is longer, and only if that is short: at most 5 s, and half of what remains.
 */
export const verdict = (
  error: GatewayError,
  triedHere: number,
  targetsLeft: number,
  remainingMs: number,
  chance: number,
): Verdict => {
  const rule = ruleOf(error);
  const worthAnother = error.code !== "invalid_output" || error.retryable;
  if (rule.next && worthAnother && targetsLeft > 0 && remainingMs > 0) return { type: "next", waitMs: 0 };
  if (!error.retryable || triedHere > rule.same || mayHaveRun(error)) return { type: "stop" };
  const backOffMs = chance * Math.min(MAX_BACK_OFF_MS, rule.baseMs * 2 ** (triedHere - 1));
  const askedMs = (error.retryAfterMs ?? 0) * (1 + chance * RETURN_JITTER);
  const waitMs = Math.ceil(Math.max(backOffMs, askedMs));
  const patienceMs = Math.min(MAX_WAIT_MS, remainingMs / 2);
  return waitMs <= patienceMs ? { type: "same", waitMs } : { type: "stop" };
};

/** What one target may take is its own matter; what the caller may spend is the same everywhere. */
export const ruleOf = (error: GatewayError): Rule =>
  error.kind === "limit" && error.scope === "model" ? next : RULES[error.code];

/** A connection that broke after the request was sent: the vendor may have worked, and may bill twice. */
const mayHaveRun = (error: GatewayError): boolean =>
  error.code === "network" && !("sent" in error.details && error.details.sent === false);
