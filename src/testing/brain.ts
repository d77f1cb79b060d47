import { seeded } from "./random.ts";
import type { Ask, Reply } from "./script.ts";

/** Thinks up an answer. `strength` is the model's, which nobody outside the vendor knows. */
export type Brain = (ask: Ask, strength: number) => Reply;

/** Answers whatever is asked, always the same way: a forced tool with the least input its schema allows, a schema with the least value, else prose. */
export const plainBrain: Brain = ({ model, forcedTool, tools, schema }) => {
  const tool = tools.find(({ name }) => name === forcedTool);
  if (tool !== undefined) return { toolCalls: [{ name: tool.name, input: least(tool.schema) }] };
  if (schema !== undefined) return { text: JSON.stringify(least(schema)) };
  return { text: `This is ${model}. The sea is wide, the sky is high, and the gate holds back what the river brings.` };
};

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;

/** The least value that a (simple) schema allows. */
export const least = (schema: unknown): unknown => {
  if (!isSchema(schema)) return "";
  if ("const" in schema) return schema["const"];
  const { type, enum: names, anyOf, properties, items } = schema;
  if (Array.isArray(names)) return names[0];
  if (Array.isArray(anyOf)) return least(anyOf[0]);
  const kind = Array.isArray(type) ? type[0] : type;
  if (kind === "object" || isSchema(properties)) {
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const fields = Object.entries(isSchema(properties) ? properties : {}).filter(([name]) => required.includes(name));
    return Object.fromEntries(fields.map(([name, field]) => [name, least(field)]));
  }
  if (kind === "array") return Array.from({ length: Number(schema["minItems"] ?? 0) }, () => least(items));
  if (kind === "number" || kind === "integer") return Number(schema["minimum"] ?? 1);
  if (kind === "boolean") return true;
  return kind === "null" ? null : "text".padEnd(Number(schema["minLength"] ?? 0), "x");
};

/** A question whose difficulty is known to the exam alone. */
export interface Question {
  readonly prompt: string;
  readonly difficulty: number;
}

/** Questions, the brain that answers them as well as a model can, and the marks. */
export interface Exam {
  /** A question that models of at least this strength answer rightly. */
  ask(difficulty: number): Question;
  readonly brain: Brain;
  /** What came back, judged. `undefined`: no question of this exam. */
  grade(prompt: string, answer: string): "right" | "wrong" | undefined;
}

const SHIFTS = ["one day later", "a week before", "in the next leap year"];

/**
 * An exam: a weak model answers a hard question wrongly and with confidence, status 200 and all. The difficulty stands
 * nowhere in the prompt: it is kept beside it, by the question's number.
 */
export const createExam = ({ seed = 1 }: { readonly seed?: number } = {}): Exam => {
  const chance = seeded(seed);
  const sheet = new Map<string, { readonly difficulty: number; readonly right: string; readonly wrong: string }>();
  const find = (prompt: string) => sheet.get(/\(question (\d+)\)/.exec(prompt)?.[1] ?? "");
  return {
    ask(difficulty) {
      const number = String(sheet.size + 1);
      const [one, other] = [100 + Math.floor(chance() * 900), 100 + Math.floor(chance() * 900)];
      const shift = SHIFTS[Math.floor(chance() * SHIFTS.length)] ?? "";
      sheet.set(number, { difficulty, right: String(one * other), wrong: String(one * other + 10) });
      const prompt = `The contract of ledger ${one} is due ${shift}. What is ${one} times ${other}? (question ${number})`;
      return { prompt, difficulty };
    },
    brain(ask, strength) {
      const question = find(ask.prompt);
      if (question === undefined) return plainBrain(ask, strength);
      return { text: `The answer is ${strength >= question.difficulty ? question.right : question.wrong}.` };
    },
    grade(prompt, answer) {
      const question = find(prompt);
      if (question === undefined) return undefined;
      return answer.includes(`${question.right}.`) ? "right" : "wrong";
    },
  };
};
