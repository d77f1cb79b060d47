import assert from "node:assert/strict";
import type { SignalStore } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import { parkModel } from "./park-model.ts";
import {
  casesOn,
  clientsOf,
  ODD_NAMES,
  type Playing,
  type PlayStep,
  pause,
  playSequences,
  type StoreStage,
  type StoreSuiteOptions,
} from "./stage.ts";

export type SignalStoreSuiteOptions = StoreSuiteOptions<StoreStage<SignalStore>>;

type Stage = Playing<StoreStage<SignalStore>>;

const HOUR_MS = 3_600_000;
const SOON_MS = 200;

/**
 * What every store of signals must do, as cases for any test runner: who parks longest, one holder of a lease at a time under
 * numbers that rise, and messages to those that listen, where it has them.
 */
export const signalStoreSuite = (options: SignalStoreSuiteOptions): readonly SuiteCase[] => {
  const on = casesOn<SignalStore, StoreStage<SignalStore>>(options);
  return [
    on("what nobody parked is not parked", async ({ port, own }) => {
      for (const name of ODD_NAMES) assert.equal(await port.parked(own(name)), 0);
    }),
    on("parked for as long as was said last, but never for less than was said before", parking),
    on("of many that park at once, the longest stands", async (stage) => {
      const clients = clientsOf(stage);
      const model = parkModel(stage);
      const lengths = Array.from({ length: 30 }, (_, index) => ((index * 7) % 30) * 60_000 + 60_000);
      await Promise.all(
        lengths.map((forMs, index) =>
          model.park("a", forMs, () => (clients[index % 2] as SignalStore).park(stage.own("a"), forMs)),
        ),
      );
      await model.expectParked("a", () => stage.port.parked(stage.own("a")));
    }),
    on("a lease has one holder, who renews it under the same number", async (stage) => {
      const [one, two] = clientsOf(stage) as [SignalStore, SignalStore];
      const name = stage.own("a");
      const first = await one.lease(name, "me", HOUR_MS);
      assert(first !== undefined && Number.isSafeInteger(first.epoch), "nobody had it");
      for (const client of [two, one]) assert.equal(await client.lease(name, "you", HOUR_MS), undefined);
      for (const client of [two, one]) assert.deepEqual(await client.lease(name, "me", HOUR_MS), first);
      assert.notEqual(await two.lease(stage.own("b"), "you", HOUR_MS), undefined, "another lease is another's");
    }),
    on("a lease goes to the next with its release, which only its holder can do, under a higher number", releases),
    on("a lease goes to the next when it is over, and not before; who lost it does not get it back", lapses),
    on("of many that want a lease at once, one gets it, round after round under a higher number", async (stage) => {
      const clients = clientsOf(stage);
      let last = 0;
      for (let round = 0; round < 10; round += 1) {
        const asked = Array.from({ length: 20 }, (_, index) =>
          (clients[index % 2] as SignalStore).lease(stage.own("a"), `holder ${index}`, HOUR_MS),
        );
        const leases = await Promise.all(asked);
        const holders = [...leases.keys()].filter((index) => leases[index] !== undefined);
        assert.equal(holders.length, 1, `${holders.length} of 20 have it`);
        const epoch = leases[holders[0] ?? 0]?.epoch ?? 0;
        assert(round === 0 || epoch > last, `number ${epoch} after ${last}`);
        last = epoch;
        await stage.port.release(stage.own("a"), `holder ${holders[0]}`);
      }
    }),
    on("odd names are as good as others", async (stage) => {
      const [one, two] = clientsOf(stage) as [SignalStore, SignalStore];
      for (const odd of ODD_NAMES) await one.release(odd, odd === "" ? "nobody" : odd);
      for (const odd of ODD_NAMES) {
        const name = stage.own(odd);
        await one.park(name, HOUR_MS);
        assert((await two.parked(name)) > 0, `parked ${odd.slice(0, 20)}`);
        const holder = odd === "" ? "nobody" : odd;
        assert.notEqual(await one.lease(name, holder, HOUR_MS), undefined, `lease ${odd.slice(0, 20)}`);
        assert.equal(await two.lease(name, `${holder}!`, HOUR_MS), undefined);
        await one.release(name, holder);
        assert.notEqual(await two.lease(name, `${holder}!`, HOUR_MS), undefined);
      }
    }),
    on("what is said is heard by all that listen, under its own topic, until they stop", hearing),
    on("listening keeps no process alive, once it has begun", async ({ port, own, until }) => {
      const alive = (): number => process.getActiveResourcesInfo().length;
      // Others come and go meanwhile: the fewest count.
      let before = alive();
      for (let look = 0; look < 10; look += 1) {
        await pause(5);
        before = Math.min(before, alive());
      }
      const end = port.subscribe?.(own("a"), () => {});
      await until(async () => alive() <= before, "nothing kept the process alive");
      const listening = alive();
      end?.();
      assert.equal(alive(), listening, "something kept the process alive until its end");
    }),
    on("random operations: as a small model of it has it", (stage) =>
      playSequences(options, (sequence) => sequenceOn(stage, sequence)),
    ),
  ];
};

