import { say, scene, table } from "../print.ts";
import type { Stage } from "../stage.ts";

const QUESTIONS = 120;
/** Every third question is hard: beyond a weak model, though nothing in its words says so. */
const isHard = (index: number): boolean => index % 3 === 0;

export const hardAndEasy = async (stage: Stage): Promise<void> => {
  scene(4, `Hard and easy questions, ${QUESTIONS} of them: by price alone, then by capability`);
  say("A weak model answers a hard question wrongly, with status 200 and full confidence. Nobody sees it fail.");
  const questions = Array.from({ length: QUESTIONS }, (_, index) => ({
    ...stage.exam.ask(isHard(index) ? 80 : 20),
    task: isHard(index) ? "hard" : "easy",
  }));
  const byPrice = await sit(
    stage,
    "by-price",
    questions.map((question) => ({ ...question, task: "any" })),
  );
  const byCapability = await sit(stage, "by-capability", questions);
  const strongest = await sit(
    stage,
    "strongest",
    questions.map((question) => ({ ...question, model: "opus" })),
  );
  table(
    ["policy", "right", "quietly wrong", "cost"],
    [
      ["cheapest model for everything", ...byPrice],
      ["capability first, then cost", ...byCapability],
      ["strongest model for everything", ...strongest],
    ],
  );
};

type Sat = { readonly prompt: string; readonly task?: string; readonly model?: string };

const sit = async (
  { gateway, exam }: Stage,
  tenant: string,
  questions: readonly Sat[],
): Promise<readonly [right: number, wrong: number, cost: string]> => {
  let [right, wrong, costUsd] = [0, 0, 0];
  for (const { prompt, task, model } of questions) {
    const choice = model === undefined ? { task: task ?? "any" } : { model };
    const answer = await gateway.for({ tenant }).complete({ ...choice, prompt });
    if (exam.grade(prompt, answer.text) === "right") right += 1;
    else wrong += 1;
    costUsd += answer.costUsd ?? 0;
  }
  return [right, wrong, `$${costUsd.toFixed(4)}`];
};
