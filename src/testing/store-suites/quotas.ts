import assert from "node:assert/strict";
import type { Claim, Counter, Granted, Level, QuotaStore } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import { claimOf, QuotaHolder, slotAt, windows } from "./quota-holder.ts";
import { quotaSequence } from "./quota-sequence.ts";
import {
  casesOn,
  clientsOf,
  diceOf,
  nowOf,
  ODD_NAMES,
  type Playing,
  playSequences,
  type StoreStage,
  type StoreSuiteOptions,
} from "./stage.ts";

/** A store of quotas under test. Its `advance` also takes a negative time: clocks are set back. */
export interface QuotaStage extends StoreStage<QuotaStore> {
  /** Puts what nobody can read in the place of that key's record. Absent: it cannot, and what needs it is skipped. */
  spoil?(key: string): void | Promise<void>;
}

export interface QuotaStoreSuiteOptions extends StoreSuiteOptions<QuotaStage> {
  /** What the stage never does, with the reason, so that its cases are listed as skipped. */
  readonly never?: { readonly spoil?: string; readonly advance?: string };
}

type Stage = Playing<QuotaStage>;

const HOUR_MS = 3_600_000;
const SOON_MS = 200;

/**
 * What every store of quotas must do, as cases for any test runner: agree with `applyQuota` in every answer, whatever is
 * claimed, lost, repeated or said at once.
 */
export const quotaStoreSuite = (options: QuotaStoreSuiteOptions): readonly SuiteCase[] => {
  const on = casesOn<QuotaStore, QuotaStage>(options);
  const { spoil, advance } = options.never ?? {};
  return [
    on("a record begins with its first claim", beginning),
    on("each claim supersedes the one before; what it does not keep goes back", superseding),
    on("a claim that is late, or came before, changes nothing and says so", staleness),
    on("all counters are granted, or none; and no less than the least of use", atomicity),
    on("who is silent beyond its lease is charged, and corrected when it is back", silence),
    on("a record that was lost begins at the most that any process knew of it", restoring),
    on("64 claims at once: as if one came after the other", crowd),
    on("sums are exact, whatever was lost or said twice", (stage) => accounts(stage, options.seed ?? 1)),
    on("the store's time does not go back", timeline, advance),
    on("reading changes nothing", reading),
    on("keys are apart, odd ones too", keys),
    on("what cannot be read is told, and not written over", spoilt, spoil),
    on("random claims: every answer as `applyQuota` has it", (stage) =>
      playSequences(options, (sequence) => quotaSequence(stage, sequence)),
    ),
  ];
};

/** By the store's own time, which may be another than ours. */
const countersOf = async ({ port, own }: Stage, cap = 100): Promise<readonly Counter[]> => {
  const parallel: Counter = { name: "parallel", type: "parallel", cap };
  const { nowMs } = await port.claim(own("the time"), [parallel], claimOf([parallel], { holder: own("").slice(0, 8) }));
  return [{ name: "usd", type: "calendar", cap, starts: windows(nowMs, 86_400_000) }, parallel];
};

const usdOf = (counters: readonly Counter[], { nowMs }: Pick<Granted, "nowMs">): number =>
  slotAt(counters[0] as Counter, nowMs);

/** What is used, held and orphaned in the window of money. */
const usd = ({
  levels,
}: {
  readonly levels: readonly Level[];
}): readonly [used: number, held: number, orphaned: number] => {
  const [slot] = levels[0]?.slots ?? [];
  return [slot?.used ?? Number.NaN, levels[0]?.held ?? Number.NaN, slot?.orphaned ?? Number.NaN];
};

const beginning = async (stage: Stage): Promise<void> => {
  const [one, two] = clientsOf(stage) as [QuotaStore, QuotaStore];
  const counters = await countersOf(stage);
  const key = stage.own("a");
  assert.equal(await one.read(key, counters), undefined, "nobody ever claimed");
  const first = await one.claim(key, counters, claimOf(counters, { nonce: 77, positions: { usd: { want: 30 } } }));
  assert.deepEqual([first.born, first.stale, first.holders], [77, false, 1]);
  assert.deepEqual(first.granted, [30, 0]);
  const second = await two.claim(
    key,
    counters,
    claimOf(counters, { holder: "you", nonce: 78, positions: { usd: { want: 90 }, parallel: { want: 100 } } }),
  );
  assert.deepEqual([second.born, second.holders], [77, 2]);
  assert.deepEqual(second.granted, [70, 100]);
  const view = await one.read(key, counters);
  assert.deepEqual(view?.levels, second.levels);
  assert.equal(view?.holders, 2);
};

