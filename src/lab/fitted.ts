import type { Estimate } from "./belief.ts";

/** What was found of one model at one kind of work. */
export interface FittedModel {
  readonly model: string;
  readonly samples: number;
  /** From 0 to 1; `undefined` where there are too few samples to say. */
  readonly quality: Estimate | undefined;
  /** What its quality is at least, with the confidence asked for. */
  readonly atLeast: number | undefined;
  /** Mean cost of these calls at this model, in dollars; `undefined` where no price is known. */
  readonly costUsd: number | undefined;
  /** In words. */
  readonly note: string;
}

/** What was found for one kind of work: a label of tasks, or a difficulty. */
export interface Fitted {
  readonly name: string;
  /** Tasks that have this label. */
  readonly tasks: readonly string[];
  readonly calls: number;
  /**
   * `reached`: some model reaches the quality wanted, with the confidence asked for. `not_reached`: none does, and the one
   * that is surest to come nearest is taken. `too_few`: too few samples to say, and nothing is changed.
   */
  readonly verdict: "reached" | "not_reached" | "too_few";
  /** The models that the router will ask, with their shares of these calls. */
  readonly asked: Readonly<Record<string, number>>;
  readonly floor: number | undefined;
  readonly models: readonly FittedModel[];
  readonly note: string;
}
