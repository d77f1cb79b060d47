/** Questions of an exam, with labels that are wrong as often as people's are; nothing of their difficulty is in their words. */
import type { RegistryFile } from "headgate";
import type { Example } from "headgate/lab";
import { createExam, type Exam } from "headgate/testing";
import { seeded } from "../../src/testing/random.ts";

export type Mix = Readonly<Record<"easy" | "medium" | "hard", number>>;

/** What the vendor knows: how strong its models are; and what it charges. */
export const MODELS = {
  mini: { strength: 40, input: 1, output: 4 },
  mid: { strength: 70, input: 5, output: 20 },
  strong: { strength: 95, input: 25, output: 100 },
} as const;

/** What is believed of them by who has measured nothing: the labels say which model is needed. */
export const BELIEVED: RegistryFile = {
  models: Object.fromEntries(
    Object.entries(MODELS).map(([name, { strength, input, output }]) => [
      name,
      { provider: "openai", quality: strength, cost: { input, output } },
    ]),
  ),
  tasks: { easy: { quality: 40 }, medium: { quality: 70 }, hard: { quality: 95 } },
};

const DIFFICULTIES = { easy: [10, 40], medium: [41, 70], hard: [71, 95] } as const;
const KINDS = ["easy", "medium", "hard"] as const;
/** One label in five is one of the two others. */
const WRONG_LABELS = 0.2;

export interface Question {
  readonly id: string;
  readonly prompt: string;
  /** As labelled. */
  readonly task: string;
}

export interface Sitting {
  readonly exam: Exam;
  ask(count: number): readonly Question[];
  /** The same with every model's mark, as from people who looked at every answer. */
  marked(questions: readonly Question[]): readonly Example[];
}

export const sitting = (mix: Mix, seed: number): Sitting => {
  const exam = createExam({ seed });
  const chance = seeded(seed + 1_000);
  let asked = 0;
  const kindOf = (point: number): (typeof KINDS)[number] =>
    point < mix.easy ? "easy" : point < mix.easy + mix.medium ? "medium" : "hard";
  const one = (): Question => {
    const kind = kindOf(chance());
    const [low, high] = DIFFICULTIES[kind];
    const { prompt } = exam.ask(low + Math.floor(chance() * (high - low + 1)));
    const others = KINDS.filter((each) => each !== kind);
    const task = chance() < WRONG_LABELS ? (others[Math.floor(chance() * 2)] ?? kind) : kind;
    asked += 1;
    return { id: `${seed}-${asked}`, prompt, task };
  };
  return {
    exam,
    ask: (count) => Array.from({ length: count }, one),
    marked: (questions) =>
      questions.map((question) => ({
        ...question,
        usage: { input: 30, output: 8 },
        scores: Object.fromEntries(
          Object.entries(MODELS).map(([name, { strength }]) => {
            const { text = "" } = exam.brain({ prompt: question.prompt } as never, strength);
            return [name, exam.grade(question.prompt, text) === "right" ? 1 : 0];
          }),
        ),
      })),
  };
};
