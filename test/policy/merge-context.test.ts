import { describe, expect, it } from "vitest";
import { mergeContext } from "../../src/policy/merge-context.ts";
import { resolveTimeouts } from "../../src/policy/resolve-timeouts.ts";

describe("what was bound and what is said now", () => {
  it("what is said now goes first; tags and timeouts are joined key by key", () => {
    const bound = { tenant: "a", tags: { team: "web", tier: "x" }, timeouts: { totalMs: 1, idleMs: 2 } };
    expect(mergeContext(bound, { tenant: "b", tags: { tier: "y" }, timeouts: { totalMs: 3 } })).toEqual({
      tenant: "b",
      tags: { team: "web", tier: "y" },
      timeouts: { totalMs: 3, idleMs: 2 },
    });
  });

  it("`undefined` says nothing: an optional tenant that is not there leaves the bound one in charge", () => {
    const nobody: { tenant: string } = { tenant: undefined as never };
    expect(mergeContext({ tenant: "search" }, nobody)).toEqual({ tenant: "search" });
    expect(mergeContext({ tags: { a: "b" } }, { tags: undefined as never })).toEqual({ tags: { a: "b" } });
  });

  it("`null` is no such thing: it stays, for the door to refuse", () => {
    expect(mergeContext({ tenant: "search" }, { tenant: null as never })).toEqual({ tenant: null });
  });

  it.each([
    ["nothing", undefined, {}],
    ["text", "x", { 0: "x" }],
    ["a number", 7, {}],
  ])("what is no request at all (%s) is left for the door to refuse", (_what, asked, rest) => {
    expect(mergeContext({ tenant: "a", tags: { b: "c" } }, asked as never)).toEqual({
      tenant: "a",
      tags: { b: "c" },
      ...rest,
    });
  });

  it("tags that are none are not taken apart", () => {
    expect(mergeContext({ tags: { a: "b" } }, { tags: "abc" as never })).toEqual({ tags: "abc" });
  });

  it("X3: a `__proto__` of its own stays a plain key, for the door to refuse", () => {
    const merged = mergeContext({ tenant: "a" }, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(Object.keys(merged)).toEqual(["tenant", "__proto__"]);
    expect("polluted" in merged).toBe(false);
  });
});

describe("the clocks of a call", () => {
  it("its own, else the gateway's, else the defaults; `undefined` says nothing", () => {
    const usual = { totalMs: 9_000, idleMs: 8_000 };
    const { totalMs, idleMs, connectMs, firstTokenMs } = resolveTimeouts(
      "stream",
      { totalMs: undefined as never, idleMs: 7 },
      usual,
    );
    expect([totalMs, idleMs, connectMs, firstTokenMs]).toEqual([9_000, 7, 5_000, 30_000]);
  });

  it("a whole answer has all the time there is for its first content", () => {
    expect(resolveTimeouts("complete", { totalMs: 50_000 }, undefined).firstTokenMs).toBe(50_000);
    expect(resolveTimeouts("complete", undefined, undefined).totalMs).toBe(120_000);
  });
});
