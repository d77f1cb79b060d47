/** Budgets and the ledger, compared; and what is told of budgets on the way. */
import { type CallRecord, memoryLedger, memoryStore, type Store } from "headgate";
import { virtualClock } from "headgate/testing";
import { describe, expect, it, vi } from "vitest";
import { ask, COST_OF_CALL, failure, limited, MODEL, spentIn } from "./limited.ts";

const PLAN = { budgets: { usdPerHour: 1, usdPerDay: 2 }, eachKey: { budgets: { usdPerDay: 1 } } } as const;
const DAY_MS = 24 * 3_600_000;

describe("reconcile()", () => {
  it("a store that came back empty: what the ledger knows is added, once, at every level", async () => {
    const clock = virtualClock();
    const ledger = memoryLedger();
    const before = limited(PLAN, { clock, ledger });
    for (let call = 0; call < 5; call += 1) await before.gateway.for({ keyId: "k" }).complete(ask);
    await before.gateway.complete(ask);
    await before.gateway.close();
    const after = limited(PLAN, { clock, ledger, store: memoryStore({ clock }) });
    const view = after.gateway.for({ keyId: "k" });
    const spent = async () => (await view.spend()).map(({ spentNanoUsd }) => Number(spentNanoUsd) / COST_OF_CALL);
    expect(await spent()).toEqual([0, 0, 0]);
    const differences = await view.reconcile();
    expect(differences.map(({ scope, limit, addedNanoUsd }) => [scope.type, limit, Number(addedNanoUsd)])).toEqual([
      ["tenant", "USD per hour", 6 * COST_OF_CALL],
      ["tenant", "USD per day", 6 * COST_OF_CALL],
      ["key", "USD per day", 5 * COST_OF_CALL],
    ]);
    expect(await spent()).toEqual([6, 6, 5]);
    // Again: nothing, also after more was spent, and by two at once.
    await view.complete(ask);
    await clock.advance(500);
    const [again, twice] = await Promise.all([view.reconcile(), view.reconcile()]);
    for (const each of [...again, ...twice]) expect(each.addedNanoUsd).toBe(0n);
    expect(await spent()).toEqual([7, 7, 6]);
    await after.gateway.close();
  });

  it("two that find the same missing at the same time add it once", async () => {
    const clock = virtualClock();
    const ledger = memoryLedger();
    const before = limited(PLAN, { clock, ledger });
    for (let call = 0; call < 5; call += 1) await before.gateway.complete(ask);
    await before.gateway.close();
    const store = memoryStore({ clock });
    const [one, other] = [limited(PLAN, { clock, ledger, store }), limited(PLAN, { clock, ledger, store })];
    await Promise.all([one.gateway.reconcile(), other.gateway.reconcile(), one.gateway.reconcile()]);
    expect((await one.gateway.spend()).map(({ spentNanoUsd }) => Number(spentNanoUsd))).toEqual([
      5 * COST_OF_CALL,
      5 * COST_OF_CALL,
    ]);
    await one.gateway.close();
    await other.gateway.close();
  });

  it("R2: happens by itself where a store comes back empty: what a process spent that died meanwhile is not lost", async () => {
    const clock = virtualClock();
    const ledger = memoryLedger();
    let inner = memoryStore({ clock });
    const store: Store = {
      ...inner,
      shared: true,
      quotas: {
        claim: (...claim) => inner.quotas.claim(...claim),
        read: (...read) => inner.quotas.read(...read),
      },
    };
    const [lives, dies] = [limited(PLAN, { clock, ledger, store }), limited(PLAN, { clock, ledger, store })];
    await lives.gateway.complete(ask);
    await clock.advance(500);
    for (let call = 0; call < 5; call += 1) await dies.gateway.complete(ask);
    await dies.gateway.close();
    inner = memoryStore({ clock });
    await lives.gateway.complete(ask);
    await clock.advance(500);
    const spent = async () => Number((await lives.gateway.spend())[0]?.spentNanoUsd) / COST_OF_CALL;
    expect(await spent()).toBe(2);
    await clock.advance(3_000);
    expect(await spent()).toBe(7);
    await lives.gateway.close();
  });

  it("never lowers: what the quota counted and the ledger does not know stays", async () => {
    const { gateway, clock } = limited(PLAN, { ledger: { ...memoryLedger(), write() {} } });
    await gateway.complete(ask);
    await clock.advance(500);
    const [hour] = await gateway.reconcile();
    expect(hour).toMatchObject({ quotaNanoUsd: BigInt(COST_OF_CALL), ledgerNanoUsd: 0n, addedNanoUsd: 0n });
    expect((await gateway.spend())[0]?.spentNanoUsd).toBe(BigInt(COST_OF_CALL));
    await gateway.close();
  });

  it("an hour that is corrected does not shorten the life of the month beside it", async () => {
    const clock = virtualClock({ startMs: Date.UTC(2026, 2, 2, 9) });
    const plan = { budgets: { usdPerHour: 1, usdPerMonth: 5 } };
    const store = memoryStore({ clock });
    const earlier = limited(plan, { clock, store });
    for (let call = 0; call < 5; call += 1) await earlier.gateway.complete(ask);
    await earlier.gateway.close();
    await clock.advance(2 * 3_600_000);
    // Of this hour the ledger knows one call, of the month no more than that.
    const ledger = memoryLedger();
    const [known] = earlier.ledger.entries();
    ledger.write({ ...(known as CallRecord), id: "another", atMs: clock.now() });
    const stage = limited(plan, { clock, ledger, store });
    const differences = await stage.gateway.reconcile();
    expect(differences.map(({ addedNanoUsd }) => Number(addedNanoUsd))).toEqual([COST_OF_CALL, 0]);
    await stage.gateway.close();
    await clock.advance(5 * DAY_MS);
    const later = limited(plan, { clock, store });
    const month = (await later.gateway.spend()).find(({ period }) => period === "month");
    expect(month?.spentNanoUsd).toBe(BigInt(5 * COST_OF_CALL));
    await later.gateway.close();
  });

  it("a ledger that dropped entries of that time says nothing; one that cannot be asked is refused", async () => {
    const ledger = memoryLedger({ maxEntries: 3 });
    const { gateway, clock } = limited(PLAN, { ledger });
    for (let call = 0; call < 5; call += 1) {
      await gateway.complete(ask);
      await clock.advance(100);
    }
    expect(await gateway.reconcile()).toEqual([]);
    // The dropped ones are of another hour by then, but of the same day.
    await clock.advance(3_600_000);
    expect((await gateway.reconcile()).map(({ limit }) => limit)).toEqual(["USD per hour"]);
    await gateway.close();
    const mute = limited(PLAN, { ledger: { contract: 1, write() {} } });
    expect(await failure(mute.gateway.reconcile())).toMatchObject({ code: "invalid_request" });
    await mute.gateway.close();
  });

  it("a long call that is kept does not hide shorter ones that began after it and were dropped", async () => {
    const ledger = memoryLedger({ maxEntries: 1 });
    const entry = { type: "call", tenant: "t", tags: {}, costNanoUsd: 1, usage: undefined } as unknown as CallRecord;
    ledger.write({ ...entry, id: "short", atMs: 1_000 });
    ledger.write({ ...entry, id: "long", atMs: 500 });
    const query = { scope: { type: "tenant", name: "t" }, sinceMs: 900, untilMs: 2_000 } as const;
    expect(await ledger.spent(query)).toBeUndefined();
    expect(await ledger.spent({ ...query, sinceMs: 1_001 })).toBe(0n);
  });
});

