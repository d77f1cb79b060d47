import type { CallRecord, Part } from "headgate";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { APIS, declinedBy, pair } from "./support.ts";

const weather = { name: "weather", description: "of a city", input: z.object({ city: z.string() }) } as const;

/** Without what is made anew for each answer. */
const bare = (parts: readonly Part[]) => parts.map((part) => ({ ...part, id: undefined, state: undefined }));

describe.each(APIS)("an answer over real HTTP, through the vendor's own SDK: %s", (api) => {
  it("text, whole and streamed, is the same answer with the same usage", async () => {
    await using vendors = await pair(api);
    const whole = await vendors.gateway.complete({ prompt: "hello", system: "Be brief." });
    const stream = vendors.gateway.stream({ prompt: "hello", system: "Be brief." });
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    const streamed = await stream.completion();
    expect(text).toBe(whole.text);
    expect(streamed.text).toBe(whole.text);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.finishReason).toBe("stop");
    expect(whole.model).toBe("cheap");
    expect(whole.response.requestId).toBe(vendors.a.hits[0]?.requestId);
    expect(vendors.a.hits.map((hit) => hit.outcome)).toEqual(["whole", "whole"]);
  });

  it("tools and reasoning go round: the call, its result, and the vendor's own state", async () => {
    await using vendors = await pair(api);
    const reply = {
      ...(api !== "openai-chat" && { reasoning: "I need the weather first." }),
      toolCalls: [
        { name: "weather", input: { city: "Ghent" } },
        { name: "weather", input: { city: "Ostend" } },
      ],
    };
    vendors.a.script([{ reply }, { reply }]);
    const ask = {
      messages: [{ role: "user", content: "weather?" }] as const,
      tools: [weather],
      reasoning: { effort: "high" } as const,
    };
    const first = await vendors.gateway.complete(ask);
    const again = await vendors.gateway.stream(ask).completion();
    expect(bare(again.parts)).toEqual(bare(first.parts));
    expect(first.finishReason).toBe("tool-calls");
    expect(first.toolCalls.map((call) => call.input)).toEqual([{ city: "Ghent" }, { city: "Ostend" }]);
    const results = first.toolCalls.map(({ id, name }) => ({ type: "tool-result", id, name, output: "rain" }) as const);
    const messages = [...ask.messages, first.message, { role: "tool", content: results } as const];
    const second = await vendors.gateway.complete({ ...ask, messages });
    expect(second.text).toContain("This is model-a");
    expect(vendors.a.hits.map((hit) => hit.status)).toEqual([200, 200, 200]);
  });

  it("structured output is inferred and checked", async () => {
    await using vendors = await pair(api);
    const { output } = await vendors.gateway.complete({
      prompt: "title?",
      output: z.object({ title: z.string(), tags: z.array(z.string()).optional() }),
    });
    expect(output.title).toBe("text");
  });

  it("structured output that does not fit goes to another model, and neither bill is lost", async () => {
    await using vendors = await pair(api);
    vendors.a.script([{ reply: { text: '{"wrong": 1}' } }]);
    const answer = await vendors.gateway.complete({ prompt: "title?", output: z.object({ title: z.string() }) });
    expect(answer.model).toBe("dear");
    expect(answer.attempts.map((attempt) => attempt.error?.code)).toEqual(["invalid_output", undefined]);
    const billed = vendors.a.bill().nanoUsd * 1n;
    expect(BigInt(answer.attempts[0]?.costNanoUsd ?? 0)).toBe(billed);
  });

  it("a refusal is a finish reason, and a cut by the limit is one too", async () => {
    await using vendors = await pair(api);
    vendors.a.script([
      { reply: { refusal: "I cannot help with that." } },
      { reply: { text: "It was a dark", finish: "length" } },
    ]);
    expect((await vendors.gateway.complete({ prompt: "x" })).finishReason).toBe(declinedBy(api));
    expect((await vendors.gateway.complete({ prompt: "x" })).finishReason).toBe("length");
    expect(vendors.b.hits).toHaveLength(0);
  });

  it("the ledger says what the vendor bills, cached tokens once", async () => {
    await using vendors = await pair(
      api,
      {},
      {
        models: {
          "model-a": { price: { input: "1", output: "2", cacheRead: "0.1", cacheWrite: "1.25" } },
          "model-b": {},
        },
      },
    );
    const system = "You know the whole manual. ".repeat(60);
    for (let count = 0; count < 5; count += 1) {
      await vendors.gateway.complete({ system, prompt: `question ${count}`, promptCache: { ttlMs: 300_000 } });
    }
    const records = vendors.ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");
    const spent = records.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n);
    expect(spent).toBe(vendors.a.bill().nanoUsd);
    expect(records[4]?.usage?.input.cacheRead).toBeGreaterThan(0);
  });

  it("events may come in any chunks, between keep-alives", async () => {
    await using vendors = await pair(api);
    const plain = await vendors.gateway.stream({ prompt: "hello" }).completion();
    for (const chunk of [1, 7, "random"] as const) {
      vendors.a.script([{ chunk, keepAlives: true }]);
      const chunked = await vendors.gateway.stream({ prompt: "hello" }).completion();
      expect(bare(chunked.parts)).toEqual(bare(plain.parts));
      expect(chunked.usage).toEqual(plain.usage);
    }
  });
});
