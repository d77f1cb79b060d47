import { google } from "headgate/google";
import { GatewayError, type Part, type Price } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { costNanoUsd } from "../../src/policy/price.ts";
import { answered, json, MODEL, OLD, ours, read, sse, USAGE, warningsOf } from "./google-support.ts";
import { type Answer, callOf } from "./replay.ts";

const part = (told: object, more: object = {}) => ({
  candidates: [{ content: { role: "model", parts: [told] }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 },
  modelVersion: "gemini-3-pro-001",
  responseId: "resp_1",
});
const end = (more: object = {}, usage: object = USAGE) => ({
  candidates: [{ finishReason: "STOP", index: 0, ...more }],
  usageMetadata: usage,
  responseId: "resp_1",
});
/** A whole answer, in both modes: they must be the same. */
const both = async (
  parts: readonly object[],
  more: object = {},
  usage: object = USAGE,
  model = MODEL,
): Promise<Answer> => {
  const whole = await read(json(answered(parts, more, usage)), "complete", model);
  const streamed = await read(sse([...parts.map((each) => part(each)), end(more, usage)]), "stream", model);
  expect(streamed.error).toEqual(whole.error);
  expect(streamed.parts).toEqual(whole.parts);
  expect(streamed.finish).toEqual(whole.finish);
  return whole;
};
const streamed = (...pieces: readonly object[]) => read(sse(pieces), "stream");
const args = (...partialArgs: readonly object[]) => part({ functionCall: { partialArgs, willContinue: true } });
const codeOf = ({ error }: Answer) => (GatewayError.is(error) ? error.code : error);
const inputs = (parts: readonly Part[]) => parts.flatMap((each) => (each.type === "tool-call" ? [each.input] : []));

describe("an answer of Gemini's", () => {
  it("is text, with the vendor's id and model", async () => {
    const { finish, text } = await both([{ text: "Hello" }]);
    expect(text).toBe("Hello");
    expect(finish).toMatchObject({
      finishReason: "stop",
      rawFinishReason: "STOP",
      response: { id: "resp_1", model: "gemini-3-pro-001" },
    });
  });

  it("says what was thought apart, and keeps the signatures where they belong", async () => {
    const { parts } = await both([
      { text: "Let me ", thought: true },
      { text: "think.", thought: true },
      { text: "It is " },
      { text: "four." },
      { text: "", thoughtSignature: "s1" },
    ]);
    expect(parts).toEqual([
      { type: "reasoning", text: "Let me think.", state: ours({ thought: true }) },
      { type: "text", text: "It is four.", state: ours({ signature: "s1" }) },
    ]);
  });

  it("keeps a signature that has no text of its own", async () => {
    const { parts } = await both([{ functionCall: { name: "now" } }, { thoughtSignature: "s1" }]);
    expect(parts).toEqual([
      { type: "tool-call", id: "resp_1-1", name: "now", input: {}, executor: "caller" },
      { type: "text", text: "", state: ours({ signature: "s1" }) },
    ]);
  });

  it("ends for its tool calls, though the vendor says STOP; ids are the vendor's, or made here and never twice", async () => {
    const { parts, finish } = await both([
      { functionCall: { name: "weather", args: { city: "Rome" } }, thoughtSignature: "s1" },
      { functionCall: { name: "weather", args: { city: "Oslo" } } },
      { functionCall: { id: "own", name: "weather", args: { city: "Bonn" } } },
      { functionCall: { id: "own", name: "now" } },
    ]);
    expect(finish).toMatchObject({ finishReason: "tool-calls", rawFinishReason: "STOP" });
    expect(parts.map((each) => (each.type === "tool-call" ? [each.id, each.input, each.state] : []))).toEqual([
      ["resp_1-1", { city: "Rome" }, ours({ signature: "s1" })],
      ["resp_1-2", { city: "Oslo" }, undefined],
      ["own", { city: "Bonn" }, undefined],
      ["own-2", {}, undefined],
    ]);
  });

  it("may be a picture, or a file by its address; a picture of its thinking is left out with a warning", async () => {
    const { parts, facts } = await both([
      { inlineData: { mimeType: "image/png", data: "aaaa" }, thought: true },
      { inlineData: { mimeType: "image/png", data: "iVBO" }, thoughtSignature: "s1" },
      { fileData: { mimeType: "video/mp4", fileUri: "gs://b/v.mp4" } },
    ]);
    expect(parts).toEqual([
      { type: "file", mediaType: "image/png", data: { base64: "iVBO" }, state: ours({ signature: "s1" }) },
      { type: "file", mediaType: "video/mp4", data: { url: "gs://b/v.mp4" } },
    ]);
    expect(warningsOf(facts).map(({ code }) => code)).toEqual(["part_dropped"]);
  });

  it("tells what the vendor ran itself", async () => {
    const code = { executableCode: { language: "PYTHON", code: "1/0" }, thoughtSignature: "s1" };
    const outcome = { codeExecutionResult: { outcome: "OUTCOME_FAILED", output: "ZeroDivisionError" } };
    const search = { toolCall: { id: "t1", toolType: "GOOGLE_SEARCH_WEB", args: { queries: ["x"] } } };
    const found = { toolResponse: { id: "t1", toolType: "GOOGLE_SEARCH_WEB", response: { n: 1 } } };
    const { parts, finish } = await both([code, outcome, search, found, { text: "No." }]);
    expect(finish?.finishReason).toBe("stop");
    expect(parts).toEqual([
      {
        type: "tool-call",
        id: "resp_1-1",
        name: "codeExecution",
        input: { language: "PYTHON", code: "1/0" },
        executor: "vendor",
        state: ours({ part: code, signature: "s1" }),
      },
      {
        type: "tool-result",
        id: "resp_1-1",
        name: "codeExecution",
        output: { type: "json", value: { outcome: "OUTCOME_FAILED", output: "ZeroDivisionError" } },
        isError: true,
        executor: "vendor",
        state: ours({ part: outcome }),
      },
      {
        type: "tool-call",
        id: "t1",
        name: "GOOGLE_SEARCH_WEB",
        input: { queries: ["x"] },
        executor: "vendor",
        state: ours({ part: search }),
      },
      {
        type: "tool-result",
        id: "t1",
        name: "GOOGLE_SEARCH_WEB",
        output: { type: "json", value: { response: { n: 1 } } },
        executor: "vendor",
        state: ours({ part: found }),
      },
      { type: "text", text: "No." },
    ]);
  });

  it("names its sources, each once, with the text that leans on it", async () => {
    const groundingMetadata = {
      webSearchQueries: ["spain euro", "spain england"],
      groundingChunks: [
        { web: { uri: "https://a.example", title: "a.example" } },
        { retrievedContext: { uri: "gs://b/doc", title: "doc", text: "words of the document" } },
        { maps: { uri: "https://maps.example/1", title: "A place" } },
        { odd: {} },
      ],
      groundingSupports: [{ segment: { text: "Spain won." }, groundingChunkIndices: [0, 7] }],
    };
    const citationMetadata = { citations: [{ uri: "https://cited.example", startIndex: 0, endIndex: 5 }] };
    const { parts, finish } = await both([{ text: "Spain won. It was close." }], {
      groundingMetadata,
      citationMetadata,
    });
    expect(parts.slice(1)).toEqual([
      { type: "source", url: "https://a.example", title: "a.example", citedBy: 0 },
      { type: "source", url: "gs://b/doc", title: "doc", quote: "words of the document" },
      { type: "source", url: "https://maps.example/1", title: "A place" },
      { type: "source", url: "https://cited.example" },
    ]);
    expect(finish?.usage.meters).toEqual({ webSearch: 2 });
    expect(finish?.providerMetadata).toMatchObject({ groundingMetadata, citationMetadata });
  });

  it("keeps what the contract has no field for", async () => {
    const { finish } = await both([{ text: "x" }], { avgLogprobs: -0.1, finishMessage: "ok", brandNew: { a: 1 } });
    expect(finish?.providerMetadata).toEqual({ avgLogprobs: -0.1, finishMessage: "ok", brandNew: { a: 1 } });
  });

  it("is not disturbed by content without parts, empty parts, unknown kinds and other candidates", async () => {
    const other = { candidates: [{ index: 1, content: { parts: [{ text: "another" }] }, finishReason: "STOP" }] };
    const { parts, error } = await streamed(
      { candidates: [{ content: { role: "model" }, index: 0 }] },
      part({}),
      part({ brandNew: true }),
      other,
      part({ text: "x" }),
      {},
      end(),
    );
    expect(error).toBeUndefined();
    expect(parts).toEqual([{ type: "text", text: "x" }]);
  });
});

describe("why Gemini stopped", () => {
  it.each([
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content-filter"],
    ["RECITATION", "content-filter"],
    ["BLOCKLIST", "content-filter"],
    ["PROHIBITED_CONTENT", "content-filter"],
    ["SPII", "content-filter"],
    ["MODEL_ARMOR", "content-filter"],
    ["IMAGE_SAFETY", "content-filter"],
    ["LANGUAGE", "other"],
    ["CONTINUATION", "other"],
    ["TOO_MANY_TOOL_CALLS", "other"],
    ["BRAND_NEW", "other"],
  ])("%s is %s", async (raw, finishReason) => {
    expect((await both([{ text: "x" }], { finishReason: raw })).finish).toMatchObject({
      finishReason,
      rawFinishReason: raw,
    });
  });

  it("a blocked prompt is a result, with the filter's own word", async () => {
    const blocked = {
      promptFeedback: { blockReason: "PROHIBITED_CONTENT", blockReasonMessage: "No." },
      usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
      modelVersion: "gemini-3-pro-001",
    };
    for (const answer of [await read(json(blocked), "complete"), await streamed(blocked)]) {
      expect(answer.parts).toEqual([{ type: "refusal", text: "No.", category: "PROHIBITED_CONTENT" }]);
      expect(answer.finish).toMatchObject({
        finishReason: "content-filter",
        rawFinishReason: "PROHIBITED_CONTENT",
        usage: { input: { total: 4 }, output: { total: 0 } },
      });
    }
  });

  it.each([
    "MALFORMED_FUNCTION_CALL",
    "UNEXPECTED_TOOL_CALL",
    "MALFORMED_RESPONSE",
  ])("%s is no answer: invalid_output, which does not repeat what the model wrote", async (finishReason) => {
    const answer = await both([], { finishReason, finishMessage: "Malformed function call: print(SECRET)" });
    expect(codeOf(answer)).toBe("invalid_output");
    expect(answer.finish).toBeUndefined();
    expect(JSON.stringify(answer.error)).not.toContain("SECRET");
    expect(answer.facts).toContainEqual(expect.objectContaining({ type: "usage" }));
  });
});

describe("the end of Gemini's answers", () => {
  it("S1: a whole body that does not say why it ended is no answer", async () => {
    for (const body of [{}, { candidates: [] }, { candidates: [{ content: { parts: [{ text: "x" }] } }] }, [], "x"]) {
      expect(codeOf(await read(json(body), "complete"))).toBe("protocol");
    }
  });

  it("S1: a stream that ends before it says why is cut, whatever came", async () => {
    for (const pieces of [[], [part({ text: "x" })], [part({ text: "x" }), { usageMetadata: USAGE }]]) {
      expect(codeOf(await streamed(...pieces))).toBe("stream_truncated");
    }
    expect(
      codeOf(await read(sse([part({ text: "x" }, { finishReason: "FINISH_REASON_UNSPECIFIED" })]), "stream")),
    ).toBe("stream_truncated");
  });

  it("figures may come after the reason; a connection that breaks then hurts nobody", async () => {
    const late = [part({ text: "x" }, { finishReason: "STOP" }), { usageMetadata: USAGE }];
    const bare = late.map((each) => ({ ...each, usageMetadata: undefined }));
    const { finish, error } = await read(sse([bare[0], late[1]]), "stream");
    expect(error).toBeUndefined();
    expect(finish?.usage).toMatchObject({ input: { total: 10 }, output: { total: 5 }, source: "reported" });
    const broken = await read(sse([bare[0]], { reset: true }), "stream");
    expect(broken.finish).toMatchObject({ finishReason: "stop", usage: { source: "estimated" } });
  });

  it("a piece may come after the reason: a signature, a source", async () => {
    const late = part(
      { text: "", thoughtSignature: "s1" },
      { groundingMetadata: { groundingChunks: [{ web: { uri: "https://a.example" } }] } },
    );
    const { parts } = await streamed(part({ text: "x" }), end(), late);
    expect(parts).toEqual([
      { type: "text", text: "x", state: ours({ signature: "s1" }) },
      { type: "source", url: "https://a.example" },
    ]);
  });

  it("a body that never ends is not waited for once all is said", async () => {
    const waits: number[] = [];
    const piece = Buffer.from(`data: ${JSON.stringify(answered([{ text: "x" }]))}\r\n\r\n`);
    const body = new ReadableStream({ start: (controller) => controller.enqueue(piece) });
    const transport = { name: "open", fetch: async () => new Response(body) };
    const provider = google({ apiKey: "any", transport });
    const { call } = callOf(provider, { mode: "stream", model: MODEL });
    const after = (ms: number, fn: () => void) => {
      waits.push(ms);
      fn();
      return () => {};
    };
    const kinds: string[] = [];
    for await (const event of await provider.generate({ ...call, clock: { ...call.clock, after } }))
      kinds.push(event.type);
    expect(kinds.at(-1)).toBe("finish");
    expect(waits).toEqual([2_000]);
  });

  it("an event that is no JSON, and one that is no object, are protocol", async () => {
    for (const data of ["{broken", "[1]", "null"]) {
      const reply = {
        headers: { "content-type": "text/event-stream" },
        chunks: [Buffer.from(`data: ${data}\r\n\r\n`)],
      };
      expect(codeOf(await read(reply, "stream"))).toBe("protocol");
    }
  });
});

describe("arguments of a call that come in pieces", () => {
  const begin = (name = "f") => part({ functionCall: { name, willContinue: true } });
  const done = part({ functionCall: {} });

  it("are put together: texts that go on, figures, truths, nulls, lists, odd names", async () => {
    const { parts } = await streamed(
      begin(),
      args({ jsonPath: "$.a", stringValue: "one ", willContinue: true }),
      args({ jsonPath: "$.a", stringValue: "and two" }),
      args({ jsonPath: "$.list[0].n", numberValue: 0 }, { jsonPath: "$.list[1].n", numberValue: 1.5 }),
      args({ jsonPath: "$.yes", boolValue: false }, { jsonPath: "$.nothing", nullValue: "NULL_VALUE" }),
      args({ jsonPath: "$['a name'][\"x.y\"]", stringValue: "odd" }),
      done,
      end(),
    );
    expect(inputs(parts)).toEqual([
      { a: "one and two", list: [{ n: 0 }, { n: 1.5 }], yes: false, nothing: null, "a name": { "x.y": "odd" } },
    ]);
  });

  it("are whole where the model came to its end without saying so", async () => {
    const { parts } = await streamed(begin(), args({ jsonPath: "$.a", stringValue: "x" }), end());
    expect(inputs(parts)).toEqual([{ a: "x" }]);
  });

  it("are left out with a warning where the limit cut them", async () => {
    const answer = await streamed(
      begin(),
      args({ jsonPath: "$.a", stringValue: "x" }),
      end({ finishReason: "MAX_TOKENS" }),
    );
    expect(answer.parts).toEqual([]);
    expect(warningsOf(answer.facts).map(({ code }) => code)).toEqual(["tool_call_incomplete"]);
  });

  it("are signs of life while they come", async () => {
    const { facts } = await streamed(begin(), args({ jsonPath: "$.a", stringValue: "x" }), done, end());
    expect(facts.filter(({ type }) => type === "alive")).toHaveLength(2);
  });

  it.each([
    "a",
    "$",
    "$..a",
    "$.list[999999999]",
    "$.list[1]",
    "$.a[0].b[",
    "$.a".repeat(99),
    "$[*]",
  ])("X6: at a path that cannot be followed (%s) they make no call", async (jsonPath) => {
    expect(codeOf(await streamed(begin(), args({ jsonPath, stringValue: "x" }), done, end()))).toBe("invalid_output");
  });

  it("X3: a name like __proto__ is a name", async () => {
    const { parts } = await streamed(
      begin(),
      args({ jsonPath: "$.__proto__.polluted", stringValue: "x" }),
      done,
      end(),
    );
    expect(JSON.stringify(inputs(parts))).toBe('[{"__proto__":{"polluted":"x"}}]');
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });
});

describe("what an answer of Gemini's used", () => {
  const used = async (usage: object, model = MODEL) => (await both([{ text: "x" }], {}, usage, model)).finish?.usage;
  const nano = async (usage: object, price: Price, model = MODEL) => {
    const told = await used(usage, model);
    return told === undefined ? undefined : costNanoUsd(told, price);
  };

  it("golden bill: thoughts are outside the candidates", async () => {
    // 9 in at $2 and 23 + 302 out at $12 a million: 9 × 2,000 + 325 × 12,000 = 3,918,000 nano-dollars.
    const usage = { promptTokenCount: 9, candidatesTokenCount: 23, thoughtsTokenCount: 302, totalTokenCount: 334 };
    expect(await used(usage)).toEqual({
      input: { total: 9, uncached: 9, cacheRead: 0, cacheWrite: 0 },
      output: { total: 325, reasoning: 302 },
      meters: {},
      source: "reported",
    });
    expect(await nano(usage, { input: 2, output: 12 })).toBe(3_918_000);
  });

  it("golden bill: cached tokens are inside the prompt, and tools bring more", async () => {
    // 1,000 of which 600 cached, and 50 by tools: 450 × 300 + 600 × 30 + 100 × 2,500 = 403,000 nano-dollars.
    const usage = {
      promptTokenCount: 1_000,
      cachedContentTokenCount: 600,
      toolUsePromptTokenCount: 50,
      candidatesTokenCount: 100,
      totalTokenCount: 1_150,
    };
    expect(await used(usage)).toMatchObject({ input: { total: 1_050, uncached: 450, cacheRead: 600 } });
    expect(await nano(usage, { input: 0.3, output: 2.5, cache_read: 0.03 })).toBe(403_000);
  });

  it("golden bill: sound costs more than text, cached or not, and pictures out more than words", async () => {
    // Text 100 at $0.30, sound 200 of which 80 cached (at $1.00 and $0.10), 10 words out at $2.50, 1,290 of a picture at $30:
    // 100 × 300 + 120 × 1,000 + 80 × 100 + 10 × 2,500 + 1,290 × 30,000 = 38,883,000 nano-dollars.
    const usage = {
      promptTokenCount: 300,
      cachedContentTokenCount: 80,
      candidatesTokenCount: 1_300,
      totalTokenCount: 1_600,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 100 },
        { modality: "AUDIO", tokenCount: 200 },
      ],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 80 }],
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
    };
    expect((await used(usage))?.meters).toEqual({ "input.audio": 120, "cacheRead.audio": 80, "output.image": 1_290 });
    const price: Price = {
      input: 0.3,
      output: 2.5,
      cache_read: 0.03,
      meters: {
        "input.audio": { usd: 0.000001, meterOf: "uncached" },
        "cacheRead.audio": { usd: 0.0000001, meterOf: "cacheRead" },
        "output.image": { usd: 0.00003, meterOf: "output" },
      },
    };
    expect(await nano(usage, price)).toBe(38_883_000);
  });

  it("has details without figures, and figures that cannot be meant", async () => {
    const usage = {
      ...USAGE,
      promptTokensDetails: [{ modality: "AUDIO" }, { modality: "TEXT" }],
      thoughtsTokenCount: -4,
    };
    expect(await used(usage)).toMatchObject({ meters: {}, output: { total: 5, reasoning: 0 } });
    expect((await used({ promptTokenCount: 1e300, candidatesTokenCount: 2 }))?.source).toBe("estimated");
  });

  it("is what the total leaves, where the candidates' own figure is missing", async () => {
    expect(await used({ promptTokenCount: 10, thoughtsTokenCount: 3, totalTokenCount: 20 })).toMatchObject({
      output: { total: 10, reasoning: 3 },
    });
  });

  it("counts searches as they are billed: each query, or once a prompt before Gemini 3", async () => {
    const groundingMetadata = { webSearchQueries: ["a", "b"] };
    for (const [model, webSearch] of [
      [MODEL, 2],
      [OLD, 1],
    ] as const) {
      const { finish } = await both([{ text: "x" }], { groundingMetadata }, USAGE, model);
      expect(finish?.usage.meters).toEqual({ webSearch });
    }
  });

  it("S3: is told as it grows, the latest figure of each", async () => {
    const { facts, finish } = await streamed(
      { usageMetadata: { trafficType: "ON_DEMAND" } },
      { ...part({ text: "a" }), usageMetadata: { promptTokenCount: 10, thoughtsTokenCount: 7, totalTokenCount: 17 } },
      end({}, { promptTokenCount: 10, candidatesTokenCount: 2, totalTokenCount: 19 }),
    );
    const totals = facts.flatMap((fact) => (fact.type === "usage" ? [fact.usage.output.total] : []));
    expect(totals).toEqual([7, 9]);
    expect(finish?.usage.output).toEqual({ total: 9, reasoning: 7 });
    expect(finish?.providerMetadata).toMatchObject({ trafficType: "ON_DEMAND" });
  });
});
