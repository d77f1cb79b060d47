import type { Needs } from "../contract/index.ts";
import {
  type Issues,
  isBoolean,
  isListOf,
  isNumber,
  isOneOf,
  isPositiveInteger,
  isRecord,
  isRecordOf,
  isText,
} from "./issues.ts";

type Check = readonly [ok: (value: unknown) => boolean, expected: string];

const flag: Check = [isBoolean, "a boolean"];
const INPUT = ["text", "image", "audio", "video", "pdf"];
const OUTPUT = [...INPUT, "embedding"];
const modalities = (known: readonly string[]): Check => [isListOf(isOneOf(...known)), `a list of ${known.join(", ")}`];

/** The compiler keeps the list whole. A misspelt need would otherwise be no need at all. */
const NEEDS: Readonly<Record<keyof Needs, Check>> = {
  tool_call: flag,
  parallel_tool_call: flag,
  structured_output: flag,
  reasoning: flag,
  temperature: flag,
  input: modalities(INPUT),
  output: modalities(OUTPUT),
  context: [isPositiveInteger, "a whole number of tokens from 1 up"],
  quality: [isNumber, "a number"],
  tags: [isRecordOf(isText), "an object of strings"],
};

const KNOWN = new Set(Object.keys(NEEDS));

export const validateNeeds = (needs: unknown, issues: Issues): void => {
  if (needs === undefined) return;
  if (!isRecord(needs)) return issues.add("needs", "an object of needs");
  issues.unknownKeys("needs", needs, KNOWN);
  for (const [name, [ok, expected]] of Object.entries(NEEDS))
    issues.optional(`needs.${name}`, needs[name], ok, expected);
};
