import { type AttemptCall, GatewayError, type TargetQuota } from "../contract/index.ts";
import { type Amounts, amountOf, needOf, usedAmounts } from "../quotas/amounts.ts";
import { targetTemplateOf } from "../quotas/counters-of.ts";
import type { Fleet } from "../quotas/fleet.ts";
import { type Refusal, Refused } from "../quotas/refusal.ts";
import { storeKey } from "../quotas/store-key.ts";
import type { Ticket } from "../quotas/ticket.ts";
import { type LimitScope, limitDetails, messageOf } from "./limit-error.ts";
import type { Blocked, WaitingLines } from "./waiting-lines.ts";

/** Where nobody can say how long it takes. */
const LOOK_AGAIN_MS = 100;

/** The quotas of targets: what vendors allow us. */
export class TargetQuotas {
  readonly #fleet: Fleet;
  readonly #lines: WaitingLines;
  /** Until when a target is known to be full, in epoch milliseconds. */
  readonly #full = new Map<string, number>();

  constructor(fleet: Fleet, lines: WaitingLines) {
    this.#fleet = fleet;
    this.#lines = lines;
  }

  /** Whether this target is known to have no room now. */
  isFull(target: string, nowMs: number): boolean {
    const untilMs = this.#full.get(target);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#full.delete(target);
    return false;
  }

  /** Targets that were full when they were last asked; empty most of the time. */
  full(nowMs: number): ReadonlySet<string> {
    if (this.#full.size === 0) return NONE;
    return new Set([...this.#full.keys()].filter((target) => this.isFull(target, nowMs)));
  }

  /** `undefined` where the attempt may go on at once. */
  enter(call: AttemptCall): Promise<void> | undefined {
    const { quota } = call.target.model;
    if (quota === undefined) return undefined;
    const template = targetTemplateOf(quota);
    if (template.counters.length === 0) return undefined;
    const key = keyOf(call, quota);
    const ask = (): Ticket | Promise<Ticket> => {
      const holder = this.#fleet.of(key, template);
      return holder.admit(needOf(holder.accounts, amountsOf(call)));
    };
    try {
      const ticket = ask();
      if (ticket instanceof Promise) return this.#waited(call, key, quota, ticket, ask);
      use(call, ticket, quota);
      return undefined;
    } catch (error) {
      return this.#waited(call, key, quota, Promise.reject(error), ask);
    }
  }

  async #waited(
    call: AttemptCall,
    key: string,
    quota: TargetQuota,
    first: Promise<Ticket>,
    ask: () => Ticket | Promise<Ticket>,
  ): Promise<void> {
    try {
      use(call, await first, quota);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      use(call, await this.#inLine(call, key, error.refusal, ask), quota);
    }
  }

  /** Where another target stands behind it goes on there; the last one waits for its turn, within the call's deadline. */
  async #inLine(
    call: AttemptCall,
    key: string,
    refusal: Refusal,
    ask: () => Ticket | Promise<Ticket>,
  ): Promise<Ticket> {
    const scope: LimitScope = { type: "target", name: call.target.id };
    const details = limitDetails(scope, refusal);
    if (refusal.never || call.othersLeft > 0) {
      const { clock } = call.scope;
      if (!refusal.never) this.#full.set(call.target.id, clock.now() + (refusal.retryAfterMs ?? LOOK_AGAIN_MS));
      call.scope.report({ type: "limited", action: "refused", details });
      throw new GatewayError(refusal.never ? "never_fits" : "limit_exceeded", messageOf(details, refusal.never), {
        details,
        scope: "model",
        ...(refusal.retryAfterMs !== undefined && { retryAfterMs: refusal.retryAfterMs }),
      });
    }
    call.scope.report({ type: "limited", action: "queued", details });
    const blocked = (why: Refusal): Blocked => ({ key, fairKey: call.request.tenant ?? "", scope, refusal: why });
    const { clock } = call.scope;
    const maxWaitMs = Math.max(1, call.startedAtMs + call.timeouts.totalMs - clock.now());
    return this.#lines.wait<Ticket>(
      call,
      blocked(refusal),
      { maxCalls: MOST_IN_LINE, maxWaitMs },
      {
        ask,
        blockedBy: (error) => (error instanceof Refused ? blocked(error.refusal) : undefined),
        giveBack: (ticket) => ticket.cancel(),
      },
    );
  }
}

const NONE: ReadonlySet<string> = new Set();
/** More would only wait for their deadline. */
const MOST_IN_LINE = 10_000;

const keyOf = ({ target: { provider, model, credential } }: AttemptCall, { pool }: TargetQuota): string =>
  pool === undefined
    ? storeKey("target", provider.name, credential.account, model.name)
    : storeKey("pool", provider.name, credential.account, pool);

const amountsOf = ({ plan, target }: AttemptCall): Amounts => {
  const own = plan.ranked.find((ranked) => ranked.target === target);
  return {
    requests: 1,
    parallel: 1,
    inputTokens: own?.inputTokens ?? plan.inputTokens,
    outputTokens: own?.outputTokens ?? 0,
    nanoUsd: undefined,
  };
};

/** Settled with the attempt: requests stay counted, whatever the vendor said to them; tokens are what was used. */
const use = ({ scope }: AttemptCall, ticket: Ticket, { cacheReads }: TargetQuota): void => {
  scope.onFact((fact) => {
    if (fact.type !== "attempt-ended" && fact.type !== "amended") return;
    const isEnd = fact.type === "attempt-ended";
    const used = usedAmounts(isEnd ? fact.attempt.usage : fact.usage, undefined, cacheReads);
    for (const [index, { template }] of ticket.accounts.entries()) {
      if (template.measure === "requests") {
        if (isEnd) ticket.settle(index, undefined);
      } else if (isEnd) ticket.settle(index, amountOf(used, template.measure));
      else ticket.add(index, amountOf(used, template.measure) ?? 0);
    }
  });
  // A call that ended while it waited for the store: nobody reports any more.
  if (scope.outcome !== undefined) ticket.cancel();
};
