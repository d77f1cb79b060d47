/** One process of a fleet: a gateway of its own, and calls through it. Does what its parent says. */
import { setTimeout as waited } from "node:timers/promises";
import type { Clock, LedgerEntry, LedgerSink } from "../../src/contract/index.ts";
import { createGateway, type Gateway, GatewayError } from "../../src/index.ts";
import { seeded } from "../../src/testing/random.ts";
import { billingProvider, drawn } from "./billing-provider.ts";
import type { Admitted, Command, Job, Load, Range, Refused, Report } from "./job.ts";
import { fastTime, openProcessStore, type ProcessStore } from "./process-store.ts";

interface Open {
  readonly job: Job;
  readonly gateway: Gateway<object, { tenant: string }>;
  readonly processStore: ProcessStore;
  readonly random: () => number;
  readonly billed: Record<string, bigint>;
  readonly admitted: Admitted[];
  readonly refused: Refused[];
  readonly storeEvents: { state: "lost" | "back"; atMs: number }[];
  recorded: bigint;
  lanes: Promise<unknown>[];
  isStopping: boolean;
}

let open: Open | undefined;
let warnings: string[] = [];
let unhandled = 0;
let steppedMs = 0;

process.on("warning", (warning: Error & { code?: string }) => {
  warnings.push(warning.code ?? warning.name);
});
process.on("unhandledRejection", () => {
  unhandled += 1;
});
process.on("disconnect", () => process.exit());

const clockOf = ({ clock, fast }: Job): Clock | undefined => {
  const chance = (): number => Math.random();
  const after =
    (times: number): Clock["after"] =>
    (ms, fn, options) => {
      const timer = setTimeout(fn, ms / times);
      if (options?.keepAlive !== true) timer.unref();
      return () => clearTimeout(timer);
    };
  const now = fastTime(fast);
  if (fast !== undefined && now !== undefined) {
    return { now, elapsed: () => performance.now() * fast.times, after: after(fast.times), chance };
  }
  if (clock === undefined) return undefined;
  const own = { now: () => Date.now() + steppedMs, after: after(1), chance };
  return clock === "bare" ? own : { ...own, elapsed: () => performance.now() };
};

const start = async (job: Job): Promise<void> => {
  await close();
  [warnings, unhandled, steppedMs] = [[], 0, 0];
  const processStore = await openProcessStore(job);
  const clock = clockOf(job);
  const ledger: LedgerSink = { contract: 1, write: (entry) => record(entry) };
  const gateway = createGateway({
    providers: [billingProvider()],
    registry: job.registry as never,
    store: processStore.store,
    defaultTenant: false,
    ledger,
    ...(job.quotas === undefined ? {} : { quotas: job.quotas }),
    ...(clock === undefined ? {} : { clock }),
  }) as unknown as Open["gateway"];
  const opened: Open = {
    job,
    gateway,
    processStore,
    random: seeded(job.seed),
    billed: {},
    admitted: [],
    refused: [],
    storeEvents: [],
    recorded: 0n,
    lanes: [],
    isStopping: false,
  };
  const record = (entry: LedgerEntry): void => {
    if (entry.type === "call") opened.recorded += BigInt(entry.costNanoUsd ?? 0);
  };
  gateway.on("store", ({ state }) => opened.storeEvents.push({ state, atMs: Date.now() }));
  await gateway.ready();
  open = opened;
};

const between = (random: () => number, [from, to]: Range): number => from + random() * (to - from);
const whole = (random: () => number, [from, to]: Range): number => from + Math.floor(random() * (to - from + 1));

const lane = async (opened: Open, load: Load): Promise<void> => {
  const { random } = opened;
  const { pauseMs, restMs = [5, 25], forMs = Number.POSITIVE_INFINITY, refusals = Number.POSITIVE_INFINITY } = load;
  const endsAt = performance.now() + forMs;
  let inARow = 0;
  while (!opened.isStopping && performance.now() < endsAt && inARow < refusals) {
    const isIn = await ask(opened, load);
    inARow = isIn ? 0 : inARow + 1;
    if (!isIn) await waited(between(random, restMs));
    else if (pauseMs !== undefined) await waited(between(random, pauseMs));
  }
};

/** Whether it was let in. */
const ask = async (opened: Open, { tenant, holdMs, outputTokens, uses }: Load): Promise<boolean> => {
  const { gateway, processStore, random, billed } = opened;
  const tokens = whole(random, outputTokens);
  const usedTokens = Math.round(tokens * between(random, uses));
  const startedAt = performance.now();
  let mine: Admitted | undefined;
  const draw = {
    holdMs: between(random, holdMs),
    usedTokens,
    began: () => {
      const atMs = fastTime(opened.job.fast)?.() ?? Date.now();
      const grantedAtMs = processStore.grantedAt(tenant) ?? atMs;
      const waitedMs = performance.now() - startedAt;
      mine = { tenant, grantedAtMs, atMs, waitedMs, tokens, usedTokens, settledAtMs: 0 };
      opened.admitted.push(mine);
    },
    ended: (nanoUsd: bigint) => {
      if (mine !== undefined) mine.settledAtMs = Date.now();
      billed[tenant] = (billed[tenant] ?? 0n) + nanoUsd;
      processStore.note(`used ${nanoUsd}`);
    },
  };
  try {
    await drawn.run(draw, () => gateway.complete({ model: "one", prompt: "hi", maxOutputTokens: tokens, tenant }));
    return true;
  } catch (error) {
    const code = GatewayError.is(error) ? error.code : String(error);
    opened.refused.push({ tenant, atMs: Date.now(), waitedMs: performance.now() - startedAt, code });
    return false;
  }
};

const close = async (): Promise<void> => {
  const closing = open;
  open = undefined;
  await closing?.gateway.close();
  await closing?.processStore.close();
};

const reportOf = ({ admitted, refused, billed, recorded, storeEvents }: Open): Report => ({
  admitted,
  refused,
  billed,
  recorded,
  storeEvents,
  warnings,
  unhandled,
});

const obey = async (command: Command): Promise<unknown> => {
  if (command.does === "open") return start(command.job);
  if (command.does === "step") {
    steppedMs += command.ms;
    return undefined;
  }
  const opened = open;
  if (opened === undefined) return undefined;
  switch (command.does) {
    case "load":
      for (const load of command.loads) {
        for (let each = 0; each < load.lanes; each += 1) opened.lanes.push(lane(opened, load));
      }
      return undefined;
    case "stop":
    case "finish":
      if (command.does === "stop") opened.isStopping = true;
      await Promise.all(opened.lanes);
      opened.lanes = [];
      opened.isStopping = false;
      return undefined;
    case "report":
      return reportOf(opened);
    case "cut":
      opened.processStore.cut();
      return undefined;
    case "close":
      return close();
  }
};

process.on("message", ({ id, command }: { readonly id: number; readonly command: Command }) => {
  obey(command).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error instanceof Error ? error.stack : error) }),
  );
});
process.send?.({ id: 0 });
