/** S1, S5: recorded Converse answers, whole and framed again as AWS frames them, through the real SDK. */
import { bedrock } from "headgate/bedrock";
import { expect } from "vitest";
import { encodeEvent, MODEL, STREAM } from "./bedrock-support.ts";
import { type Answer, type Expected, replay } from "./replay.ts";

/** A recorded line has one key: the event's name. */
const frame = (line: string): Uint8Array => {
  const [name = "", payload] = Object.entries(JSON.parse(line))[0] ?? [];
  return encodeEvent(name, payload);
};

const isSigned = ({ parts }: Answer): void => {
  const reasoning = parts.find((part) => part.type === "reasoning");
  expect(reasoning?.text).toMatch(/^Let me count the r's in "strawberry":\n\ns-t-r-a-w-b-e-r-r-y/);
  expect(reasoning?.state).toMatchObject({ provider: "bedrock", account: "bedrock" });
  expect(reasoning?.state?.data).toMatchObject({ signature: expect.stringMatching(/^Ep0CCk/) });
};

const inputs =
  (...expected: readonly unknown[]) =>
  ({ parts }: Answer): void =>
    expect(parts.flatMap((part) => (part.type === "tool-call" ? [part.input] : []))).toEqual(expected);

const stopped = { finish: "stop", raw: "end_turn" } as const;
const calling = { finish: "tool-calls", raw: "tool_use" } as const;

const elements = [
  { location: "San Francisco", temperature: -5, condition: "snowy" },
  { location: "London", temperature: 0, condition: "snowy" },
];

const expected: Readonly<Record<string, Expected>> = {
  "amazon-bedrock-json-tool.1.json": { ...calling, tokens: [15, 42], parts: "tool-call", also: inputs({ elements }) },
  // No `metadata`: whole without figures, which the gateway then estimates.
  "amazon-bedrock-json-tool.1.chunks.txt": { ...calling, parts: "tool-call", also: inputs({ value: "test" }) },
  "amazon-bedrock-json-with-tools.1.json": {
    ...calling,
    tokens: [28, 62],
    parts: "text tool-call tool-call text tool-call",
    also: inputs({ param: "a" }, { param: "b" }, { final: "result" }),
  },
  "amazon-bedrock-json-with-tools.1.chunks.txt": {
    ...calling,
    // The first text is never told to end: it ends with the answer.
    parts: "tool-call tool-call tool-call text text",
    also: inputs({ a: "1" }, { b: "2" }, { final: "result" }),
  },
  "amazon-bedrock-reasoning.json": { ...stopped, tokens: [51, 78], parts: "reasoning text" },
  "amazon-bedrock-reasoning.chunks.txt": { ...stopped, tokens: [51, 94], parts: "reasoning text", also: isSigned },
  "amazon-bedrock-text.json": { ...stopped, tokens: [22, 57], parts: "text" },
  "amazon-bedrock-text.chunks.txt": {
    ...stopped,
    tokens: [22, 55],
    parts: "text",
    also: ({ finish }) =>
      expect(finish?.providerMetadata).toEqual({
        metrics: { latencyMs: 2040 },
        additionalModelResponseFields: { delta: { stop_sequence: null } },
      }),
  },
  "amazon-bedrock-tool-call.1.json": {
    ...calling,
    tokens: [10, 20],
    parts: "tool-call",
    also: inputs({ command: "ls -l" }),
  },
  // `metadata` before `messageStop`.
  "amazon-bedrock-tool-call.1.chunks.txt": {
    ...calling,
    tokens: [125, 45],
    parts: "tool-call",
    also: inputs({ value: "Sparkle Day" }),
  },
  "amazon-bedrock-tool-no-args.json": { ...calling, tokens: [100, 25], parts: "text tool-call", also: inputs({}) },
  "amazon-bedrock-tool-no-args.chunks.txt": {
    ...calling,
    tokens: [100, 25],
    parts: "text tool-call",
    also: inputs({}),
  },
};

replay("Bedrock", {
  path: "amazon-bedrock",
  provider: (transport) =>
    bedrock({ apiKey: "any-key", region: "us-east-1", endpoint: "https://bedrock.test", transport }),
  model: MODEL,
  frame,
  streamType: STREAM,
  expected,
  isWhole: (lines) => lines.some((line) => line.startsWith('{"messageStop"')),
});
