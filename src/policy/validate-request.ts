import type { CallContext, EmbedRequest, Request } from "../contract/index.ts";
import {
  Issues,
  isBetween,
  isBoolean,
  isCacheHint,
  isListOf,
  isName,
  isOneOf,
  isPositiveInteger,
  isRecord,
  isRecordOf,
  isSchema,
  isText,
  isTimeout,
} from "./issues.ts";
import { validateMessages } from "./validate-messages.ts";
import { validateNeeds } from "./validate-needs.ts";
import { isTags, SCHEMA, validateTools } from "./validate-tools.ts";

const TIMEOUTS = new Set(["totalMs", "firstTokenMs", "idleMs", "connectMs", "unreadMs"]);
const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const isNonNegative = isBetween(0, Number.MAX_SAFE_INTEGER);

const isPromptCache = (value: unknown): boolean =>
  isOneOf("auto", "off")(value) ||
  (isRecord(value) && (value["key"] === undefined || isName(value["key"])) && isCacheHint({ ttlMs: value["ttlMs"] }));

const isCache = (value: unknown): boolean =>
  isRecord(value) &&
  (value["mode"] === undefined || isOneOf("default", "bypass", "refresh")(value["mode"])) &&
  (value["maxAgeMs"] === undefined || isNonNegative(value["maxAgeMs"])) &&
  (value["tags"] === undefined || isListOf(isName)(value["tags"]));

type Check = readonly [ok: (value: unknown) => boolean, expected: string];

const providerOptions: Check = [
  isRecordOf((value) => value === undefined || isRecord(value)),
  "an object of settings by provider",
];

/** Who asks and what for: fields that are judged by themselves. The compiler keeps the lists whole. */
const CONTEXT: Readonly<Record<Exclude<keyof CallContext, "timeouts" | "signal">, Check>> = {
  tenant: [isName, "a name"],
  keyId: [isName, "a name"],
  user: [isName, "a name"],
  conversation: [isName, "a name"],
  priority: [isOneOf("high", "normal", "low"), "high, normal or low"],
  tags: [isTags, "an object of strings"],
  regions: [isListOf(isName), "a list of regions"],
  maxCostUsd: [isNonNegative, "a number of dollars from 0 up"],
  maxLatencyMs: [isNonNegative, "milliseconds from 0 up"],
  cache: [isCache, "an object { mode, maxAgeMs, tags }; there is no cache yet to answer `only` from"],
  promptCache: [isPromptCache, "auto, off, or { key, ttlMs }"],
  idempotent: [isBoolean, "a boolean"],
  strict: [isBoolean, "a boolean"],
  parentId: [isName, "a call's id"],
};

/** What is asked for. */
const ASKED: Readonly<Record<Exclude<keyof Request, Judged | keyof CallContext>, Check>> = {
  task: [isName, "a task of the registry"],
  model: [isName, "a model of the registry"],
  difficulty: [isName, "a difficulty of the registry"],
  system: [isText, "a string"],
  maxOutputTokens: [isPositiveInteger, "a whole number from 1 up"],
  temperature: [isBetween(0, 2), "a number from 0 to 2"],
  topP: [isBetween(0, 1), "a number from 0 to 1"],
  topK: [isPositiveInteger, "a whole number from 1 up"],
  stop: [isListOf(isName), "a list of strings"],
  seed: [Number.isSafeInteger, "a whole number"],
  presencePenalty: [isBetween(-2, 2), "a number from -2 to 2"],
  frequencyPenalty: [isBetween(-2, 2), "a number from -2 to 2"],
  output: [isSchema, SCHEMA],
  providerOptions,
};

const JUDGED = ["messages", "prompt", "needs", "tools", "toolChoice", "parallelToolCalls", "reasoning"] as const;
type Judged = (typeof JUDGED)[number];

const CONTEXT_KEYS = [...Object.keys(CONTEXT), "timeouts", "signal"];
const KNOWN = new Set<string>([...CONTEXT_KEYS, ...Object.keys(ASKED), ...JUDGED]);

