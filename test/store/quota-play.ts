import fc from "fast-check";
import type { Claim, Counter, Granted, Known, Position } from "../../src/contract/index.ts";
import { slotAt } from "../../src/quotas/counter-state.ts";

/** One thing that happens in a play. Figures are rolls of dice: what they mean depends on how the play stands. */
export type Step =
  | { readonly does: "claim"; readonly holder: number; readonly rolls: readonly number[] }
  | { readonly does: "use" | "settle"; readonly holder: number; readonly rolls: readonly number[] }
  | { readonly does: "repeat"; readonly rolls: readonly number[] }
  | { readonly does: "time"; readonly ms: number }
  | { readonly does: "lose" | "forget"; readonly holder: number }
  | { readonly does: "define"; readonly rolls: readonly number[] };

const HOUR = 3_600_000;
export const START: number = 1_800_000_000_000;
const HOLDERS = 5;

const rolls = (count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat({ max: 999 }), { minLength: count, maxLength: count });
const holder = fc.nat({ max: HOLDERS - 1 });
/** What may go wrong in a play. */
export interface Wrongs {
  /** Limits change their figures, their windows and their types on the way, and holders do not say what they know. */
  readonly redefined?: boolean;
  /** The record is lost. */
  readonly lost?: boolean;
  /** The server's clock is set back. */
  readonly setBack?: boolean;
}

const FORWARD = [0, 1, 40, 400, 999, 1_000, 2_500, 7_001, 61_000, HOUR, HOUR + 5_000, 12 * HOUR];
const BACK = [-1, -3_000, -HOUR];

const steps = ({ redefined, lost, setBack }: Wrongs): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ does: fc.constant("claim" as const), holder, rolls: rolls(14) }) },
    { weight: 6, arbitrary: fc.record({ does: fc.constant("use" as const), holder, rolls: rolls(3) }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant("settle" as const), holder, rolls: rolls(2) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("repeat" as const), rolls: rolls(2) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        does: fc.constant("time" as const),
        ms: fc.constantFrom(...FORWARD, ...(setBack === true ? BACK : [])),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("forget" as const), holder }) },
    { weight: lost ? 1 : 0, arbitrary: fc.record({ does: fc.constant("lose" as const), holder }) },
    { weight: redefined ? 2 : 0, arbitrary: fc.record({ does: fc.constant("define" as const), rolls: rolls(5) }) },
  );

/** A play of up to 60 steps. */
export const plays = (wrongs: Wrongs): fc.Arbitrary<Step[]> =>
  fc.array(steps(wrongs), { minLength: 5, maxLength: 60, size: "max" });

/** A calendar as a holder at `timeMs` knows it: the window before its own, its own, and two more. */
const hours = (every: number, timeMs: number, shift = 0): number[] => {
  const length = every * HOUR;
  const own = Math.floor((timeMs - shift) / length) * length + shift;
  return [-1, 0, 1, 2].map((index) => own + index * length);
};

type Definition = (timeMs: number) => Counter;

/** Limits as they may be, by a roll for each; the first of each is where a play begins. */
const DEFINITIONS: readonly (readonly Definition[])[] = [
  [
    () => ({ name: "requests", type: "bucket", cap: 20, perMinute: 60 }),
    () => ({ name: "requests", type: "bucket", cap: 5, perMinute: 7 }),
    () => ({ name: "requests", type: "bucket", cap: 90, perMinute: 1 }),
    () => ({ name: "requests", type: "parallel", cap: 9 }),
  ],
  [
    () => ({ name: "tokens.strict", type: "rolling", cap: 500, slotMs: 1_000, slots: 6 }),
    () => ({ name: "tokens.strict", type: "rolling", cap: 80, slotMs: 1_000, slots: 6 }),
    () => ({ name: "tokens.strict", type: "rolling", cap: 500, slotMs: 1_000, slots: 3 }),
    () => ({ name: "tokens.strict", type: "rolling", cap: 500, slotMs: 5_000, slots: 12 }),
  ],
  [
    (timeMs) => ({ name: "usd hour|;,", type: "calendar", cap: 9_000_000_000_000_000, starts: hours(1, timeMs) }),
    (timeMs) => ({ name: "usd hour|;,", type: "calendar", cap: 900, starts: hours(1, timeMs) }),
    (timeMs) => ({ name: "usd hour|;,", type: "calendar", cap: 900, starts: hours(24, timeMs) }),
    (timeMs) => ({ name: "usd hour|;,", type: "calendar", cap: 5_000, starts: hours(12, timeMs, 7) }),
  ],
  [
    () => ({ name: "parallel", type: "parallel", cap: 8 }),
    () => ({ name: "parallel", type: "parallel", cap: 2 }),
    () => ({ name: "parallel", type: "rolling", cap: 30, slotMs: 1_000, slots: 2 }),
    (timeMs) => ({ name: "parallel", type: "calendar", cap: 30, starts: hours(24, timeMs) }),
  ],
];

interface Used {
  used: number;
  open: number;
  acked: number;
}

/** A process as it sees itself, by the name of a counter. */
interface Holder {
  readonly id: string;
  seq: number;
  readonly keep: Map<string, number>;
  readonly used: Map<string, Map<number, Used>>;
  known: Known;
}

const NOBODY: Known = { born: 0, atMs: 0, counters: [] };
let born = 0;

