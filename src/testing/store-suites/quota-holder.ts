import type { Claim, Counter, Granted, Known, Position, Used } from "../../contract/index.ts";
import type { Dice } from "./stage.ts";

const NOTHING_KNOWN: Known = { born: 0, atMs: 0, counters: [] };
const NOTHING: Position = { used: [], keep: 0, want: 0, least: 0 };

/** A claim of little: what is not said is nothing. */
export const claimOf = (
  counters: readonly Counter[],
  { positions = {}, ...said }: Partial<Omit<Claim, "positions">> & { positions?: Record<string, Partial<Position>> },
): Claim => ({
  holder: "me",
  seq: 1,
  leaseMs: 60_000,
  validUntilMs: 0,
  nonce: 4_711,
  known: NOTHING_KNOWN,
  ...said,
  positions: counters.map(({ name }) => ({ ...NOTHING, ...positions[name] })),
});

/** The slot that is in force, as a holder reckons it. */
export const slotAt = (counter: Counter, nowMs: number): number => {
  if (counter.type === "rolling") return Math.floor(nowMs / counter.slotMs) * counter.slotMs;
  return counter.type === "calendar" ? (counter.starts.findLast((start) => start <= nowMs) ?? 0) : 0;
};

/** Windows of one length around a time, from the one before. */
export const windows = (nowMs: number, lengthMs: number): readonly number[] =>
  [-1, 0, 1, 2, 3].map((index) => (Math.floor(nowMs / lengthMs) + index) * lengthMs);

/** What a process has of one counter. */
interface Account {
  held: number;
  readonly used: Map<number, Used>;
}

/** A process as the random sequences need one: it spends what it holds, and forgets what it was not told. */
export class QuotaHolder {
  readonly holder: string;
  #seq = 0;
  #known: Known = NOTHING_KNOWN;
  readonly #accounts = new Map<string, Account>();

  constructor(holder: string) {
    this.holder = holder;
  }

  account(counter: Counter): Account {
    const account = this.#accounts.get(counter.name) ?? { held: 0, used: new Map() };
    this.#accounts.set(counter.name, account);
    return account;
  }

  /** Uses some of what it holds; some of it goes on running. */
  use(counter: Counter, amount: number, slot: number): void {
    const account = this.account(counter);
    const had = account.used.get(slot) ?? { slot, used: 0, open: 0, acked: 0 };
    account.used.set(slot, { ...had, used: had.used + amount, open: had.open + amount });
    account.held = Math.max(0, account.held - amount);
  }

  /** What was running has ended, for less than was thought. */
  settle(counter: Counter, less: (open: number) => number): void {
    const { used } = this.account(counter);
    for (const [slot, had] of used) used.set(slot, { ...had, used: had.used - less(had.open), open: 0 });
  }

  /** All that it has to say. `want` and `least` by counter. */
  claim(
    counters: readonly Counter[],
    asked: (counter: Counter) => Pick<Position, "want" | "least">,
    said: Pick<Claim, "leaseMs" | "validUntilMs" | "nonce">,
  ): Claim {
    this.#seq += 1;
    const positions = counters.map((counter): Position => {
      const { held, used } = this.account(counter);
      return { used: [...used.values()], keep: held, ...asked(counter) };
    });
    return { holder: this.holder, seq: this.#seq, ...said, known: this.#known, positions };
  }

  /** What was answered to its last claim. One that is stale says nothing of what was granted. */
  heard(counters: readonly Counter[], claim: Claim, { stale, born, nowMs, granted, levels }: Granted): void {
    if (stale) return;
    for (const [index, counter] of counters.entries()) {
      const account = this.account(counter);
      account.held = (claim.positions[index]?.keep ?? 0) + (granted[index] ?? 0);
      for (const { slot, used } of claim.positions[index]?.used ?? []) {
        const had = account.used.get(slot);
        if (had !== undefined) account.used.set(slot, { ...had, acked: used });
      }
    }
    const known = levels.map(({ level, slots }) => ({
      slot: slots.at(-1)?.start ?? 0,
      used: slots.at(-1)?.used ?? 0,
      level,
    }));
    this.#known = { born, atMs: nowMs, counters: known };
  }
}

/** One to four counters of any type, small enough to be full now and then, and now and then as large as money gets. */
export const randomCounters = (dice: Dice, nowMs: number): readonly Counter[] => {
  const cap = (): number => dice.one([1, 5, 20, 20, 100, 1_000]);
  const money = (): number => dice.one([100, 1_000, 9_000_000_000_000_000]);
  const all: readonly Counter[] = [
    { name: "requests", type: "bucket", cap: cap(), perMinute: dice.one([1, 7, 60, 1_000]) },
    { name: "tokens", type: "bucket", cap: dice.one([1_000, 150_000_000_000]), perMinute: dice.one([60, 1_000_000]) },
    { name: "strict", type: "rolling", cap: cap(), slotMs: dice.one([1_000, 1_000, 1_000, 250]), slots: 60 },
    { name: "usd.hour", type: "calendar", cap: money(), starts: windows(nowMs, 3_600_000) },
    { name: "usd.day", type: "calendar", cap: money(), starts: windows(nowMs, dice.one([86_400_000, 43_200_000])) },
    { name: "parallel", type: "parallel", cap: cap() },
  ];
  const some = all.filter(() => dice.whole(2) === 0);
  return some.length === 0 ? all : some;
};
