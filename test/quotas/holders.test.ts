import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isLong, share } from "../long.ts";
import { CALM, STORMY } from "./simulated-network.ts";
import type { SimulatedCall } from "./simulated-process.ts";
import { BUCKET, HOUR, KEY, type Plan, ROLLING, Simulation, templateOf } from "./simulation.ts";

vi.setConfig({ testTimeout: isLong ? 600_000 : 60_000 });

const HOUR_MS = 3_600_000;
/** The store's time is in whole milliseconds, at both ends of an interval. */
const ROUNDED = (2 * BUCKET.perMinute) / 60_000;
const seeds = fc.integer({ min: 1, max: 2 ** 31 });

const admitted = (simulation: Simulation): readonly SimulatedCall[] =>
  simulation.calls
    .filter(({ ticket }) => ticket !== undefined)
    .sort((one, other) => (one.answeredAtMs ?? 0) - (other.answeredAtMs ?? 0));

/** The bucket that holds what they were let in with: below 0 where in some interval more came than may. */
const lowestLevel = (calls: readonly SimulatedCall[]): number => {
  let level = BUCKET.cap;
  let atMs = calls[0]?.answeredAtMs ?? 0;
  let lowest = level;
  for (const { answeredAtMs = 0, counts } of calls) {
    level = Math.min(BUCKET.cap, level + ((answeredAtMs - atMs) * BUCKET.perMinute) / 60_000);
    atMs = answeredAtMs;
    level -= counts[0] ?? 0;
    lowest = Math.min(lowest, level);
  }
  return lowest;
};

/** The most that any window was used. */
const fullestWindow = (calls: readonly SimulatedCall[]): number => {
  const windowMs = ROLLING.slotMs * ROLLING.slots;
  let most = 0;
  for (const [index, { answeredAtMs = 0 }] of calls.entries()) {
    let sum = 0;
    for (let at = index; at >= 0; at -= 1) {
      const call = calls[at];
      if (call === undefined || answeredAtMs - (call.answeredAtMs ?? 0) >= windowMs) break;
      sum += call.counts[1] ?? 0;
    }
    most = Math.max(most, sum);
  }
  return most;
};

/** Watches what may never be exceeded at any moment. */
const watched = (simulation: Simulation): { usd: number; parallel: number } => {
  const most = { usd: 0, parallel: 0 };
  const look = (): void => {
    most.parallel = Math.max(most.parallel, simulation.calls.filter(({ isOpen }) => isOpen).length);
    most.usd = Math.max(most.usd, simulation.used(2, HOUR), simulation.used(2, HOUR - HOUR_MS));
    simulation.clock.after(10, look);
  };
  look();
  return most;
};

const nobodyWaits = (simulation: Simulation): void => {
  for (const { answeredAtMs, by, askedAtMs } of simulation.calls)
    if (!by.isDead) expect((answeredAtMs ?? Number.POSITIVE_INFINITY) - askedAtMs).toBeLessThan(5_000);
};

/** The store knows what the test knows, to the unit. */
const allIsSaid = (
  simulation: Simulation,
  { isHeard = true, windows = [HOUR - HOUR_MS, HOUR] }: { isHeard?: boolean; windows?: readonly number[] } = {},
): void => {
  const record = simulation.store.record(KEY);
  for (const name of ["requests", "usd.hour", "tokens.strict", "parallel"]) {
    const state = record?.counters[name];
    expect({ name, held: state?.held, open: state?.slots.reduce((sum, slot) => sum + slot.open, 0) }).toEqual({
      name,
      held: 0,
      open: 0,
    });
  }
  for (const slot of windows) {
    const window = record?.counters["usd.hour"]?.slots.find(({ start }) => start === slot);
    expect(window?.used ?? 0).toBe(simulation.used(2, slot));
    expect(window?.orphaned ?? 0).toBe(0);
  }
  const requests = record?.counters["requests"]?.slots[0]?.used;
  if (isHeard) expect(requests).toBe(simulation.used(0));
  // What flowed into a bucket while nobody could say what was taken out of it is not said afterwards.
  else expect(requests).toBeLessThanOrEqual(simulation.used(0));
  expect(record?.counters["parallel"]?.slots[0]?.used).toBe(0);
};

