import { describe, expect, it } from "vitest";
import type { Counter, CounterTemplate, Measure, QuotaTemplate } from "../../src/contract/index.ts";
import type { QuotaSettings } from "../../src/quotas/fleet.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/virtual-clock.ts";
import { CALM, type Faults, GARBAGE, SimulatedStore } from "./simulated-network.ts";
import { type SimulatedCall, SimulatedProcess } from "./simulated-process.ts";

const KEY = "tenant:acme";
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 5, 1, 12, 30);
const AT_ONCE: Faults = { ...CALM, latencyMs: 0, copied: 0 };

const still = (measure: Measure, counter: Counter): CounterTemplate => ({
  measure,
  label: counter.name,
  at: () => counter,
});
const hourly = (cap: number): CounterTemplate => ({
  measure: "usd",
  label: "USD per hour",
  at: (nowMs) => {
    const hour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    return { name: "usd.hour", type: "calendar", cap, starts: [-1, 0, 1, 2].map((each) => hour + each * HOUR_MS) };
  },
});
const bucket = (cap: number, perMinute: number): CounterTemplate =>
  still("requests", { name: "requests", type: "bucket", cap, perMinute });
const rolling = (cap: number): CounterTemplate =>
  still("tokens", { name: "tokens.strict", type: "rolling", cap, slotMs: 1_000, slots: 60 });
const parallel = (cap: number): CounterTemplate => still("parallel", { name: "parallel", type: "parallel", cap });

const quota = (
  counters: readonly CounterTemplate[],
  enforcement: QuotaTemplate["enforcement"] = "enforce",
): QuotaTemplate => ({ counters, enforcement, alerts: [] });

interface World {
  readonly clock: VirtualClock;
  readonly store: SimulatedStore;
  readonly process: (faults?: Partial<Faults>, settings?: Partial<QuotaSettings>) => SimulatedProcess;
}

const world = (startMs = START): World => {
  const clock = virtualClock({ startMs });
  const store = new SimulatedStore(clock);
  return {
    clock,
    store,
    process: (faults = {}, settings = {}) => {
      const made = new SimulatedProcess(store, clock, { slices: false, ...settings });
      made.network.faults = { ...AT_ONCE, ...faults };
      return made;
    },
  };
};

const outcome = ({ ticket, refused }: SimulatedCall): string =>
  ticket === undefined ? (refused === undefined ? "waits" : "refused") : "admitted";

const slot = (store: SimulatedStore, name: string) => store.record(KEY)?.counters[name]?.slots.at(-1);

describe("what only one answer decides", () => {
  it("B3: what was said and never acknowledged is taken back, also where the call came to nothing", async () => {
    const { clock, store, process } = world();
    const one = process();
    const call = one.ask(KEY, quota([hourly(100)]), [40]);
    await clock.advance(1);
    one.network.faults = { ...AT_ONCE, lostAnswer: 1 };
    one.fleet.known(KEY)?.changed();
    await clock.advance(60);
    expect(slot(store, "usd.hour")?.open).toBe(40);
    one.settle(call, [0]);
    one.network.faults = AT_ONCE;
    await clock.advance(2_000);
    expect(slot(store, "usd.hour")).toMatchObject({ used: 0, open: 0 });
  });

  it("B3 R5: an answer that was lost is made up for after an outage that is longer than a lease", async () => {
    const { clock, store, process } = world();
    const [one, other] = [process(), process()];
    const template = quota([hourly(1_000)]);
    const call = one.ask(KEY, template, [40]);
    await clock.advance(1);
    one.settle(call, [30]);
    one.network.faults = { ...AT_ONCE, lostAnswer: 1 };
    await clock.advance(60);
    expect(slot(store, "usd.hour")).toMatchObject({ used: 30, open: 0 });
    one.network.isCut = true;
    await clock.advance(10_000);
    other.ask(KEY, template, [1]);
    await clock.advance(10_000);
    one.network.isCut = false;
    one.network.faults = AT_ONCE;
    await clock.advance(2_000);
    expect(slot(store, "usd.hour")?.used).toBe(31);
  });

  it("a copy of a first claim that comes after its lease holds nothing", async () => {
    const { clock, store, process } = world();
    const one = process({ copied: 1, copiesWithinMs: 5_000 });
    one.ask(KEY, quota([hourly(1_000)]), [40]);
    await clock.advance(1);
    one.network.faults = AT_ONCE;
    for (const call of one.calls) one.settle(call, [0]);
    await clock.advance(3_100);
    store.empty();
    await clock.advance(10_000);
    expect(store.record(KEY)).toBeUndefined();
  });
});

