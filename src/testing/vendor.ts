import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { anthropicDialect } from "./anthropic.ts";
import { type Bill, type BillItem, billItem, billOf, type VendorPrice } from "./bill.ts";
import { plainBrain } from "./brain.ts";
import { deliver, type Sent } from "./delivery.ts";
import { bytes, type Dialect, type Spoken } from "./dialect.ts";
import { garbled, pause, readBody, refuse, scripted } from "./exchange.ts";
import { Identity } from "./identity.ts";
import { chatDialect } from "./openai-chat.ts";
import { responsesDialect } from "./openai-responses.ts";
import { seeded } from "./random.ts";
import type { Api, Ask, ErrorName, Step } from "./script.ts";
import { TokenMeter } from "./token-meter.ts";
import type { Hit, Vendor, VendorOptions } from "./vendor-api.ts";
import { whenGone } from "./when-gone.ts";

const DIALECTS: Readonly<Record<Api, Dialect>> = {
  "openai-responses": responsesDialect,
  "openai-chat": chatDialect,
  anthropic: anthropicDialect,
};
const ALL: readonly Api[] = ["openai-responses", "openai-chat", "anthropic"];
const PRICE: VendorPrice = { input: "1", output: "2" };

/**
 * Starts a vendor on 127.0.0.1 that speaks the real protocols over real HTTP: OpenAI's Responses and Chat Completions,
 * Anthropic's Messages, whole and streamed. It is scripted by request, checks requests as the real ones do, tells what it
 * was asked, and keeps its own bill. It never keeps the process alive.
 *
 * @example
 * await using vendor = await startVendor();
 * const gateway = createGateway({ providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })], registry });
 * vendor.script([{ error: "overloaded" }, { cut: { afterEvents: 5, by: "rst" } }]);
 */
export const startVendor = async (options: VendorOptions = {}): Promise<Vendor> => {
  const simulator = new Simulator(options);
  await simulator.listen(options.port ?? 0);
  return simulator;
};

type Script = (ask: Ask | undefined, index: number) => Step | undefined;

class Simulator implements Vendor {
  readonly hits: Hit[] = [];
  readonly #options: VendorOptions;
  readonly #apis: readonly Api[];
  readonly #chance: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #items: BillItem[] = [];
  readonly #identity: Identity;
  readonly #meter: TokenMeter;
  #port = 0;
  #open = 0;
  #whenIdle: (() => void)[] = [];
  #script: Script = () => undefined;
  #standing: Step = {};

