/**
 * CPU of one decision, over 50 and 2,000 models: for a kind of request that came before (warm) and for one that is new.
 * Bars: 5 µs at 50 models, 15 µs at 2,000 warm, 150 µs cold at 50.
 */
import { fakeProvider } from "headgate/testing";
import { normalize } from "../src/policy/normalize.ts";
import { decide } from "../src/policy/plan.ts";
import { check } from "../src/registry/check.ts";
import { median, spread } from "./measure.ts";

const ROUNDS = 9;
const providers = new Map(["a", "b", "c"].map((name) => [name, fakeProvider({ name })]));

const registry = (models: number) => ({
  models: Object.fromEntries(
    Array.from({ length: models }, (_, index) => [
      `model-${index}`,
      {
        provider: ["a", "b", "c"][index % 3],
        capabilities: { tool_call: index % 2 === 0, structured_output: true },
        limit: { context: 32_000 * (1 + (index % 4)) },
        quality: index % 100,
        cost: { input: 0.1 + (index % 37) / 10, output: 1 + (index % 41) / 5 },
      },
    ]),
  ),
  tasks: { chat: { quality: 40 } },
});

const measured = async (models: number): Promise<{ readonly warm: number[]; readonly cold: number[] }> => {
  const snapshot = await check({ data: registry(models), locate: () => ({}) }, "bench", [...providers.keys()]);
  const request = { task: "chat", prompt: "hello", conversation: "c" };
  const live = { latencyMs: () => 300, inFlight: () => 1 };
  const given = { request, input: normalize(request), mode: "complete", snapshot, providers, live } as const;
  const run = (times: number, each: (time: number) => object): number => {
    const before = process.cpuUsage();
    for (let time = 0; time < times; time += 1) each(time);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  };
  const warm = (time: number) => decide({ ...given, chance: (time % 97) / 97 });
  let kind = 0;
  // A region that nobody asked for before makes it a new kind of request.
  const cold = () => {
    kind += 1;
    return decide({ ...given, request: { ...request, needs: { quality: 40 + kind / 1e6 } } });
  };
  run(50_000, warm);
  const figures = { warm: [] as number[], cold: [] as number[] };
  // One after the other: what is laid out anew leaves much behind for the collector.
  for (let round = 0; round < ROUNDS; round += 1) figures.warm.push(run(20_000, warm));
  run(300, cold);
  for (let round = 0; round < ROUNDS; round += 1) figures.cold.push(run(models > 1_000 ? 100 : 1_000, cold));
  return figures;
};

console.log(`One decision, CPU in µs, median of ${ROUNDS} rounds (least–most):\n`);
for (const models of [50, 2_000]) {
  const { warm, cold } = await measured(models);
  console.log(`${String(models).padStart(5)} models   warm ${spread(warm)}   cold ${spread(cold)}`);
  if (Number.isNaN(median(warm))) process.exitCode = 1;
}