describe("a store of somebody's own", () => {
  it.each(
    GARBAGE.map((spoil, index) => [index, spoil] as const),
  )("R6: an answer that is none (%i) loses nothing and is told once", async (_index, spoil) => {
    const { clock, store, process } = world();
    const one = process();
    const { quotas } = one.network.asStore;
    let isSpoilt = true;
    const spoilt = new SimulatedProcess(
      store,
      clock,
      {},
      {},
      {
        ...one.network.asStore,
        quotas: {
          ...quotas,
          claim: async (...claim) => {
            const granted = await quotas.claim(...claim);
            return isSpoilt ? (spoil(granted) as typeof granted) : granted;
          },
        },
      },
    );
    const template = quota([hourly(1_000), parallel(10)]);
    const calls = [1, 2, 3].map(() => spoilt.ask(KEY, template, [3, 1]));
    await clock.advance(1_000);
    expect(spoilt.events).toEqual(["lost"]);
    expect(calls.map(outcome)).toEqual(["admitted", "admitted", "admitted"]);
    isSpoilt = false;
    // Until others have said what they used.
    await clock.advance(2_000);
    expect(spoilt.events).toEqual(["lost", "back"]);
    for (const call of calls) spoilt.settle(call, [2, 0]);
    await clock.advance(1_000);
    expect(slot(store, "usd.hour")).toMatchObject({ used: 6, open: 0 });
    expect(store.record(KEY)?.counters["usd.hour"]?.held).toBe(0);
  });

  it("one that always answers too late is down for those who come new", async () => {
    const { clock, process } = world();
    const one = process({ lateAnswer: 1 });
    for (const tenant of ["a", "b", "c"]) one.ask(tenant, quota([parallel(10)]), [1]);
    await clock.advance(1_500);
    expect(one.fleet.isDown).toBe(true);
    expect(outcome(one.ask("d", quota([parallel(10)]), [1]))).toBe("admitted");
  });

  it("who came while it was down hears when it is back, though it was never let in", async () => {
    const { clock, process } = world();
    const one = process({ rejected: 1 }, { onStoreLoss: "deny" });
    for (const tenant of ["a", "b", "c"]) one.ask(tenant, quota([hourly(10)]), [1]);
    await clock.advance(100);
    expect(outcome(one.ask(KEY, quota([hourly(10)]), [1]))).toBe("refused");
    one.network.faults = AT_ONCE;
    await clock.advance(1_500);
    const call = one.ask(KEY, quota([hourly(10)]), [1]);
    await clock.advance(10);
    expect(outcome(call)).toBe("admitted");
  });
});

describe("figures that are none", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -7, 0.5])("%d spoils no sum", async (figure) => {
    const { clock, store, process } = world();
    const one = process();
    const call = one.ask(KEY, quota([hourly(100)]), [10]);
    await clock.advance(100);
    call.ticket?.settle(0, figure);
    call.ticket?.add(0, figure);
    await clock.advance(100);
    expect(slot(store, "usd.hour")).toMatchObject({ open: 0 });
    const used = slot(store, "usd.hour")?.used;
    expect([-7, 2, 10]).toContain(used);
    expect(one.events).toEqual([]);
  });
});

describe("limits that change while they are held", () => {
  it("a counter that vanishes and comes back counts on", async () => {
    const { clock, store, process } = world();
    const one = process();
    const both = quota([hourly(1_000), parallel(5)]);
    const first = one.ask(KEY, both, [40, 1]);
    await clock.advance(100);
    one.ask(KEY, quota([parallel(5)]), [1]);
    await clock.advance(100);
    one.settle(first, [25, 0]);
    await clock.advance(100);
    const last = one.ask(KEY, both, [7, 1]);
    await clock.advance(100);
    one.settle(last, [7, 0]);
    await clock.advance(1_000);
    expect(slot(store, "usd.hour")).toMatchObject({ used: 32, open: 0 });
  });

  it("what was held ahead under a higher limit is not used under a lower one", async () => {
    const { clock, store, process } = world();
    const one = process({}, { slices: true });
    const high = quota([hourly(10_000)]);
    for (let each = 0; each < 100; each += 1) {
      one.ask(KEY, high, [10]);
      await clock.advance(5);
    }
    expect(store.record(KEY)?.counters["usd.hour"]?.held).toBeGreaterThan(10);
    const call = one.ask(KEY, quota([hourly(100)]), [10]);
    await clock.advance(10);
    expect(outcome(call)).toBe("refused");
    await clock.advance(100);
    expect(store.record(KEY)?.counters["usd.hour"]?.held).toBe(0);
  });

  it("a record that is lost just after limits changed is made up for: what runs is said again", async () => {
    const { clock, store, process } = world();
    const one = process();
    for (let each = 0; each < 3; each += 1) one.ask(KEY, quota([parallel(5), hourly(100)]), [1, 0]);
    await clock.advance(100);
    store.empty();
    one.ask(KEY, quota([parallel(4), hourly(100)]), [0, 1]);
    await clock.advance(200);
    expect(slot(store, "parallel")).toMatchObject({ used: 3, open: 3 });
  });
});

