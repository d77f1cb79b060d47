import {
  createGateway,
  type Gateway,
  GatewayError,
  type GatewayOptions,
  type MemoryLedger,
  memoryLedger,
} from "headgate";
import { type Act, type FakeProvider, fakeProvider, type VirtualClock, virtualClock } from "headgate/testing";

/** Ten tokens in and six out: 10 × 1 + 6 × 5 = 40 micro-dollars a call. */
export const MODEL = { provider: "fake", cost: { input: 1, output: 5 }, limit: { output: 100 } } as const;
export const COST_OF_CALL: number = 40_000;
/** What an estimate says of "hi", on the safe side. */
export const ask = { prompt: "hi", maxOutputTokens: 10 } as const;

export interface Limited {
  readonly gateway: Gateway;
  readonly clock: VirtualClock;
  readonly ledger: MemoryLedger;
  readonly provider: FakeProvider;
}

export interface LimitedOptions extends Partial<Omit<GatewayOptions, "registry" | "clock">> {
  readonly registry?: object;
  readonly script?: readonly Act[] | ((attempt: number) => Act);
  readonly clock?: VirtualClock;
}

/** A gateway in process, on a clock that stands still, whose tenants are on one plan. */
export const limited = (plan: object, options: LimitedOptions = {}): Limited => {
  const { registry, script = [], clock = virtualClock(), ...rest } = options;
  const provider = fakeProvider({ script });
  const ledger = memoryLedger();
  const gateway = createGateway({
    providers: [provider],
    registry: { models: { one: MODEL }, plans: { basic: plan }, policy: { plan: "basic" }, ...registry },
    ledger,
    clock,
    ...rest,
  }) as unknown as Gateway;
  return { gateway, clock, ledger, provider };
};

/** The error that a call ends with. */
export const failure = async (pending: Promise<unknown>): Promise<GatewayError> => {
  try {
    await pending;
  } catch (error) {
    if (GatewayError.is(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
};

/** What a ledger says in all, amendments included. */
export const spentIn = (ledger: MemoryLedger): bigint =>
  ledger.entries().reduce((sum, entry) => sum + BigInt(entry.type === "feedback" ? 0 : (entry.costNanoUsd ?? 0)), 0n);

/** Lets time pass until it settles. */
export const settled = async <T>(clock: VirtualClock, pending: Promise<T>, stepMs = 250): Promise<T> => {
  let isOver = false;
  const mark = (): void => {
    isOver = true;
  };
  pending.then(mark, mark);
  for (let passedMs = 0; !isOver; passedMs += stepMs) {
    if (passedMs > 600_000) throw new Error("hangs");
    await clock.advance(stepMs);
  }
  return pending;
};
