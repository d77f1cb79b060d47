import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type Http2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { Answerer } from "./answerer.ts";
import { anthropicDialect } from "./anthropic.ts";
import { bedrockDialect } from "./bedrock.ts";
import { type Bill, billOf } from "./bill.ts";
import { hostDialect } from "./chat-host.ts";
import type { Dialect, Endpoint, Wire } from "./dialect.ts";
import { pause, readBody, refuse } from "./exchange.ts";
import { googleDialect } from "./google.ts";
import { http1Line, http2Line, type Line } from "./line.ts";
import { chatDialect } from "./openai-chat.ts";
import { responsesDialect } from "./openai-responses.ts";
import { seeded } from "./random.ts";
import type { Api, Ask, ErrorName, Step } from "./script.ts";
import type { Hit, Vendor, VendorOptions } from "./vendor-api.ts";

const DIALECTS: Readonly<Record<Api, Dialect>> = {
  "openai-responses": responsesDialect,
  "openai-chat": chatDialect,
  "openai-compatible": hostDialect,
  anthropic: anthropicDialect,
  google: googleDialect,
  bedrock: bedrockDialect,
};
const ALL = Object.keys(DIALECTS) as readonly Api[];
const HOST = "127.0.0.1";

/**
 * Starts a vendor on 127.0.0.1 that speaks the real protocols over real HTTP: OpenAI's Responses and Chat Completions,
 * Anthropic's Messages, Gemini's generateContent, Bedrock's Converse (over HTTP/2 too), whole and streamed. It is scripted
 * by request, checks requests as the real ones do, tells what it was asked, and keeps its own bill. It never keeps the
 * process alive.
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

interface Incoming extends AsyncIterable<unknown> {
  readonly url?: string | undefined;
  readonly headers: Wire["headers"];
}

class Simulator implements Vendor {
  readonly hits: Hit[] = [];
  readonly #options: VendorOptions;
  readonly #apis: readonly Api[];
  readonly #chance: () => number;
  readonly #answerer: Answerer;
  readonly #server: Server;
  readonly #http2: Http2Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new WeakMap<Http2Session, Socket>();
  #open = 0;
  #whenIdle: (() => void)[] = [];
  #script: Script = () => undefined;
  #standing: Step = {};

  constructor(options: VendorOptions) {
    this.#options = options;
    this.#apis = options.api === undefined ? ALL : [options.api].flat();
    this.#chance = seeded(options.seed ?? 1);
    this.#answerer = new Answerer(options, this.#chance);
    this.#server = createServer((request, response) => void this.#serve(request, http1Line(response)));
    this.#http2 = createHttp2Server((request, response) => {
      const socket = this.#sessions.get(response.stream.session ?? (request.stream.session as Http2Session));
      if (socket !== undefined) void this.#serve(request, http2Line(response, socket));
    });
    for (const server of [this.#server, this.#http2]) server.on("connection", (socket: Socket) => this.#keep(socket));
    // HTTP/2 hides its connection: the session is made while the connection is announced.
    let newest: Socket | undefined;
    this.#http2.prependListener("connection", (socket: Socket) => {
      newest = socket;
    });
    this.#http2.on("session", (session) => {
      if (newest !== undefined) this.#sessions.set(session, newest);
      session.on("error", () => {});
    });
  }

  async listen(port: number): Promise<void> {
    await Promise.all([listening(this.#server, port), listening(this.#http2, 0)]);
  }

  get baseURL(): string {
    return `${this.url}/v1`;
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  get http2URL(): string {
    return `http://${HOST}:${(this.#http2.address() as AddressInfo).port}`;
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
    return billOf(this.#answerer.items);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([this.#server, this.#http2].map((server) => new Promise((done) => server.close(done))));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keep(socket: Socket): void {
    socket.unref();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
  }

  /** A request is over when its client has gone and its bill is written, whichever is later. */
  async #serve(request: Incoming, line: Line): Promise<void> {
    this.#open += 1;
    const gone = new Promise<void>((resolve) => line.whenGone(resolve));
    await Promise.all([gone, this.#handle(request, line)]);
    this.#open -= 1;
    if (this.#open === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #handle(request: Incoming, line: Line): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const { headers } = request;
    const wire: Wire = { path: pathname, query: searchParams, headers, body: await readBody(request) };
    const { api, dialect, endpoint } = this.#find(wire);
    const read =
      api === undefined || endpoint !== undefined
        ? { invalid: "unknown path" }
        : dialect.read(wire, (seal) => this.#answerer.isOwn(seal));
    const ask = "invalid" in read ? undefined : read;
    const step = { ...this.#standing, ...this.#script(ask, this.hits.length) };
    const { model, stream } = { stream: false, ...(endpoint ?? dialect).asked(wire) };
    const hit: Hit = {
      api,
      path: pathname,
      model,
      stream,
      atMs: Date.now(),
      requestId: this.#answerer.requestId(),
      headers,
      body: wire.body,
      status: 0,
      outcome: "open",
    };
    this.hits.push(hit);
    const turn = { wire, line, step, hit };
    if (step.stall === "accept") return void line.whenGone(() => (hit.outcome = "stalled"));
    await pause(step.headersDelayMs, line);
    const error = step.error ?? this.#refusal(dialect.key(wire), endpoint === undefined ? model : undefined, api);
    if (error !== undefined) return refuse(dialect, error, turn);
    if (endpoint !== undefined) return this.#answerer.other(endpoint, dialect, turn);
    if (ask === undefined) return refuse(dialect, "invalid_request", turn, "invalid" in read ? read.invalid : "");
    await this.#answerer.answer(ask, dialect, turn);
  }

  #find(wire: Wire): { readonly api: Api | undefined; readonly dialect: Dialect; readonly endpoint?: Endpoint } {
    for (const api of this.#apis) {
      const dialect = DIALECTS[api];
      if (dialect.path.test(wire.path)) return { api, dialect };
      const endpoint = dialect.others.find((each) => each.matches(wire));
      if (endpoint !== undefined) return { api, dialect, endpoint };
    }
    return { api: undefined, dialect: chatDialect };
  }

  #refusal(key: string | undefined, model: string | undefined, api: Api | undefined): ErrorName | undefined {
    const { keys, models } = this.#options;
    if (keys !== undefined && (key === undefined || !keys.includes(key))) return "bad_key";
    if (api === undefined) return "model_not_found";
    return model !== undefined && models !== undefined && !Object.hasOwn(models, model) ? "model_not_found" : undefined;
  }
}

const listening = async (server: Server | Http2Server, port: number): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, HOST, resolve);
  });
  server.unref();
};
