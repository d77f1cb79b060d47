import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { SuiteCase } from "../provider-suite/index.ts";
import { seeded } from "../random.ts";

/** A port of a store under test, and what the suite may do to it. */
export interface StoreStage<Port> {
  readonly port: Port;
  /** The same state through another client, as another process has it. Default: the same client. */
  readonly other?: Port;
  /** The time by which the store tells what is over, in epoch milliseconds. Default: the system's. */
  now?(): number;
  /** Moves that time, which stands still otherwise. Absent: the suite waits until the store's own has come so far. */
  advance?(ms: number): void | Promise<void>;
  close?(): void | Promise<void>;
}

export interface StoreSuiteOptions<Stage> {
  /** A stage for each case. Its state may be that of others: the suite's names are its own, but for a few odd ones. */
  readonly open: () => Stage | Promise<Stage>;
  /** Of the random sequences: the same seed, the same operations. A failure tells it. @default 1 */
  readonly seed?: number;
  /** How many random sequences are played. @default 20 */
  readonly sequences?: number;
  /** How long a case may take, in milliseconds. @default 10_000 */
  readonly caseMs?: number;
}

const CASE_MS = 10_000;
const SEQUENCES = 20;
const STEPS = 60;

/** What a case plays on. */
export type Playing<Stage> = Stage & {
  /** A name that nobody else has. */
  readonly own: (name: string) => string;
  readonly until: (isSo: () => Promise<boolean>, what: string) => Promise<void>;
};

/** Makes cases: each on a stage of its own, closed on every way out, ended when it takes too long. */
export const casesOn =
  <Port, Stage extends StoreStage<Port>>({ open, caseMs = CASE_MS }: StoreSuiteOptions<Stage>) =>
  (name: string, play: (stage: Playing<Stage>) => Promise<void>, skip?: string): SuiteCase => ({
    name,
    ...(skip !== undefined && { skip }),
    async run() {
      const stage = await open();
      const prefix = randomUUID();
      const own = (name: string): string => `${prefix} ${name}`;
      let isOver = false;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          isOver = true;
          reject(new assert.AssertionError({ message: `not over within ${caseMs} ms` }));
        }, caseMs);
      });
      const until = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
        while (!(await isSo())) {
          assert(!isOver, `it never happened that ${what}`);
          await pause(POLL_MS);
        }
      };
      try {
        await Promise.race([play({ ...stage, own, until }), late]);
      } finally {
        isOver = true;
        clearTimeout(timer);
        await stage.close?.();
      }
    },
  });

const POLL_MS = 10;
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const nowOf = (stage: Pick<StoreStage<unknown>, "now">): number => stage.now?.() ?? Date.now();

/** The stage's two clients in turn. */
export const clientsOf = <Port>({ port, other }: StoreStage<Port>): readonly Port[] => [port, other ?? port];

/** Chance, as sequences need it. */
export interface Dice {
  /** From 0 to `below` - 1. */
  whole(below: number): number;
  one<T>(all: readonly T[]): T;
}

export const diceOf = (seed: number): Dice => {
  const chance = seeded(seed);
  const whole = (below: number): number => Math.floor(chance() * below);
  return { whole, one: (all) => all[whole(all.length)]! };
};

/** Plays one step of a sequence, and answers what it did, in words. */
export type PlayStep = (dice: Dice, told: (what: string) => void) => Promise<void>;

/** Random sequences; of one that fails, the seed and the steps so far are told. */
export const playSequences = async (
  { seed = 1, sequences = SEQUENCES }: Pick<StoreSuiteOptions<unknown>, "seed" | "sequences">,
  begin: (sequence: number) => PlayStep,
): Promise<void> => {
  for (let sequence = 0; sequence < sequences; sequence += 1) {
    const dice = diceOf(seed * 1_000_003 + sequence);
    const step = begin(sequence);
    const steps: string[] = [];
    for (let played = 0; played < STEPS; played += 1) {
      try {
        await step(dice, (what) => steps.push(what));
      } catch (error) {
        if (error instanceof Error) error.message += `\nseed ${seed}, sequence ${sequence}: ${steps.join("; ")}`;
        throw error;
      }
    }
  }
};

/** Names that have broken stores: of objects, of no length, of every letter, longer than an index takes. */
export const ODD_NAMES: readonly string[] = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "a:b",
  "a{b}c",
  "größer 水 🐫 \u2028",
  "%_'\"\\*?[a]\n\r\t",
  "a\u0000b",
  "a".repeat(10_000),
];
