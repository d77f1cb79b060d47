import type { Model, Needs } from "../contract/index.ts";

/** A kind of work, and what it asks of a model. */
export interface Task {
  readonly needs?: Needs;
  /** Which of a model's qualities counts, where it has several. Default: the task's own name. */
  readonly label?: string;
  /** Least quality, on the owner's scale. */
  readonly quality?: number;
  /** One of the registry's difficulties, whose floor then counts as well. */
  readonly difficulty?: string;
  /** Only these models. */
  readonly models?: readonly string[];
  /** Default for calls that do not say. */
  readonly maxOutputTokens?: number;
}

export interface Policy {
  /** The difficulty of a call that says nothing of itself. Default: the one with the highest floor. */
  readonly difficulty?: string;
  /** Models whose expected cost is within this share of the cheapest count as equals. Default 0.05. */
  readonly tieShare: number;
}

/** A checked registry, frozen. A call keeps the one it began with. */
export interface Snapshot {
  /** Hash of the content: equal content, equal version. */
  readonly version: string;
  readonly models: ReadonlyMap<string, Model>;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Quality floors by name. */
  readonly difficulties: ReadonlyMap<string, number>;
  readonly policy: Policy;
}