/** Plays steps: what is claimed, and how holders take the answers. */
export class QuotaPlay {
  #definitions: readonly Definition[] = DEFINITIONS.map(([first]) => first as Definition);
  timeMs: number = START;
  readonly #holders: Holder[] = Array.from({ length: HOLDERS }, (_, index) => fresh(`h_${index}`));
  readonly #said: Claim[] = [];
  #lives = 0;
  #isRedefined = false;

  /** As holders have them now. */
  get counters(): readonly Counter[] {
    return this.#definitions.map((definition) => definition(this.timeMs));
  }

  /** The record was lost. Its first claim is not repeated then: it would make the same record again, and nobody would know. */
  lost(): void {
    if (!this.#isRedefined) this.#said.length = 0;
  }

  /** The claim that a step makes, if it makes one. */
  claimOf(step: Step): { readonly claim: Claim; answered(granted: Granted): void } | undefined {
    if (step.does === "repeat") {
      const [which = 0] = step.rolls;
      const claim = this.#said[which % Math.max(1, this.#said.length)];
      // One from before the limits were changed has other counters.
      if (claim === undefined || claim.positions.length !== this.counters.length) return undefined;
      return { claim, answered: () => {} };
    }
    if (step.does === "claim") return this.#claim(step);
    this.#happens(step);
    return undefined;
  }

  #claim({ holder, rolls }: Step & { readonly does: "claim" }): ReturnType<QuotaPlay["claimOf"]> {
    const each = this.#holders[holder] as Holder;
    const [lease = 0, validity = 0, nonce = 0, lost = 0, knows = 0, ...wants] = rolls;
    each.seq += 1;
    const positions = this.counters.map(({ name, cap }, index): Position => {
      const used = [...(each.used.get(name) ?? [])].map(([slot, figures]) => ({ slot, ...figures }));
      const size = cap > 1e15 && nonce % 2 === 0 ? 87_654_321_012_345 : 1;
      const want = (wants[index] ?? 0) % 4 === 0 ? 0 : ((wants[index] ?? 0) % 37) * size;
      const least = (wants[index + 4] ?? 0) % 3 === 0 ? want : 0;
      return { used, keep: each.keep.get(name) ?? 0, want, least };
    });
    const validUntilMs = validity % 9 === 0 ? this.timeMs - 100 + (validity % 300) : 0;
    born += 1;
    const claim: Claim = {
      holder: each.id,
      seq: each.seq,
      leaseMs: [1, 500, 2_000, 2_000, 10_000][lease % 5] as number,
      validUntilMs,
      nonce: 1 + nonce + born * 1_000,
      known: this.#isRedefined && knows % 3 === 0 ? NOBODY : each.known,
      positions,
    };
    this.#said.push(claim);
    return {
      claim,
      answered: (granted) => {
        if (lost % 6 !== 0 && !granted.stale) this.#answered(each, positions, granted);
      },
    };
  }

  #answered(each: Holder, positions: readonly Position[], granted: Granted): void {
    const counters: Known["counters"][number][] = [];
    for (const [index, counter] of this.counters.entries()) {
      each.keep.set(counter.name, (positions[index]?.keep ?? 0) + (granted.granted[index] ?? 0));
      for (const { slot, used } of positions[index]?.used ?? []) {
        const mine = each.used.get(counter.name)?.get(slot);
        if (mine !== undefined) mine.acked = used;
      }
      const level = granted.levels[index];
      const used = level?.slots.reduce((sum, slot) => sum + slot.used, 0) ?? 0;
      counters.push({ slot: slotAt(counter, granted.nowMs), used, level: level?.level ?? 0 });
    }
    each.known = { born: granted.born, atMs: granted.nowMs, counters };
  }

  #happens(step: Step): void {
    if (step.does === "time") this.timeMs += step.ms;
    if (step.does === "define") {
      this.#isRedefined = true;
      const few = (step.rolls[4] ?? 0) % 8;
      const all = DEFINITIONS.map((choices, index) => choices[(step.rolls[index] ?? 0) % 4] as Definition);
      this.#definitions = all.filter((_, index) => index !== few);
    }
    if (step.does === "forget") {
      this.#lives += 1;
      this.#holders[step.holder] = fresh(`h_${step.holder}-${this.#lives}`);
    }
    if (step.does !== "use" && step.does !== "settle") return;
    const [index = 0, amount = 0, where = 0] = step.rolls;
    const counter = this.counters[index % this.counters.length] as Counter;
    const each = this.#holders[step.holder] as Holder;
    const slots = each.used.get(counter.name) ?? new Map<number, Used>();
    each.used.set(counter.name, slots);
    if (step.does === "settle") {
      const [, open = 0] = step.rolls;
      const mine = [...slots.values()][open % Math.max(1, slots.size)];
      if (mine === undefined) return;
      mine.used -= open % (mine.open + 1);
      mine.open = 0;
      return;
    }
    const keep = each.keep.get(counter.name) ?? 0;
    const taken = amount % (keep + 1);
    each.keep.set(counter.name, keep - taken);
    const late = counter.type === "calendar" ? HOUR : 1_000;
    const slot = Math.max(0, slotAt(counter, this.timeMs) - (where % 9 === 0 ? late : 0));
    const had = slots.get(slot) ?? { used: 0, open: 0, acked: 0 };
    slots.set(slot, { ...had, used: had.used + taken, open: had.open + taken });
  }
}

const fresh = (id: string): Holder => ({ id, seq: 0, keep: new Map(), used: new Map(), known: NOBODY });
