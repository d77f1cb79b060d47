import { bedrock } from "headgate/bedrock";
import type {
  ContentEvent,
  Finish,
  GenerateCall,
  GenerateRequest,
  Part,
  Provider,
  ProviderFact,
  ProviderModel,
  Transport,
  Warning,
} from "headgate/kit";
import { encodeEvent, encodeException } from "../../src/testing/event-stream.ts";

export { encodeEvent, encodeException, encodeMessage } from "../../src/testing/event-stream.ts";

export const KEY = "bedrock-api-key-C4naryK3y-0123456789abcdefgh";
export const STREAM = "application/vnd.amazon.eventstream";

export interface Asked {
  readonly url: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what was sent is what is looked into
  readonly body: any;
  readonly signal: AbortSignal | undefined;
  readonly connectMs: number | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A whole body, or a stream's chunks. */
  readonly body: object | string | readonly Uint8Array[];
  /** The connection breaks after the chunks, instead of ending. */
  readonly reset?: boolean;
}

/** The vendor, as a transport: the real SDK builds and signs the request, and the adapter reads the reply. */
export const vendor = (
  reply: Reply | ((asked: Asked) => Reply),
): { readonly transport: Transport; readonly asked: Asked[] } => {
  const asked: Asked[] = [];
  const transport: Transport = {
    name: "stub",
    fetch: async (url, init) => {
      const one: Asked = {
        url: String(url),
        headers: new Headers(init?.headers as Record<string, string>),
        body: JSON.parse(String(init?.body ?? "{}")),
        signal: init?.signal ?? undefined,
        connectMs: init?.connectMs,
      };
      asked.push(one);
      const { status = 200, headers, body, reset } = typeof reply === "function" ? reply(one) : reply;
      const type = Array.isArray(body) ? STREAM : "application/json";
      return new Response(streamOf(body, reset), { status, headers: { "content-type": type, ...headers } });
    },
  };
  return { transport, asked };
};

const streamOf = (body: Reply["body"], reset: boolean | undefined): ReadableStream<Uint8Array> => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const chunks: readonly Uint8Array[] = Array.isArray(body) ? body : [Buffer.from(text)];
  let next = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[next];
      next += 1;
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (reset === true) controller.error(Object.assign(new TypeError("terminated"), { code: "ECONNRESET" }));
      else controller.close();
    },
  });
};

export const MODEL: ProviderModel = {
  name: "smart",
  id: "us.anthropic.claude-opus-5-v1:0",
  capabilities: { tool_call: true, reasoning: true, structured_output: true, input: ["text", "image", "pdf"] },
  limit: { context: 200_000, output: 8_192 },
  options: {},
};
export const NOVA: ProviderModel = { ...MODEL, name: "nova", id: "eu.amazon.nova-2-lite-v1:0" };
export const LLAMA: ProviderModel = {
  ...MODEL,
  name: "llama",
  id: "meta.llama4-maverick-17b-instruct-v1:0",
  capabilities: { tool_call: true },
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
    credential: { id: "bedrock", account: "bedrock" },
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
export const read = async (provider: Provider, call: GenerateCall): Promise<Answer> => {
  const events: ContentEvent[] = [];
  let error: unknown;
  try {
    for await (const event of await provider.generate(call)) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const parts = events.flatMap((event) => (event.type === "part-end" ? [event.part] : []));
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  return { events, parts, text, finish: events.find((event) => event.type === "finish"), error };
};

export const provider = (transport: Transport): Provider =>
  bedrock({ apiKey: KEY, region: "us-east-1", endpoint: "https://bedrock.test", transport });

/** A whole answer of the vendor. */
export const whole = (content: readonly object[], more: object = {}): object => ({
  metrics: { latencyMs: 500 },
  output: { message: { role: "assistant", content } },
  stopReason: "end_turn",
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  ...more,
});

/** One whole answer, through the real SDK. */
export const answer = (body: object, call: GenerateCall = callOf()): Promise<Answer> =>
  read(provider(vendor({ body }).transport), call);

/** A streamed answer: `[name, payload]` for events. */
export const streamed = (
  events: readonly (readonly [name: string, payload: object])[],
  call: GenerateCall = callOf({}, { mode: "stream" }),
): Promise<Answer> => {
  const body = events.map(([name, payload]) =>
    name.endsWith("Exception") ? encodeException(name, payload) : encodeEvent(name, payload),
  );
  return read(provider(vendor({ body }).transport), call);
};

/** What would be sent for a request, and what was conceded. */
export const sent = async (
  request: Partial<GenerateRequest>,
  model: Partial<ProviderModel> = {},
): Promise<Asked & { readonly warnings: Warning[] }> => {
  const { transport, asked } = vendor({ body: whole([{ text: "Hi." }]) });
  const call = callOf(request, { model });
  const { error } = await read(provider(transport), call);
  if (error !== undefined) throw error;
  const [one] = asked;
  if (one === undefined) throw new Error("nothing was sent");
  return { ...one, warnings: call.warnings };
};