const closed = async (simulation: Simulation): Promise<void> => {
  const all = Promise.all(simulation.processes.map(({ fleet }) => fleet.close()));
  await simulation.clock.advance(5_000);
  await all;
  for (const { timers, isDead } of simulation.everyone) if (!isDead) expect(timers).toBe(0);
};

const check = (runs: number, property: fc.IAsyncProperty<unknown[]>): Promise<void> =>
  fc.assert(property as fc.IAsyncProperty<[number]>, {
    numRuns: share(runs),
    seed: 20260601,
    ...(process.env["FC"] ? { path: process.env["FC"], endOnFailure: true } : {}),
  });

const plans = fc.record({
  seed: seeds,
  processes: fc.integer({ min: 1, max: 5 }),
  usd: fc.integer({ min: 100, max: 4_000 }),
  parallel: fc.integer({ min: 2, max: 60 }),
  rate: fc.integer({ min: 10, max: 120 }),
  slices: fc.boolean(),
  latencyMs: fc.constantFrom(0, 5, 30, 110),
});

const planOf = ({
  usd,
  parallel,
  slices,
  latencyMs,
  ...rest
}: typeof plans extends fc.Arbitrary<infer T> ? T : never) => ({
  ...rest,
  caps: { usd, parallel },
  settings: { slices },
  faults: { ...CALM, latencyMs },
  forMs: 6_000,
  beforeMs: 3_000,
});

describe("a fleet that hears its store", () => {
  it("B1 B6 L1 L2: keeps every limit to the unit, over the end of a window too, with copies that come late; and says all it used", () =>
    check(
      400,
      fc.asyncProperty(plans, async (random) => {
        const plan: Plan = planOf(random);
        const simulation = new Simulation(plan);
        const most = watched(simulation);
        await simulation.play();
        const calls = admitted(simulation);
        expect(most.usd).toBeLessThanOrEqual(plan.caps.usd);
        expect(most.parallel).toBeLessThanOrEqual(plan.caps.parallel);
        expect(lowestLevel(calls)).toBeGreaterThan(-ROUNDED);
        expect(fullestWindow(calls)).toBeLessThanOrEqual(ROLLING.cap);
        expect(simulation.processes.flatMap(({ events }) => events)).toEqual([]);
        await simulation.calmDown();
        nobodyWaits(simulation);
        allIsSaid(simulation);
        await closed(simulation);
      }) as never,
    ));
});

describe("a fleet in a storm", () => {
  it("B3 R5: counts everything once, whatever is lost, late, spoilt, doubled or refused, and goes on", () =>
    check(
      400,
      fc.asyncProperty(plans, async (random) => {
        const plan: Plan = { ...planOf(random), faults: { ...STORMY, latencyMs: random.latencyMs }, overuse: true };
        const simulation = new Simulation(plan);
        await simulation.play((chance) => {
          for (const process of simulation.processes) {
            if (chance() < 0.02) process.pause();
            else if (process.isPaused && chance() < 0.1) process.goOn();
            if (chance() < 0.01) process.network.isCut = true;
            else if (chance() < 0.1) process.network.isCut = false;
            if (chance() < 0.01) process.wallMs += (chance() - 0.5) * 2 * HOUR_MS;
          }
          if (chance() < 0.02) simulation.store.freeze();
          else if (chance() < 0.15) simulation.store.thaw();
          if (chance() < 0.03)
            simulation.template = templateOf({
              usd: 100 + Math.floor(chance() * 4_000),
              parallel: 2 + Math.floor(chance() * 60),
            });
        });
        await simulation.calmDown();
        allIsSaid(simulation, { isHeard: false });
        await closed(simulation);
      }) as never,
    ));
});

