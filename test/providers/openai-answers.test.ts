/** What OpenAI's Responses API says besides words: items of every kind, events unknown and out of place, answers that are not over. */
import type { Json } from "headgate/kit";
import { openai } from "headgate/openai";
import { describe, expect, it } from "vitest";
import { type Answer, ask, StubVendor } from "./replay.ts";

const model = { name: "m", id: "gpt-6", capabilities: { reasoning: true }, limit: {}, options: {} };
const usage = { input_tokens: 5, output_tokens: 3 };

const whole = async (body: object): Promise<Answer> => {
  const vendor = new StubVendor();
  vendor.reply = { headers: { "content-type": "application/json" }, chunks: [Buffer.from(JSON.stringify(body))] };
  return ask(openai({ apiKey: "k", transport: vendor }), { mode: "complete", model });
};
const streamed = async (events: readonly object[]): Promise<Answer> => {
  const vendor = new StubVendor();
  const wire = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  vendor.reply = { headers: { "content-type": "text/event-stream" }, chunks: [Buffer.from(wire)] };
  return ask(openai({ apiKey: "k", transport: vendor }), { mode: "stream", model });
};

const answer = (output: readonly object[], more: object = {}) => ({
  id: "resp_1",
  model: "gpt-6-1",
  status: "completed",
  output,
  usage,
  ...more,
});
/** The events of the same answer: each item begun and ended, without pieces. */
const events = (output: readonly object[], more: object = {}) => [
  { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } },
  ...output.flatMap((item, output_index) => [
    { type: "response.output_item.added", output_index, item: { ...item, content: [], status: "in_progress" } },
    { type: "response.output_item.done", output_index, item },
  ]),
  { type: "response.completed", response: answer(output, more) },
];
const both = async (output: readonly object[], more: object = {}): Promise<readonly Answer[]> => [
  await whole(answer(output, more)),
  await streamed(events(output, more)),
];
const message = (text: string, annotations: readonly object[] = []) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  content: [{ type: "output_text", text, annotations }],
});
const state = (data: Json) => ({ provider: "openai", model: "gpt-6", account: "openai", data });

describe("items, whole and streamed alike", () => {
  it("what the vendor's own tools did goes back as it came", async () => {
    const search = {
      type: "web_search_call",
      id: "ws_1",
      status: "completed",
      action: { type: "search", query: "tide" },
    };
    const run = { type: "code_interpreter_call", id: "ci_1", code: "1+1", status: "completed" };
    for (const { parts, finish } of await both([search, run, message("Four.")])) {
      expect(parts).toEqual([
        {
          type: "tool-call",
          id: "ws_1",
          name: "web_search",
          input: search.action,
          executor: "vendor",
          state: state({ item: search }),
        },
        {
          type: "tool-call",
          id: "ci_1",
          name: "code_interpreter",
          input: "1+1",
          executor: "vendor",
          state: state({ item: run }),
        },
        { type: "text", text: "Four." },
      ]);
      expect([finish?.finishReason, finish?.usage.meters]).toEqual(["stop", { webSearch: 1 }]);
    }
  });

  it("pages and files that are cited", async () => {
    const annotations = [
      { type: "url_citation", url: "https://a.test", title: "A", start_index: 0, end_index: 3 },
      { type: "file_citation", file_id: "file_1", filename: "b.pdf", index: 1 },
    ];
    for (const { parts } of await both([message("So.", annotations)])) {
      expect(parts.slice(1)).toEqual([
        { type: "source", url: "https://a.test", title: "A", citedBy: 0 },
        { type: "source", title: "b.pdf", citedBy: 0 },
      ]);
    }
  });

  it("an image that was drawn is a file, and is not sent back in full", async () => {
    const drawn = {
      type: "image_generation_call",
      id: "ig_1",
      status: "completed",
      result: "AAAA",
      output_format: "webp",
    };
    for (const { parts } of await both([drawn])) {
      expect(parts[1]).toEqual({ type: "file", mediaType: "image/webp", data: { base64: "AAAA" } });
      expect(JSON.stringify(parts[0])).not.toContain("AAAA");
    }
  });

  it("a call without an id gets one; reasoning with its own state", async () => {
    const output = [
      { type: "reasoning", id: "rs_1", summary: [{ text: "Hm." }, { text: "So." }], encrypted_content: "gAAA" },
      { type: "function_call", id: "fc_1", name: "look", arguments: "" },
    ];
    for (const { parts, finish } of await both(output)) {
      expect(parts).toEqual([
        { type: "reasoning", text: "Hm.\n\nSo.", state: state({ id: "rs_1", encrypted: "gAAA" }) },
        { type: "tool-call", id: expect.stringMatching(/^\w{9}$/), name: "look", input: {}, executor: "caller" },
      ]);
      expect(finish?.finishReason).toBe("tool-calls");
    }
  });

  it("items and fields of no kind known are kept beside the answer", async () => {
    const compaction = { type: "compaction", id: "cmp_1", encrypted_content: "g" };
    for (const { parts, finish } of await both([compaction, message("Yes.")], {
      service_tier: "flex",
      new_field: [1],
    })) {
      expect(parts).toEqual([{ type: "text", text: "Yes." }]);
      expect(finish?.providerMetadata).toEqual({ items: [compaction], service_tier: "flex", new_field: [1] });
    }
  });

  it("a refusal is one; text that was cut is cut", async () => {
    const refused = { type: "message", content: [{ type: "refusal", refusal: "No." }] };
    for (const { parts, finish } of await both([refused])) {
      expect([parts, finish?.finishReason]).toEqual([[{ type: "refusal", text: "No." }], "refusal"]);
    }
    for (const [reason, finishReason] of [
      ["max_output_tokens", "length"],
      ["content_filter", "content-filter"],
      ["new_reason", "other"],
    ]) {
      const more = { status: "incomplete", incomplete_details: { reason } };
      for (const { finish } of await both([message("Ye")], more)) {
        expect([finish?.finishReason, finish?.rawFinishReason]).toEqual([finishReason, reason]);
      }
    }
  });
});

