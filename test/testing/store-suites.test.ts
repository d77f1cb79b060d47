/** What every part of a store must do, shown of the one in memory; and that the suites notice what they say they notice. */
import type { CacheStore, Claim, DocumentStore, Granted, QuotaStore, SignalStore } from "headgate";
import {
  cacheStoreSuite,
  documentStoreSuite,
  type QuotaStage,
  quotaStoreSuite,
  type StoreStage,
  type SuiteCase,
  signalStoreSuite,
  virtualClock,
} from "headgate/testing";
import { describe, expect, it } from "vitest";
import { memoryCache } from "../../src/store/memory/memory-cache.ts";
import { memoryDocuments } from "../../src/store/memory/memory-documents.ts";
import { memoryQuotas } from "../../src/store/memory/memory-quotas.ts";
import { memorySignals } from "../../src/store/memory/memory-signals.ts";

const timed = <Port>(make: (now: () => number) => Port): StoreStage<Port> => {
  const { now, advance } = virtualClock();
  return { port: make(now), now, advance };
};
const untimed = <Port>(make: (now: () => number) => Port): StoreStage<Port> => ({ port: make(Date.now) });

const cache = (now: () => number): CacheStore => memoryCache(now, 64 * 1024 * 1024);

const NEVER = { spoil: "what is in memory is never text" };
const FROZEN = { ...NEVER, advance: "its time cannot be moved" };

describe.each([
  ["a cache", cacheStoreSuite({ open: () => timed(cache) })],
  ["a cache with a time of its own", cacheStoreSuite({ open: () => untimed(cache) })],
  ["signals", signalStoreSuite({ open: () => timed(memorySignals) })],
  ["signals with a time of their own", signalStoreSuite({ open: () => untimed(memorySignals) })],
  ["quotas", quotaStoreSuite({ open: () => timed(memoryQuotas), never: NEVER })],
  ["quotas with a time of their own", quotaStoreSuite({ open: () => untimed(memoryQuotas), never: FROZEN })],
  ["documents", documentStoreSuite({ open: () => ({ port: memoryDocuments() }) })],
])("in memory: %s", (_what, cases) => {
  for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run);
});

type Wrong<Port> = Readonly<Record<string, (right: Port, now: () => number) => Port>>;

const CACHES: Wrong<CacheStore> = {
  "invalidate does nothing": (right) => ({ ...right, invalidate: async () => {} }),
  "invalidate drops everything": (right) => {
    const keys = new Set<string>();
    return {
      ...right,
      set(key, ...rest) {
        keys.add(key);
        return right.set(key, ...rest);
      },
      invalidate: async () => void (await Promise.all([...keys].map(right.delete))),
    };
  },
  "what is set after an invalidation is dropped too": (right) => {
    const dead = new Set<string>();
    return {
      ...right,
      set: async (key, value, options) =>
        options.tags?.some((tag) => dead.has(tag)) ? right.delete(key) : right.set(key, value, options),
      async invalidate(tag) {
        dead.add(tag);
        await right.invalidate(tag);
      },
    };
  },
  "an entry keeps the tags of what stood there before": (right) => {
    const tagsOf = new Map<string, readonly string[]>();
    return {
      ...right,
      set(key, value, { expiresAtMs, tags = [] }) {
        const all = [...new Set([...(tagsOf.get(key) ?? []), ...tags])];
        tagsOf.set(key, all);
        return right.set(key, value, { expiresAtMs, tags: all });
      },
    };
  },
  "only the first tag counts": (right) => ({
    ...right,
    set: (key, value, { expiresAtMs, tags = [] }) => right.set(key, value, { expiresAtMs, tags: tags.slice(0, 1) }),
  }),
  "nothing is ever over": (right) => ({
    ...right,
    set: (key, value, options) => right.set(key, value, { ...options, expiresAtMs: 9e15 }),
    async get(key) {
      const entry = await right.get(key);
      return entry && { value: entry.value, expiresAtMs: entry.expiresAtMs };
    },
  }),
  "it is over a moment late": (_right, now) => cache(() => now() - 1),
  "it is over a moment early": (_right, now) => cache(() => now() + 1),
  "the first write wins": (right) => ({
    ...right,
    set: async (key, ...rest) => ((await right.get(key)) === undefined ? right.set(key, ...rest) : undefined),
  }),
  "delete does nothing": (right) => ({ ...right, delete: async () => {} }),
  "an empty value is none": (right) => ({
    ...right,
    async get(key) {
      const entry = await right.get(key);
      return entry?.value === "" ? undefined : entry;
    },
  }),
  "long values are cut": (right) => ({
    ...right,
    set: (key, value, options) => right.set(key, value.slice(0, 65_536), options),
  }),
  "long keys are cut": (right) => ({
    ...right,
    get: (key) => right.get(key.slice(0, 40)),
    set: (key, ...rest) => right.set(key.slice(0, 40), ...rest),
  }),
  "keys are names of an object": (right) => {
    const entries: Record<string, Awaited<ReturnType<CacheStore["get"]>>> = {};
    return {
      ...right,
      async get(key) {
        return entries[key] === undefined ? undefined : ((await right.get(key)) ?? entries[key]);
      },
      set(key, value, options) {
        entries[key] = { value, expiresAtMs: options.expiresAtMs };
        return right.set(key, value, options);
      },
    };
  },
};

