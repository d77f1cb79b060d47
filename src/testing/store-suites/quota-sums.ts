import assert from "node:assert/strict";
import type { Claim, Counter, Granted, QuotaStore } from "../../contract/index.ts";
import { claimOf, QuotaHolder } from "./quota-holder.ts";
import { countersOf, type QuotaPlaying, usd, usdOf } from "./quota-stage.ts";
import { clientsOf, diceOf } from "./stage.ts";

export const crowd = async (stage: QuotaPlaying): Promise<void> => {
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
export const accounts = async (stage: QuotaPlaying, seed: number): Promise<void> => {
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
