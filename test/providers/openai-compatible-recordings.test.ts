/** Recorded answers of hosts that speak Chat Completions, each read through its preset. */
import { openaiCompatible, PRESETS, type PresetName } from "headgate/openai-compatible";
import { expect, it } from "vitest";
import { type Expected, replay } from "./replay.ts";

const model = { name: "m", id: "m", capabilities: { tool_call: true, reasoning: true }, limit: {}, options: {} };

/** Presets whose recordings are replayed here. */
const replayed: PresetName[] = [];

const host = (preset: PresetName, path: string, expected: Readonly<Record<string, Expected>>): void => {
  replayed.push(preset);
  replay(`${preset} (${path})`, {
    path,
    provider: (transport) => openaiCompatible({ preset, apiKey: "test", transport }),
    model,
    frame: (line) => `data: ${line}\n\n`,
    tail: "data: [DONE]\n\n",
    isWhole: (events) => /"finish_reason":"\w/.test(events.join("")),
    expected,
  });
};

const called = (tokens: readonly [number, number], call: object, parts = "tool-call"): Expected => ({
  finish: "tool-calls",
  raw: "tool_calls",
  tokens,
  parts,
  also: (answer) => expect(answer.parts.at(-1)).toMatchObject(call),
});
const said = (tokens: readonly [number, number], parts: string, also?: Expected["also"]): Expected => ({
  finish: "stop",
  raw: "stop",
  tokens,
  parts,
  ...(also && { also }),
});
const inSanFrancisco = { name: "weather", input: { location: "San Francisco" } };

host("groq", "groq", {
  // Usage stands in the last chunk, beside its choice, and under `x_groq` too.
  "groq-tool-call.chunks.txt": called([210, 15], { id: "tk85n1k4m", input: {} }),
  "groq-tool-call.json": called([218, 15], { id: "ax9fskhev", input: {} }),
});

host("mistral", "mistral", {
  // The name is repeated, empty.
  "mistral-incremental-tool-call.chunks.txt": {
    ...called([171, 14], { name: "webSearchTool", input: { query: "current Berlin weather" } }),
    also: ({ finish }) => expect(finish?.usage.input.cacheRead).toBe(128),
  },
  // Content is a list.
  "mistral-reasoning.chunks.txt": said([10, 46], "reasoning text", ({ text }) => expect(text).toBe("2 + 2 = 4")),
  "mistral-reasoning.json": said([10, 46], "reasoning text"),
  "mistral-text.chunks.txt": said([13, 8], "text"),
  "mistral-text.json": said([13, 434], "text"),
  // The whole call in one chunk, without an index.
  "mistral-tool-call.chunks.txt": called([124, 22], { id: "gSIMJiOkT", ...inSanFrancisco }),
  "mistral-tool-call.json": called([124, 22], inSanFrancisco),
});

host("deepseek", "deepseek/chat", {
  "deepseek-json.json": said([495, 144], "reasoning text", ({ finish }) =>
    expect(finish?.usage.input.cacheRead).toBe(320),
  ),
  "deepseek-reasoning.chunks.txt": said([18, 219], "reasoning text", ({ finish }) =>
    expect(finish?.usage.output.reasoning).toBe(205),
  ),
  "deepseek-reasoning.json": said([18, 345], "reasoning text"),
  "deepseek-tool-call.chunks.txt": called([339, 83], inSanFrancisco, "reasoning tool-call"),
  "deepseek-tool-call.json": called([339, 92], inSanFrancisco, "reasoning tool-call"),
});

/** Reasoning is outside `completion_tokens`: 12 + 2 + 340 = 354. The price is in ticks of 10^-10 US dollars. */
host("xai", "openai-compatible/chat", {
  // Another host's: no usage at all, tool calls counted from 1.
  "anthropic-fallback-tool-call.sse": {
    finish: "tool-calls",
    raw: "tool_calls",
    parts: "text tool-call",
    also: ({ parts }) => expect(parts.at(-1)).toMatchObject({ name: "read_file", input: { path: "a.txt" } }),
  },
  "xai-text.chunks.txt": said([12, 342], "reasoning text", ({ finish }) => {
    expect(finish?.usage.output.reasoning).toBe(340);
    expect(finish?.reportedCostUsd).toBeCloseTo(0.000172125, 12);
  }),
  "xai-text.json": said([12, 322], "reasoning text"),
  "xai-tool-call.chunks.txt": called([307, 253], inSanFrancisco, "reasoning tool-call"),
  "xai-tool-call.json": called([307, 281], inSanFrancisco, "reasoning tool-call"),
});

it("a preset says that it was verified where its recordings are replayed, and only there", () => {
  const verified = Object.entries(PRESETS).filter(([, preset]) => preset.verified === "recordings");
  expect(verified.map(([name]) => name).sort()).toEqual(replayed.sort());
});