const SIGNALS: Wrong<SignalStore> = {
  "a park shortens": (right, now) => {
    const ends = new Map<string, number>();
    return {
      ...right,
      park: async (name, forMs) => void ends.set(name, now() + forMs),
      parked: async (name) => Math.max(0, (ends.get(name) ?? 0) - now()),
    };
  },
  "only the first park counts": (right) => ({
    ...right,
    park: async (name, forMs) => ((await right.parked(name)) === 0 ? right.park(name, forMs) : undefined),
  }),
  "parks add up": (right) => ({
    ...right,
    park: async (name, forMs) => right.park(name, forMs + (await right.parked(name))),
  }),
  "a park never ends": (right) => {
    const all = new Set<string>();
    return {
      ...right,
      park: async (name, forMs) => {
        all.add(name);
        await right.park(name, forMs);
      },
      parked: async (name) => Math.max(all.has(name) ? 1 : 0, await right.parked(name)),
    };
  },
  "a park is told below 0 when it is over": (right, now) => {
    const ends = new Map<string, number>();
    return {
      ...right,
      park: async (name, forMs) => void ends.set(name, Math.max(ends.get(name) ?? 0, now() + forMs)),
      parked: async (name) => (ends.has(name) ? (ends.get(name) ?? 0) - now() : 0),
    };
  },
  "two get a lease": (right) => ({
    ...right,
    lease: async (name, holder, forMs) =>
      (await right.lease(name, holder, forMs)) ?? (holder === "you" ? { epoch: 99 } : undefined),
  }),
  "two that ask at once get a lease": (right, now) => {
    const held = new Map<string, { holder: string; untilMs: number; epoch: number }>();
    return {
      ...right,
      async lease(name, holder, forMs) {
        const before = held.get(name);
        await Promise.resolve();
        if (before !== undefined && before.holder !== holder && before.untilMs > now()) return undefined;
        const isMine = before?.holder === holder && before.untilMs > now();
        const epoch = isMine ? before.epoch : (before?.epoch ?? 0) + 1;
        held.set(name, { holder, untilMs: now() + forMs, epoch });
        return { epoch };
      },
      async release(name, holder) {
        const before = held.get(name);
        if (before?.holder === holder) held.set(name, { ...before, untilMs: 0 });
      },
    };
  },
  "each lease has the same number": (right) => ({
    ...right,
    lease: async (...asked) => ((await right.lease(...asked)) === undefined ? undefined : { epoch: 1 }),
  }),
  "numbers begin anew after a release": (right) => {
    const fresh = new Map<string, number>();
    return {
      ...right,
      async lease(name, holder, forMs) {
        const lease = await right.lease(name, holder, forMs);
        if (lease !== undefined && !fresh.has(name)) fresh.set(name, lease.epoch - 1);
        return lease && { epoch: lease.epoch - (fresh.get(name) ?? 0) };
      },
      release(name, holder) {
        fresh.delete(name);
        return right.release(name, holder);
      },
    };
  },
  "a renewal gets a new number": (right) => {
    let renewals = 0;
    return {
      ...right,
      async lease(...asked) {
        const lease = await right.lease(...asked);
        renewals += 1;
        return lease && { epoch: lease.epoch * 1_000_000 + renewals };
      },
    };
  },
  "a renewal does not prolong": (right, now) => {
    const ends = new Map<string, number>();
    return {
      ...right,
      async lease(name, holder, forMs) {
        const leftMs = (ends.get(`${name} ${holder}`) ?? 0) - now();
        if (leftMs <= 0) ends.set(`${name} ${holder}`, now() + forMs);
        return right.lease(name, holder, leftMs > 0 ? leftMs : forMs);
      },
    };
  },
  "anybody can release": (right) => {
    const holders = new Map<string, string>();
    return {
      ...right,
      async lease(name, holder, forMs) {
        const lease = await right.lease(name, holder, forMs);
        if (lease !== undefined) holders.set(name, holder);
        return lease;
      },
      release: (name) => right.release(name, holders.get(name) ?? ""),
    };
  },
  "a lease never ends": (right) => ({ ...right, lease: (name, holder) => right.lease(name, holder, 9e12) }),
  "leases and topics have one name": (right) => ({ ...right, lease: (_name, ...rest) => right.lease("one", ...rest) }),
  "nobody is heard": (right) => ({ ...right, publish: async () => {} }),
  "every topic is heard": (right) => ({
    ...right,
    publish: async (_topic, message) => right.publish?.("all", message),
    subscribe: (_topic, heard) => right.subscribe?.("all", heard) ?? (() => {}),
  }),
  "an end ends nothing": (right) => ({
    ...right,
    subscribe(topic, heard) {
      right.subscribe?.(topic, heard);
      return () => {};
    },
  }),
  "listening keeps the process alive": (right) => ({
    ...right,
    subscribe(topic, heard) {
      const end = right.subscribe?.(topic, heard);
      const timer = setInterval(() => {}, 1_000);
      return () => {
        clearInterval(timer);
        end?.();
      };
    },
  }),
};