describe("what is told of budgets", () => {
  it("each share once a window, and again in the next", async () => {
    const { gateway, clock } = limited({ budgets: { usdPerHour: 0.0005, alerts: [0.5, 0.8, 1] } });
    const heard: number[] = [];
    gateway.on("budget", ({ share }) => heard.push(share));
    const spendAll = async (): Promise<void> => {
      for (let call = 0; call < 20; call += 1) {
        await gateway.complete(ask).catch(() => {});
        await clock.advance(100);
      }
    };
    await spendAll();
    expect(heard).toEqual([0.5, 0.8]);
    await clock.advance(3_600_000);
    await spendAll();
    expect(heard).toEqual([0.5, 0.8, 0.5, 0.8]);
    await gateway.close();
  });

  it("what is not enforced is told as well, up to all of it and beyond", async () => {
    for (const [enforcement, action] of [
      ["warn", "warned"],
      ["shadow", "shadowed"],
    ] as const) {
      const { gateway, clock, ledger } = limited({ budgets: { usdPerDay: 0.0001 }, enforcement });
      const [shares, actions] = [vi.fn(), vi.fn()];
      gateway.on("budget", ({ share }) => shares(share));
      gateway.on("limit", ({ action: what }) => actions(what));
      for (let call = 0; call < 6; call += 1) {
        await gateway.complete(ask);
        await clock.advance(100);
      }
      expect(shares.mock.calls.flat()).toEqual([0.8, 1]);
      expect(new Set(actions.mock.calls.flat())).toEqual(new Set([action]));
      expect((await gateway.spend())[0]).toMatchObject({ spentNanoUsd: spentIn(ledger), leftNanoUsd: -140_000n });
      await gateway.close();
    }
  });

  it.each([
    ["a tenant's own quality floor", { quality: 80 }, { canary: {} }],
    ["a canary", {}, { canary: { split: { good: 1 } } }],
  ])("near its end a budget is made to last: %s is left out from nine tenths on", async (_what, own, tasks) => {
    const { gateway, clock } = limited(
      { budgets: { usdPerDay: 0.0011 }, ...own },
      {
        registry: {
          models: {
            good: { ...MODEL, quality: 90, cost: { input: 2, output: 10 } },
            poor: { ...MODEL, quality: 30 },
          },
          tasks,
        },
      },
    );
    const models: string[] = [];
    for (let call = 0; call < 14; call += 1) {
      models.push((await gateway.complete({ ...ask, task: "canary" })).model);
      await clock.advance(100);
    }
    // 80 micro-dollars each: after 13 calls 1,040 of 1,100 are gone.
    expect(models).toEqual([...Array.from({ length: 13 }, () => "good"), "poor"]);
    await gateway.close();
  });
});
