import assert from "node:assert/strict";
import type { Claim, Counter, Granted, QuotaStore, QuotaView } from "../../contract/index.ts";
import { applyQuota, viewQuota } from "../../quotas/apply.ts";
import type { Quota } from "../../quotas/record.ts";
import { QuotaHolder, randomCounters, slotAt } from "./quota-holder.ts";
import { clientsOf, type Dice, nowOf, type Playing, type PlayStep, type StoreStage } from "./stage.ts";

/** The record as it must be, by the rule itself. */
interface Model {
  readonly quota: Quota | undefined;
  readonly keepUntilMs: number;
}

type Stage = Playing<StoreStage<QuotaStore>>;

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/**
 * Plays claims as processes make them, well and badly, against the store and against `applyQuota`: every answer must be the
 * same. Time is what the store answers; where the stage has it, what it must answer.
 */
export const quotaSequence = (stage: Stage, sequence: number): PlayStep => {
  const key = stage.own(`sequence ${sequence}`);
  const holders = ["p1", "Process-2", "p_3"].map((holder) => new QuotaHolder(holder));
  const sent: { readonly counters: readonly Counter[]; readonly claim: Claim }[] = [];
  let model: Model = { quota: undefined, keepUntilMs: 0 };
  let counters: readonly Counter[] | undefined;
  let nowMs = Math.floor(nowOf(stage));

  const send = async (store: QuotaStore, asked: readonly Counter[], claim: Claim): Promise<Granted> => {
    const answer = await store.claim(key, asked, claim);
    nowMs = answer.nowMs;
    if (stage.advance !== undefined) {
      assert.equal(nowMs, Math.max(Math.floor(nowOf(stage)), model.quota?.atMs ?? 0), "the store's time");
    }
    const outcomes = possible(model, nowMs).map(({ quota }) => applyQuota(quota, asked, claim, nowMs));
    const outcome = outcomes.find(({ granted }) => isSame(granted, answer)) ?? outcomes[0];
    assert.deepEqual(plain(answer), plain(outcome?.granted), "the answer to a claim");
    if (outcome !== undefined && outcome.quota !== model.quota) model = outcome;
    return answer;
  };
  const operations: Readonly<Record<string, (dice: Dice, store: QuotaStore) => Promise<string>>> = {
    async claim(dice, store) {
      if (counters === undefined || dice.whole(12) === 0) counters = randomCounters(dice, nowMs);
      const holder = dice.one(holders);
      const claim = randomClaim(dice, holder, counters, nowMs);
      sent.push({ counters, claim });
      // A request that was lost on its way.
      if (dice.whole(20) === 0) return `lost ${JSON.stringify(claim)}`;
      const answer = await send(store, counters, claim);
      // An answer that was lost on its way.
      const isHeard = dice.whole(8) > 0;
      if (isHeard) holder.heard(counters, claim, answer);
      return `claim${isHeard ? "" : " (answer lost)"} ${JSON.stringify(claim)}`;
    },
    async again(dice, store) {
      if (sent.length === 0) return "nothing";
      const copy = dice.one(sent);
      await send(store, copy.counters, copy.claim);
      return `a late copy of ${copy.claim.holder} ${copy.claim.seq}`;
    },
    async read(_dice, store) {
      if (counters === undefined) return "nothing";
      const view = await store.read(key, counters);
      expectView(view, model, counters, Math.max(nowMs, Math.floor(nowOf(stage))));
      return "read";
    },
    async advance(dice) {
      const ms = dice.one([1, 20, 500, 1_000, 5_000, 61_000, -3_000, 3_600_000, 90_000_000]);
      await stage.advance?.(ms);
      nowMs = Math.max(nowMs, Math.floor(nowOf(stage)));
      return `advance ${ms}`;
    },
  };
  const always = ["claim", "claim", "claim", "claim", "again", "read"];
  const names = stage.advance === undefined ? always : [...always, "advance", "advance"];
  return async (dice, told) => told((await operations[dice.one(names)]?.(dice, dice.one(clientsOf(stage)))) ?? "");
};

/** After its end a record may be there, or not. */
const possible = (model: Model, nowMs: number): readonly Model[] =>
  model.quota === undefined || nowMs <= model.keepUntilMs ? [model] : [model, { quota: undefined, keepUntilMs: 0 }];

const isSame = (one: unknown, other: unknown): boolean => {
  try {
    assert.deepEqual(plain(one), plain(other));
    return true;
  } catch {
    return false;
  }
};

const expectView = (view: QuotaView | undefined, model: Model, counters: readonly Counter[], nowMs: number): void => {
  if (view === undefined) {
    assert(model.quota === undefined || nowMs > model.keepUntilMs, "there is a record, and read has none");
    return;
  }
  assert(model.quota !== undefined, "there is no record, and read has one");
  assert.deepEqual(plain(view), plain(viewQuota(model.quota, counters, view.nowMs)), "what read answers");
};

/** What a process might say: mostly sense, now and then what a bug or a changed registry would make of it. */
const randomClaim = (dice: Dice, holder: QuotaHolder, counters: readonly Counter[], nowMs: number): Claim => {
  for (const counter of counters) {
    const { held } = holder.account(counter);
    const slot = dice.whole(8) === 0 ? slotAt(counter, nowMs) - dice.one([1_000, 3_600_000]) : slotAt(counter, nowMs);
    const amount = dice.whole(10) === 0 ? dice.whole(Math.min(counter.cap, 1e12) + 1) : dice.whole(held + 1);
    if (amount > 0) holder.use(counter, amount, slot);
    if (dice.whole(3) === 0) holder.settle(counter, (open) => dice.whole(open + 1));
    if (dice.whole(6) === 0) holder.account(counter).held = dice.whole(holder.account(counter).held + 1);
  }
  return holder.claim(
    counters,
    ({ cap }) => {
      const want = dice.one([0, dice.whole(cap + 1), Math.ceil(cap / 3)]);
      return { want, least: dice.one([0, 0, want, dice.whole(want + 1)]) };
    },
    {
      leaseMs: dice.one([1, 500, 5_000, 60_000]),
      validUntilMs: dice.whole(10) === 0 ? nowMs + dice.whole(2_000) - 1_000 : 0,
      nonce: 1 + dice.whole(9e15),
    },
  );
};