/** The door: a request that is not what it should be is refused whole, with every place and what was expected there. */
export const validateRequest = (request: Request, requiresTenant: boolean): void => {
  const issues = new Issues();
  const fields: Readonly<Record<string, unknown>> = { ...request };
  issues.unknownKeys("", fields, KNOWN);
  for (const [name, [ok, expected]] of Object.entries(ASKED)) issues.optional(name, fields[name], ok, expected);
  validateContent(fields, issues);
  validateSelection(fields, issues);
  validateNeeds(fields["needs"], issues);
  validateTools(fields, issues);
  validateReasoning(fields["reasoning"], issues);
  validateContext(fields, requiresTenant, issues);
  issues.throwIfAny("The request");
};

/** Of `embed()`, which has less to ask for. */
export const validateEmbedRequest = (request: EmbedRequest, requiresTenant: boolean): void => {
  const issues = new Issues();
  const fields: Readonly<Record<string, unknown>> = { ...request };
  const { model, input, dimensions } = fields;
  issues.unknownKeys("", fields, new Set([...CONTEXT_KEYS, "model", "input", "dimensions", "providerOptions"]));
  if (!isName(model)) issues.add("model", "a model of the registry: vectors of different models cannot be compared");
  const isTexts = isName(input) || (Array.isArray(input) && input.length > 0 && isListOf(isName)(input));
  if (!isTexts) issues.add("input", "a text, or a list of texts, none of them empty");
  issues.optional("dimensions", dimensions, isPositiveInteger, "a whole number from 1 up");
  issues.optional("providerOptions", fields["providerOptions"], ...providerOptions);
  validateContext(fields, requiresTenant, issues);
  issues.throwIfAny("The request");
};

const validateContext = (fields: Readonly<Record<string, unknown>>, requiresTenant: boolean, issues: Issues): void => {
  for (const [name, [ok, expected]] of Object.entries(CONTEXT)) issues.optional(name, fields[name], ok, expected);
  validateTimeouts("timeouts", fields["timeouts"], issues);
  issues.optional("signal", fields["signal"], isSignal, "an AbortSignal");
  if (requiresTenant && fields["tenant"] === undefined) issues.add("tenant", "who pays (defaultTenant is false)");
};

const isSignal = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;

const validateContent = ({ messages, prompt }: Readonly<Record<string, unknown>>, issues: Issues): void => {
  if (messages !== undefined && prompt !== undefined)
    return issues.add("prompt", "either prompt or messages, not both");
  if (messages === undefined && !isName(prompt)) return issues.add("prompt", "a prompt (not empty), or messages");
  if (messages !== undefined) validateMessages(messages, issues);
};

const validateSelection = (fields: Readonly<Record<string, unknown>>, issues: Issues): void => {
  if (fields["model"] === undefined) return;
  for (const other of ["task", "needs", "difficulty"]) {
    if (fields[other] !== undefined) issues.add(other, "nothing beside `model`, which is a pin");
  }
};

const validateReasoning = (reasoning: unknown, issues: Issues): void => {
  if (reasoning === undefined) return;
  if (!isRecord(reasoning)) return issues.add("reasoning", "an object { effort, budgetTokens, summary }");
  issues.unknownKeys("reasoning", reasoning, new Set(["effort", "budgetTokens", "summary"]));
  issues.optional("reasoning.effort", reasoning["effort"], isOneOf(...EFFORTS), `one of ${EFFORTS.join(", ")}`);
  issues.optional("reasoning.budgetTokens", reasoning["budgetTokens"], isPositiveInteger, "a whole number from 1 up");
  const summaries = ["none", "auto", "detailed"];
  issues.optional("reasoning.summary", reasoning["summary"], isOneOf(...summaries), `one of ${summaries.join(", ")}`);
};

export const validateTimeouts = (path: string, timeouts: unknown, issues: Issues): void => {
  if (timeouts === undefined) return;
  if (!isRecord(timeouts)) return issues.add(path, "an object of milliseconds");
  issues.unknownKeys(path, timeouts, TIMEOUTS);
  for (const name of TIMEOUTS) {
    issues.optional(`${path}.${name}`, timeouts[name], isTimeout, "whole milliseconds from 1 to 2147483647");
  }
};

export const validateCommit = (commit: unknown): void => {
  const issues = new Issues();
  issues.optional("commit", commit, isOneOf("first-content", "finish"), "first-content or finish");
  issues.throwIfAny("The request");
};