describe("the end of a window", () => {
  it("B6: what was held in it is not used in the next, when a claim that keeps it arrives there", async () => {
    const hour = Date.UTC(2026, 5, 1, 13);
    const { clock, store, process } = world(hour - 1_000);
    const [one, other] = [process({ latencyMs: 0 }, { slices: true }), process()];
    const template = quota([hourly(4_000)]);
    const spent = (): number =>
      [...one.calls, ...other.calls]
        .filter(({ ticket, slots }) => ticket !== undefined && slots[0] === hour)
        .reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0);
    for (let each = 0; each < 90; each += 1) {
      one.ask(KEY, template, [10]);
      await clock.advance(10);
    }
    await clock.advance(hour - clock.now() - 5);
    expect(one.fleet.known(KEY)?.accounts[0]?.spare).toBeGreaterThan(0);
    // Under way over the full hour, and before it arrives another takes all.
    one.network.slowBy(40);
    one.fleet.known(KEY)?.changed();
    one.ask(KEY, template, [3_000]);
    await clock.advance(6);
    other.ask(KEY, template, [4_000]);
    await clock.advance(5);
    expect(spent()).toBe(4_000);
    await clock.advance(60);
    for (let each = 0; each < 20; each += 1) one.ask(KEY, template, [10]);
    await clock.advance(500);
    expect(spent()).toBe(4_000);
    // An admission alone is not said: what the other took is held until it ends.
    const { held = 0, slots = [] } = store.record(KEY)?.counters["usd.hour"] ?? {};
    expect(held + (slots.find(({ start }) => start === hour)?.used ?? 0)).toBe(4_000);
  });
});

describe("a quota that does not enforce", () => {
  it.each([
    ["a bucket", bucket(10, 60), 60_000],
    ["a rolling window", rolling(10), 62_000],
    ["a calendar", hourly(10), HOUR_MS],
  ])("warns of what is over, and not of what is long over: %s", async (_name, counter, laterMs) => {
    const { clock, process } = world();
    const one = process();
    const template = quota([counter], "warn");
    const over = (amount: number): boolean => one.ask(KEY, template, [amount]).ticket?.over !== undefined;
    expect(over(10)).toBe(false);
    await clock.advance(100);
    expect(over(1)).toBe(true);
    for (const call of one.calls) one.settle(call, call.need);
    await clock.advance(laterMs);
    expect(one.fleet.known(KEY)?.spentShare ?? 0).toBe(0);
    expect(over(5)).toBe(false);
  });
});

describe("L5: when to come back", () => {
  it.each([
    ["a bucket", bucket(10, 60), [10, 3]],
    ["a rolling window", rolling(10), [10, 3]],
    ["a calendar", hourly(10), [10, 3]],
  ])("is told exactly: %s", async (_name, counter, [all = 0, more = 0]) => {
    for (const offMs of [0, 1, 333, 999, 1_000]) {
      const { clock, process } = world(START + offMs);
      const one = process();
      const template = quota([counter]);
      const first = one.ask(KEY, template, [all]);
      await clock.advance(700);
      one.settle(first, [all]);
      await clock.advance(700);
      const told = one.ask(KEY, template, [more]);
      await clock.advance(1);
      const waitMs = told.refused?.refusal.retryAfterMs ?? 0;
      expect(waitMs).toBeGreaterThan(1);
      await clock.advance(waitMs - 2);
      const early = one.ask(KEY, template, [more]);
      await clock.advance(0);
      expect(outcome(early)).toBe("refused");
      await clock.advance(1);
      const again = one.ask(KEY, template, [more]);
      await clock.advance(1);
      expect(outcome(again)).toBe("admitted");
    }
  });
});

