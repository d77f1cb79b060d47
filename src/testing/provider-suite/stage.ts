import assert from "node:assert/strict";
import {
  type ContentEvent,
  type Credential,
  type Finish,
  GatewayError,
  type GenerateCall,
  type GenerateRequest,
  type Part,
  type Provider,
  type ProviderFact,
  type ProviderModel,
  type Warning,
} from "../../kit/index.ts";
import type { ProviderSuiteOptions, SuiteCase, SuiteVendor } from "./index.ts";

/** Found in no error. */
export const KEY = "sk-suite-C4naryK3y-0123456789abcdef";
export const QUESTION = "What does the CANARYPROMPT say of the gate?";
export const MODES = ["complete", "stream"] as const;
export type Mode = (typeof MODES)[number];

const ABLE: ProviderModel["capabilities"] = {
  tool_call: true,
  parallel_tool_call: true,
  structured_output: true,
  reasoning: true,
  temperature: true,
  stop: true,
  input: ["text", "image", "pdf", "audio", "video"],
};

/** A vendor, its provider, and the means to ask it. */
export interface Stage {
  readonly vendor: SuiteVendor;
  readonly provider: Provider;
  ask(asking?: Asking): Promise<Answer>;
  call(asking?: Asking): { readonly call: GenerateCall; readonly facts: readonly ProviderFact[] };
}

export interface Asking {
  readonly mode?: Mode;
  readonly request?: Partial<GenerateRequest>;
  readonly model?: Partial<ProviderModel>;
  readonly credential?: Credential;
  readonly signal?: AbortSignal;
}

/** An answer as far as it came. */
export interface Answer {
  readonly events: readonly ContentEvent[];
  readonly parts: readonly Part[];
  readonly finish: Finish | undefined;
  readonly error: GatewayError | undefined;
  readonly warnings: readonly Warning[];
  readonly facts: readonly ProviderFact[];
}

const user = (content: string): GenerateRequest["messages"][number] => ({ role: "user", content });

/** A case on a stage of its own, which is cleared away whatever happens. */
export const onStage =
  (options: ProviderSuiteOptions) =>
  (name: string, play: (stage: Stage) => Promise<void>, skip?: string): SuiteCase => ({
    name,
    ...(skip !== undefined && { skip }),
    async run() {
      const vendor = await options.vendor();
      const provider = options.provider(vendor, KEY);
      try {
        await within(options.caseMs ?? CASE_MS, play(stageOf(options, vendor, provider)));
      } finally {
        await provider.close?.();
        await vendor.close();
      }
    },
  });

/** A provider that never ends, or never lets go, must not hold up whoever runs the suite. */
const CASE_MS = 10_000;

const within = async (ms: number, played: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `not over within ${ms} ms` })), ms);
  });
  try {
    await Promise.race([played, late]);
  } finally {
    clearTimeout(timer);
    played.catch(() => {});
  }
};

const stageOf = ({ model }: ProviderSuiteOptions, vendor: SuiteVendor, provider: Provider): Stage => {
  const call: Stage["call"] = (asking = {}) => {
    const facts: ProviderFact[] = [];
    return {
      facts,
      call: {
        request: { messages: [user(QUESTION)], maxOutputTokens: 4_096, ...asking.request },
        model: {
          name: "suite",
          id: "suite-1",
          limit: { output: 8_192 },
          ...model,
          ...asking.model,
          capabilities: { ...ABLE, ...model?.capabilities, ...asking.model?.capabilities },
          options: { ...model?.options, ...asking.model?.options },
        },
        credential: asking.credential ?? credentialOf(provider),
        mode: asking.mode ?? "stream",
        signal: asking.signal ?? new AbortController().signal,
        connectMs: 5_000,
        clock: {
          now: Date.now,
          after(ms, fn) {
            const timer = setTimeout(fn, ms);
            return () => clearTimeout(timer);
          },
          chance: Math.random,
        },
        report: (fact) => void facts.push(fact),
      },
    };
  };
  return { vendor, provider, call, ask: (asking) => read(provider, call(asking)) };
};

