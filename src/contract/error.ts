import type { Rejection } from "./call.ts";
import type { Partial } from "./completion.ts";
import type { AttemptRecord } from "./record.ts";

/** Who is to act: the caller mends, waits, or asks its vendor; `content` is about the answer; `gateway` is ours. */
export type ErrorKind = "caller" | "limit" | "upstream" | "content" | "aborted" | "gateway";

/** How far a vendor's failure reaches: what else would fail the same way. */
export type ErrorScope = "credential" | "account" | "model" | "provider";

/** Which clock ran out. */
export type ClockName = "total" | "firstToken" | "idle" | "connect" | "unread";

/** One thing wrong with what was handed in. */
export interface Issue {
  /** Such as `messages[2].content[0].type` or `models.fast.cost.input`. */
  readonly path: string;
  /** What was expected there. Never the value that was found. */
  readonly message: string;
  /** Place in a file, from 1, where there is one. */
  readonly line?: number;
  readonly column?: number;
}

/** What a vendor's failure carries: an allow-list, scrubbed of secrets and of the request's own words. */
export interface UpstreamDetails {
  readonly provider?: string;
  readonly model?: string;
  readonly vendorCode?: string;
  readonly vendorType?: string;
  readonly vendorMessage?: string;
  readonly requestId?: string;
  /** `false` where the request certainly never reached the vendor, so that nothing is billed. */
  readonly sent?: boolean;
}

export interface ErrorSpec {
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly status: number;
}

/** What went wrong. New codes may come; the kinds stay. */
export type ErrorCode =
  | "invalid_request"
  | "registry_invalid"
  | "no_route"
  | "unknown_model"
  | "unknown_tenant"
  | "unauthenticated"
  | "missing_peer"
  | "limit_exceeded"
  | "budget_exceeded"
  | "never_fits"
  | "queue_full"
  | "rate_limited"
  | "quota_exhausted"
  | "overloaded"
  | "server_error"
  | "network"
  | "timeout"
  | "credential_rejected"
  | "model_not_found"
  | "context_overflow"
  | "unsupported"
  | "protocol"
  | "stream_truncated"
  | "all_targets_failed"
  | "invalid_output"
  | "refused"
  | "aborted"
  | "closed"
  | "store_unavailable"
  | "internal";

/** Every code, its kind, whether the same call may succeed later, and the HTTP status that says so. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorSpec>> = {
  invalid_request: { kind: "caller", retryable: false, status: 400 },
  registry_invalid: { kind: "caller", retryable: false, status: 500 },
  no_route: { kind: "caller", retryable: false, status: 422 },
  unknown_model: { kind: "caller", retryable: false, status: 404 },
  unknown_tenant: { kind: "caller", retryable: false, status: 403 },
  unauthenticated: { kind: "caller", retryable: false, status: 401 },
  missing_peer: { kind: "caller", retryable: false, status: 500 },
  limit_exceeded: { kind: "limit", retryable: true, status: 429 },
  budget_exceeded: { kind: "limit", retryable: true, status: 429 },
  never_fits: { kind: "limit", retryable: false, status: 413 },
  queue_full: { kind: "limit", retryable: true, status: 429 },
  rate_limited: { kind: "upstream", retryable: true, status: 429 },
  quota_exhausted: { kind: "upstream", retryable: false, status: 429 },
  overloaded: { kind: "upstream", retryable: true, status: 503 },
  server_error: { kind: "upstream", retryable: true, status: 502 },
  network: { kind: "upstream", retryable: true, status: 502 },
  timeout: { kind: "upstream", retryable: true, status: 504 },
  credential_rejected: { kind: "upstream", retryable: false, status: 502 },
  model_not_found: { kind: "upstream", retryable: false, status: 502 },
  context_overflow: { kind: "upstream", retryable: false, status: 413 },
  unsupported: { kind: "upstream", retryable: false, status: 422 },
  protocol: { kind: "upstream", retryable: true, status: 502 },
  stream_truncated: { kind: "upstream", retryable: true, status: 502 },
  all_targets_failed: { kind: "upstream", retryable: true, status: 503 },
  invalid_output: { kind: "content", retryable: true, status: 502 },
  refused: { kind: "content", retryable: false, status: 422 },
  aborted: { kind: "aborted", retryable: false, status: 499 },
  closed: { kind: "gateway", retryable: false, status: 503 },
  store_unavailable: { kind: "gateway", retryable: true, status: 503 },
  internal: { kind: "gateway", retryable: false, status: 500 },
};

/** Details by code; a code that is not named here has those of a vendor's failure. */
export interface DetailsByCode {
  invalid_request: { readonly issues: readonly Issue[] };
  registry_invalid: { readonly issues: readonly Issue[]; readonly source?: string };
  no_route: { readonly rejected: readonly Rejection[] };
  unknown_model: { readonly model: string; readonly known: readonly string[] };
  unknown_tenant: { readonly tenant: string };
  unauthenticated: Record<never, never>;
  missing_peer: { readonly package: string; readonly install: string };
  limit_exceeded: LimitDetails;
  budget_exceeded: LimitDetails;
  never_fits: LimitDetails;
  queue_full: LimitDetails;
  timeout: UpstreamDetails & { readonly clock: ClockName; readonly limitMs: number };
  /** `attempts` of the error itself tells each failure. */
  all_targets_failed: { readonly codes: readonly ErrorCode[] };
  invalid_output: UpstreamDetails & { readonly issues: readonly Issue[] };
  aborted: Record<never, never>;
  closed: Record<never, never>;
  store_unavailable: { readonly store: string };
  internal: Record<never, never>;
}

