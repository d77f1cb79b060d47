import type { Plan } from "./call.ts";
import type { FinishReason, ResponseInfo, Warning } from "./completion.ts";
import type { GatewayError, LimitDetails } from "./error.ts";
import type { RateLimit } from "./provider.ts";
import type { AttemptRecord } from "./record.ts";
import type { Usage } from "./usage.ts";

/** What happened to a call, as its layers report it. The record, settlement and `gateway.on` read facts. */
export type Fact =
  | { readonly type: "routed"; readonly plan: Plan }
  | { readonly type: "attempt-started"; readonly attempt: number; readonly target: string; readonly model: string }
  | { readonly type: "attempt-ended"; readonly attempt: AttemptRecord; readonly error?: GatewayError }
  /** A further attempt follows a failed one, on the same target (retry) or the next (failover). */
  | {
      readonly type: "retry" | "failover";
      readonly from: string;
      readonly to: string;
      readonly error: GatewayError;
      readonly waitMs: number;
    }
  | { readonly type: "warned"; readonly warning: Warning }
  | {
      readonly type: "responded";
      readonly target: string;
      readonly response: ResponseInfo;
      readonly rateLimits: readonly RateLimit[];
    }
  /** An answer was whole and accepted. */
  | { readonly type: "finished"; readonly finishReason: FinishReason }
  /** A quota was over, and this was done about it. */
  | { readonly type: "limited"; readonly action: LimitAction; readonly details: LimitDetails }
  /** Learnt after the attempt's end: what it used besides what was recorded. */
  | {
      readonly type: "amended";
      readonly attempt: number;
      readonly model: string;
      readonly usage: Usage;
      readonly costNanoUsd: number | undefined;
    };

/** `refused` with an error; `queued`: it waits in line; `warned`: it went on, with a warning; `shadowed`: it went on, untold. */
export type LimitAction = "refused" | "queued" | "warned" | "shadowed";