const superseding = async (stage: Stage): Promise<void> => {
  const [one, two] = clientsOf(stage) as [QuotaStore, QuotaStore];
  const counters = await countersOf(stage);
  const key = stage.own("a");
  const first = await one.claim(key, counters, claimOf(counters, { positions: { usd: { want: 60 } } }));
  const slot = usdOf(counters, first);
  const claims: readonly (readonly [Partial<Claim["positions"][number]>, readonly number[]])[] = [
    [{ keep: 40, used: [{ slot, used: 20, open: 20, acked: 0 }] }, [20, 40, 0]],
    [{ keep: 10, used: [{ slot, used: 50, open: 0, acked: 20 }] }, [50, 10, 0]],
    [{ keep: 0, used: [{ slot, used: 45, open: 0, acked: 50 }] }, [45, 0, 0]],
    // More than there is: kept, and in debt.
    [{ keep: 80, used: [] }, [45, 80, 0]],
    [{ keep: 0, used: [] }, [45, 0, 0]],
  ];
  for (const [index, [position, expected]] of claims.entries()) {
    const claim = claimOf(counters, { seq: index + 2, positions: { usd: position } });
    assert.deepEqual(
      usd(await (index % 2 === 0 ? two : one).claim(key, counters, claim)),
      expected,
      `claim ${index + 2}`,
    );
  }
};

const staleness = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const counters = await countersOf(stage);
  const key = own("a");
  const claim = claimOf(counters, { seq: 5, positions: { usd: { want: 60 } } });
  const first = await port.claim(key, counters, claim);
  for (const seq of [5, 4, 1]) {
    const again = await port.claim(key, counters, { ...claim, seq, positions: claimOf(counters, {}).positions });
    assert.deepEqual([again.stale, again.granted], [true, [0, 0]], `number ${seq} after 5`);
    assert.deepEqual(usd(again), [0, 60, 0], "what stands is told");
  }
  const late = { ...claim, seq: 6, validUntilMs: first.nowMs - 1, positions: claimOf(counters, {}).positions };
  assert.deepEqual([(await port.claim(key, counters, late)).stale], [true], "it came too late");
  assert.equal((await port.claim(own("b"), counters, { ...late, holder: "you" })).stale, true);
  assert.equal(await port.read(own("b"), counters), undefined, "a late claim makes no record");
  const inTime = await port.claim(key, counters, { ...late, validUntilMs: first.nowMs + HOUR_MS });
  assert.deepEqual([inTime.stale, ...usd(inTime)], [false, 0, 0, 0]);
};

const atomicity = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const [money, parallel] = (await countersOf(stage)) as [Counter, Counter];
  const counters: readonly Counter[] = [money, { ...parallel, cap: 5 }];
  const asked = async (seq: number, ...wanted: (readonly [want: number, least: number])[]): Promise<Granted> =>
    port.claim(
      own("a"),
      counters,
      claimOf(counters, {
        seq,
        positions: Object.fromEntries(
          counters.map(({ name }, index) => [name, { want: wanted[index]?.[0] ?? 0, least: wanted[index]?.[1] ?? 0 }]),
        ),
      }),
    );
  assert.deepEqual((await asked(1, [8, 8], [8, 8])).granted, [0, 0], "the second has 5 of 8");
  assert.deepEqual((await asked(2, [8, 8], [8, 5])).granted, [8, 5]);
  assert.deepEqual((await asked(3, [8, 0], [8, 0])).granted, [8, 5]);
  assert.deepEqual((await asked(4, [101, 101], [1, 1])).granted, [0, 0], "the first never has 101");
  assert.deepEqual((await asked(5, [200, 100], [1, 1])).granted, [100, 1]);
};

