import fc from "fast-check";
import { GatewayError, readEvents, readJson, type ServerSentEvent, SseParser } from "headgate/kit";
import { describe, expect, it, vi } from "vitest";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const parse = (chunks: readonly Uint8Array[]): { events: ServerSentEvent[]; comments: number; isIdle: boolean } => {
  let comments = 0;
  const parser = new SseParser({ onComment: () => (comments += 1) });
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  return { events, comments, isIdle: parser.isIdle };
};

describe("SSE as the standard has it", () => {
  it.each([
    ["LF", "data: a\n\ndata: b\n\n", ["a", "b"]],
    ["CR", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["mixed ends", "data: a\r\n\ndata: b\r\r\n", ["a", "b"]],
    ["a byte order mark", "\ufeffdata: a\n\n", ["a"]],
    ["no space after the colon", "data:a\n\n", ["a"]],
    ["one space is dropped, not two", "data:  a\n\n", [" a"]],
    ["many data fields are joined", "data: a\ndata: b\n\n", ["a\nb"]],
    ["data without a colon is empty", "data\n\n", [""]],
    ["comments and unknown fields are passed over", ": hi\nid: 7\nretry: 5\nfoo: bar\ndata: a\n\n", ["a"]],
    ["an event without data is none", "event: ping\n\ndata: a\n\n", ["a"]],
    ["what is unfinished at the end is no event", "data: a\n\ndata: b\n", ["a"]],
    ["a field whose name only begins like data", "database: x\ndata: a\n\n", ["a"]],
  ])("%s", (_what, text, data) => {
    expect(parse([bytes(text)]).events.map((event) => event.data)).toEqual(data);
  });

  it("names events, and forgets the name with the event", () => {
    expect(parse([bytes("event: x\ndata: 1\n\ndata: 2\n\n")]).events).toEqual([
      { event: "x", data: "1" },
      { event: "", data: "2" },
    ]);
  });

  it("says whether something unfinished is left", () => {
    expect(parse([bytes("data: a\n\n")]).isIdle).toBe(true);
    for (const rest of ["d", "data: b", "data: b\n", "event: x\n"])
      expect(parse([bytes(`data: a\n\n${rest}`)]).isIdle).toBe(false);
  });

  const TRICKY = bytes(
    '\ufeff: hello\r\nevent: é\r\ndata: 日本\r\ndata: 🌊 x\r\n\r\ndata: b\n\n: c\rdata: c\r\rdata: {"a": "ü"}\n\n',
  );

  it("S5: split at every byte, the same events", () => {
    const whole = parse([TRICKY]);
    for (let at = 0; at <= TRICKY.length; at += 1)
      expect(parse([TRICKY.subarray(0, at), TRICKY.subarray(at)])).toEqual(whole);
    expect(parse([...TRICKY].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("S5: split at 1,000 random sets of places, the same events", () => {
    const whole = parse([TRICKY]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TRICKY.length }), { maxLength: 30 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), TRICKY.length];
        expect(parse(places.slice(1).map((end, index) => TRICKY.subarray(places[index], end)))).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it("S6: 100,000 malformed inputs: no crash, and the same events in one piece or in two", () => {
    const random = fc.sample(fc.uint8Array({ maxLength: 60 }), { numRuns: 20_000, seed: 7 });
    const likely = fc.array(
      fc.constantFrom("data", ":", " ", "\n", "\r", "\r\n", "event", "{", "\ufeff", "é", "\u0000"),
      { maxLength: 20 },
    );
    const texts = fc.sample(likely, { numRuns: 80_000, seed: 7 }).map((pieces) => bytes(pieces.join("")));
    for (const input of [...random, ...texts]) {
      const half = input.length >> 1;
      expect(parse([input]).events.length).toBe(parse([input.subarray(0, half), input.subarray(half)]).events.length);
    }
  });

  it.each([
    ["a line", "data: "],
    ["an event of many lines", "data: x\n"],
  ])("S7: %s beyond the cap is an error, not memory", (_what, piece) => {
    const parser = new SseParser({ maxLength: 1_000 });
    const flood = (): void => {
      for (let count = 0; count < 2_000; count += 1) parser.push(bytes(piece));
    };
    expect(flood).toThrow(/more than 1000 characters/);
  });

  it("reads a line that comes byte by byte in a time that grows with its length alone", () => {
    const spent = (length: number): number => {
      const parser = new SseParser();
      const byte = bytes("x");
      const before = process.cpuUsage().user;
      for (let count = 0; count < length; count += 1) parser.push(byte);
      return process.cpuUsage().user - before;
    };
    spent(50_000);
    // Eight times the bytes: quadratic would be 64 times the work.
    expect(spent(400_000)).toBeLessThan(30 * Math.max(5_000, spent(50_000)));
  });
});

describe("events of a response", () => {
  it("a page instead of a stream is a protocol error", async () => {
    const response = new Response("<html>", { headers: { "content-type": "text/html" } });
    const error = await readEvents(response, { provider: "v" })
      .next()
      .catch((error: unknown) => error);
    expect(GatewayError.is(error, "protocol")).toBe(true);
  });

  it("an abort rejects a read that waits, with the signal's reason", async () => {
    const controller = new AbortController();
    const response = new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } });
    const read = readEvents(response, { provider: "v", signal: controller.signal }).next();
    const reason = new Error("mine");
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
  });

  const silent = (): Response =>
    new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } });

  it("a signal that was aborted before is obeyed", async () => {
    const reason = new Error("mine");
    await expect(readEvents(silent(), { provider: "v", signal: AbortSignal.abort(reason) }).next()).rejects.toBe(
      reason,
    );
    await expect(readJson(silent(), { provider: "v", signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each([
    ["was left", (events: AsyncIterator<unknown>) => events.return?.()],
    ["ended", (events: AsyncIterator<unknown>) => events.next()],
  ])("a stream that %s leaves nothing on its signal", async (_how, leave) => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const events = readEvents(new Response("", { headers: { "content-type": "text/event-stream" } }), {
      provider: "v",
      signal,
    });
    await leave(events);
    expect(removed).toHaveBeenCalledWith("abort", added.mock.calls[0]?.[1]);
  });
});
