import type { LedgerEntry } from "../contract/index.ts";
import { Issues, isBetween, isName, isNumber, isRecord, isRecordOf } from "../policy/issues.ts";
import { validateNeeds } from "../policy/validate-needs.ts";
import type { Example } from "./example.ts";
import { examplesOf } from "./examples-of.ts";

/** A labelled set, or what a ledger holds (`memoryLedger().entries()`); both together if you like. */
export type LabSet = Iterable<Example | LedgerEntry>;

/** Everything as examples. Throws `invalid_request` with each path that is wrong; a ledger's entries are taken as they are. */
export const checkedSet = (set: LabSet): readonly Example[] => {
  const examples: Example[] = [];
  const entries: LedgerEntry[] = [];
  const issues = new Issues();
  let index = 0;
  for (const each of set) {
    if (isRecord(each) && "type" in each) entries.push(each as LedgerEntry);
    else if (isExample(each, `[${index}]`, issues)) examples.push(each);
    index += 1;
  }
  issues.throwIfAny("The set");
  return [...examples, ...examplesOf(entries).examples];
};

const isTokens = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const isExample = (value: unknown, path: string, issues: Issues): value is Example => {
  if (!isRecord(value)) {
    issues.add(path, "an example, or an entry of a ledger");
    return false;
  }
  if (!isName(value["id"])) issues.add(`${path}.id`, "a name");
  for (const key of ["prompt", "task", "difficulty", "tenant"]) {
    issues.optional(`${path}.${key}`, value[key], (each) => typeof each === "string", "text");
  }
  const usage = value["usage"];
  const plain = isRecord(usage) && isTokens(usage["input"]) && isTokens(usage["output"]);
  const whole = isRecord(usage) && isRecord(usage["input"]) && isRecord(usage["output"]);
  if (!plain && !whole) issues.add(`${path}.usage`, "{ input, output }, in whole tokens from 0 up");
  issues.optional(`${path}.scores`, value["scores"], isRecordOf(isBetween(0, 1)), "scores from 0 to 1 by model");
  issues.optional(`${path}.latencyMs`, value["latencyMs"], isRecordOf(isNumber), "milliseconds by model");
  const ofNeeds = new Issues();
  validateNeeds(value["needs"], ofNeeds);
  for (const issue of ofNeeds.found) issues.found.push({ ...issue, path: `${path}.${issue.path}` });
  return true;
};
