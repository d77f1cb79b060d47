import type { Frame } from "./dialect.ts";
import { pause } from "./exchange.ts";
import type { Line } from "./line.ts";
import type { Step } from "./script.ts";

/** How the sending of an answer ended. */
export type Sent = "whole" | "cut" | "stalled" | "aborted";

export interface Delivery {
  readonly line: Line;
  readonly frames: readonly Frame[];
  readonly step: Step;
  readonly chance: () => number;
  /** Called with the bytes of generated text that went out, as they go. */
  readonly sent: (generated: number) => void;
}

/** Writes frames as the step says: late, in pieces, cut, or not at all. Resolves when nothing more will be written. */
export const deliver = async ({ line, frames, step, chance, sent }: Delivery): Promise<Sent> => {
  const writer = new Writer(line, step, chance);
  await writer.pause(step.firstTokenDelayMs);
  for (const [index, frame] of frames.entries()) {
    if (writer.isGone) return "aborted";
    if (step.cut?.afterEvents === index) return writer.cut(step.cut.by);
    if (typeof step.stall === "object" && step.stall.afterEvents === index) return writer.stall();
    if (index > 0) await writer.pause(step.tokenDelayMs);
    const isCut = await writer.write(frame.wire);
    sent(frame.generated);
    if (isCut) return writer.cut(step.cut?.by ?? "fin");
  }
  if (step.cut !== undefined) return writer.cut(step.cut.by);
  if (step.lingers === true) return writer.stall();
  line.end();
  return "whole";
};

class Writer {
  readonly #line: Line;
  readonly #chunk: Step["chunk"];
  readonly #chance: () => number;
  #left: number;

  constructor(line: Line, { chunk, cut }: Step, chance: () => number) {
    this.#line = line;
    this.#chunk = chunk;
    this.#chance = chance;
    this.#left = cut?.afterBytes ?? Number.POSITIVE_INFINITY;
  }

  get isGone(): boolean {
    return this.#line.isGone;
  }

  /** Writes all of it, or up to the cut; true if the cut was reached. */
  async write(wire: string | Uint8Array): Promise<boolean> {
    const all = Buffer.from(wire as Uint8Array);
    const allowed = all.subarray(0, Math.max(0, this.#left));
    this.#left -= all.length;
    for (let at = 0; at < allowed.length; ) {
      const size = this.#size(allowed.length - at);
      await this.#line.write(allowed.subarray(at, at + size));
      at += size;
    }
    return this.#left < 0;
  }

  pause(ms: number | undefined): Promise<void> {
    return pause(ms, this.#line);
  }

  cut(by: "fin" | "rst"): Sent {
    this.#line.cut(by);
    return "cut";
  }

  /** Nothing more, until the client goes. */
  stall(): Promise<Sent> {
    return new Promise((resolve) => {
      if (this.isGone) resolve("stalled");
      else this.#line.whenGone(() => resolve("stalled"));
    });
  }

  #size(left: number): number {
    if (this.#chunk === undefined) return left;
    return this.#chunk === "random" ? 1 + Math.floor(this.#chance() * Math.min(left, 40)) : this.#chunk;
  }
}
