import type { Clock } from "../contract/index.ts";

/** One timer for many: things that are to be done at about some time, in steps of `stepMs`. */
export class Wheel<Item> {
  readonly #clock: Clock;
  readonly #elapsed: () => number;
  readonly #stepMs: number;
  readonly #due: (item: Item) => void;
  readonly #steps = new Map<number, Set<Item>>();
  readonly #places = new Map<Item, number>();
  #cancel: (() => void) | undefined;
  #nextStep = Number.POSITIVE_INFINITY;
  #isKept = false;
  /** The last step that the process waits for. */
  #keptStep = 0;
  #armedAtMs = 0;
  #hasEnded = false;

  constructor(clock: Clock, stepMs: number, due: (item: Item) => void) {
    this.#clock = clock;
    this.#elapsed = () => clock.elapsed?.() ?? clock.now();
    this.#stepMs = stepMs;
    this.#due = due;
  }

  /** In about `ms`. Sooner than asked before moves it; later leaves it: who is called too early asks again. `keepAlive`: the process waits for it. */
  after(item: Item, ms: number, keepAlive = false): void {
    if (this.#hasEnded) return;
    const step = Math.ceil((this.#elapsed() + ms) / this.#stepMs);
    if (keepAlive) this.#keptStep = Math.max(this.#keptStep, step);
    const place = this.#places.get(item);
    if (place !== undefined && place <= step) {
      if (keepAlive && !this.#isKept) this.#arm(this.#nextStep, true);
      return;
    }
    if (place !== undefined) this.#steps.get(place)?.delete(item);
    this.#places.set(item, step);
    const items = this.#steps.get(step);
    if (items === undefined) this.#steps.set(step, new Set([item]));
    else items.add(item);
    if (step < this.#nextStep || (keepAlive && !this.#isKept)) this.#arm(Math.min(step, this.#nextStep), keepAlive);
  }

  forget(item: Item): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    this.#steps.get(place)?.delete(item);
  }

  /** Nothing is due any more, whatever is still asked for. */
  end(): void {
    this.#hasEnded = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#steps.clear();
    this.#places.clear();
    this.#nextStep = Number.POSITIVE_INFINITY;
  }

  #arm(step: number, keepAlive: boolean): void {
    this.#cancel?.();
    this.#nextStep = step;
    this.#isKept = keepAlive;
    this.#armedAtMs = this.#elapsed();
    const ms = Math.min(MOST_MS, Math.max(0, Math.ceil(step * this.#stepMs - this.#armedAtMs)));
    this.#cancel = this.#clock.after(ms, () => this.#turn(), keepAlive ? { keepAlive } : undefined);
  }

  #turn(): void {
    this.#cancel = undefined;
    const nowMs = this.#elapsed();
    // A clock that was put back would let all of them wait for it.
    const nowStep = nowMs < this.#armedAtMs ? Number.POSITIVE_INFINITY : Math.floor(nowMs / this.#stepMs);
    const due: Item[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [step, items] of this.#steps) {
      if (step > nowStep) {
        if (items.size > 0) next = Math.min(next, step);
        else this.#steps.delete(step);
        continue;
      }
      this.#steps.delete(step);
      for (const item of items) {
        this.#places.delete(item);
        due.push(item);
      }
    }
    this.#nextStep = Number.POSITIVE_INFINITY;
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next, next <= this.#keptStep);
    for (const item of due) this.#due(item);
  }
}

const MOST_MS = 60_000;
