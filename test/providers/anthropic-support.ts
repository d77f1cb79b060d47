import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { anthropic } from "headgate/anthropic";
import type {
  ContentEvent,
  Finish,
  GenerateCall,
  GenerateRequest,
  Part,
  ProviderFact,
  ProviderModel,
  Transport,
  Warning,
} from "headgate/kit";

/** What the stand-in for the vendor was asked. */
export interface Asked {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly signal: AbortSignal | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Text, or chunks as the network would bring them. */
  readonly body: string | readonly Uint8Array[];
  /** The connection breaks after the chunks, instead of ending. */
  readonly reset?: boolean;
}

export const KEY = "sk-ant-api03-canary-canary-canary-canary";

/** The vendor, as a transport: the real SDK builds the request, and the kit reads the reply. */
export const vendor = (
  reply: Reply | ((asked: Asked) => Reply | Promise<Reply>),
): { transport: Transport; asked: Asked[] } => {
  const asked: Asked[] = [];
  const transport: Transport = {
    name: "stub",
    fetch: async (url, init) => {
      const one: Asked = {
        url: String(url),
        headers: new Headers(init?.headers),
        body: init?.body === undefined ? {} : JSON.parse(String(init.body)),
        signal: init?.signal ?? undefined,
      };
      asked.push(one);
      const { status = 200, headers, body, reset } = typeof reply === "function" ? await reply(one) : reply;
      const type = typeof body === "string" && !body.startsWith("event:") ? "application/json" : "text/event-stream";
      return new Response(bodyOf(body, reset), { status, headers: { "content-type": type, ...headers } });
    },
  };
  return { transport, asked };
};

const bodyOf = (body: Reply["body"], reset: boolean | undefined): ReadableStream<Uint8Array> => {
  const chunks = typeof body === "string" ? [new TextEncoder().encode(body)] : [...body];
  let next = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (reset === true) controller.error(Object.assign(new TypeError("terminated"), { code: "ECONNRESET" }));
      else controller.close();
    },
  });
};

/** An event's JSON as it goes over the wire. */
export const wireEvent = (data: string): string => `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`;

export const sse = (events: readonly (string | object)[]): string =>
  events.map((event) => wireEvent(typeof event === "string" ? event : JSON.stringify(event))).join("");

export const MODEL: ProviderModel = {
  name: "smart",
  id: "claude-opus-5",
  capabilities: {
    tool_call: true,
    reasoning: true,
    structured_output: true,
    temperature: true,
    input: ["text", "image", "pdf"],
  },
  limit: { context: 200_000, output: 8_192 },
  options: {},
};

export const hello: GenerateRequest = { messages: [{ role: "user", content: "Hello?" }] };

export interface Heard {
  readonly facts: ProviderFact[];
  readonly warnings: Warning[];
}

export const callOf = (
  request: Partial<GenerateRequest> = {},
  options: { mode?: "complete" | "stream"; model?: Partial<ProviderModel>; signal?: AbortSignal } = {},
): GenerateCall & Heard => {
  const facts: ProviderFact[] = [];
  const warnings: Warning[] = [];
  return {
    facts,
    warnings,
    request: { ...hello, ...request },
    model: { ...MODEL, ...options.model },
    credential: { id: "anthropic", account: "anthropic" },
    mode: options.mode ?? "complete",
    signal: options.signal ?? new AbortController().signal,
    connectMs: 5_000,
    clock: { now: () => Date.parse("2026-11-24T12:00:00Z"), after: () => () => {}, chance: () => 0.5 },
    report: (fact) => {
      facts.push(fact);
      if (fact.type === "warning") warnings.push(fact.warning);
    },
  };
};

export interface Answer {
  readonly events: ContentEvent[];
  readonly parts: Part[];
  readonly text: string;
  readonly finish: Finish | undefined;
  readonly error: unknown;
}

/** Reads everything; what is thrown is part of the answer. */
export const read = async (
  events: AsyncIterable<ContentEvent> | Promise<AsyncIterable<ContentEvent>>,
): Promise<Answer> => {
  const seen: ContentEvent[] = [];
  let error: unknown;
  try {
    for await (const event of await events) seen.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const parts = seen.flatMap((event) => (event.type === "part-end" ? [event.part] : []));
  const text = seen.map((event) => (event.type === "part-delta" && event.kind === "text" ? event.delta : "")).join("");
  return { events: seen, parts, text, finish: seen.find((event) => event.type === "finish"), error };
};

/** One answer of the vendor, through the real SDK. */
export const answer = async (reply: Reply, call: GenerateCall = callOf()): Promise<Answer> => {
  const { transport } = vendor(reply);
  return read(anthropic({ apiKey: KEY, transport }).generate(call));
};

/** What would be sent for a request. */
export const sent = async (call: GenerateCall, options: Parameters<typeof anthropic>[0] = {}): Promise<Asked> => {
  const { transport, asked } = vendor({ body: JSON.stringify(message([])) });
  const { error } = await read(anthropic({ apiKey: KEY, transport, ...options }).generate(call));
  if (error !== undefined) throw error;
  return asked[0]!;
};

/** A whole message of the vendor. */
export const message = (content: readonly object[], more: object = {}): object => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-5",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 5 },
  ...more,
});

const folder =
  process.env["HEADGATE_RECORDINGS"] ?? fileURLToPath(new URL("../../../shared/recordings", import.meta.url));

/** Real answers, kept outside the repository. Undefined where they are not at hand. */
export const recording = (name: string): string | undefined => {
  const path = `${folder}/anthropic/${name}`;
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
};

/** A recorded stream's events, one JSON text each. */
export const recordedEvents = (name: string): readonly string[] =>
  (recording(name) ?? "").split("\n").filter((line) => line.trim() !== "");

export const hasRecordings: boolean = existsSync(`${folder}/anthropic`);