describe("a fleet that loses some of its own", () => {
  it("B2: what the dead held is charged and never handed out twice; who is left keeps within the limit, and comes back to parallel calls", () =>
    check(
      200,
      fc.asyncProperty(plans, async (random) => {
        const plan: Plan = planOf(random);
        const simulation = new Simulation(plan);
        const most = watched(simulation);
        await simulation.play((chance) => {
          if (chance() > 0.05) return;
          const [victim] = simulation.processes.splice(Math.floor(chance() * simulation.processes.length), 1);
          victim?.die();
          simulation.start();
        });
        expect(most.usd).toBeLessThanOrEqual(plan.caps.usd);
        expect(lowestLevel(admitted(simulation))).toBeGreaterThan(-ROUNDED);
        await simulation.calmDown();
        // The dead are charged when somebody else comes.
        const touch = simulation.processes[0]?.ask(KEY, simulation.template, [1, 1, 0, 1]);
        await simulation.clock.advance(1_000);
        expect(touch?.ticket).toBeDefined();
        if (touch !== undefined) touch.by.settle(touch, [0, 0, 0, 0]);
        await simulation.clock.advance(2_000);
        const record = simulation.store.record(KEY);
        for (const slot of [HOUR - HOUR_MS, HOUR]) {
          const window = record?.counters["usd.hour"]?.slots.find(({ start }) => start === slot);
          const used = simulation.used(2, slot);
          expect(window?.used ?? 0).toBeGreaterThanOrEqual(used);
          expect(window?.used ?? 0).toBeLessThanOrEqual(plan.caps.usd);
          expect(window?.open ?? 0).toBe(0);
        }
        expect(record?.counters["usd.hour"]?.held).toBe(0);
        expect(record?.counters["parallel"]).toMatchObject({ held: 0, slots: [{ used: 0, open: 0 }] });
        await closed(simulation);
      }) as never,
    ));
});

describe("a store that loses everything", () => {
  it("R2: begins where it was, as those who live know it", () =>
    check(
      200,
      fc.asyncProperty(plans, async (random) => {
        const planned = planOf(random);
        const plan: Plan = { ...planned, faults: { ...planned.faults, copied: 0 } };
        const simulation = new Simulation(plan);
        // Once: of two losses in a row nobody knows all, who was not heard in between.
        let isLost = false;
        await simulation.play((chance) => {
          if (isLost || chance() >= 0.04) return;
          isLost = true;
          simulation.store.empty();
        });
        // Everybody who knows something says so.
        for (const process of simulation.processes) {
          const call = process.ask(KEY, simulation.template, [0, 0, 1, 0]);
          await simulation.clock.advance(1_000);
          process.settle(call, [0, 0, 0, 0]);
        }
        await simulation.calmDown();
        const record = simulation.store.record(KEY);
        const window = record?.counters["usd.hour"]?.slots.find(({ start }) => start === HOUR);
        expect(window?.used ?? 0).toBeGreaterThanOrEqual(simulation.used(2, HOUR));
        for (const name of ["usd.hour", "parallel"]) {
          const state = record?.counters[name];
          expect(state?.held ?? 0).toBe(0);
          expect(state?.slots.reduce((sum, { open }) => sum + open, 0) ?? 0).toBe(0);
        }
        expect(record?.counters["parallel"]?.slots[0]?.used ?? 0).toBe(0);
        await closed(simulation);
      }) as never,
    ));
});

describe("a fleet whose store is away", () => {
  it("R3 R4: spends what was left, and what it reserved in the last second at most besides; and all of it is said when the store is back", () =>
    check(
      200,
      fc.asyncProperty(plans, async (random) => {
        const plan: Plan = { ...planOf(random), beforeMs: -1_000, forMs: 4_000 };
        const simulation = new Simulation(plan);
        await simulation.play();
        const lastMs = simulation.clock.now() - 1_000;
        const late = simulation.calls.filter(({ askedAtMs }) => askedAtMs >= lastMs);
        const reserved = late.reduce((sum, { need }) => sum + (need[2] ?? 0), 0);
        for (const process of simulation.processes) process.network.isCut = true;
        await simulation.play();
        expect(simulation.used(2, HOUR)).toBeLessThanOrEqual(plan.caps.usd + reserved);
        nobodyWaits(simulation);
        await simulation.calmDown();
        allIsSaid(simulation, { isHeard: false });
        await closed(simulation);
      }) as never,
    ));
});