const silence = async (stage: Stage): Promise<void> => {
  const { own } = stage;
  const [one, two] = clientsOf(stage) as [QuotaStore, QuotaStore];
  const counters = await countersOf(stage);
  const key = own("a");
  const wanted = { leaseMs: SOON_MS, positions: { usd: { want: 60 }, parallel: { want: 7 } } };
  const first = await one.claim(key, counters, claimOf(counters, wanted));
  await stage.advance?.(SOON_MS);
  let seq = 0;
  let seen: Granted = first;
  await stage.until(async () => {
    seq += 1;
    seen = await two.claim(key, counters, claimOf(counters, { holder: "you", seq }));
    const isOver = seen.nowMs >= first.nowMs + SOON_MS;
    assert.deepEqual(usd(seen), isOver ? [60, 0, 60] : [0, 60, 0], `after ${seen.nowMs - first.nowMs} ms`);
    return isOver;
  }, "its lease was over");
  assert.deepEqual([seen.levels[1]?.held, seen.holders], [0, 1], "calls at the same time end with their process");
  const slot = usdOf(counters, first);
  const back = claimOf(counters, {
    seq: 2,
    positions: { usd: { keep: 20, used: [{ slot, used: 15, open: 0, acked: 0 }] } },
  });
  const corrected = await one.claim(key, counters, back);
  assert.deepEqual(usd(corrected), [15, 20, 0]);
  assert.equal(corrected.holders, 2);
};

const restoring = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const counters = await countersOf(stage, 1_000);
  const { nowMs } = await port.claim(own("other"), counters, claimOf(counters, {}));
  const knew = (used: number): Pick<Claim, "known"> => ({
    known: { born: 5, atMs: nowMs, counters: [{ slot: usdOf(counters, { nowMs }), used, level: 0 }] },
  });
  const asked = (holder: string, used: number): Promise<Granted> =>
    port.claim(own("a"), counters, claimOf(counters, { holder, ...knew(used), positions: { usd: { want: 500 } } }));
  assert.deepEqual((await asked("me", 700)).granted, [300, 0], "700 of 1,000 were used before it was lost");
  assert.deepEqual(usd(await asked("you", 900)), [900, 300, 0], "another knew of more");
  assert.deepEqual(usd(await asked("them", 800)), [900, 300, 0], "a third of less");
};

const crowd = async (stage: Stage): Promise<void> => {
  const clients = clientsOf(stage);
  const counters = await countersOf(stage);
  const key = stage.own("a");
  const holders = Array.from({ length: 64 }, (_, index) => `p${index}`);
  const all = (claim: (holder: string, index: number) => Claim): Promise<readonly Granted[]> =>
    Promise.all(
      holders.map((holder, index) => (clients[index % 2] as QuotaStore).claim(key, counters, claim(holder, index))),
    );
  const wanting = (holder: string): Claim =>
    claimOf(counters, { holder, nonce: 9, positions: { usd: { want: 3, least: 3 }, parallel: { want: 1, least: 1 } } });
  const first = await all(wanting);
  const lucky = first.map(({ granted }) => granted[0] === 3 && granted[1] === 1);
  assert.equal(lucky.filter(Boolean).length, 33, "of 100, 33 get 3 each");
  assert(
    first.every(({ granted }, index) => lucky[index] || (granted[0] === 0 && granted[1] === 0)),
    "nobody gets a part",
  );
  const slot = usdOf(counters, first[0] as Granted);
  const using =
    (seq: number) =>
    (holder: string, index: number): Claim =>
      claimOf(counters, {
        holder,
        seq,
        positions: { usd: { used: [{ slot, used: lucky[index] ? 3 : 0, open: 0, acked: 0 }] } },
      });
  await all(using(2));
  assert.deepEqual(usd((await stage.port.read(key, counters)) ?? { levels: [] }), [99, 0, 0]);
  const copies = await all(using(2));
  assert(
    copies.every(({ stale }) => stale),
    "a copy is stale",
  );
  assert.equal(
    (await all(using(3))).some(({ stale }) => stale),
    false,
  );
  assert.deepEqual(usd((await stage.port.read(key, counters)) ?? { levels: [] }), [99, 0, 0], "nothing counts twice");
  assert.equal((await stage.port.read(key, counters))?.levels[1]?.held, 0);
};

