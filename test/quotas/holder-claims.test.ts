import { virtualClock } from "headgate/testing";
import { describe, expect, it } from "vitest";
import type { Claim, QuotaEntry, Store } from "../../src/contract/index.ts";
import { templateOf } from "../../src/quotas/counters-of.ts";
import { Fleet } from "../../src/quotas/fleet.ts";
import { memoryStore } from "../../src/store/memory/memory-store.ts";

const KEY = "tenant:one";

const open = (entry: QuotaEntry, slices = true) => {
  const clock = virtualClock();
  const memory = memoryStore({ clock });
  const claims: Claim[] = [];
  const store: Store = {
    ...memory,
    quotas: {
      ...memory.quotas,
      claim: (key, counters, claim) => {
        claims.push(claim);
        return memory.quotas.claim(key, counters, claim);
      },
    },
  };
  const settings = { leaseMs: 60_000, timeoutMs: 250, slices, onStoreLoss: "share" } as const;
  const template = templateOf(entry);
  const process = () => new Fleet(store, clock, settings, { store() {}, spent() {}, made() {}, forgotten() {} });
  const level = async () => {
    const view = await memory.quotas.read(
      KEY,
      template.counters.map((counter) => counter.at(clock.now())),
    );
    return view?.levels;
  };
  return { clock, claims, process, template, level };
};

describe("claims of a process that is seldom asked", () => {
  it("are two a call, whatever it lasts: its admission, and its end", async () => {
    const { clock, claims, process, template, level } = open({ budgets: { usdPerDay: 10 } });
    const fleet = process();
    for (let call = 0; call < 5; call += 1) {
      const ticket = await fleet.of(KEY, template).admit([1_000_000]);
      await clock.advance(5_000);
      expect(claims).toHaveLength(call * 2 + 1);
      ticket.settle(0, 400_000);
      await clock.advance(1_000);
      expect(claims).toHaveLength(call * 2 + 2);
    }
    expect(await level()).toMatchObject([{ held: 0, slots: [{ used: 2_000_000, open: 0 }] }]);
    await fleet.close();
  });

  it("are one more where what is held of a bucket would keep it from filling up for others", async () => {
    const { clock, claims, process, template, level } = open({ limits: { requestsPerMinute: 60, requestsBurst: 2 } });
    const [one, other] = [process(), process()];
    const tickets = [await one.of(KEY, template).admit([1]), await one.of(KEY, template).admit([1])];
    await clock.advance(1_000);
    expect(await level()).toMatchObject([{ held: 0, slots: [{ used: 2, open: 2 }] }]);
    // The second said for the first that it was used; then there was one more.
    expect(claims).toHaveLength(3);
    // A second has passed, so there is one again.
    await other.of(KEY, template).admit([1]);
    for (const ticket of tickets) ticket.settle(0, undefined);
    await Promise.all([one.close(), other.close()]);
  });

  it("give back what a call was given that never came to an attempt", async () => {
    const { clock, process, template, level } = open({ limits: { requestsPerMinute: 600 } });
    const fleet = process();
    const ticket = await fleet.of(KEY, template).admit([1]);
    expect(await level()).toMatchObject([{ held: 1 }]);
    ticket.cancel();
    await clock.advance(100);
    expect(await level()).toMatchObject([{ held: 0, slots: [{ used: 0, open: 0 }] }]);
    await fleet.close();
  });
});
