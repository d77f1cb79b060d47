import { PACE } from "./pace.ts";

/**
 * The time in which a process goes on without its store: until the store answers, and then until all other processes have
 * told it what they used by themselves, since until then it takes for left what is not.
 */
export class Absence {
  /** By when after the first answer all others have had theirs. */
  readonly returnMs: number;
  #isOn = false;
  #answersSinceMs: number | undefined;

  constructor(timeoutMs: number) {
    this.returnMs = PACE.returnMs + timeoutMs;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** The store answers again, and is not yet to be believed. */
  get isAnswered(): boolean {
    return this.#answersSinceMs !== undefined;
  }

  begin(): void {
    this.#isOn = true;
  }

  /** It answered: whether that has been so for long enough. */
  isOver(nowMs: number): boolean {
    this.#answersSinceMs ??= nowMs;
    return nowMs - this.#answersSinceMs >= this.returnMs;
  }

  /** It did not answer. */
  missed(): void {
    this.#answersSinceMs = undefined;
  }

  end(): void {
    this.#isOn = false;
    this.#answersSinceMs = undefined;
  }
}
