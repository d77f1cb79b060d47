/** A registry behind an address. Time, chance and the network are handed in. */
import { createGateway, type Gateway, GatewayError, type HttpSourceOptions, httpSource } from "headgate";
import { fakeProvider, virtualClock } from "headgate/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const yaml = (model: string): string => `models: { ${model}: { provider: fake } }\n`;
const SECRET = "canary-secret";

interface Asked {
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: string | undefined;
  readonly signal: AbortSignal;
}

type Answer = (asked: Asked) => Response | Promise<Response>;

/** A source over answers, one after another; the last one for good. */
const sourceOf = (
  answers: readonly Answer[],
  options: HttpSourceOptions = {},
  url = "https://config.test/headgate",
) => {
  const asked: Asked[] = [];
  const clock = virtualClock();
  const fetch = (async (to: string, init: RequestInit) => {
    const each = {
      url: to,
      headers: new Headers(init.headers as never),
      redirect: init.redirect,
      signal: init.signal as AbortSignal,
    };
    asked.push(each);
    return (answers[asked.length - 1] ?? answers.at(-1))?.(each);
  }) as unknown as typeof globalThis.fetch;
  return { asked, clock, source: httpSource(url, { fetch, clock, ...options }) };
};

const ok =
  (text: string, headers: Record<string, string> = { "content-type": "application/yaml" }): Answer =>
  () =>
    new Response(text, { headers });
const status =
  (code: number, text: string | null = SECRET): Answer =>
  () =>
    new Response(code === 304 ? null : text, { status: code });

const messageOf = async (loading: Promise<unknown>): Promise<string> => {
  const error = await loading.catch((error: unknown) => error);
  if (!GatewayError.is(error, "registry_invalid")) throw error;
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain("canary");
  return error.details.issues[0]?.message ?? "";
};

