/**
 * What the pipeline itself costs above a provider that answers at once: CPU per call and per event.
 * Bars: 40 µs a call, 1 µs an event.
 */
import { type ContentEvent, createGateway, type Provider } from "headgate";
import { cpuPerCall, median, spread } from "./measure.ts";

const ROUNDS = 7;
const usage = {
  input: { total: 10, uncached: 10, cacheRead: 0, cacheWrite: 0 },
  output: { total: 10, reasoning: 0 },
  meters: {},
  source: "reported",
} as const;

const answer = async function* (deltas: number): AsyncGenerator<ContentEvent> {
  yield { type: "part-start", index: 0, part: { type: "text" } };
  for (let index = 0; index < deltas; index += 1) yield { type: "part-delta", index: 0, kind: "text", delta: "word " };
  yield { type: "part-end", index: 0, part: { type: "text", text: "word ".repeat(deltas) } };
  yield { type: "finish", finishReason: "stop", usage, response: {} };
};

let deltas = 1;
const instant: Provider<"instant"> = {
  contract: 1,
  name: "instant",
  credentials: [{ id: "default", account: "default" }],
  generate: () => answer(deltas),
};

await using gateway = createGateway({
  providers: [instant],
  registry: { models: { fast: { provider: "instant", model: "fast", cost: { input: 1, output: 2 } } } },
});
await gateway.ready();

const subjects: Record<string, () => Promise<void>> = {
  bare: async () => {
    for await (const _event of answer(deltas));
  },
  stream: async () => {
    for await (const _event of gateway.stream({ model: "fast", prompt: "hello" }));
  },
  textStream: async () => {
    for await (const _text of gateway.stream({ model: "fast", prompt: "hello" }).textStream);
  },
  complete: async () => {
    await gateway.complete({ model: "fast", prompt: "hello" });
  },
};

const measure = async (words: number, calls: number): Promise<Record<string, number[]>> => {
  deltas = words;
  const figures: Record<string, number[]> = {};
  for (const run of Object.values(subjects)) await cpuPerCall(calls / 2, 16, run);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries(subjects)) {
      figures[name] ??= [];
      figures[name].push(await cpuPerCall(calls, 16, run));
    }
  }
  return figures;
};

const short = await measure(1, 20_000);
const long = await measure(201, 1_000);
const bare = median(short["bare"] ?? []);
const bareEvent = (median(long["bare"] ?? []) - bare) / 200;

console.log("The pipeline above a bare generator, CPU in µs, median of 7 interleaved rounds (least–most):\n");
console.log(`bare generator: ${bare.toFixed(1)} a call, ${bareEvent.toFixed(2)} an event\n`);
for (const name of ["stream", "textStream", "complete"]) {
  const calls = (short[name] ?? []).map((figure) => figure - bare);
  const events = (long[name] ?? []).map((figure) => (figure - median(short[name] ?? [])) / 200 - bareEvent);
  console.log(`${name.padEnd(12)} ${spread(calls)} a call   ${spread(events, 2)} an event`);
}