const parking = async (stage: Stage): Promise<void> => {
  const [one, two] = clientsOf(stage) as [SignalStore, SignalStore];
  const model = parkModel(stage);
  const park = (name: string, forMs: number): Promise<void> =>
    model.park(name, forMs, () => one.park(stage.own(name), forMs));
  const expectParked = async (name: string): Promise<void> => {
    for (const client of [two, one]) await model.expectParked(name, () => client.parked(stage.own(name)));
  };
  for (const forMs of [60_000, 1_000, HOUR_MS, 0, 30_000]) {
    await park("a", forMs);
    await expectParked("a");
  }
  await expectParked("b");
  await park("soon", SOON_MS);
  await park("soon", 0);
  await stage.advance?.(SOON_MS - 1);
  await expectParked("soon");
  await stage.advance?.(1);
  await stage.until(async () => {
    await expectParked("soon");
    return (await two.parked(stage.own("soon"))) === 0;
  }, "it was no longer parked");
  await park("soon", 50_000);
  await expectParked("soon");
};

const releases = async ({ own, ...stage }: Stage): Promise<void> => {
  const [one, two] = clientsOf(stage) as [SignalStore, SignalStore];
  const name = own("a");
  await one.release(name, "me");
  let last = -1;
  for (const [holder, next] of [["me", "you"] as const, ["you", "me"] as const, ["me", "third"] as const]) {
    const lease = await one.lease(name, holder, HOUR_MS);
    assert(lease !== undefined && lease.epoch > last, `number ${lease?.epoch} after ${last}`);
    last = lease.epoch;
    await two.release(name, next);
    assert.equal(await two.lease(name, next, HOUR_MS), undefined, "released by one that did not have it");
    await two.release(name, holder);
  }
};

const lapses = async (stage: Stage): Promise<void> => {
  const [one, two] = clientsOf(stage) as [SignalStore, SignalStore];
  const name = stage.own("a");
  const askedAt = performance.now();
  const mine = await one.lease(name, "me", SOON_MS);
  assert(mine !== undefined, "nobody had it");
  await stage.advance?.(SOON_MS - 1);
  if (stage.advance !== undefined) assert.equal(await two.lease(name, "you", HOUR_MS), undefined, "not over yet");
  await stage.advance?.(1);
  let yours: { readonly epoch: number } | undefined;
  await stage.until(async () => {
    yours = await two.lease(name, "you", HOUR_MS);
    return yours !== undefined;
  }, "the lease was over");
  const waitedMs = performance.now() - askedAt;
  assert(stage.advance !== undefined || waitedMs >= SOON_MS - 2, `another got it after ${waitedMs} of ${SOON_MS} ms`);
  assert((yours?.epoch ?? 0) > mine.epoch, `number ${yours?.epoch} after ${mine.epoch}`);
  assert.equal(await one.lease(name, "me", HOUR_MS), undefined, "who lost it has it too");
  await one.release(name, "me");
  assert.equal(await one.lease(name, "third", HOUR_MS), undefined, "released by one that had lost it");
};

