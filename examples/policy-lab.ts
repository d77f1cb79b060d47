/** The policy lab: from answers that somebody marked, which models are worth their price, for which kind of work. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, type Example, fit } from "headgate/lab";
import { createExam } from "headgate/testing";

const models = { mini: 40, mid: 70, strong: 95 };
const price = (input: number) => ({ provider: "openai", cost: { input, output: input * 4 } });
const registry = { models: { mini: price(1), mid: price(5), strong: price(25) }, tasks: { tag: {}, review: {} } };

// Marks from an exam; yours come from people, from feedback, from a ledger (`fit(ledger.entries(), …)`).
const exam = createExam();
const marked = (index: number): Example => {
  const task = index % 4 === 0 ? "review" : "tag";
  const { prompt } = exam.ask(task === "tag" ? index % 38 : 20 + (index % 76));
  const right = (strength: number) => {
    const { text = "" } = exam.brain({ prompt } as Parameters<typeof exam.brain>[0], strength);
    return exam.grade(prompt, text) === "right" ? 1 : 0;
  };
  const scores = Object.fromEntries(Object.entries(models).map(([name, strength]) => [name, right(strength)]));
  return { id: `${index}`, task, prompt, usage: { input: 300, output: 100 }, scores };
};
const set = Array.from({ length: 1_000 }, (_, index) => marked(index));

const found = await fit(set, { registry, quality: 0.95 });
console.log(`${found}\n\n${found.yaml}`);

const fresh = Array.from({ length: 500 }, (_, index) => marked(index + 1_000));
const told = await compare(fresh, { registry: found.registry });
const picture = join(await mkdtemp(join(tmpdir(), "headgate-")), "frontier.svg");
await writeFile(picture, told.toSvg({ title: "500 fresh questions" }));
console.log(`${told}\n\n${(await found.judge(fresh)).qualityWithin ? "as expected" : "not as expected"}; ${picture}`);
