/** X1, X2: what is kept of errors that are not ours, or not foreseen. */
import { inspect } from "node:util";
import { type Call, createGateway, GatewayError, type Layer } from "headgate";
import { nameOf, safeCause, tracedCause } from "headgate/kit";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";

const shown = (error: unknown): string => {
  let all = "";
  for (let each = error; each instanceof Error; each = each.cause) {
    all += `${inspect(each, { depth: 20, showHidden: true })} ${each.stack} ${String(each)} ${JSON.stringify(each)}`;
  }
  return all;
};

const here = (message: string, more: object = {}): Error => Object.assign(new RangeError(message), more);

describe("a fault of our own", () => {
  it.each([
    ["in its message", here("canary")],
    [
      "in a message of many lines, some of which look like places",
      here("x\n    at canary (file:///canary.js:1:1)\n    at canary:2:2"),
    ],
    ["in its fields", here("x", { body: "canary", headers: { authorization: "canary" } })],
    ["in its name", here("x", { name: "canary of a prompt" })],
    ["in what caused it", here("x", { cause: here("canary") })],
    ["in a message that was changed", here("canary", { message: "x" })],
    ["in its code", here("x", { code: "canary" })],
  ])("keeps no word of what stands %s", (_where, error) => {
    expect(shown(tracedCause(error))).not.toContain("canary");
    expect(shown(safeCause(error))).not.toContain("canary");
  });

  it("keeps what it is, and where it came from", () => {
    const cause = tracedCause(here("x\ny", { cause: Object.assign(new Error("z"), { code: "ECONNRESET" }) }));
    expect(String(cause)).toBe("InternalCause: RangeError ← Error ECONNRESET");
    const [first, ...frames] = cause.stack?.split("\n") ?? [];
    expect(first).toBe(String(cause));
    expect(frames.length).toBeGreaterThan(2);
    expect(frames[0]).toMatch(/^ {4}at here \(.*safe-cause\.test\.ts:\d+:\d+\)$/);
  });

  it.each([
    "text",
    undefined,
    null,
    7,
    { stack: "    at canary:1:1" },
    here("x", { stack: 7 }),
  ])("X6 that is no error, or hardly one (%j)", (thrown) => {
    expect(shown(tracedCause(thrown))).not.toContain("canary");
    expect(tracedCause(thrown)).toBeInstanceOf(Error);
  });

  it("a name is one word", () => {
    expect([here("x"), "text", null, here("x", { name: "Bearer sk" }), here("x", { name: 7 })].map(nameOf)).toEqual([
      "RangeError",
      "string",
      "object",
      "Error",
      "Error",
    ]);
  });
});

describe("through the public door", () => {
  const prompt = "CANARYPROMPT the merger closes on Friday";
  const failingLayer: Layer<Call> = () => async () => {
    throw new RangeError(`cannot read ${prompt}`);
  };

  it.each([
    "complete",
    "stream",
  ] as const)("a layer that fails with the prompt in its mouth, asked to %s", async (mode) => {
    await using gateway = createGateway({
      providers: [fakeProvider()],
      registry: { models: { m: { provider: "fake" } } },
      use: [failingLayer],
    });
    const request = { model: "m", prompt };
    const asked = mode === "complete" ? gateway.complete(request) : gateway.stream(request).completion();
    const error = await asked.catch((thrown: unknown) => thrown);
    if (!GatewayError.is(error, "internal")) throw error;
    expect(shown(error)).not.toContain("CANARYPROMPT");
    expect((error.cause as Error).stack).toContain("safe-cause.test.ts");
  });

  it("a provider that throws something plain, with a name that is none", async () => {
    const provider = {
      ...fakeProvider(),
      generate() {
        throw here("x", { name: prompt });
      },
    };
    await using gateway = createGateway({ providers: [provider], registry: { models: { m: { provider: "fake" } } } });
    const error = await gateway.complete({ model: "m", prompt }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "protocol" });
    expect(shown(error)).not.toContain("CANARYPROMPT");
  });
});
