import { google } from "headgate/google";
import type {
  GenerateRequest,
  Json,
  Message,
  Part,
  ProviderFact,
  ProviderModel,
  VendorState,
  Warning,
} from "headgate/kit";
import { type Answer, ask, callOf, type Reply, StubVendor } from "./replay.ts";

export const KEY = "AIzaC4naryK3y-0123456789abcdefghijkl";

export const MODEL: ProviderModel = {
  name: "smart",
  id: "gemini-3-pro",
  capabilities: { tool_call: true, structured_output: true, reasoning: true, temperature: true },
  limit: {},
  options: {},
};

/** A model before Gemini 3. */
export const OLD: ProviderModel = { ...MODEL, name: "old", id: "gemini-2.5-flash" };

export type Fields = Readonly<Record<string, unknown>>;

/** An answer of the vendor's, of these parts. */
export const answered = (parts: readonly object[], more: object = {}, usage: object = USAGE): object => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0, ...more }],
  usageMetadata: usage,
  modelVersion: "gemini-3-pro-001",
  responseId: "resp_1",
});
export const USAGE = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };

export const json = (body: unknown, more: Partial<Reply> = {}): Reply => ({
  headers: { "content-type": "application/json" },
  chunks: [Buffer.from(JSON.stringify(body))],
  ...more,
});

export const sse = (pieces: readonly unknown[], more: Partial<Reply> = {}): Reply => ({
  headers: { "content-type": "text/event-stream" },
  chunks: [Buffer.from(pieces.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join(""))],
  ...more,
});

export interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Fields;
  /** The body's own `generationConfig`. */
  readonly config: Fields;
  readonly warnings: readonly Warning[];
  /** Paths of the warnings. */
  readonly warned: readonly (string | undefined)[];
}

type Options = Parameters<typeof google>[0];

/** What is sent for a request. Throws what the adapter throws. */
export const sent = async (
  request: Partial<GenerateRequest>,
  model: ProviderModel = MODEL,
  options: Options = {},
): Promise<Sent> => {
  const vendor = new StubVendor();
  vendor.reply = json(answered([{ text: "Hi" }]));
  const provider = google({ apiKey: KEY, transport: vendor, ...options });
  const { error, facts } = await ask(provider, { mode: "complete", model, request });
  if (error !== undefined) throw error;
  const [asked] = vendor.asked;
  if (asked === undefined) throw new Error("nothing was asked");
  const body = JSON.parse(asked.body) as Fields;
  const warnings = warningsOf(facts);
  return {
    url: asked.url,
    headers: asked.headers,
    body,
    config: (body["generationConfig"] ?? {}) as Fields,
    warnings,
    warned: warnings.map(({ path }) => path),
  };
};

export const warningsOf = (facts: readonly ProviderFact[]): readonly Warning[] =>
  facts.flatMap((fact) => (fact.type === "warning" ? [fact.warning] : []));

/** The answer that is read from a reply. */
export const read = (reply: Reply, mode: "complete" | "stream", model: ProviderModel = MODEL): Promise<Answer> => {
  const vendor = new StubVendor();
  vendor.reply = reply;
  return ask(google({ apiKey: KEY, transport: vendor }), { mode, model });
};

/** The same answer whole and streamed: its pieces, each an answer of the vendor's. */
export const readBoth = async (pieces: readonly unknown[], model: ProviderModel = MODEL) => ({
  streamed: await read(sse(pieces), "stream", model),
  whole: pieces.length === 1 ? await read(json(pieces[0]), "complete", model) : undefined,
});

export const callFor = (request: Partial<GenerateRequest>, options: Options = {}, model: ProviderModel = MODEL) => {
  const vendor = new StubVendor();
  const provider = google({ apiKey: KEY, transport: vendor, ...options });
  return { vendor, provider, ...callOf(provider, { mode: "complete", model, request }) };
};

export const ours = (data: Json, model = MODEL.id): VendorState => ({
  provider: "google",
  model,
  account: "google",
  data,
});
export const theirs = (data: Json): VendorState => ({ provider: "openai", model: "gpt-6", account: "openai", data });

export const user = (content: string): Message => ({ role: "user", content });
export const assistant = (...content: readonly Part[]): Message => ({ role: "assistant", content });
export const png = { type: "file", mediaType: "image/png", data: { base64: "iVBORw0KGgo=" } } as const;

export const weather = {
  type: "function",
  name: "weather",
  description: "of a city",
  input: { name: "weather", schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
} as const;
export const call = (id: string, city: string, state?: VendorState) =>
  ({
    type: "tool-call",
    id,
    name: "weather",
    input: { city },
    executor: "caller",
    ...(state !== undefined && { state }),
  }) as const;
export const result = (id: string, output = "sunny") => ({ type: "tool-result", id, name: "weather", output }) as const;
