import type { AttemptRecord, Call, Clock } from "../contract/index.ts";
import { type Latency, learn, recall } from "../policy/latency.ts";
import type { Live } from "../policy/order.ts";

/** How fast targets have answered this process of late. Whole answers and streams are known apart: their first content differs. */
export class Latencies {
  readonly #clock: Clock;
  readonly #known = new Map<string, Latency>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  observe(mode: Call["mode"], { provider, model, account, firstContentMs }: AttemptRecord): void {
    if (firstContentMs === undefined) return;
    const key = `${mode} ${provider}/${model}/${account}`;
    this.#known.set(key, learn(this.#known.get(key), firstContentMs, this.#clock.now()));
  }

  live(mode: Call["mode"]): Live {
    return { latencyMs: (target) => recall(this.#known.get(`${mode} ${target}`), this.#clock.now()) };
  }
}
