/** Calls and results of a history, as vendors want them: one result for each call, right behind it. */
import { type Message, type Part, pairedHistory, type ToolResultPart } from "headgate/kit";
import { startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { APIS, providerOf } from "../wire/support.ts";

const call = (id: string): Part => ({ type: "tool-call", id, name: "look", input: {}, executor: "caller" });
const result = (id: string, output = "open"): ToolResultPart => ({ type: "tool-result", id, name: "look", output });
const user = (content: string): Message => ({ role: "user", content });
const said = (...content: readonly Part[]): Message => ({ role: "assistant", content });
const tool = (...content: readonly ToolResultPart[]): Message => ({ role: "tool", content });
const none: ToolResultPart = { ...result("1", "No result."), isError: true };

const paired = (...messages: readonly Message[]) => {
  const told: string[] = [];
  return { made: pairedHistory(messages, (code, path) => void told.push(`${code} ${path}`)), told };
};

const HISTORIES: Readonly<Record<string, readonly [Message[], Message[], string[]]>> = {
  "one that is right already": [
    [user("a"), said(call("1"), call("2")), tool(result("2")), tool(result("1")), user("b")],
    [user("a"), said(call("1"), call("2")), tool(result("2")), tool(result("1")), user("b")],
    [],
  ],
  "a call that nobody answered": [
    [user("a"), said(call("1")), user("b")],
    [user("a"), said(call("1"), none), user("b")],
    ["other messages[1].content[0]"],
  ],
  "a call at the end": [
    [user("a"), said(call("1"))],
    [user("a"), said(call("1"), none)],
    ["other messages[1].content[0]"],
  ],
  "one of two calls": [
    [user("a"), said(call("2"), call("1")), tool(result("2")), user("b")],
    [user("a"), said(call("2"), call("1"), none), tool(result("2")), user("b")],
    ["other messages[1].content[1]"],
  ],
  "a result that came later": [
    [user("a"), said(call("1")), user("wait"), tool(result("1"))],
    [user("a"), said(call("1"), result("1")), user("wait"), tool()],
    [],
  ],
  "two results of one call": [
    [user("a"), said(call("1")), tool(result("1"), result("1", "shut"))],
    [user("a"), said(call("1")), tool(result("1"))],
    ["part_dropped messages[2].content[1]"],
  ],
  "a result of nothing": [
    [user("a"), tool(result("9")), user("b")],
    [user("a"), tool(), user("b")],
    ["part_dropped messages[1].content[0]"],
  ],
  "two calls of one id": [
    [user("a"), said(call("1"), call("1")), tool(result("1"), result("1", "shut"))],
    [user("a"), said(call("1"), call("1_2")), tool(result("1"), result("1_2", "shut"))],
    [],
  ],
  "the same id again, turns later": [
    [user("a"), said(call("1")), tool(result("1")), said(call("1")), tool(result("1", "shut"))],
    [user("a"), said(call("1")), tool(result("1")), said(call("1_2")), tool(result("1_2", "shut"))],
    [],
  ],
};

it.each(Object.entries(HISTORIES))("%s", (_what, [history, expected, told]) => {
  expect(paired(...history)).toEqual({ made: expected, told });
});

describe.each(APIS)("%s takes it", (api) => {
  it.each(Object.entries(HISTORIES))("%s", async (_what, [messages]) => {
    await using vendor = await startVendor({ api });
    const provider = providerOf(api, { name: "v", vendor });
    const [credential] = provider.credentials;
    if (credential === undefined) throw new Error("no credential");
    const events = await provider.generate({
      request: {
        messages,
        tools: [{ type: "function", name: "look", input: { name: "look", schema: { type: "object" } } }],
      },
      model: {
        name: "m",
        id: api === "bedrock" ? "anthropic.claude-x" : "m",
        capabilities: { tool_call: true },
        limit: { output: 1_000 },
        options: {},
      },
      credential,
      mode: "complete",
      signal: new AbortController().signal,
      connectMs: 5_000,
      clock: { now: Date.now, after: () => () => {}, chance: () => 0.5 },
      report: () => {},
    });
    let isWhole = false;
    for await (const event of events) isWhole = event.type === "finish";
    expect(isWhole).toBe(true);
    await provider.close?.();
  });
});