/** Says it again and again until it is heard: what is said before a subscription stands may be lost. */
const hearing = async (stage: Stage): Promise<void> => {
  const [one, two] = clientsOf(stage) as [SignalStore, SignalStore];
  const { own } = stage;
  assert.equal(one.publish === undefined, one.subscribe === undefined, "who can be told can be heard");
  if (one.publish === undefined || one.subscribe === undefined || two.subscribe === undefined) return;
  const odd = [...ODD_NAMES.filter((name) => name.length < 1_000), "x".repeat(1_000)];
  for (const topic of ["a", "größer 水 🐫", "a:b*"]) {
    const heard: Record<"one" | "two" | "other" | "gone", string[]> = { one: [], two: [], other: [], gone: [] };
    const ends = [
      one.subscribe(own(topic), (message) => heard.one.push(message)),
      two.subscribe(own(topic), (message) => heard.two.push(message)),
      two.subscribe(own(`${topic} other`), (message) => heard.other.push(message)),
    ];
    const gone = one.subscribe(own(topic), (message) => heard.gone.push(message));
    gone();
    gone();
    const isHeard = (message: string): boolean => heard.one.includes(message) && heard.two.includes(message);
    let said = 0;
    await stage.until(async () => {
      said += 1;
      await two.publish?.(own(topic), `is anybody there? ${said}`);
      await pause(1);
      return heard.one.length > 0 && heard.two.length > 0;
    }, "it was heard");
    for (const message of odd) {
      await one.publish(own(topic), message);
      await stage.until(async () => isHeard(message), `${message.slice(0, 20)} was heard`);
    }
    assert.deepEqual(heard.other, [], "heard under another topic");
    assert.deepEqual(heard.gone, [], "heard after its end");
    for (const end of ends) end();
  }
};

const NAMES = ["a", "b"];
const HOLDERS = ["me", "you", "them"];
const LEASE_MS = 40_000;

interface Held {
  holder?: string;
  epoch: number;
  untilMs: number;
}

/** Leases of one length, so that a renewal never shortens; time moves only where the stage moves it. */
const sequenceOn = (stage: Stage, sequence: number): PlayStep => {
  const parks = parkModel(stage);
  const leases = new Map<string, Held>();
  let atMs = 0;
  const own = (name: string): string => stage.own(`${sequence} ${name}`);
  return async (dice, told) => {
    const signals = dice.one(clientsOf(stage));
    const name = dice.one(NAMES);
    const holder = dice.one(HOLDERS);
    const held = leases.get(name) ?? { epoch: -1, untilMs: 0 };
    leases.set(name, held);
    switch (dice.one(["park", "lease", "lease", "lease", "release", ...(stage.advance ? ["advance"] : [])])) {
      case "park": {
        const forMs = dice.one([0, 1_000, 20_000, 60_000]);
        told(`park ${name} ${forMs}`);
        await parks.park(name, forMs, () => signals.park(own(name), forMs));
        break;
      }
      case "lease": {
        told(`lease ${name} ${holder}`);
        const lease = await signals.lease(own(name), holder, LEASE_MS);
        const isFree = held.holder === undefined || held.untilMs <= atMs;
        if (!isFree && held.holder !== holder) assert.equal(lease, undefined, `${held.holder} has it`);
        else if (!isFree) assert.deepEqual(lease, { epoch: held.epoch }, "renewed");
        else assert(lease !== undefined && lease.epoch > held.epoch, `${lease?.epoch} after ${held.epoch}`);
        if (lease !== undefined) Object.assign(held, { holder, epoch: lease.epoch, untilMs: atMs + LEASE_MS });
        break;
      }
      case "release": {
        told(`release ${name} ${holder}`);
        await signals.release(own(name), holder);
        if (held.holder === holder) delete held.holder;
        break;
      }
      default: {
        const ms = dice.one([1, 999, 20_000, LEASE_MS]);
        told(`advance ${ms}`);
        await stage.advance?.(ms);
        atMs += ms;
      }
    }
    for (const each of NAMES) await parks.expectParked(each, () => signals.parked(own(each)));
  };
};
