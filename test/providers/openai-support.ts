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
} from "headgate/kit";
import { openai } from "headgate/openai";

export const KEY = "sk-proj-canary-canary-canary-canary-1234";

export interface Asked {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, never>;
  readonly connectMs: number | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string | readonly Uint8Array[];
  /** The connection breaks after the chunks, instead of ending. */
  readonly reset?: boolean;
}

/** The vendor, as a transport: the real SDK builds the request, and the kit reads the reply. */
export const vendor = (reply: Reply): { provider: Provider; asked: Asked[] } => {
  const asked: Asked[] = [];
  const transport: Transport = {
    name: "stub",
    fetch: async (url, init) => {
      asked.push({
        url: String(url),
        headers: new Headers(init?.headers as Record<string, string>),
        body: JSON.parse(String(init?.body ?? "{}")),
        connectMs: init?.connectMs,
      });
      const isJson = typeof reply.body === "string" && !reply.body.startsWith("data:");
      const type = isJson ? "application/json" : "text/event-stream";
      const { status = 200, headers } = reply;
      return new Response(streamOf(reply), { status, headers: { "content-type": type, ...headers } });
    },
  };
  return { provider: openai({ apiKey: KEY, transport }), asked };
};

const streamOf = ({ body, reset }: Reply): ReadableStream<Uint8Array> => {
  const chunks = typeof body === "string" ? [new TextEncoder().encode(body)] : [...body];
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

export const sse = (events: readonly string[]): string => events.map((event) => `data: ${event}\n\n`).join("");

export const MODEL: ProviderModel = {
  name: "smart",
  id: "gpt-6",
  capabilities: { tool_call: true, reasoning: true, structured_output: true, input: ["text", "image", "pdf"] },
  limit: { context: 400_000, output: 128_000 },
  options: {},
};

export interface CallOptions {
  readonly request?: Partial<GenerateRequest>;
  readonly mode?: "complete" | "stream";
  readonly api?: "responses" | "chat";
  readonly model?: Partial<ProviderModel>;
}

export const callOf = ({
  request,
  mode = "complete",
  api = "responses",
  model,
}: CallOptions = {}): GenerateCall & {
  readonly facts: ProviderFact[];
} => {
  const facts: ProviderFact[] = [];
  return {
    facts,
    request: { messages: [{ role: "user", content: "Hello?" }], ...request },
    model: { ...MODEL, ...model, options: { api, ...model?.options } },
    credential: { id: "openai", account: "openai" },
    mode,
    signal: new AbortController().signal,
    connectMs: 5_000,
    clock: { now: () => Date.parse("2026-11-24T12:00:00Z"), after: () => () => {}, chance: () => 0.5 },
    report: (fact) => facts.push(fact),
  };
};

export interface Answer {
  readonly events: ContentEvent[];
  readonly parts: Part[];
  readonly text: string;
  readonly finish: Finish | undefined;
  readonly error: unknown;
}

/** Reads an answer as far as it goes. */
export const read = async (provider: Provider, call: GenerateCall): Promise<Answer> => {
  const events: ContentEvent[] = [];
  let error: unknown;
  try {
    for await (const event of await provider.generate(call)) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const parts = events.flatMap((event) => (event.type === "part-end" ? [event.part] : []));
  const finish = events.find((event) => event.type === "finish");
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  return { events, parts, text, finish, error };
};
