import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Claim, Counter, Position } from "../../src/contract/index.ts";
import { applyQuota } from "../../src/quotas/apply.ts";
import { PARTS, usedOf } from "../../src/quotas/counter-state.ts";
import type { Quota } from "../../src/quotas/record.ts";
import { share } from "../long.ts";

const START = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = Math.floor(START / HOUR) * HOUR;

const COUNTERS: readonly Counter[] = [
  { name: "requests", type: "bucket", cap: 20, perMinute: 60 },
  { name: "tokens.strict", type: "rolling", cap: 500, slotMs: 1_000, slots: 60 },
  { name: "usd.hour", type: "calendar", cap: 1_000, starts: [-1, 0, 1, 2, 3, 4].map((hour) => DAY + hour * HOUR) },
  { name: "parallel", type: "parallel", cap: 8 },
];

/** A process: what it holds, what it has used by counter and slot, as it would say it itself. */
class Holder {
  seq = 0;
  keep = COUNTERS.map(() => 0);
  readonly used = COUNTERS.map(() => new Map<number, { used: number; open: number; acked: number }>());
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  claim(want: readonly number[], least: readonly number[], leaseMs: number): Claim {
    this.seq += 1;
    const positions = COUNTERS.map((_, index): Position => {
      const used = [...(this.used[index] ?? [])].map(([slot, each]) => ({ slot, ...each }));
      return { used, keep: this.keep[index] ?? 0, want: want[index] ?? 0, least: least[index] ?? 0 };
    });
    return {
      holder: this.id,
      seq: this.seq,
      leaseMs,
      validUntilMs: 0,
      nonce: 7,
      known: { born: 0, atMs: 0, counters: [] },
      positions,
    };
  }

  /** Uses what it holds, in the slot that is in force. */
  use(index: number, amount: number, slot: number): void {
    this.keep[index] = (this.keep[index] ?? 0) - amount;
    const had = this.used[index]?.get(slot) ?? { used: 0, open: 0, acked: 0 };
    this.used[index]?.set(slot, { ...had, used: had.used + amount, open: had.open + amount });
  }

  settle(index: number, slot: number, less: number): void {
    const had = this.used[index]?.get(slot);
    if (had === undefined || had.open === 0) return;
    const open = had.open;
    this.used[index]?.set(slot, { ...had, open: 0, used: had.used - Math.min(less, open) });
  }

  acked(): void {
    for (const slots of this.used) for (const [slot, each] of slots) slots.set(slot, { ...each, acked: each.used });
  }
}

const slotOf = (index: number, now: number): number => {
  if (index === 1) return Math.floor(now / 1_000) * 1_000;
  return index === 2 ? Math.floor(now / HOUR) * HOUR : 0;
};

/** What must be true of a record, whatever was claimed. */
const check = (quota: Quota): void => {
  const rows = Object.values(quota.rows);
  expect(quota.live).toBe(rows.filter(({ expired }) => !expired).length);
  for (const [name, state] of Object.entries(quota.counters)) {
    const held = rows
      .filter(({ expired }) => !expired)
      .map((row) => row.counters[name])
      .filter((mine) => mine !== undefined && (state.type !== "calendar" || mine.slot === state.slot))
      .reduce((sum, mine) => sum + (mine?.hold ?? 0), 0);
    expect(state.held, `${name}: held is the sum of the rows`).toBe(held);
    for (const slot of state.slots) {
      expect(slot.used, `${name}: used`).toBeGreaterThanOrEqual(0);
      expect(slot.open, `${name}: open`).toBeGreaterThanOrEqual(0);
      expect(slot.orphaned, `${name}: orphaned`).toBeGreaterThanOrEqual(0);
      expect(slot.open + slot.orphaned, `${name}: open and orphaned are part of used`).toBeLessThanOrEqual(slot.used);
    }
    if (state.type === "bucket") expect(state.level + state.held * PARTS).toBeLessThanOrEqual(20 * PARTS);
  }
};

describe("applyQuota", () => {
  const step = fc.record({
    holder: fc.integer({ min: 0, max: 3 }),
    waitMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40_000 })),
    want: fc.tuple(...COUNTERS.map((_, index) => fc.integer({ min: 0, max: [6, 200, 300, 3][index] ?? 1 }))),
    isAllOrNothing: fc.boolean(),
    uses: fc.double({ min: 0, max: 1, noNaN: true }),
    settles: fc.boolean(),
    lost: fc.constantFrom("no", "no", "no", "answer", "claim"),
  });

  it("keeps within every limit and loses nothing, however claims are lost, late, and their holders silent", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const holders = [0, 1, 2, 3].map((index) => new Holder(`h${index}`));
        let quota: Quota | undefined;
        let now = START;
        for (const each of steps) {
          now += each.waitMs;
          const holder = holders[each.holder] as Holder;
          const least = each.isAllOrNothing ? each.want : each.want.map(() => 0);
          const claim = holder.claim(each.want, least, 30_000);
          if (each.lost === "claim") continue;
          const before = quota;
          const outcome = applyQuota(quota, COUNTERS, claim, now);
          quota = outcome.quota as Quota;
          check(quota);
          // The same once more, late: nothing happens.
          expect(applyQuota(quota, COUNTERS, claim, now + 5).quota).toBe(quota);
          const granted = outcome.granted.granted;
          if (each.isAllOrNothing)
            expect(
              granted.every((amount) => amount === 0) || granted.every((amount, index) => amount === each.want[index]),
            ).toBe(true);
          for (const [index, counter] of COUNTERS.entries()) {
            const state = quota.counters[counter.name];
            if (state === undefined || counter.type === "bucket" || (granted[index] ?? 0) === 0) continue;
            expect(
              usedOf(state) + state.held,
              `${counter.name} within its cap after ${JSON.stringify(before?.counters[counter.name])}`,
            ).toBeLessThanOrEqual(counter.cap);
          }
          if (each.lost === "answer") continue;
          holder.acked();
          holder.keep = holder.keep.map((keep, index) => keep + (granted[index] ?? 0));
          for (const [index] of COUNTERS.entries()) {
            const amount = Math.floor((holder.keep[index] ?? 0) * each.uses);
            if (amount > 0) holder.use(index, amount, slotOf(index, now));
            if (each.settles) holder.settle(index, slotOf(index, now), index === 3 ? 1e9 : Math.floor(amount / 3));
          }
        }
      }),
      { numRuns: share(10_000) },
    );
  });
});

it("B3: an answer that was lost, and a holder silent beyond its lease, count nothing twice, also where nothing is open", () => {
  const counters: readonly Counter[] = [{ name: "requests", type: "bucket", cap: 100, perMinute: 60 }];
  const claim = (holder: string, seq: number, used: number): Claim => ({
    holder,
    seq,
    leaseMs: 500,
    validUntilMs: 0,
    nonce: 7,
    known: { born: 0, atMs: 0, counters: [] },
    positions: [{ used: used === 0 ? [] : [{ slot: 0, used, open: 0, acked: 0 }], keep: 0, want: 0, least: 0 }],
  });
  const first = applyQuota(undefined, counters, claim("one", 1, 20), START).quota;
  const reaped = applyQuota(first, counters, claim("other", 1, 0), START + 1_000).quota;
  const again = applyQuota(reaped, counters, claim("one", 2, 20), START + 2_000);
  expect(again.granted.levels[0]?.slots[0]?.used).toBe(20);
});