describe("a store that is away", () => {
  it("R3: leaves each process its part of what was left, which comes back as calls end", async () => {
    const { clock, process } = world();
    const all = [process(), process(), process(), process()];
    const template = quota([hourly(100)]);
    const first = all.map((one) => one.ask(KEY, template, [5]));
    await clock.advance(100);
    for (const call of first) call.by.settle(call, [5]);
    await clock.advance(100);
    for (const one of all) one.ask(KEY, template, [1]);
    await clock.advance(100);
    for (const one of all) one.network.isCut = true;
    for (let each = 0; each < 30; each += 1) for (const one of all) one.ask(KEY, template, [4]);
    await clock.advance(300);
    const admitted = all.map(({ calls }) => calls.filter(({ ticket, need }) => ticket && need[0] === 4));
    // A quarter of what is left, 76 or what it was a moment ago.
    for (const each of admitted) expect([4, 5]).toContain(each.length);
    for (const call of admitted.flat()) call.by.settle(call, [0]);
    expect(all.map((one) => outcome(one.ask(KEY, template, [4])))).toEqual(all.map(() => "admitted"));
  });

  it("B2: a call that runs longer than a lease is not taken for a dead process's", async () => {
    const { clock, store, process } = world();
    const [one, other] = [process(), process()];
    const template = quota([hourly(100), parallel(1)]);
    one.ask(KEY, template, [5, 1]);
    for (let each = 0; each < 10; each += 1) {
      await clock.advance(1_000);
      const call = other.ask(KEY, template, [1, 1]);
      await clock.advance(1);
      expect(outcome(call)).toBe("refused");
    }
    expect(slot(store, "usd.hour")).toMatchObject({ open: 5, orphaned: 0 });
  });

  it("what a process held ahead is not used when its lease may be over", async () => {
    const { clock, process } = world();
    const one = process({}, { slices: true, onStoreLoss: "deny" });
    const template = quota([hourly(100_000)]);
    for (let each = 0; each < 100; each += 1) {
      one.ask(KEY, template, [10]);
      await clock.advance(5);
    }
    expect(one.fleet.known(KEY)?.accounts[0]?.spare).toBeGreaterThan(10);
    one.pause();
    await clock.advance(2_800);
    one.network.isCut = true;
    // The first thing that it does.
    const call = one.ask(KEY, template, [10]);
    one.goOn();
    await clock.advance(300);
    expect(outcome(call)).toBe("refused");
  });

  it("a row that its holder has shown to know ends with its lease", async () => {
    const { clock, store, process } = world();
    const [one, other] = [process(), process()];
    const template = quota([hourly(100)]);
    const call = one.ask(KEY, template, [5]);
    await clock.advance(100);
    one.settle(call, [5]);
    const end = one.fleet.close();
    await clock.advance(2_500);
    await end;
    await clock.advance(1_000);
    other.ask(KEY, template, [1]);
    await clock.advance(100);
    expect(Object.keys(store.record(KEY)?.rows ?? {})).toHaveLength(1);
    expect(slot(store, "usd.hour")?.used).toBe(5);
    expect(store.record(KEY)?.counters["usd.hour"]?.held).toBe(1);
  });
});

describe("the end", () => {
  it("is quiet: what is settled after the end sets no timer and asks no store", async () => {
    const { clock, process } = world();
    const one = process();
    const call = one.ask(KEY, quota([hourly(100)]), [10]);
    await clock.advance(100);
    const end = one.fleet.close();
    await clock.advance(3_000);
    await end;
    const { claims } = one.network;
    one.settle(call, [5]);
    await clock.advance(10_000);
    expect({ timers: one.timers, claims: one.network.claims - claims }).toEqual({ timers: 0, claims: 0 });
  });

  it("forgets who has not asked for a minute", async () => {
    const { clock, process } = world();
    const one = process();
    const call = one.ask(KEY, quota([hourly(100)]), [10]);
    await clock.advance(100);
    one.settle(call, [5]);
    await clock.advance(130_000);
    expect({ size: one.fleet.size, timers: one.timers }).toEqual({ size: 0, timers: 0 });
  });

  it("says what is left to say, also where the store was away until just now", async () => {
    const { clock, store, process } = world();
    const one = process();
    const call = one.ask(KEY, quota([hourly(100)]), [10]);
    await clock.advance(100);
    one.network.faults = { ...AT_ONCE, rejected: 1 };
    one.settle(call, [5]);
    await clock.advance(60);
    one.network.faults = AT_ONCE;
    const end = one.fleet.close();
    await clock.advance(1);
    await end;
    expect(slot(store, "usd.hour")).toMatchObject({ used: 5, open: 0 });
  });
});

describe("a clock without `elapsed`", () => {
  it("L6: that is put back by an hour stops nobody from saying what was used", async () => {
    const { clock, store, process } = world();
    const one = process();
    one.hasElapsed = false;
    const call = one.ask(KEY, quota([hourly(100)]), [10]);
    await clock.advance(100);
    one.settle(call, [5]);
    one.wallMs = -HOUR_MS;
    await clock.advance(1_000);
    expect(slot(store, "usd.hour")).toMatchObject({ used: 5, open: 0 });
  });
});