describe("what is asked", () => {
  it("sends the tag and the date of what it has; 304 keeps it", async () => {
    const first = ok(yaml("one"), { etag: '"1"', "last-modified": "Wed, 01 Jan 2025 00:00:00 GMT" });
    const { source, asked } = sourceOf([first, status(304), ok(yaml("two"), { etag: '"2"' }), status(304)]);
    const loaded = await source.load();
    expect(await source.load()).toBe(loaded);
    expect(await source.load()).toEqual({ text: yaml("two"), format: "yaml" });
    await source.load();
    expect(asked.map(({ headers }) => [headers.get("if-none-match"), headers.get("if-modified-since")])).toEqual([
      [null, null],
      ['"1"', "Wed, 01 Jan 2025 00:00:00 GMT"],
      ['"1"', "Wed, 01 Jan 2025 00:00:00 GMT"],
      ['"2"', null],
    ]);
  });

  it("a tag is sent for what was kept alone: a failure between changes nothing", async () => {
    const { source, asked } = sourceOf([ok(yaml("one"), { etag: '"1"' }), status(503), status(304)]);
    const loaded = await source.load();
    await messageOf(source.load());
    expect(await source.load()).toBe(loaded);
    expect(asked.at(-1)?.headers.get("if-none-match")).toBe('"1"');
  });

  it("304 where nothing was kept is no registry", async () => {
    expect(await messageOf(sourceOf([status(304)]).source.load())).toBe("it answered with status 304");
  });

  it("user and password go as a header, never in the address; own headers go first, asked for each time", async () => {
    const { source, asked } = sourceOf(
      [ok(yaml("one"))],
      {},
      `https://us%40er:${SECRET}@config.test/x?key=${SECRET}#f`,
    );
    await source.load();
    expect(asked[0]?.url).toBe(`https://config.test/x?key=${SECRET}#f`);
    expect(asked[0]?.headers.get("authorization")).toBe(`Basic ${Buffer.from(`us@er:${SECRET}`).toString("base64")}`);
    expect(source.name).toBe("https://config.test/x");
    const fresh = sourceOf(
      [ok(yaml("one"))],
      { headers: async () => ({ Authorization: `Bearer ${fresh.asked.length + 1}` }) },
      "https://a:b@c.test/",
    );
    await fresh.source.load();
    await fresh.source.load();
    expect(fresh.asked.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it.each<readonly [string, HttpSourceOptions, string]>([
    ["https://config.test/headgate", {}, "follow"],
    ["https://config.test/headgate", { headers: { "x-token": SECRET } }, "manual"],
    [`https://config.test/headgate?key=${SECRET}`, {}, "manual"],
    [`https://user:${SECRET}@config.test/headgate`, {}, "manual"],
  ])("a redirect is followed only where nothing secret is sent: %s %j", async (url, options, redirect) => {
    const { source, asked } = sourceOf([status(302)], options, url);
    expect(await messageOf(source.load())).toMatch(/^it answered with status 302; .* a redirect is not followed$/);
    expect(asked[0]?.redirect).toBe(redirect);
  });
});

describe("what is taken", () => {
  it.each([
    ["application/json", "https://c.test/x", "json"],
    ["application/vnd.acme+json; charset=utf-8", "https://c.test/x", "json"],
    ["text/yaml", "https://c.test/x.json", "yaml"],
    ["application/x-yaml", "https://c.test/x.json", "yaml"],
    ["text/plain", "https://c.test/x.json?a=b", "json"],
    ["application/octet-stream", "https://c.test/x.yaml", "yaml"],
  ] as const)("%s at %s is %s", async (type, url, format) => {
    const { source } = sourceOf([ok("{}", { "content-type": type })], {}, url);
    expect(await source.load()).toEqual({ text: "{}", format });
  });

  it.each<readonly [string, Answer, RegExp]>([
    ["a status that is no answer", status(503), /^it answered with status 503$/],
    ["an empty answer by status", status(204, null), /status 204/],
    ["a page", ok(`<html>${SECRET}`, { "content-type": "text/html; charset=utf-8" }), /a page \(HTML\)/],
    ["what is longer than allowed", ok("x".repeat(5_000)), /^it is larger than 4096 bytes$/],
    ["what is no UTF-8", () => new Response(new Uint8Array([0xff, 0xfe, 0x41])), /not in UTF-8/],
    [
      "a refused connection",
      () =>
        Promise.reject(
          Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED", address: SECRET } }),
        ),
      /^it could not be reached \(ECONNREFUSED\)$/,
    ],
    ["an error that quotes", () => Promise.reject(new Error(SECRET)), /^it could not be reached$/],
    [
      "a code that is none",
      () => Promise.reject(Object.assign(new Error(), { code: SECRET })),
      /^it could not be reached$/,
    ],
  ])("%s is refused, and nothing of it is told", async (_what, answer, says) => {
    const { source } = sourceOf([answer], { maxBytes: 4_096, headers: { authorization: SECRET } });
    expect(await messageOf(source.load())).toMatch(says);
  });

  it("of an answer without end no more is read than is allowed", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(1_024));
      },
    });
    const { source } = sourceOf([() => new Response(endless)], { maxBytes: 4_096 });
    expect(await messageOf(source.load())).toMatch(/larger/);
    expect(sent).toBeLessThan(10);
  });

  it.each([
    ["before its head", (): Promise<Response> => new Promise(() => {})],
    ["in its middle", () => new Response(new ReadableStream({ start: (it) => it.enqueue(Buffer.from("models: {")) }))],
  ])("an answer that stops %s is given up in time", async (_when, answer) => {
    const { source, clock, asked } = sourceOf([answer, ok(yaml("one"))], { timeoutMs: 700 });
    const message = messageOf(source.load());
    await clock.advance(699);
    expect(asked[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await message).toBe("it did not answer within 700 ms");
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(await source.load()).toEqual({ text: yaml("one"), format: "yaml" });
    expect(clock.pending).toBe(0);
  });
});