const DOCUMENTS: Wrong<DocumentStore> = {
  "the first write stays": (right) => ({
    ...right,
    write: async (name, text) => (await right.version(name)) ?? right.write(name, text),
  }),
  "the version is the length": (right) => ({
    ...right,
    read: async (name) => {
      const found = await right.read(name);
      return found && { ...found, version: `${found.text.length}` };
    },
    version: async (name) => {
      const found = await right.read(name);
      return found && `${found.text.length}`;
    },
    write: async (name, text) => {
      await right.write(name, text);
      return `${text.length}`;
    },
  }),
  "a write answers the version before": (right) => ({
    ...right,
    async write(name, text) {
      const before = await right.version(name);
      const version = await right.write(name, text);
      return before ?? version;
    },
  }),
  "an empty text is none": (right) => ({
    ...right,
    async read(name) {
      const found = await right.read(name);
      return found?.text === "" ? undefined : found;
    },
  }),
  "text and version are read one after the other": (right) => ({
    ...right,
    async write(name, text) {
      const version = await right.write(name, text);
      await Promise.resolve();
      return (await right.version(name)) ?? version;
    },
  }),
  "long texts are cut": (right) => ({ ...right, write: (name, text) => right.write(name, text.slice(0, 65_536)) }),
  "all names are one": (right) => ({
    read: () => right.read("one"),
    version: () => right.version("one"),
    write: (_name, text) => right.write("one", text),
  }),
};

