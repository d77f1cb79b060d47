/** What every provider must do, shown of every built-in one; and that the suite notices what it says it notices. */
import { type ContentEvent, GatewayError, type GenerateCall, type Provider, type Usage } from "headgate/kit";
import { providerSuite, startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { APIS, providerOf, suiteOf } from "../wire/support.ts";

describe.each(APIS)("the provider contract: %s", (api) => {
  const cases = providerSuite({
    vendor: () => startVendor({ api }),
    provider: (vendor, apiKey) => providerOf(api, { name: api, vendor, apiKey }),
    ...suiteOf(api),
  });
  for (const { name, skip, run } of cases) {
    it.skipIf(skip !== undefined)(skip === undefined ? name : `${name} (${skip})`, run);
  }
});

type Events = AsyncIterable<ContentEvent>;
type Generate = (call: GenerateCall, generate: (call: GenerateCall) => Promise<Events>) => Promise<Events> | Events;

const mapped = (change: (event: ContentEvent) => readonly ContentEvent[]): Generate =>
  async function* (call, generate) {
    for await (const event of await generate(call)) yield* change(event);
  };

const onFinish = (change: (usage: Usage) => Usage): Generate =>
  mapped((event) => [event.type === "finish" ? { ...event, usage: change(event.usage) } : event]);

const onError = (change: (error: GatewayError, call: GenerateCall) => unknown): Generate =>
  async function* (call, generate) {
    try {
      yield* await generate(call);
    } catch (error) {
      throw GatewayError.is(error) ? change(error, call) : error;
    }
  };

/** The same error, but for what is changed, and without its wait. */
const changed = (error: GatewayError, { code = error.code, message = error.message }: Partial<GatewayError>) =>
  new GatewayError(code, message, { details: error.details as never, status: error.status });

const finish: ContentEvent = {
  type: "finish",
  finishReason: "stop",
  usage: {
    input: { total: 1, uncached: 1, cacheRead: 0, cacheWrite: 0 },
    output: { total: 1, reasoning: 0 },
    meters: {},
    source: "reported",
  },
  response: {},
};

/** Providers that are wrong in one thing each, as real ones have been. */
const SABOTAGE: Readonly<Record<string, Generate>> = {
  "a cut stream looks finished": async function* (call, generate) {
    try {
      yield* await generate(call);
    } catch (error) {
      if (!GatewayError.is(error, "stream_truncated")) throw error;
      yield finish;
    }
  },
  "it tries again by itself": async (call, generate) => generate(call).catch(() => generate(call)),
  "it is deaf to its signal": (call, generate) => generate({ ...call, signal: new AbortController().signal }),
  "an error quotes the key": onError((error) =>
    changed(error, { message: `${error.message} sk-suite-C4naryK3y-0123456789abcdef` }),
  ),
  "a bill that was not paid is taken for a rate limit": onError((error) =>
    error.code === "quota_exhausted" ? changed(error, { code: "rate_limited" }) : error,
  ),
  "when to come back is forgotten": onError((error) => changed(error, {})),
  "warnings are swallowed": (call, generate) =>
    generate({ ...call, report: (fact) => (fact.type === "warning" ? undefined : call.report(fact)) }),
  "cached tokens are counted twice": onFinish((usage) => ({
    ...usage,
    input: { ...usage.input, total: usage.input.total + usage.input.cacheRead },
  })),
  "deltas come twice": mapped((event) => (event.type === "part-delta" ? [event, event] : [event])),
  "the end is never told": mapped((event) => (event.type === "finish" ? [] : [event])),
  "calls lose their input": mapped((event) =>
    event.type === "part-end" && event.part.type === "tool-call"
      ? [{ ...event, part: { ...event.part, input: {} } }]
      : [event],
  ),
  "calls share an id": mapped((event) =>
    event.type === "part-end" && event.part.type === "tool-call"
      ? [{ ...event, part: { ...event.part, id: "call" } }]
      : [event],
  ),
  "reasoning is taken for text": mapped((event) =>
    event.type === "part-end" && event.part.type === "reasoning"
      ? [{ ...event, part: { type: "text", text: event.part.text } }]
      : [event],
  ),
  "state of any account is sent": (call, generate) => {
    const messages = call.request.messages.map((message) =>
      typeof message.content === "string"
        ? message
        : {
            ...message,
            content: message.content.map((part) =>
              "state" in part && part.state !== undefined
                ? { ...part, state: { ...part.state, provider: "anthropic", account: call.credential.account } }
                : part,
            ),
          },
    ) as GenerateCall["request"]["messages"];
    return generate({ ...call, request: { ...call.request, messages } });
  },
  "a reader that leaves is not noticed": (call, generate) => {
    const opened = generate(call);
    return {
      [Symbol.asyncIterator]() {
        const events = opened.then((all) => all[Symbol.asyncIterator]());
        return { next: async () => (await events).next() };
      },
    };
  },
};

describe("the suite notices", () => {
  it.concurrent.each(Object.entries(SABOTAGE))(
    "%s",
    async (_what, generate) => {
      const wrong = (provider: Provider): Provider => ({
        ...provider,
        generate: (call) => generate(call, async (own) => provider.generate(own)),
      });
      const cases = providerSuite({
        vendor: () => startVendor({ api: "anthropic" }),
        provider: (vendor, apiKey) => wrong(providerOf("anthropic", { name: "anthropic", vendor, apiKey })),
        ...suiteOf("anthropic"),
      });
      const noticed: string[] = [];
      for (const { name, run } of cases) {
        await run().catch(() => noticed.push(name));
        if (noticed.length > 0) return;
      }
      expect(noticed).not.toEqual([]);
    },
    60_000,
  );
});