describe("when it is asked", () => {
  const times = async (
    options: HttpSourceOptions,
    answers: readonly Answer[],
    untilMs: number,
  ): Promise<readonly number[]> => {
    const { source, clock } = sourceOf(answers, options);
    const start = clock.now();
    const at: number[] = [];
    const end = source.subscribe?.(() => {
      at.push(clock.now() - start);
      source.load().catch(() => {});
    });
    await clock.advance(untilMs);
    end?.();
    expect(clock.pending).toBe(0);
    return at;
  };

  it("again and again, every pollMs", async () => {
    expect(await times({ pollMs: 1_000, jitter: 0 }, [ok(yaml("one"))], 3_500)).toEqual([1_000, 2_000, 3_000]);
  });

  it("each wait is longer or shorter by up to the jitter, and no two alike", async () => {
    const at = await times({ pollMs: 1_000, jitter: 0.3 }, [ok(yaml("one"))], 50_000);
    const waits = at.map((time, index) => time - (at[index - 1] ?? 0));
    for (const wait of waits) expect(Math.abs(wait - 1_000)).toBeLessThanOrEqual(300);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(300);
    expect(new Set(waits).size).toBeGreaterThan(waits.length / 2);
  });

  it("sooner after a failure: from a second, twice as long each time, never longer than pollMs", async () => {
    const at = await times({ pollMs: 10_000, jitter: 0 }, [status(503)], 60_000);
    expect(at.map((time, index) => time - (at[index - 1] ?? 0)).slice(0, 7)).toEqual([
      10_000, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  it("a gateway keeps the last good one while it is away, says so once, and takes what it is back with", async () => {
    const { source, clock } = sourceOf(
      [ok(yaml("one")), status(503), status(503), ok("models: ["), status(500), ok(yaml("two"))],
      { pollMs: 1_000, jitter: 0, headers: { authorization: SECRET } },
    );
    const gateway = createGateway({ providers: [fakeProvider()], registry: source }) as unknown as Gateway;
    const told: string[] = [];
    gateway.on("registry", ({ state, issues, source: name }) => {
      told.push(`${state} ${issues[0]?.message ?? ""}`.trim());
      expect(name).toBe("https://config.test/headgate");
    });
    const models: string[] = [];
    for (let second = 0; second < 7; second += 1) {
      models.push((await gateway.complete({ prompt: "x" })).model);
      await clock.advance(1_000);
    }
    await gateway.close();
    expect(models.slice(0, 5)).toEqual(["one", "one", "one", "one", "one"]);
    expect(models.at(-1)).toBe("two");
    expect(told).toEqual([
      "loaded",
      "rejected it answered with status 503",
      expect.stringMatching(/^rejected /),
      "rejected it answered with status 500",
      "reloaded",
    ]);
    expect(clock.pending).toBe(0);
  });
});

it.each<readonly [unknown, unknown, RegExp]>([
  ["ftp://host/x", {}, /url: expected an address that begins with http/],
  [`not an address ${SECRET}`, {}, /url: expected/],
  ["https://c.test", { pollMs: 5 }, /pollMs: expected a whole number of milliseconds from 100/],
  ["https://c.test", { jitter: 2 }, /jitter: expected a number from 0 to 1/],
  ["https://c.test", { headers: { a: 1 } }, /headers: expected texts by name/],
  ["https://c.test", { maxBytes: 0 }, /maxBytes/],
  ["https://c.test", { timeoutMs: Number.NaN }, /timeoutMs/],
  ["https://c.test", { polMs: 5 }, /polMs: unknown key; did you mean "pollMs"\?/],
])("bad options are refused at once: %j %j", (url, options, says) => {
  let thrown: unknown;
  try {
    httpSource(url as string, options as HttpSourceOptions);
  } catch (error) {
    thrown = error;
  }
  expect(GatewayError.is(thrown, "invalid_request")).toBe(true);
  expect(String(thrown)).toMatch(says);
  expect(String(thrown)).not.toContain("canary");
});
