/** The simulators satisfy the vendors' own SDKs, used raw: they are a witness of their own. */
import Anthropic from "@anthropic-ai/sdk";
import { createExam, startVendor, type Vendor } from "headgate/testing";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let vendor: Vendor;
beforeEach(async () => {
  vendor = await startVendor({
    models: {
      "gpt-4.1": {},
      "gpt-6": { price: { input: "0.25", output: "2" }, rejects: ["temperature"], context: 2_000 },
      claude: {},
    },
    keys: ["right"],
  });
});
afterEach(() => vendor.close());

const openai = (apiKey = "right") => new OpenAI({ apiKey, baseURL: vendor.baseURL, maxRetries: 0 });
const anthropic = (apiKey = "right") => new Anthropic({ apiKey, baseURL: vendor.url, maxRetries: 0 });
const messages = [{ role: "user", content: "hello" }] as const;
const closed = {
  type: "object",
  properties: { at: { type: "string" } },
  required: ["at"],
  additionalProperties: false,
};
const look = {
  name: "look",
  description: "x",
  parameters: { type: "object", properties: { at: { type: "string" } }, required: ["at"] },
};

describe("OpenAI's SDK", () => {
  it("Responses: whole, streamed, tools, structured output", async () => {
    const whole = await openai().responses.create({ model: "gpt-6", input: "hello" });
    expect(whole.output_text).toMatch(/^This is gpt-6/);
    let text = "";
    const types = new Set<string>();
    for await (const event of await openai().responses.create({ model: "gpt-6", input: "hello", stream: true })) {
      types.add(event.type);
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed") expect(event.response.usage).toEqual(whole.usage);
    }
    expect(text).toBe(whole.output_text);
    expect([...types]).toContain("response.completed");
    const called = await openai().responses.create({
      model: "gpt-6",
      input: "x",
      tools: [{ type: "function", strict: true, ...look, parameters: closed }],
      tool_choice: "required",
    });
    expect(called.output[0]).toMatchObject({ type: "function_call", name: "look", arguments: '{"at":"text"}' });
    const format = { type: "json_schema", name: "a", schema: look.parameters } as const;
    expect((await openai().responses.create({ model: "gpt-6", input: "x", text: { format } })).output_text).toBe(
      '{"at":"text"}',
    );
  });

  it("Chat Completions: whole, streamed, tools", async () => {
    const whole = await openai().chat.completions.create({ model: "gpt-6", messages: [...messages] });
    let text = "";
    let usage: unknown;
    const stream = await openai().chat.completions.create({
      model: "gpt-6",
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage ??= chunk.usage;
    }
    expect([text, usage]).toEqual([whole.choices[0]?.message.content, whole.usage]);
    const called = openai().chat.completions.stream({
      model: "gpt-4.1",
      messages: [...messages],
      tools: [{ type: "function", function: look }],
      tool_choice: "required",
    });
    expect((await called.finalMessage()).tool_calls?.[0]).toMatchObject({
      function: { name: "look", arguments: '{"at":"text"}' },
    });
  });

  it("refuses as the vendor does: key, model, parameter, window, missing tool output", async () => {
    const ask = (body: object, key?: string) =>
      openai(key).responses.create({ model: "gpt-6", input: "x", ...body } as never);
    await expect(ask({}, "wrong")).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    await expect(ask({ model: "gpt-7" })).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    await expect(ask({ temperature: 1 })).rejects.toMatchObject({ status: 400 });
    await expect(ask({ input: "x".repeat(20_000) })).rejects.toMatchObject({ code: "context_length_exceeded" });
    await expect(ask({ input: [{ type: "function_call_output", call_id: "c", output: "x" }] })).rejects.toMatchObject({
      status: 400,
    });
    await expect(
      ask({ input: [{ type: "reasoning", id: "r", summary: [], encrypted_content: "foreign" }] }),
    ).rejects.toMatchObject({ status: 400 });
  });
});

describe("Anthropic's SDK", () => {
  const create = (body: object = {}, key?: string) =>
    anthropic(key).messages.create({
      model: "claude",
      max_tokens: 100,
      messages: [...messages],
      ...body,
    } as never) as Promise<Anthropic.Message>;

  it("Messages: whole, streamed, tools", async () => {
    const whole = await create();
    const streamed = await anthropic()
      .messages.stream({ model: "claude", max_tokens: 100, messages: [...messages] })
      .finalMessage();
    expect([streamed.content, streamed.usage.output_tokens, streamed.stop_reason]).toEqual([
      whole.content,
      whole.usage.output_tokens,
      "end_turn",
    ]);
    const tools = [{ name: "look", input_schema: look.parameters as Anthropic.Tool.InputSchema }];
    const called = await anthropic()
      .messages.stream({
        model: "claude",
        max_tokens: 100,
        messages: [...messages],
        tools,
        tool_choice: { type: "any" },
      })
      .finalMessage();
    expect(called.content[0]).toMatchObject({ type: "tool_use", name: "look", input: { at: "text" } });
    expect(called.stop_reason).toBe("tool_use");
  });

  it("refuses as the vendor does: key, model, rules of the history", async () => {
    await expect(create({}, "wrong")).rejects.toMatchObject({ status: 401 });
    await expect(create({ model: "claude-9" })).rejects.toMatchObject({ status: 404 });
    await expect(create({ max_tokens: undefined })).rejects.toMatchObject({ status: 400 });
    const use = { role: "assistant", content: [{ type: "tool_use", id: "t", name: "look", input: {} }] };
    const history = (...more: object[]) => create({ messages: [messages[0], ...more] });
    await expect(history(use, { role: "user", content: "no result" })).rejects.toMatchObject({ status: 400 });
    await expect(
      history({ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "x" }] }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(
      history({ role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "foreign" }] }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(history({ role: "assistant", content: [{ type: "text", text: "" }] })).rejects.toMatchObject({
      status: 400,
    });
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "x" }] };
    expect((await history(use, result)).stop_reason).toBe("end_turn");
  });
});