/** Stores that hear claims rightly and do one thing wrong with them. */
const hearing =
  (wrong: (claim: Claim) => Claim) =>
  (right: QuotaStore): QuotaStore => ({
    ...right,
    claim: (key, counters, claim) => right.claim(key, counters, wrong(claim)),
  });
const answering =
  (wrong: (granted: Granted, claim: Claim) => Granted) =>
  (right: QuotaStore): QuotaStore => ({
    ...right,
    claim: async (key, counters, claim) => wrong(await right.claim(key, counters, claim), claim),
  });
const eachPosition = (claim: Claim, change: (position: Claim["positions"][number]) => object): Claim => ({
  ...claim,
  positions: claim.positions.map((position) => ({ ...position, ...change(position) })),
});

/** Rising numbers in place of those that were claimed, so that no claim is stale. */
const fresh = (): ((claim: Claim) => Claim) => {
  let seq = 0;
  return (claim) => {
    seq += 1;
    return { ...claim, seq };
  };
};

const QUOTAS: Wrong<QuotaStore> = {
  "a claim counts twice": (right) => {
    let times = 0;
    return {
      ...right,
      async claim(key, counters, claim) {
        times += 1;
        if (times % 7 !== 0) return right.claim(key, counters, claim);
        const twice = eachPosition(claim, ({ used }) => ({
          used: used.map((each) => ({ ...each, used: each.used * 2 - each.acked })),
        }));
        return right.claim(key, counters, twice);
      },
    };
  },
  "what came before counts again": (right) => {
    const renumbered = fresh();
    return { ...right, claim: (key, counters, claim) => right.claim(key, counters, renumbered(claim)) };
  },
  "what came too late counts": hearing((claim) => ({ ...claim, validUntilMs: 0 })),
  "what a lost record knew is forgotten": hearing((claim) => ({ ...claim, known: { ...claim.known, born: 0 } })),
  "a part of what cannot be split is granted": hearing((claim) => eachPosition(claim, () => ({ least: 0 }))),
  "nothing is kept": hearing((claim) => eachPosition(claim, () => ({ keep: 0 }))),
  "what runs is not told from what is over": hearing((claim) =>
    eachPosition(claim, ({ used }) => ({ used: used.map((each) => ({ ...each, open: 0 })) })),
  ),
  "who is silent keeps what it has": hearing((claim) => ({ ...claim, leaseMs: 9e12 })),
  "a lease is over a moment early": hearing((claim) => ({ ...claim, leaseMs: claim.leaseMs - 1 })),
  "each holder is another": (right) => {
    let holders = 0;
    return hearing((claim) => {
      holders += 1;
      return { ...claim, holder: `${claim.holder}-${holders}` };
    })(right);
  },
  "one more is granted than there is": answering((granted) => ({
    ...granted,
    granted: granted.granted.map((amount) => (amount > 0 ? amount + 1 : amount)),
  })),
  "what is stale is not told": answering((granted) => ({ ...granted, stale: false })),
  "every record is the same one": answering((granted) => ({ ...granted, born: 1 })),
  "time goes back": (_right, now) => {
    const store = memoryQuotas(() => now());
    return {
      ...store,
      claim: async (...claim) => ({ ...(await store.claim(...claim)), nowMs: now() }),
    };
  },
  "its time is another": (_right, now) => memoryQuotas(() => now() + 1_000),
  "of two claims at once, one is lost": (right) => {
    const last = new Map<string, Promise<Granted>>();
    return {
      ...right,
      async claim(key, counters, claim) {
        const running = last.get(key);
        if (running !== undefined) return running;
        const answer = Promise.resolve().then(() => right.claim(key, counters, claim));
        last.set(key, answer);
        return answer.finally(() => last.delete(key));
      },
    };
  },
  "reading makes a record": (right) => ({
    ...right,
    async read(key, counters) {
      const positions = counters.map(() => ({ used: [], keep: 0, want: 0, least: 0 }));
      const known = { born: 0, atMs: 0, counters: [] };
      const said = { seq: 1, leaseMs: 1_000, validUntilMs: 0, nonce: 1, known, positions };
      await right.claim(key, counters, { holder: "reader", ...said });
      return right.read(key, counters);
    },
  }),
  "reading renews every lease": (right) => {
    const last = new Map<string, Parameters<QuotaStore["claim"]>>();
    return {
      claim(...claim) {
        last.set(claim[0], claim);
        return right.claim(...claim);
      },
      async read(key, counters) {
        const [, asked, claim] = last.get(key) ?? [];
        if (asked && claim) await right.claim(key, asked, { ...claim, seq: claim.seq + 1 });
        return right.read(key, counters);
      },
    };
  },
  "all keys are one": (right) => ({
    claim: (_key, ...rest) => right.claim("one", ...rest),
    read: (_key, ...rest) => right.read("one", ...rest),
  }),
  "long keys are cut": (right) => ({
    claim: (key, ...rest) => right.claim(key.slice(0, 40), ...rest),
    read: (key, ...rest) => right.read(key.slice(0, 40), ...rest),
  }),
};

