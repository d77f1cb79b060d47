/** What the benches of quotas hold: a tenant under limits and a budget, and a fleet that holds it. */
import type { Claim, Store } from "../../src/contract/index.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { templateOf } from "../../src/quotas/counters-of.ts";
import { Fleet } from "../../src/quotas/fleet.ts";
import type { Ticket } from "../../src/quotas/ticket.ts";
import type { Limits } from "./scripts.ts";

/** So much that nothing is refused: two limits by the minute, one on calls at the same time, one on money. */
const PLENTY = {
  limits: { requestsPerMinute: 100_000_000, tokensPerMinute: 100_000_000_000, parallelCalls: 1_000_000 },
  budgets: { usdPerMonth: 1_000_000 },
};

export const plenty = templateOf(PLENTY);

/** A bucket and a budget, as the scripts of the baseline take them. */
export const SCRIPT_LIMITS: Limits = {
  cap: PLENTY.limits.requestsPerMinute,
  perMinute: PLENTY.limits.requestsPerMinute,
  budgetNanoUsd: PLENTY.budgets.usdPerMonth * 1e9,
};

/** The same for a fleet. */
export const twoLimits = templateOf({
  limits: { requestsPerMinute: PLENTY.limits.requestsPerMinute },
  budgets: PLENTY.budgets,
});

/** By account, what a call may cost and what it did: requests, tokens, calls at once, nano-dollars. */
export const NEED: readonly number[] = [1, 1_200, 1, 900_000];
export const ACTUAL: readonly number[] = [1, 700, 0, 450_000];

export interface Counted {
  readonly store: Store;
  readonly claims: () => number;
}

/** The store, and how often it was asked. */
export const counted = (store: Store): Counted => {
  let claims = 0;
  const claim: Store["quotas"]["claim"] = (key, counters, position: Claim) => {
    claims += 1;
    return store.quotas.claim(key, counters, position);
  };
  return { store: { ...store, quotas: { ...store.quotas, claim } }, claims: () => claims };
};

export const fleetOn = (store: Store, slices = true): Fleet =>
  new Fleet(
    store,
    systemClock,
    { leaseMs: 60_000, timeoutMs: 10_000, slices, onStoreLoss: "share" },
    { store() {}, spent() {}, made() {}, forgotten() {} },
  );

/** All that a ticket counts has ended. */
export const settle = (ticket: Ticket, actual: readonly number[]): void => {
  for (let index = 0; index < actual.length; index += 1) ticket.settle(index, actual[index]);
};