describe("what is scripted happens", () => {
  it.each([
    ["overloaded", 503, 529],
    ["rate_limited", 429, 429],
    ["insufficient_quota", 429, 402],
    ["server_error", 500, 500],
  ] as const)("%s is each vendor's own", async (error, openaiStatus, anthropicStatus) => {
    vendor.script(() => ({ error, retryAfterMs: 2_000 }));
    const refused = await openai()
      .responses.create({ model: "gpt-6", input: "x" })
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ status: openaiStatus });
    expect((refused as { headers: Headers }).headers.get("retry-after")).toBe("2");
    await expect(
      anthropic().messages.create({ model: "claude", max_tokens: 1, messages: [...messages] }),
    ).rejects.toMatchObject({ status: anthropicStatus });
  });

  it("steps are taken one a request, then it answers again; down and up; hits and sockets are counted", async () => {
    const ask = () => openai().responses.create({ model: "gpt-6", input: "x" });
    vendor.script([{ error: "server_error" }]);
    await expect(ask()).rejects.toMatchObject({ status: 500 });
    await ask();
    vendor.down();
    await expect(ask()).rejects.toMatchObject({ status: 503 });
    vendor.up();
    await ask();
    expect(vendor.hits.map(({ status, outcome }) => [status, outcome])).toEqual([
      [500, "refused"],
      [200, "whole"],
      [503, "refused"],
      [200, "whole"],
    ]);
    await vendor.idle();
    expect(vendor.openRequests).toBe(0);
  });

  it("failing a share of requests is the same for the same seed", async () => {
    const run = async (): Promise<number[]> => {
      await using own = await startVendor({ seed: 5 });
      own.failing(0.5);
      for (let count = 0; count < 20; count += 1)
        await fetch(`${own.baseURL}/responses`, { method: "POST", body: '{"model":"m","input":"x"}' });
      return own.hits.map(({ status }) => status);
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
  });
});

describe("the bill", () => {
  it("is worked out from what was sent, exactly, rounded up once a request", async () => {
    // 1,000 in at $0.25 and 100 out at $2 a million: 250,000 + 200,000 nano; one cached half: no price of its own, so the same.
    vendor.script([
      { reply: { text: "x", usage: { input: 1_000, cached: 500, output: 100 } } },
      { reply: { text: "x", usage: { input: 1, output: 0 } } },
    ]);
    await openai().responses.create({ model: "gpt-6", input: "x" });
    await openai().responses.create({ model: "gpt-6", input: "x" });
    const bill = vendor.bill();
    expect(bill.items.map(({ nanoUsd }) => nanoUsd)).toEqual([450_000n, 250n]);
    expect([bill.nanoUsd, bill.byModel]).toEqual([450_250n, { "gpt-6": 450_250n }]);
  });

  it("a refusal costs nothing; a cut answer costs what went out", async () => {
    vendor.script([{ error: "overloaded" }, { cut: { afterEvents: 12, by: "fin" } }, {}]);
    for (let count = 0; count < 3; count += 1) {
      const stream = await openai()
        .responses.create({ model: "gpt-6", input: "x", stream: true })
        .catch(() => []);
      try {
        for await (const _ of stream);
      } catch {}
    }
    await vendor.idle();
    const [cut, whole] = vendor.bill().items;
    expect(vendor.bill().items).toHaveLength(2);
    expect([cut?.whole, whole?.whole]).toEqual([false, true]);
    expect(cut?.outputTokens).toBeLessThan(whole?.outputTokens ?? 0);
    expect(cut?.inputTokens).toBe(whole?.inputTokens);
  });
});

describe("two vendors of the same seed", () => {
  it("do not take each other's opaque state for their own", async () => {
    await using one = await startVendor();
    await using other = await startVendor();
    const ask = (at: Vendor, input: unknown) =>
      new OpenAI({ apiKey: "any", baseURL: at.baseURL, maxRetries: 0 }).responses.create({
        model: "m",
        input,
        include: ["reasoning.encrypted_content"],
      } as never);
    one.script([{ reply: { reasoning: "hm", text: "x" } }]);
    const { output } = (await ask(one, "x")) as OpenAI.Responses.Response;
    const history = [...output, { role: "user", content: "and?" }];
    await ask(one, history);
    await expect(ask(other, history)).rejects.toMatchObject({ status: 400 });
  });
});

describe("an exam", () => {
  it("is passed by strength alone, and nothing in a question tells its difficulty", () => {
    const exam = createExam();
    const [easy, hard] = [exam.ask(10), exam.ask(90)];
    const answer = (prompt: string, strength: number): string => exam.brain({ prompt } as never, strength).text ?? "";
    expect(exam.grade(easy.prompt, answer(easy.prompt, 50))).toBe("right");
    expect(exam.grade(hard.prompt, answer(hard.prompt, 50))).toBe("wrong");
    expect(exam.grade(hard.prompt, answer(hard.prompt, 90))).toBe("right");
    expect(exam.grade("something else", "x")).toBeUndefined();
    expect(easy.prompt.replace(/\d+/g, "")).toMatch(
      /^The contract of ledger {2}is due .*\. What is {2}times \? \(question \)$/,
    );
  });
});
