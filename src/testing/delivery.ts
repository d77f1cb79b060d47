import type { ServerResponse } from "node:http";
import type { Frame } from "./dialect.ts";
import { pause } from "./exchange.ts";
import type { Step } from "./script.ts";
import { isGone, whenGone } from "./when-gone.ts";

/** How the sending of an answer ended. */
export type Sent = "whole" | "cut" | "stalled" | "aborted";

export interface Delivery {
  readonly response: ServerResponse;
  readonly frames: readonly Frame[];
  readonly step: Step;
  readonly chance: () => number;
  /** Called with the bytes of generated text that went out, as they go. */
  readonly sent: (generated: number) => void;
}

/** Writes frames as the step says: late, in pieces, cut, or not at all. Resolves when nothing more will be written. */
export const deliver = async ({ response, frames, step, chance, sent }: Delivery): Promise<Sent> => {
  const writer = new Writer(response, step, chance);
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
  response.end();
  return "whole";
};

class Writer {
  readonly #response: ServerResponse;
  readonly #chunk: Step["chunk"];
  readonly #chance: () => number;
  #left: number;

  constructor(response: ServerResponse, { chunk, cut }: Step, chance: () => number) {
    this.#response = response;
    this.#chunk = chunk;
    this.#chance = chance;
    this.#left = cut?.afterBytes ?? Number.POSITIVE_INFINITY;
  }

  get isGone(): boolean {
    return isGone(this.#response);
  }

  /** Writes all of it, or up to the cut; true if the cut was reached. */
  async write(wire: string): Promise<boolean> {
    const all = Buffer.from(wire);
    const allowed = all.subarray(0, Math.max(0, this.#left));
    this.#left -= all.length;
    for (let at = 0; at < allowed.length; ) {
      const size = this.#size(allowed.length - at);
      await this.#flush(allowed.subarray(at, at + size));
      at += size;
    }
    return this.#left < 0;
  }

  pause(ms: number | undefined): Promise<void> {
    return pause(ms, this.#response);
  }

  cut(by: "fin" | "rst"): Sent {
    const { socket } = this.#response;
    if (by === "rst") socket?.resetAndDestroy();
    else socket?.end();
    return "cut";
  }

  /** Nothing more, until the client goes. */
  stall(): Promise<Sent> {
    return new Promise((resolve) => {
      if (this.isGone) resolve("stalled");
      else whenGone(this.#response, () => resolve("stalled"));
    });
  }

  #size(left: number): number {
    if (this.#chunk === undefined) return left;
    return this.#chunk === "random" ? 1 + Math.floor(this.#chance() * Math.min(left, 40)) : this.#chunk;
  }

  /** Chunks of their own on the wire, as far as the kernel lets them be. */
  #flush(bytes: Uint8Array): Promise<void> {
    if (this.isGone) return Promise.resolve();
    return new Promise((resolve) => {
      const off = whenGone(this.#response, resolve);
      this.#response.write(bytes, () => {
        off();
        resolve();
      });
    });
  }
}