/** One that begins anew where it cannot read. */
const overwriting = (): QuotaStage => {
  const { port, ...stage } = timed(memoryQuotas);
  const spoilt = new Map<string, number>();
  const place = (key: string): string => `${key} ${spoilt.get(key) ?? 0}`;
  return {
    ...stage,
    port: {
      claim: (key, ...rest) => port.claim(place(key), ...rest),
      read: (key, ...rest) => port.read(place(key), ...rest),
    },
    spoil: (key) => void spoilt.set(key, (spoilt.get(key) ?? 0) + 1),
  };
};

const noticedBy = async (cases: readonly SuiteCase[]): Promise<readonly string[]> => {
  const noticed: string[] = [];
  for (const { name, skip, run } of cases) {
    if (skip === undefined) await run().catch(() => noticed.push(name));
  }
  return noticed;
};

/** Both with a time that is moved and with the store's own; what only one of them can see is enough for that one. */
const wrongs = <Port>(
  all: Wrong<Port>,
  make: (now: () => number) => Port,
  suiteOf: (options: { open: () => StoreStage<Port>; caseMs: number }) => readonly SuiteCase[],
) =>
  Object.entries(all).map(
    ([what, wrong]) => [what, suiteOf({ open: () => timed((now) => wrong(make(now), now)), caseMs: 1_000 })] as const,
  );

describe("the suites notice", () => {
  // One after the other: what keeps a process alive cannot be told apart otherwise.
  it.each([
    ...wrongs(CACHES, cache, cacheStoreSuite),
    ...wrongs(SIGNALS, memorySignals, signalStoreSuite),
    ...wrongs(QUOTAS, memoryQuotas, (options) => quotaStoreSuite({ ...options, never: NEVER })),
    ["what cannot be read is written over", quotaStoreSuite({ open: overwriting })] as const,
    ...wrongs(DOCUMENTS, memoryDocuments, documentStoreSuite),
  ])("%s", async (_what, cases) => expect(await noticedBy(cases)).not.toEqual([]));

  it("and tells the seed and the steps of a sequence that fails", async () => {
    const cases = cacheStoreSuite({
      open: () => timed((now) => ({ ...cache(now), invalidate: async () => {} })),
      seed: 7,
    });
    const sequences = cases.find(({ name }) => name.startsWith("random"));
    await expect(sequences?.run()).rejects.toThrow(/seed 7, sequence \d+: .*invalidate [xyz]$/);
  });
});