  constructor(options: VendorOptions) {
    this.#options = options;
    this.#apis = options.api === undefined ? ALL : [options.api].flat();
    this.#chance = seeded(options.seed ?? 1);
    this.#identity = new Identity(this.#chance);
    this.#meter = new TokenMeter(this.#chance);
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      socket.unref();
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.on("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.#server.unref();
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get baseURL(): string {
    return `${this.anthropicURL}/v1`;
  }

  get anthropicURL(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  get openRequests(): number {
    return this.#open;
  }

  script(next: readonly Step[] | Script): void {
    if (typeof next === "function") this.#script = next;
    else {
      const steps = [...next];
      this.#script = () => steps.shift();
    }
  }

  down(error: ErrorName = "overloaded"): void {
    this.#standing = { error };
  }

  up(): void {
    this.#standing = {};
    this.#script = () => undefined;
  }

  failing(share: number, error: ErrorName = "server_error"): void {
    this.#script = () => (this.#chance() < share ? { error } : undefined);
  }

  idle(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  bill(): Bill {
    return billOf(this.#items);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A request is over when its client has gone and its bill is written, whichever is later. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    const gone = new Promise<void>((resolve) => whenGone(response, resolve));
    await Promise.all([gone, this.#handle(request, response)]);
    this.#open -= 1;
    if (this.#open === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const path = (request.url ?? "").split("?")[0] ?? "";
    const api = this.#apis.find((each) => DIALECTS[each].path.test(path));
    const dialect = DIALECTS[api ?? "openai-chat"];
    const isOwn = (seal: string): boolean => this.#identity.isOwn(seal);
    const read = api === undefined ? { invalid: "unknown path" } : dialect.read(body, isOwn);
    const ask = "invalid" in read ? undefined : read;
    const step = { ...this.#standing, ...this.#script(ask, this.hits.length) };
    const hit: Hit = {
      api,
      model: String(body["model"] ?? ""),
      stream: body["stream"] === true,
      atMs: Date.now(),
      body,
      status: 0,
      outcome: "open",
    };
    this.hits.push(hit);
    if (step.stall === "accept") return void whenGone(response, () => (hit.outcome = "stalled"));
    await pause(step.headersDelayMs, response);
    const error = step.error ?? this.#refusal(dialect.key(request.headers), hit.model, api);
    if (error !== undefined) return refuse(dialect, error, step, hit, response);
    if (ask === undefined)
      return refuse(dialect, "invalid_request", step, hit, response, "invalid" in read ? read.invalid : "");
    await this.#answer(ask, dialect, step, hit, response);
  }

  #refusal(key: string | undefined, model: string, api: Api | undefined): ErrorName | undefined {
    const { keys, models } = this.#options;
    if (keys !== undefined && (key === undefined || !keys.includes(key))) return "bad_key";
    if (api === undefined) return "model_not_found";
    return models !== undefined && !Object.hasOwn(models, model) ? "model_not_found" : undefined;
  }

  async #answer(ask: Ask, dialect: Dialect, step: Step, hit: Hit, response: ServerResponse): Promise<void> {
    const model = this.#options.models?.[ask.model] ?? {};
    const rejected = model.rejects?.find((field) => ask.body[field] !== undefined);
    if (rejected !== undefined) {
      return refuse(
        dialect,
        "invalid_request",
        step,
        hit,
        response,
        `Unsupported parameter: '${rejected}' is not supported with this model.`,
      );
    }
    const input = this.#meter.tokens(ask.model, ask.inputBytes);
    if (model.context !== undefined && input > model.context)
      return refuse(dialect, "context_overflow", step, hit, response);
    const reply = step.reply ?? (this.#options.brain ?? plainBrain)(ask, model.strength ?? 100);
    const tokens = this.#meter.count(ask, reply, input);
    const spoken = { ask, reply, tokens, ...this.#identity.speaker() };
    hit.status = 200;
    let generated = 0;
    const heard = (more: number): void => {
      generated += more;
    };
    hit.outcome = await this.#send(spoken, dialect, step, response, heard);
    const whole = hit.outcome === "whole" || (hit.outcome === "stalled" && step.lingers === true);
    const output = whole ? tokens.output : Math.min(tokens.output, this.#meter.tokens(ask.model, generated));
    this.#items.push(billItem(ask.model, { ...tokens, output }, model.price ?? PRICE, whole));
  }

  async #send(
    spoken: Spoken,
    dialect: Dialect,
    step: Step,
    response: ServerResponse,
    sent: (generated: number) => void,
  ): Promise<Sent> {
    const { stream } = spoken.ask;
    const json = JSON.stringify(dialect.whole(spoken));
    const type = step.garbage === "html" ? "text/html" : stream ? "text/event-stream" : "application/json";
    const isWhole = !stream && step.garbage === undefined;
    response.writeHead(200, {
      "content-type": type,
      ...dialect.headers(spoken.tokens),
      ...(isWhole && { "content-length": String(bytes(json)) }),
      ...step.headers,
    });
    response.flushHeaders();
    if (step.stall === "headers") {
      return new Promise((resolve) => whenGone(response, () => resolve("stalled")));
    }
    const frames = stream
      ? scripted(dialect, spoken, step)
      : [{ wire: json, generated: bytes(JSON.stringify(spoken.reply)) }];
    return deliver({ response, frames: garbled(frames, step), step, chance: this.#chance, sent });
  }
}
