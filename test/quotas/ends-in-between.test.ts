import { describe, expect, it } from "vitest";
import {
  type AdmittedCall,
  type AttemptCall,
  type CounterTemplate,
  GatewayError,
  type Request,
} from "../../src/contract/index.ts";
import { CallLease } from "../../src/flow/lease.ts";
import { rootScope } from "../../src/flow/scope.ts";
import { type Blocked, WaitingLines } from "../../src/flow/waiting-lines.ts";
import { attempts } from "../../src/layers/attempts.ts";
import { Account } from "../../src/quotas/account.ts";
import { StoreTime } from "../../src/quotas/store-time.ts";
import { Ticket } from "../../src/quotas/ticket.ts";
import { virtualClock } from "../../src/testing/virtual-clock.ts";

const gone = (): GatewayError => new GatewayError("aborted", "gone", { details: {} });
const usd: CounterTemplate = { measure: "usd", label: "USD", at: () => ({ name: "usd", type: "parallel", cap: 100 }) };

/** Runs `fn` so many steps of settling promises later. */
const stepsLater = (steps: number, fn: () => void): void => {
  if (steps === 0) fn();
  else void Promise.resolve().then(() => stepsLater(steps - 1, fn));
};

describe("a call that ends in between", () => {
  it.each([0, 1, 2, 3, 4, 5])("gives back what it was given in a line (%i steps later)", async (steps) => {
    const scope = rootScope(virtualClock());
    const given: number[] = [];
    const back: number[] = [];
    const blocked: Blocked = {
      key: "a",
      fairKey: "",
      scope: { type: "tenant", name: "a" },
      refusal: { template: usd, cap: 1, need: 1, left: 0, retryAfterMs: 1, never: false, storeLost: false },
    };
    const request = {} as Request;
    const waits = new WaitingLines().wait<number>(
      { scope, request },
      blocked,
      {},
      {
        ask: () => {
          given.push(7);
          stepsLater(steps, () => scope.abort(gone()));
          return 7;
        },
        blockedBy: () => undefined,
        giveBack: (one) => void back.push(one),
      },
    );
    const got = await waits.then(
      (one) => [one],
      () => [],
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect([...got, ...back]).toEqual(given);
  });

  it.each([
    0, 1, 2, 3, 4, 5, 6,
  ])("keeps nothing set aside for an attempt that never starts (%i steps later)", async (steps) => {
    const scope = rootScope(virtualClock());
    const account = new Account(usd, new StoreTime(virtualClock()));
    const ticketOf = (): Ticket => {
      account.take(10, 0);
      return new Ticket([account], [10], [0], { changed() {} });
    };
    const lease = new CallLease([ticketOf()], () => [ticketOf()]);
    scope.onClose(() => lease.end());
    const take = lease.take.bind(lease);
    lease.take = (ranked) => {
      stepsLater(steps, () => scope.abort(gone()));
      return take(ranked);
    };
    const target = { id: "t", model: { name: "m", id: "m", limit: {} }, provider: { name: "p" }, credential: {} };
    const call = {
      scope,
      lease,
      startedAtMs: scope.clock.now(),
      timeouts: { totalMs: 10_000 },
      plan: { ranked: [{ target }] },
      request: {},
    } as unknown as AdmittedCall;
    const next = (attempt: AttemptCall): Promise<never> => attempt.scope.until(new Promise<never>(() => {}));
    await attempts({ maxAttempts: 2 })(next)(call).then(
      () => {},
      () => {},
    );
    expect(account.open).toBe(0);
  });
});