export interface LimitDetails {
  /** Which limit, such as `tenant search: requests per minute`. */
  readonly limit: string;
  readonly scope: { readonly type: "organization" | "tag" | "tenant" | "key" | "target"; readonly name: string };
  /** Of the three figures. */
  readonly unit: "requests" | "tokens" | "calls" | "USD";
  /** The limit itself. */
  readonly max: number;
  /** What is left of it for a call of this process. */
  readonly left: number;
  /** What this call would have needed: an estimate on the safe side, where it is tokens or money. */
  readonly needed: number;
  /**
   * A call of the same size fits after this, if nobody comes first; `undefined` where that is not a matter of time: others
   * must end before, or it never will.
   */
  readonly retryAfterMs: number | undefined;
}

export type DetailsOf<Code extends ErrorCode> = Code extends keyof DetailsByCode
  ? DetailsByCode[Code]
  : UpstreamDetails;

export interface ErrorOptions<Code extends ErrorCode> {
  readonly details: DetailsOf<Code>;
  readonly cause?: unknown;
  /** Overrides the code's own. */
  readonly retryable?: boolean;
  /** The vendor's HTTP status, where there was one. */
  readonly status?: number;
  /** When to come back, as the vendor or the limit says. */
  readonly retryAfterMs?: number;
  readonly scope?: ErrorScope;
}

const MARK = Symbol.for("headgate.error");

/**
 * The one error that headgate throws. Branch on `code` (which grows) or `kind` (which is closed); recognise it with
 * `GatewayError.is`, which also works across copies of the package.
 */
export class GatewayError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly kind: ErrorKind;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The vendor's HTTP status, or an HTTP-like one. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly scope: ErrorScope | undefined;
  readonly details: DetailsOf<Code>;
  #attempts: readonly AttemptRecord[] = [];
  #partial: Partial | undefined;

  constructor(code: Code, message: string, options: ErrorOptions<Code>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperties(this, { name: { value: "GatewayError" }, [MARK]: { value: 1 } });
    this.code = code;
    this.kind = ERRORS[code].kind;
    this.retryable = options.retryable ?? ERRORS[code].retryable;
    this.status = options.status ?? ERRORS[code].status;
    this.retryAfterMs = options.retryAfterMs;
    this.scope = options.scope;
    this.details = options.details;
  }

  /** Every attempt of the call, failed ones first to last. */
  get attempts(): readonly AttemptRecord[] {
    return this.#attempts;
  }

  /** What had arrived. A getter, so that logging the error does not log content. */
  get partial(): Partial | undefined {
    return this.#partial;
  }

  /** For the gateway: what is known of the call when its error is handed out. */
  attach(attempts: readonly AttemptRecord[], partial: Partial | undefined): this {
    this.#attempts = attempts;
    this.#partial = partial ?? this.#partial;
    return this;
  }

  toJSON(): Record<string, unknown> {
    const { name, code, kind, message, retryable, status, retryAfterMs, scope, details } = this;
    return { name, code, kind, message, retryable, status, retryAfterMs, scope, details, attempts: this.#attempts };
  }

  /** Whether `error` is one of ours and, with codes given, one of these; narrows `details`. */
  static is<Code extends ErrorCode = ErrorCode>(error: unknown, ...codes: Code[]): error is GatewayError<Code> {
    if (typeof error !== "object" || error === null || !(MARK in error)) return false;
    return codes.length === 0 || codes.includes((error as unknown as GatewayError<Code>).code);
  }
}