const credentialOf = ({ credentials }: Provider): Credential => {
  const [first] = credentials;
  assert(first !== undefined, "a provider has at least one credential");
  return first;
};

const read = async (provider: Provider, { call, facts }: ReturnType<Stage["call"]>): Promise<Answer> => {
  const events: ContentEvent[] = [];
  let error: GatewayError | undefined;
  try {
    for await (const event of await provider.generate(call)) events.push(event);
  } catch (thrown) {
    if (!GatewayError.is(thrown)) throw thrown;
    error = thrown;
  }
  checkOrder(events, error !== undefined);
  return {
    events,
    error,
    facts,
    parts: partsOf(events),
    finish: events.find((event) => event.type === "finish"),
    warnings: facts.flatMap((fact) => (fact.type === "warning" ? [fact.warning] : [])),
  };
};

/** In the order of their indexes: parts may end in another order than they began in. */
const partsOf = (events: readonly ContentEvent[]): readonly Part[] =>
  events
    .flatMap((event) => (event.type === "part-end" ? [event] : []))
    .sort((one, other) => one.index - other.index)
    .map(({ part }) => part);

/** Parts begin, grow and end under one index; nothing follows `finish`; an answer that failed has none. */
const checkOrder = (events: readonly ContentEvent[], failed: boolean): void => {
  const open = new Map<number, string>();
  const seen = new Set<number>();
  for (const [at, event] of events.entries()) {
    if (event.type === "finish") {
      assert.equal(failed, false, "a failed answer has no finish");
      assert.equal(at, events.length - 1, "nothing follows finish");
      assert.equal(open.size, 0, "no part is open at finish");
    } else if (event.type === "part-start") {
      assert.equal(seen.has(event.index), false, `part ${event.index} begins once`);
      seen.add(event.index);
      open.set(event.index, "");
    } else if (event.type === "part-delta") {
      const said = open.get(event.index);
      assert(said !== undefined, `a delta belongs to an open part (${event.index})`);
      open.set(event.index, said + event.delta);
    } else {
      checkEnd(event.part, open.get(event.index), event.index);
      open.delete(event.index);
    }
  }
  if (!failed) assert.equal(events.at(-1)?.type, "finish", "a whole answer ends with finish");
};

const checkEnd = (part: Part, said: string | undefined, index: number): void => {
  assert(said !== undefined, `part ${index} began before it ended`);
  if (said === "") return;
  if ("text" in part) assert.equal(part.text, said, "a part's text is its deltas joined");
  else if (part.type === "tool-call")
    assert.deepEqual(JSON.parse(said), part.input, "a call's input is its deltas joined");
};

/** What must be the same however an answer came: ids and opaque state are made anew each time. */
export const bare = (parts: readonly Part[]): readonly object[] =>
  parts.map((part) => ({ ...part, state: undefined, ...("id" in part && { id: "" }) }));

export const expectWhole = (answer: Answer): Finish => {
  if (answer.error !== undefined) throw answer.error;
  assert(answer.finish !== undefined, "a whole answer ends with finish");
  return answer.finish;
};

export const expectError = ({ error, finish }: Answer, ...codes: readonly string[]): GatewayError => {
  assert.equal(finish, undefined, "a failed answer has no finish");
  assert(error !== undefined, `expected ${codes.join(" or ")}, got a whole answer`);
  assert(codes.includes(error.code), `expected ${codes.join(" or ")}, got ${error.code}: ${error.message}`);
  const shown = `${error.message} ${JSON.stringify(error)} ${String(error.stack)} ${String(error.cause)}`;
  for (const canary of [KEY, "CANARYPROMPT"]) assert.equal(shown.includes(canary), false, `${canary} is in no error`);
  return error;
};