/** Reckoned from what the processes did, without `applyQuota`: never more than there is, and in the end what was used. */
const accounts = async (stage: Stage, seed: number): Promise<void> => {
  const cap = 10_000;
  const counters = await countersOf(stage, cap);
  const [money, parallel] = counters as [Counter, Counter];
  const dice = diceOf(seed);
  const key = stage.own("a");
  const holders = ["p1", "p2", "p3"].map((holder) => new QuotaHolder(holder));
  const slot = usdOf(counters, await stage.port.claim(stage.own("now"), counters, claimOf(counters, {})));
  const earlier: Claim[] = [];
  const say = async (holder: QuotaHolder, want: number): Promise<void> => {
    const asked = () => ({ want, least: dice.one([0, want]) });
    const claim = holder.claim(counters, asked, { leaseMs: dice.one([500, 60_000]), validUntilMs: 0, nonce: 3 });
    earlier.push(claim);
    if (want > 0 && dice.whole(10) === 0) return;
    const answer = await dice.one(clientsOf(stage)).claim(key, counters, claim);
    const [used, held] = usd(answer);
    assert(used + held <= cap, `${used} used and ${held} held of ${cap}`);
    if (want === 0 || dice.whole(5) > 0) holder.heard(counters, claim, answer);
    if (dice.whole(4) === 0) await stage.port.claim(key, counters, dice.one(earlier));
  };
  for (let step = 0; step < 300; step += 1) {
    const holder = dice.one(holders);
    holder.use(money, dice.whole(holder.account(money).held + 1), slot);
    if (dice.whole(2) === 0) holder.settle(money, (open) => dice.whole(open + 1));
    if (dice.whole(5) === 0) await stage.advance?.(dice.one([100, 1_000]));
    await say(holder, dice.whole(800));
  }
  let spent = 0;
  for (const holder of holders) {
    holder.settle(money, () => 0);
    for (const counter of [money, parallel]) holder.account(counter).held = 0;
    await say(holder, 0);
    for (const { used } of holder.account(money).used.values()) spent += used;
  }
  const view = (await stage.port.read(key, counters)) ?? { levels: [] };
  assert(spent > cap / 2, `only ${spent} of ${cap} were spent`);
  assert.deepEqual(usd(view), [spent, 0, 0], "used is what they used");
};

const timeline = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const counters: readonly Counter[] = [{ name: "requests", type: "bucket", cap: 10, perMinute: 60 }];
  let last = 0;
  let seq = 0;
  for (const ms of [0, 1_000, -5_000, -60_000, 2_000, 70_000, -1]) {
    await stage.advance?.(ms);
    seq += 1;
    const claim = claimOf(counters, { seq, positions: { requests: { want: 10 } } });
    const { nowMs } = await port.claim(own("a"), counters, claim);
    assert.equal(nowMs, Math.max(last, Math.floor(nowOf(stage))), `set by ${ms} ms`);
    last = nowMs;
    assert(((await port.read(own("a"), counters))?.nowMs ?? 0) >= last, "read goes back");
  }
};

const reading = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const counters = await countersOf(stage);
  const claim = claimOf(counters, { leaseMs: HOUR_MS, positions: { usd: { want: 60 } } });
  await port.claim(own("a"), counters, claim);
  const views = [];
  for (let index = 0; index < 5; index += 1) views.push(await port.read(own("a"), counters));
  for (const view of views) assert.deepEqual([view?.levels, view?.holders], [views[0]?.levels, 1]);
  assert.deepEqual(usd(await port.claim(own("a"), counters, { ...claim, seq: 2 })), [0, 60, 0]);
};

const keys = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const counters = await countersOf(stage);
  for (const [index, odd] of ODD_NAMES.entries()) {
    const claim = claimOf(counters, { positions: { usd: { want: index + 1 } } });
    assert.deepEqual((await port.claim(own(odd), counters, claim)).granted, [index + 1, 0], odd.slice(0, 20));
  }
  for (const [index, odd] of ODD_NAMES.entries()) {
    assert.equal((await port.read(own(odd), counters))?.levels[0]?.held, index + 1, odd.slice(0, 20));
  }
  for (const odd of ["__proto__", "constructor", ""]) {
    const { nowMs } = await port.claim(odd, counters, claimOf(counters, { holder: own("").slice(0, 8) }));
    assert(nowMs > 0, `key ${odd}`);
  }
};

const spoilt = async (stage: Stage): Promise<void> => {
  const { port, own } = stage;
  const counters = await countersOf(stage);
  const key = own("a");
  await port.claim(key, counters, claimOf(counters, {}));
  await stage.spoil?.(key);
  for (let seq = 2; seq < 5; seq += 1) {
    await assert.rejects(port.claim(key, counters, claimOf(counters, { seq })), "a claim to what cannot be read");
    await assert.rejects(port.read(key, counters), "what cannot be read was read");
  }
  assert.equal((await port.claim(own("b"), counters, claimOf(counters, {}))).stale, false, "another key is well");
};
