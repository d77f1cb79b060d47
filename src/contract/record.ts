import type { FinishReason } from "./completion.ts";
import type { ErrorCode, LimitDetails } from "./error.ts";
import type { Needs } from "./model.ts";
import type { PriceSource, Usage } from "./usage.ts";

/** One request to one target, as the ledger keeps it. Content never. */
export interface AttemptRecord {
  /** From 1. */
  readonly attempt: number;
  readonly model: string;
  readonly provider: string;
  readonly account: string;
  /** The vendor's own model id. */
  readonly vendorModel: string;
  readonly outcome: "ok" | "error" | "aborted" | "left" | "lost";
  readonly error?: { readonly code: ErrorCode; readonly status?: number; readonly message: string };
  /** `undefined` where the vendor refused before working: nothing was used. */
  readonly usage: Usage | undefined;
  /** Integer nano-dollars (a safe integer), rounded up once; `undefined` where no price is known. */
  readonly costNanoUsd: number | undefined;
  readonly priceSource: PriceSource;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** To the first content; `undefined` where none came. */
  readonly firstContentMs: number | undefined;
  readonly requestId?: string;
}

/** One call. Exactly one is written on every way out. */
export interface CallRecord {
  readonly type: "call";
  readonly id: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly operation: "generate" | "embed";
  readonly mode: "complete" | "stream";
  readonly tenant: string;
  readonly keyId?: string;
  readonly user?: string;
  readonly conversation?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly task?: string;
  readonly difficulty?: string;
  readonly needs: Needs | undefined;
  /** Least quality that was asked for, and by whom. */
  readonly floor?: { readonly quality: number; readonly from: string };
  /** Input tokens that were reckoned with, and the output limit, if any: what the decision was made on. */
  readonly expected?: { readonly inputTokens: number; readonly maxOutputTokens?: number };
  readonly registryVersion: string | undefined;
  /** Names of the eligible models, best first. */
  readonly ranked: readonly string[];
  /** Names of the others, with their reasons; of many, 50. */
  readonly rejected: Readonly<Record<string, string>>;
  /** The model that answered. */
  readonly model: string | undefined;
  /** Why this model: `cheapest eligible`, or what sent the call past those before it. */
  readonly why: string;
  readonly attempts: readonly AttemptRecord[];
  readonly outcome: "ok" | "error" | "aborted" | "left";
  readonly finishReason?: FinishReason;
  readonly error?: { readonly code: ErrorCode; readonly status?: number; readonly message: string };
  /** Of all attempts together. */
  readonly usage: Usage | undefined;
  /** All attempts together, integer nano-dollars; `undefined` where any attempt's price is unknown. */
  readonly costNanoUsd: number | undefined;
  readonly cache: "hit" | "semantic-hit" | "shared" | "miss" | "bypass";
  readonly warnings: readonly string[];
  readonly parentId?: string;
}

/** What was learnt late of an attempt: to be added to what its call's record says. */
export interface AmendmentRecord {
  readonly type: "amendment";
  readonly id: string;
  /** The call's id. */
  readonly callId: string;
  readonly attempt: number;
  readonly atMs: number;
  readonly tenant: string;
  readonly model: string;
  readonly usage: Usage;
  readonly costNanoUsd: number | undefined;
}

/** What became of an answer, said by the application. */
export interface FeedbackRecord {
  readonly type: "feedback";
  readonly id: string;
  readonly callId: string;
  readonly atMs: number;
  /** 0 to 1. */
  readonly score: number;
  readonly label?: string;
}

export type LedgerEntry = CallRecord | AmendmentRecord | FeedbackRecord;

/** Where entries go. Never blocks a call, never throws into one. */
export interface LedgerSink {
  readonly contract: 1;
  write(entry: LedgerEntry): void;
  flush?(): Promise<void>;
  close?(): Promise<void>;
  /**
   * What calls under this scope that began in the time cost, amendments included, in nano-dollars; `undefined` where it cannot
   * say all of it. For `gateway.reconcile()`.
   */
  spent?(query: SpentQuery): Promise<bigint | undefined>;
}

/** Which calls: `key` scopes are named `tenant/key`, `tag` scopes `name=value`. From `sinceMs` on, before `untilMs`. */
export interface SpentQuery {
  readonly scope: { readonly type: LimitDetails["scope"]["type"]; readonly name: string };
  readonly sinceMs: number;
  readonly untilMs: number;
}
