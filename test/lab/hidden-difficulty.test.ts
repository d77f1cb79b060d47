/** The promise of the router: nearly the strongest model's quality at a part of its cost, though labels are wrong. */
import { createGateway, difficultyEstimator, memoryLedger } from "headgate";
import { capabilityFirst, compare, confusion, fit as fitted, only, oracle, priceOnly } from "headgate/lab";
import { openai } from "headgate/openai";
import { type Brain, startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { BELIEVED, type Mix, MODELS, type Question, type Sitting, sitting } from "./exam.ts";

const SEEDS = [1, 2, 3, 4];
const [LABELLED, ASKED] = [2_500, 300];
const MOSTLY_EASY: Mix = { easy: 0.8, medium: 0.15, hard: 0.05 };

interface Sat {
  readonly right: number;
  /** Wrong, with status 200 and confidence. */
  readonly wrong: number;
  readonly nanoUsd: number;
}

/** Every model counts the same tokens for the same words, so that their prices are as they are written: 1 to 5 to 25. */
const counting =
  (brain: Brain): Brain =>
  (ask, strength) => {
    const reply = brain(ask, strength);
    const output = Math.ceil((reply.text ?? "").length / 4);
    return { ...reply, usage: { input: Math.ceil(ask.inputBytes / 4), output } };
  };

const startedVendor = ({ exam }: Sitting, seed: number) =>
  startVendor({
    api: "openai-responses",
    brain: counting(exam.brain),
    seed,
    models: Object.fromEntries(
      Object.entries(MODELS).map(([name, { strength, input, output }]) => [
        name,
        { strength, price: { input: String(input), output: String(output) } },
      ]),
    ),
  });

/** Three policies through one gateway: what is fitted by the first questions is asked the next ones. */
const sit = async (seed: number): Promise<Readonly<Record<string, Sat>>> => {
  const room = sitting(MOSTLY_EASY, seed);
  const labelled = room.marked(room.ask(LABELLED));
  const { registry } = await fitted(labelled, { registry: BELIEVED, quality: 0.98, across: "all" });
  await using vendor = await startedVendor(room, seed);
  const ledger = memoryLedger({ maxEntries: 5_000 });
  await using gateway = createGateway({
    providers: [openai({ apiKey: "any", baseURL: vendor.baseURL })],
    registry,
    ledger,
  });
  const questions = room.ask(ASKED);
  const ask = async (tenant: string, choice: (question: Question) => object): Promise<Sat> => {
    const marks: (string | undefined)[] = [];
    for (let from = 0; from < questions.length; from += 25) {
      const answers = questions.slice(from, from + 25).map(async (question) => {
        const { text } = await gateway.complete({ prompt: question.prompt, tenant, ...choice(question) });
        return room.exam.grade(question.prompt, text);
      });
      marks.push(...(await Promise.all(answers)));
    }
    const calls = ledger.entries().filter((entry) => entry.type === "call" && entry.tenant === tenant);
    const right = marks.filter((mark) => mark === "right").length;
    expect(calls).toHaveLength(ASKED);
    expect(calls.every((call) => call.type === "call" && call.outcome === "ok")).toBe(true);
    const nanoUsd = calls.reduce((sum, call) => sum + (call.type === "call" ? (call.costNanoUsd ?? 0) : 0), 0);
    return { right, wrong: marks.length - right, nanoUsd };
  };
  const sat = {
    "price only": await ask("price", () => ({ model: "mini" })),
    "capability first": await ask("router", ({ task }) => ({ task })),
    "strongest only": await ask("strongest", () => ({ model: "strong" })),
  };
  await vendor.idle();
  expect(Object.values(sat).reduce((sum, { nanoUsd }) => sum + BigInt(nanoUsd), 0n)).toBe(vendor.bill().nanoUsd);
  return sat;
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);

describe("hidden difficulty, one label in five wrong", () => {
  it("98 % of the strongest model's quality at half its cost, through a gateway, whatever the seed", async () => {
    const all = await Promise.all(SEEDS.map(sit));
    const lines = [`${ASKED} questions, ${SEEDS.length} seeds         right   quietly wrong      cost`];
    const sums = new Map<string, Sat>();
    for (const [index, seed] of SEEDS.entries()) {
      const strongest = all[index]?.["strongest only"] ?? { right: 0, wrong: 0, nanoUsd: 1 };
      for (const [policy, sat] of Object.entries(all[index] ?? {})) {
        const { right, wrong, nanoUsd } = sums.get(policy) ?? { right: 0, wrong: 0, nanoUsd: 0 };
        sums.set(policy, { right: right + sat.right, wrong: wrong + sat.wrong, nanoUsd: nanoUsd + sat.nanoUsd });
        const figures = `${percent(sat.right / ASKED)} ${String(sat.wrong).padStart(15)}`;
        lines.push(`seed ${seed}  ${policy.padEnd(18)} ${figures} ${percent(sat.nanoUsd / strongest.nanoUsd)}`);
      }
      const router = all[index]?.["capability first"] ?? strongest;
      expect(router.nanoUsd, `seed ${seed}`).toBeLessThanOrEqual(strongest.nanoUsd * 0.5);
    }
    const [price, router, strongest] = [...sums.values()];
    const total = ASKED * SEEDS.length;
    for (const [policy, { right, wrong, nanoUsd }] of sums) {
      const figures = `${percent(right / total)} ${String(wrong).padStart(15)}`;
      lines.push(`all     ${policy.padEnd(18)} ${figures} ${percent(nanoUsd / (strongest?.nanoUsd ?? 1))}`);
    }
    console.log(lines.join("\n"));
    expect(router?.right).toBeGreaterThanOrEqual((strongest?.right ?? 0) * 0.98);
    expect(price?.wrong).toBeGreaterThan((router?.wrong ?? 0) * 5);
  }, 120_000);

  it("not by a lucky seed: 40 of them, without a network", async () => {
    const seeds = Array.from({ length: 40 }, (_, index) => 101 + index);
    const policies = { priceOnly, capabilityFirst, strongest: only("strong") };
    const qualities: number[] = [];
    const costs: number[] = [];
    for (const seed of seeds) {
      const room = sitting(MOSTLY_EASY, seed);
      const labelled = room.marked(room.ask(LABELLED));
      const { registry } = await fitted(labelled, { registry: BELIEVED, quality: 0.98, across: "all" });
      const [, router, strongest] = (await compare(room.marked(room.ask(ASKED)), { registry, policies })).policies;
      qualities.push((router?.quality ?? 0) / (strongest?.quality ?? 1));
      costs.push((router?.costUsd ?? 0) / (strongest?.costUsd ?? 1));
    }
    const mean = (all: readonly number[]): number => all.reduce((sum, each) => sum + each, 0) / all.length;
    const least = percent(Math.min(...qualities));
    const most = percent(Math.max(...costs));
    console.log(
      `quality ${percent(mean(qualities))}, at least ${least}; cost ${percent(mean(costs))}, at most ${most}`,
    );
    expect(mean(qualities)).toBeGreaterThanOrEqual(0.98);
    expect(mean(costs)).toBeLessThanOrEqual(0.5);
    // 300 questions of which 99 % are answered rightly come out below 98 % about once in 25 times.
    expect(qualities.filter((quality) => quality >= 0.98).length).toBeGreaterThanOrEqual(36);
    expect(costs.filter((cost) => cost <= 0.5).length).toBeGreaterThanOrEqual(36);
  }, 120_000);

  it("the words alone say nothing here: an estimator by words cannot tell these questions apart", () => {
    const room = sitting(MOSTLY_EASY, 1);
    const estimate = difficultyEstimator({ easy: 0.2, medium: 0.4 });
    const told = confusion(room.marked(room.ask(ASKED)), ({ prompt = "" }) => estimate({ prompt }) ?? "hard", {
      order: ["easy", "medium", "hard"],
      label: ({ task }) => task,
    });
    console.log(String(told));
    const guesses = told.names.filter((guess) => told.names.some((label) => (told.counts[label]?.[guess] ?? 0) > 0));
    expect(guesses).toHaveLength(1);
  });

  it("how far it goes depends on how many questions are hard, and the fit says when it does not go", async () => {
    const lines = ["easy/medium/hard   price only   labels believed       fitted to 98 %      known beforehand"];
    for (const [easy, medium, hard] of [
      [0.85, 0.1, 0.05],
      [0.8, 0.15, 0.05],
      [0.75, 0.17, 0.08],
      [0.7, 0.2, 0.1],
      [0.6, 0.25, 0.15],
      [0.34, 0.33, 0.33],
    ] as const) {
      const sums = { price: 0, believed: [0, 0], fitted: [0, 0], oracle: [0, 0] };
      for (const seed of SEEDS) {
        const room = sitting({ easy, medium, hard }, seed);
        const { registry } = await fitted(room.marked(room.ask(LABELLED)), {
          registry: BELIEVED,
          quality: 0.98,
          across: "all",
        });
        const questions = room.marked(room.ask(ASKED));
        const policies = { priceOnly, capabilityFirst, strongest: only("strong"), oracle };
        const naive = (await compare(questions, { registry: BELIEVED, policies })).policies;
        const learnt = (await compare(questions, { registry, policies })).policies;
        const share = (at: number, of: typeof learnt): readonly [number, number] => [
          (of[at]?.quality ?? 0) / (of[2]?.quality ?? 1) / SEEDS.length,
          (of[at]?.costUsd ?? 0) / (of[2]?.costUsd ?? 1) / SEEDS.length,
        ];
        sums.price += share(0, naive)[0];
        for (const [sum, [quality, cost]] of [
          [sums.believed, share(1, naive)],
          [sums.fitted, share(1, learnt)],
          [sums.oracle, share(3, learnt)],
        ] as const) {
          sum[0] = (sum[0] ?? 0) + quality;
          sum[1] = (sum[1] ?? 0) + cost;
        }
      }
      const pair = ([quality = 0, cost = 0]: readonly number[]): string => `${percent(quality)} for ${percent(cost)}`;
      const mix = [easy, medium, hard].map((part) => String(Math.round(part * 100))).join("/");
      lines.push(
        `${mix.padEnd(16)} ${percent(sums.price)}   ${pair(sums.believed)}   ${pair(sums.fitted)}   ${pair(sums.oracle)}`,
      );
      const [quality = 0, cost = 0] = sums.fitted;
      expect(quality, mix).toBeGreaterThanOrEqual(0.98);
      if (hard <= 0.05) expect(cost, mix).toBeLessThanOrEqual(0.5);
    }
    console.log(lines.join("\n"));
  }, 120_000);
});
