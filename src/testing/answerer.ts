import { type BillItem, billItem, type VendorPrice } from "./bill.ts";
import { plainBrain } from "./brain.ts";
import { deliver, type Sent } from "./delivery.ts";
import { bytes, type Dialect, type Endpoint, type Fields, isFields, type Spoken, type Wire } from "./dialect.ts";
import { garbled, refuse, scripted } from "./exchange.ts";
import { Identity } from "./identity.ts";
import type { Line } from "./line.ts";
import type { Ask, Step } from "./script.ts";
import { TokenMeter } from "./token-meter.ts";
import type { Hit, VendorModel, VendorOptions } from "./vendor-api.ts";

const PRICE: VendorPrice = { input: "1", output: "2" };

/** One request that is being answered. */
export interface Turn {
  readonly wire: Wire;
  readonly line: Line;
  readonly step: Step;
  readonly hit: Hit;
}

/** Says what a vendor's models say, and bills it. */
export class Answerer {
  readonly items: BillItem[] = [];
  readonly #options: VendorOptions;
  readonly #chance: () => number;
  readonly #identity: Identity;
  readonly #meter: TokenMeter;

  constructor(options: VendorOptions, chance: () => number) {
    this.#options = options;
    this.#chance = chance;
    this.#identity = new Identity(chance);
    this.#meter = new TokenMeter(chance);
  }

  isOwn(seal: string): boolean {
    return this.#identity.isOwn(seal);
  }

  /** An id that no other request has. */
  requestId(): string {
    return this.#identity.speaker().id("req");
  }

  async answer(ask: Ask, dialect: Dialect, turn: Turn): Promise<void> {
    const { step, hit } = turn;
    const model = this.#model(ask.model);
    const rejected = model.rejects?.find((field) => valueAt(ask.body, field) !== undefined);
    if (rejected !== undefined) {
      const said = `Unsupported parameter: '${rejected}' is not supported with this model.`;
      return refuse(dialect, "invalid_request", turn, said);
    }
    const input = this.#meter.tokens(ask.model, ask.inputBytes);
    if (model.context !== undefined && input > model.context) return refuse(dialect, "context_overflow", turn);
    const thought = step.reply ?? (this.#options.brain ?? plainBrain)(ask, model.strength ?? 100);
    const reply = this.#meter.limited(ask, thought);
    const tokens = this.#meter.count(ask, reply, input);
    const spoken = { ask, reply, tokens, ...this.#identity.speaker() };
    hit.status = 200;
    let generated = 0;
    hit.outcome = await this.#send(spoken, dialect, turn, (more) => {
      generated += more;
    });
    const whole = hit.outcome === "whole" || (hit.outcome === "stalled" && step.lingers === true);
    const output = whole ? tokens.output : Math.min(tokens.output, this.#meter.tokens(ask.model, generated));
    this.items.push(billItem(ask.model, { ...tokens, output }, model.price ?? PRICE, whole));
  }

  /** What comes at once and whole: vectors, counts, lists. */
  async other(endpoint: Endpoint, dialect: Dialect, turn: Turn): Promise<void> {
    const { wire, line, step, hit } = turn;
    const count = (size: number): number => this.#meter.tokens(hit.model, size);
    const answered = endpoint.answer(wire, count, Object.keys(this.#options.models ?? {}));
    if ("invalid" in answered) return refuse(dialect, "invalid_request", turn, answered.invalid);
    const { body, inputTokens, headers } = answered;
    hit.status = 200;
    line.head(200, {
      "content-type": "application/json",
      [dialect.requestIdHeader]: hit.requestId,
      ...headers,
      ...step.headers,
    });
    const frames = [{ wire: JSON.stringify(body), generated: 0 }];
    hit.outcome = await deliver({ line, frames, step, chance: this.#chance, sent: () => {} });
    const tokens = { input: inputTokens, cached: 0, cacheWrite: 0, output: 0 };
    const whole = hit.outcome === "whole";
    if (inputTokens > 0) this.items.push(billItem(hit.model, tokens, this.#model(hit.model).price ?? PRICE, whole));
  }

  #model(id: string): VendorModel {
    return this.#options.models?.[id] ?? {};
  }

  async #send(spoken: Spoken, dialect: Dialect, turn: Turn, sent: (generated: number) => void): Promise<Sent> {
    const { line, step, hit } = turn;
    const { stream } = spoken.ask;
    const json = JSON.stringify(dialect.whole(spoken));
    const type = step.garbage === "html" ? "text/html" : stream ? dialect.streamType : "application/json";
    const isWhole = !stream && step.garbage === undefined;
    line.head(200, {
      "content-type": type,
      [dialect.requestIdHeader]: hit.requestId,
      ...dialect.headers(spoken.tokens),
      ...(isWhole && { "content-length": String(bytes(json)) }),
      ...step.headers,
    });
    if (step.stall === "headers") return silent(line);
    const frames = stream
      ? scripted(dialect, spoken, step, hit.requestId)
      : [{ wire: json, generated: bytes(JSON.stringify(spoken.reply)) }];
    return deliver({ line, frames: garbled(frames, dialect, step), step, chance: this.#chance, sent });
  }
}

const valueAt = (body: Fields, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), body);

/** Until the client goes, who may have gone already. */
const silent = (line: Line): Promise<Sent> =>
  new Promise((resolve) => {
    if (line.isGone) resolve("stalled");
    else line.whenGone(() => resolve("stalled"));
  });
