import type { ContentEvent } from "./event.ts";
import type { WhenOver } from "./limits.ts";
import type { Model, Needs } from "./model.ts";
import type { Credential, Provider } from "./provider.ts";
import type { QuotaLevel } from "./quota-level.ts";
import type { Commit, EmbedInput, GenerateRequest, Request, Timeouts } from "./request.ts";
import type { CallScope, OwnedScope } from "./scope.ts";
import type { Usage } from "./usage.ts";

/** Opening may wait (quota, permit, cache); then content. */
export type Handler<C> = (call: C) => Promise<AsyncIterable<ContentEvent>>;

/** The one composition concept: what a layer is given, and what it gives on. */
export type Layer<In, Out = In> = (next: Handler<Out>) => Handler<In>;

/** One `complete()` or `stream()`. Immutable; a later stage is a spread and a field. */
export interface Call {
  readonly id: string;
  readonly mode: "complete" | "stream";
  /** As the caller wrote it, joined with what `gateway.for()` bound. */
  readonly request: Request;
  /** The same, checked and spelt out. */
  readonly input: GenerateRequest;
  /** Of a call of `embed()`: what is to be turned into vectors. `input` has the same texts as messages. */
  readonly embed?: EmbedInput;
  readonly timeouts: Required<Timeouts>;
  /** When the call began to run, in epoch milliseconds; its deadline is `timeouts.totalMs` later. */
  readonly startedAtMs: number;
  readonly commit: Commit;
  readonly scope: CallScope;
  /** The call that this one is part of: it is counted on that one's lease. */
  readonly parent?: AdmittedCall;
}

/** A model through a provider with a credential. */
export interface Target {
  /** `provider/model/account`. */
  readonly id: string;
  readonly model: Model;
  readonly provider: Provider;
  readonly credential: Credential;
}

/** Why a model was not eligible. */
export interface Rejection {
  readonly model: string;
  /** One of a closed list; `detail` says the figures. */
  readonly reason:
    | "not_allowed"
    | "no_provider"
    | "lacks_capability"
    | "lacks_modality"
    | "context_too_small"
    | "output_too_small"
    | "below_quality"
    | "region"
    | "tags"
    | "too_expensive"
    | "too_slow"
    | "bound_elsewhere"
    | "not_pinned";
  readonly detail: string;
}

/** A target in its place, and why it stands there. */
export interface Ranked {
  readonly target: Target;
  /** Expected cost of this call in nano-dollars; `undefined` where no price is known (such a model comes last). */
  readonly expectedNanoUsd: number | undefined;
  readonly quality: number | undefined;
  /** Input tokens to reserve for an attempt here: on the safe side, as learnt of this model, or as a tokenizer counted. */
  readonly inputTokens: number;
  /** The same as it is likely: what an answer is charged for its input where it was cut and the vendor told nothing. */
  readonly likelyInputTokens: number;
  /** Output tokens to reserve: the limit of the call or task, else what nearly all answers to the task needed. */
  readonly outputTokens: number;
}

/** The decision: eligible models in order, every other one with its reason. */
export interface Plan {
  /** Best first; of many only those that failovers may come to. */
  readonly ranked: readonly Ranked[];
  /** How many more targets could do it. */
  readonly more: number;
  readonly rejected: readonly Rejection[];
  readonly needs: Needs;
  /** Least quality asked for, and by whom. */
  readonly floor: { readonly quality: number; readonly from: string } | undefined;
  readonly task: string | undefined;
  readonly difficulty: string | undefined;
  readonly registryVersion: string;
  /** Estimated input tokens at any model, on the safe side: what a context window must hold. Targets have their own. */
  readonly inputTokens: number;
  /** The call's own limit, else its task's. */
  readonly maxOutputTokens: number | undefined;
  /** Whether a refusal is tried again at a model of higher quality. */
  readonly escalateRefusals: boolean;
  /** The limits and budgets that the call is under, outermost first; the same array for calls that are under the same. */
  readonly levels: readonly QuotaLevel[];
  /** What is done with it where one of them is used up. */
  readonly whenOver: WhenOver;
}

export interface PlannedCall extends Call {
  readonly plan: Plan;
}

/** What an attempt came to. */
export interface Spent {
  /** `undefined` where the vendor refused before working: nothing was used. */
  readonly usage: Usage | undefined;
  /** Integer nano-dollars; `undefined` where it cannot be known: what was reckoned with is kept then. */
  readonly costNanoUsd: number | undefined;
  /** Whether it was handed to the provider at all. */
  readonly reached?: boolean;
}

/** What one attempt may use, set aside before it starts. */
export interface Reservation {
  /** The attempt has ended. Once; a second time does nothing. */
  settle(spent: Spent): void;
  /** Learnt after its end: so much more. */
  amend(more: Spent): void;
  /** The attempt never started. Nothing where it was settled. */
  cancel(): void;
}

/** A call's admission: what it may use of the quotas it is under. */
export interface Lease {
  /**
   * What an attempt at this target may use. The first was set aside when the call was admitted; each later one is set aside
   * now, which may take a round trip, and may be refused (`budget_exceeded`, `limit_exceeded`).
   */
  take(ranked: Ranked): Reservation | Promise<Reservation>;
}

export interface AdmittedCall extends PlannedCall {
  readonly lease: Lease;
}

/** What an attempt has used so far. One writer: `progress`. */
export interface Meter {
  /** When the attempt began, in epoch milliseconds. */
  readonly startedAtMs: number;
  /** Last sign of life that was no content. */
  aliveAtMs: number | undefined;
  /** Estimated input tokens: what is charged for them where the vendor tells nothing. */
  readonly inputTokens: number;
  /** Latest usage that the vendor reported. */
  reported: Usage | undefined;
  /** The vendor's own price of the answer in USD, where it says one. */
  reportedCostUsd?: number | undefined;
  /** Whether `reported` is final: the answer is whole. */
  finished: boolean;
  /** Bytes of content received. */
  outputBytes: number;
  /** Whether the vendor may have begun to work (and to bill). */
  sent: boolean;
  /** When it was handed to the provider, after any waiting in line, in epoch milliseconds; `startedAtMs` until then. */
  sentAtMs: number;
  /** Called by `progress` when something arrives after the attempt's end: what it used has grown. */
  late: (() => void) | undefined;
  /** When the first content came, in epoch milliseconds. */
  firstContentAtMs: number | undefined;
}

/** `scope` is the attempt's own: permits, clocks and settlement end with the attempt, not with the call. */
export interface AttemptCall extends AdmittedCall {
  readonly scope: OwnedScope;
  readonly target: Target;
  /** From 1. */
  readonly attempt: number;
  /** Targets that may still be asked after this one. */
  readonly othersLeft: number;
  readonly meter: Meter;
}
