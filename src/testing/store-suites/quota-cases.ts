import assert from "node:assert/strict";
import type { Claim, Counter, Granted, QuotaStore } from "../../contract/index.ts";
import { claimOf } from "./quota-holder.ts";
import { countersOf, HOUR_MS, type QuotaPlaying, SOON_MS, usd, usdOf } from "./quota-stage.ts";
import { clientsOf, nowOf, ODD_NAMES } from "./stage.ts";

export const beginning = async (stage: QuotaPlaying): Promise<void> => {
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

export const superseding = async (stage: QuotaPlaying): Promise<void> => {
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

export const staleness = async (stage: QuotaPlaying): Promise<void> => {
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

export const atomicity = async (stage: QuotaPlaying): Promise<void> => {
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

export const silence = async (stage: QuotaPlaying): Promise<void> => {
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

export const restoring = async (stage: QuotaPlaying): Promise<void> => {
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

export const timeline = async (stage: QuotaPlaying): Promise<void> => {
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

export const reading = async (stage: QuotaPlaying): Promise<void> => {
  const { port, own } = stage;
  const counters = await countersOf(stage);
  const claim = claimOf(counters, { leaseMs: HOUR_MS, positions: { usd: { want: 60 } } });
  await port.claim(own("a"), counters, claim);
  const views = [];
  for (let index = 0; index < 5; index += 1) views.push(await port.read(own("a"), counters));
  for (const view of views) assert.deepEqual([view?.levels, view?.holders], [views[0]?.levels, 1]);
  assert.deepEqual(usd(await port.claim(own("a"), counters, { ...claim, seq: 2 })), [0, 60, 0]);
};

export const keys = async (stage: QuotaPlaying): Promise<void> => {
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

export const spoilt = async (stage: QuotaPlaying): Promise<void> => {
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