describe("an answer that is not over", () => {
  it.each(["queued", "in_progress", "cancelled"])("%s, in the background: no usage is made up", async (status) => {
    const { finish, error } = await whole({ id: "resp_1", status, output: [], usage: null, background: true });
    expect(error).toBeUndefined();
    expect(finish).toMatchObject({ finishReason: "other", rawFinishReason: status, usage: { source: "estimated" } });
  });
});

describe("a stream", () => {
  it("with events unknown, without numbers, doubled, or out of place, is read as far as it can be", async () => {
    const [created, added, done, completed] = events([message("Yes.")]);
    const { text, error, finish } = await streamed([
      { type: "response.new_thing.delta", delta: "?" },
      { type: "keepalive" },
      created ?? {},
      created ?? {},
      { type: "response.output_text.delta", output_index: 7, content_index: 0, delta: "" },
      added ?? {},
      done ?? {},
      { type: "response.queued" },
      completed ?? {},
      completed ?? {},
    ]);
    expect([error, text, finish?.response.id]).toEqual([undefined, "Yes.", "resp_1"]);
  });

  it("that brings no items but at its end", async () => {
    const { text, finish } = await streamed(events([message("Yes.")]).slice(-1));
    expect([text, finish?.usage.input.total]).toEqual(["Yes.", 5]);
  });

  it("that ends without its last event is cut, whatever came before", async () => {
    const all = events([message("Yes.")]);
    expect((await streamed(all.slice(0, -1))).error).toMatchObject({ code: "stream_truncated" });
    expect((await streamed([])).error).toMatchObject({ code: "stream_truncated" });
  });

  it("[DONE] behind the last event does no harm", async () => {
    const vendor = new StubVendor();
    const wire = events([message("Yes.")]).map((event) => `data: ${JSON.stringify(event)}\n\n`);
    vendor.reply = {
      headers: { "content-type": "text/event-stream" },
      chunks: [Buffer.from(`${wire.join("")}data: [DONE]\n\n`)],
    };
    const { text, error } = await ask(openai({ apiKey: "k", transport: vendor }), { mode: "stream", model });
    expect([text, error]).toEqual(["Yes.", undefined]);
  });

  it("a call without a name is none that anybody could run", async () => {
    const call = { type: "function_call", id: "fc_1", call_id: "c1", arguments: "{}" };
    for (const { error, finish } of await both([call])) {
      expect([error, finish]).toMatchObject([{ code: "protocol" }, undefined]);
    }
  });

  it("a call whose input is no JSON ends in an error, unless the answer was cut", async () => {
    const call = { type: "function_call", id: "fc_1", call_id: "c1", name: "look", arguments: '{"a":' };
    for (const { error, finish } of await both([call])) {
      expect([error, finish]).toMatchObject([{ code: "invalid_output" }, undefined]);
    }
    const cut = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    for (const { parts, finish } of await both([call], cut))
      expect([parts, finish?.finishReason]).toEqual([[], "length"]);
  });
});
