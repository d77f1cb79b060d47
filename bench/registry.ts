/**
 * What a registry of 2,000 models costs the calls in flight when it is read anew: how long the event loop is busy with it,
 * and the longest that it stands still. Bar: 50 ms in all. CPU is this thread's own: what other
 * processes take of the machine does not count in it.
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { createGateway, type Loaded, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";
import { stringify } from "yaml";
import { spread } from "./measure.ts";

const MODELS = 2_000;
const ROUNDS = 7;

const model = (index: number): object => ({
  provider: "fake",
  model: `vendor-model-${index}`,
  capabilities: {
    tool_call: true,
    structured_output: true,
    reasoning: index % 2 === 0,
    input: ["text", "image", "pdf"],
  },
  limit: { context: 128_000 + index, output: 16_000 },
  quality: { general: index % 100, code: (index * 7) % 100 },
  cost: { input: 0.25, output: 2, cache_read: 0.025, tiers: [{ above: 272_000, input: 0.5, output: 3 }] },
  tags: { region: index % 2 === 0 ? "eu" : "us" },
});

const registry = (round: number): object => ({
  models: Object.fromEntries(Array.from({ length: MODELS }, (_, index) => [`model-${index}`, model(index + round)])),
  difficulties: { easy: 20, hard: 80 },
});

/** A gateway whose registry is read anew, again and again. */
const measure = async (what: string, loadedOf: (round: number) => Loaded): Promise<void> => {
  let round = 0;
  let changed = (): void => {};
  const source: RegistrySource = {
    contract: 1,
    name: `${MODELS} models`,
    load: async () => all[round] ?? { data: {} },
    subscribe: (fn) => {
      changed = fn;
      return () => {};
    },
  };
  const all = Array.from({ length: 2 * ROUNDS + 1 }, (_, index) => loadedOf(index));
  await using gateway = createGateway({ providers: [fakeProvider()], registry: source });
  await gateway.ready();
  const busy: number[] = [];
  const still: number[] = [];
  const cpu: number[] = [];
  const whole: number[] = [];
  const reload = async (): Promise<void> => {
    round += 1;
    const reloaded = new Promise((resolve) => gateway.on("registry", resolve));
    changed();
    await reloaded;
  };
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const start = performance.now();
    const before = performance.eventLoopUtilization();
    const used = process.threadCpuUsage();
    await reload();
    const { user, system } = process.threadCpuUsage(used);
    cpu.push((user + system) / 1_000);
    busy.push(performance.eventLoopUtilization(before).active);
    whole.push(performance.now() - start);
    // Apart, since looking so often keeps the loop busy too.
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await reload();
    delay.disable();
    still.push(delay.max / 1e6);
  }
  console.log(
    `${what.padEnd(14)} ${spread(busy)} busy   ${spread(cpu)} CPU   ${spread(still)} longest   ${spread(whole, 0)} until in force`,
  );
};

const yaml = (round: number): string => stringify(registry(round));
const json = (round: number): string => JSON.stringify(registry(round), null, 2);
const sized = (what: string, { length }: string): string => `${what} ${(length / 2 ** 20).toFixed(1)} MiB`;

console.log(`A registry of ${MODELS} models, read anew, ms of event loop, median of ${ROUNDS} (least–most):\n`);
await measure(sized("YAML", yaml(0)), (round) => ({ text: yaml(round), format: "yaml" }));
await measure(sized("JSON", json(0)), (round) => ({ text: json(round), format: "json" }));
await measure("data", (round) => ({ data: registry(round) }));
