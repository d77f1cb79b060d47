import { google } from "headgate/google";
import type { ProviderModel } from "headgate/kit";
import { expect } from "vitest";
import { type Answer, replay } from "./replay.ts";

const model: ProviderModel = {
  name: "smart",
  id: "gemini-3-pro-preview",
  capabilities: { tool_call: true, reasoning: true },
  limit: {},
  options: {},
};

const calls = ({ parts }: Answer) =>
  parts.flatMap((part) => (part.type === "tool-call" ? [{ name: part.name, input: part.input }] : []));

/** Signatures of calls and texts, as they came. */
const signed = ({ parts }: Answer) =>
  parts.map((part) => (part.type !== "source" && part.state !== undefined ? "signed" : "bare")).join(" ");

const weather = { name: "weather", input: { location: "San Francisco" } };
const oneCall = (answer: Answer): void => {
  expect(calls(answer)).toEqual([weather]);
  expect(signed(answer)).toBe("signed");
};
const oneText = (answer: Answer): void => {
  expect(answer.text).toContain("There are **3**");
  expect(signed(answer)).toBe("signed");
};

const say = { finish: "stop", raw: "STOP", parts: "text", also: oneText } as const;
const call = { finish: "tool-calls", raw: "STOP", parts: "tool-call", also: oneCall } as const;

replay("Google", {
  path: "google",
  provider: (transport) => google({ apiKey: "any", transport }),
  model,
  frame: (line) => `data: ${line}\r\n\r\n`,
  isWhole: (events) => events.some((event) => JSON.parse(event).candidates?.[0]?.finishReason !== undefined),
  expected: {
    "google-429-retry-info.json": {
      status: 429,
      error: "rate_limited",
      also: ({ error }) =>
        expect(error).toMatchObject({ retryAfterMs: 34_400, details: { vendorType: "RESOURCE_EXHAUSTED" } }),
    },
    // prompt 9, candidates 23 and thoughts 302 outside of them: 9 in, 325 out.
    "google-reasoning-gemini3.chunks.txt": { ...say, tokens: [9, 325] },
    "google-reasoning-gemini3.json": { ...say, tokens: [9, 287] },
    "google-reasoning.chunks.txt": { ...say, tokens: [9, 285] },
    "google-reasoning.json": { ...say, tokens: [9, 311] },
    "google-text.chunks.txt": { ...say, tokens: [9, 208] },
    "google-text.json": { ...say, tokens: [9, 272] },
    "google-tool-call-gemini3.chunks.txt": { ...call, tokens: [29, 819] },
    "google-tool-call-gemini3.json": { ...call, tokens: [29, 1816] },
    "google-tool-call.chunks.txt": { ...call, tokens: [29, 60] },
    "google-tool-call.json": { ...call, tokens: [29, 908] },
    "google-stream-no-args-tool-call.chunks.txt": {
      finish: "tool-calls",
      raw: "STOP",
      tokens: [249, 241],
      parts: "reasoning tool-call tool-call tool-call tool-call",
      also: (answer) => {
        const screen = (id: string) => ({ name: "read_screen", input: { id } });
        expect(calls(answer)).toEqual([{ name: "read_theme", input: {} }, screen("A"), screen("B"), screen("C")]);
        expect(signed(answer)).toBe("signed signed bare bare bare");
        expect(answer.finish?.providerMetadata).toMatchObject({ trafficType: "PROVISIONED_THROUGHPUT" });
      },
    },
    "google-stream-tool-call-arguments.chunks.txt": {
      finish: "tool-calls",
      raw: "STOP",
      tokens: [26, 155],
      parts: "tool-call tool-call",
      also: (answer) => {
        const at = (location: string) => ({ name: "getWeather", input: { location } });
        expect(calls(answer)).toEqual([at("Boston"), at("San Francisco")]);
        expect(signed(answer)).toBe("signed bare");
        expect(new Set(answer.parts.map((part) => (part.type === "tool-call" ? part.id : ""))).size).toBe(2);
      },
    },
    "google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt": {
      finish: "tool-calls",
      raw: "STOP",
      tokens: [54, 195],
      parts: "tool-call",
      also: (answer) => {
        const item = (itemid: string, description: string, price: number) => ({
          action: "add",
          description,
          itemid,
          price,
        });
        const operations = [item("apple_001", "Fresh red apple", 0.5), item("banana_001", "Ripe yellow banana", 0.3)];
        expect(calls(answer)).toEqual([{ name: "writeItems", input: { operations } }]);
      },
    },
  },
});
