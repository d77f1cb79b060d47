import { GatewayError } from "headgate";
import { describe, expect, it } from "vitest";
import { type Answer, callOf, hasRecordings, lines, read, recordings, sse, vendor } from "./openai-support.ts";

const APIS = ["responses", "chat"] as const;
type Api = (typeof APIS)[number];

const wire = (api: Api, events: readonly string[]): string => sse(api === "chat" ? [...events, "[DONE]"] : events);

/** Up to the first terminal event: some recordings hold several answers in a row. */
const firstAnswer = (api: Api, text: string): string[] => {
  const all = lines(text);
  const end = all.findIndex((line) => /"type":\s*"response\.(completed|incomplete|failed)"/.test(line));
  return api === "chat" || end < 0 ? all : all.slice(0, end + 1);
};

// biome-ignore lint/suspicious/noExplicitAny: a recording's shape is what is under test
const parsed = (line: string | undefined): any => {
  try {
    return JSON.parse(line ?? "{}");
  } catch {
    return undefined;
  }
};

const checkWhole = (answer: Answer, body: { readonly usage?: Record<string, number> | null }): void => {
  expect(answer.error).toBeUndefined();
  const { finish, parts } = answer;
  expect(finish?.rawFinishReason).toBeTruthy();
  expect(parts.some((part) => ["text", "tool-call", "refusal"].includes(part.type))).toBe(true);
  const usage = body.usage ?? {};
  expect(finish?.usage.source).toBe("reported");
  expect(finish?.usage.input.total).toBe(usage["input_tokens"] ?? usage["prompt_tokens"]);
  expect(finish?.usage.output.total).toBe(usage["output_tokens"] ?? usage["completion_tokens"]);
  const { input } = finish?.usage ?? { input: { total: 0, uncached: -1, cacheRead: 0, cacheWrite: 0 } };
  expect(input.uncached + input.cacheRead + input.cacheWrite).toBe(input.total);
};

describe.skipIf(!hasRecordings)("recorded answers of OpenAI (skipped where the recordings are not at hand)", () => {
  for (const api of APIS) {
    for (const { name, text } of recordings(`openai/${api}`)) {
      if (name.endsWith(".json")) {
        it(`${api}: ${name}`, async () => {
          const body = JSON.parse(text);
          const refused = body.error !== undefined && body.error !== null;
          const { provider } = vendor({ body: text, status: refused ? 400 : 200 });
          const answer = await read(provider, callOf({ api }));
          if (!refused) return checkWhole(answer, body);
          expect(GatewayError.is(answer.error, "quota_exhausted", "unsupported")).toBe(true);
        });
        continue;
      }
      const events = firstAnswer(api, text);
      const last = parsed(events.at(-1));
      it(`${api}: ${name}, streamed`, async () => {
        const { provider } = vendor({ body: wire(api, events) });
        const answer = await read(provider, callOf({ api, mode: "stream" }));
        // One recording's last event lacks a brace: an event that is no JSON is never read as an answer.
        if (last === undefined) return expect(GatewayError.is(answer.error, "protocol")).toBe(true);
        if (last.type === "response.failed") return expect(GatewayError.is(answer.error, "quota_exhausted")).toBe(true);
        return checkWhole(answer, api === "chat" ? last : last.response);
      });

      it(`S1 ${api}: ${name}, cut after every event: never a normal end`, async () => {
        for (const reset of [false, true]) {
          for (let count = 0; count < events.length; count += 1) {
            const { provider } = vendor({ body: [Buffer.from(sse(events.slice(0, count)))], reset });
            const answer = await read(provider, callOf({ api, mode: "stream" }));
            const stopped = api === "chat" && events.slice(0, count).some((event) => /"finish_reason":"\w/.test(event));
            if (stopped) expect(answer.error).toBeUndefined();
            else expect(GatewayError.is(answer.error, "stream_truncated", "quota_exhausted", "protocol")).toBe(true);
            expect(answer.finish === undefined).toBe(!stopped);
          }
        }
      });
    }
  }

  it("a streamed answer has the parts of a whole one", async () => {
    for (const { name, text } of recordings("openai/responses").filter(({ name }) => name.endsWith(".chunks.txt"))) {
      const events = firstAnswer("responses", text);
      const last = parsed(events.at(-1));
      if (
        last === undefined ||
        last.type !== "response.completed" ||
        name.includes("copilot") ||
        last.response.output.length === 0
      )
        continue;
      const streamed = await read(vendor({ body: wire("responses", events) }).provider, callOf({ mode: "stream" }));
      const whole = await read(vendor({ body: JSON.stringify(last.response) }).provider, callOf());
      // Encrypted state is made anew for the last event.
      const bare = (answer: Answer) => answer.parts.map((part) => ({ ...part, state: undefined }));
      expect(bare(streamed), name).toEqual(bare(whole));
      expect(streamed.finish, name).toEqual(whole.finish);
    }
  });

  it("S5: the same bytes cut anywhere give the same events", async () => {
    const bytes = Buffer.from(
      wire(
        "responses",
        firstAnswer(
          "responses",
          recordings("openai/responses").find(({ name }) => name.startsWith("github"))?.text ?? "",
        ),
      ),
    );
    const whole = await read(vendor({ body: [bytes] }).provider, callOf({ mode: "stream" }));
    expect(whole.error).toBeUndefined();
    for (let at = 1; at < bytes.length; at += 97) {
      const split = await read(
        vendor({ body: [bytes.subarray(0, at), bytes.subarray(at)] }).provider,
        callOf({ mode: "stream" }),
      );
      expect(split.events).toEqual(whole.events);
    }
  });
});

if (!hasRecordings)
  it("recordings are replayed where they are at hand", (context) => context.skip("no recordings folder"));
