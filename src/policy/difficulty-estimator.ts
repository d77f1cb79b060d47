import type { Message, Part, Request } from "../contract/index.ts";

/** Words that ask for thinking, and words that ask for handling text that is there; whole words, in lower case. */
const HARD = new Set(
  `prove proof derive why how design architect optimise optimize minimize maximize trade-off tradeoffs trade-offs compare
  evaluate analyse analyze debug diagnose refactor implement algorithm complexity theorem estimate forecast strategy plan
  reason reasoning justify critique contradiction inconsistent race deadlock concurrency legal liability clause contract
  diagnosis differential risk hypothesis infer deduce probability expected equation integral simulate schedule allocate
  constraints vulnerability exploit migrate invariant consequences implications negotiate reconcile root-cause`.split(
    /\s+/,
  ),
);
const EASY = new Set(
  `translate summarise summarize classify extract rewrite rephrase shorten spelling grammar format capitalise capitalize
  title headline tag label sentiment list count convert hello hi thanks thank greet reply polite bullet translate
  synonym rhyme lowercase uppercase sort name who when where`.split(/\s+/),
);
/** Words that bind an answer. */
const BINDING = new Set(
  "must exactly only unless except without least most every each both neither provided assuming".split(" "),
);

const MOST_CHARACTERS = 20_000;

/** Shares of the score, which add up to 1. */
const WEIGHTS = { thinking: 0.42, binding: 0.14, length: 0.16, figures: 0.1, code: 0.1, material: 0.08 } as const;

/**
 * How hard a request looks, from 0 to 1, by its words alone: what it asks to be done, how much binds the answer, how long
 * it is, figures, code, files and tools. Deterministic, a few microseconds, English. It cannot see what a short question
 * hides ("Is 1,000,003 prime?"), nor that a long one is easy: on the labelled set of the repository it takes about one in
 * ten hard requests for easy ones. Say a task or a difficulty where you know it.
 */
export const estimateDifficulty = (request: Request): number => {
  const { text, files } = askedOf(request);
  const words = text.toLowerCase().match(/[a-z][a-z-]*/g) ?? [];
  const score = {
    thinking: saturated(count(words, HARD) - 0.6 * count(words, EASY) + 0.35, 2),
    binding: saturated(count(words, BINDING), 4),
    length: saturated(words.length, 180),
    figures: saturated((text.match(/\d+/g) ?? []).length, 8),
    code: saturated((text.match(/[{}();=<>]|```|::|->/g) ?? []).length, 16),
    material: saturated((request.tools?.length ?? 0) + files + (request.output === undefined ? 0 : 1), 4),
  };
  let sum = 0;
  for (const [name, weight] of Object.entries(WEIGHTS)) sum += weight * score[name as keyof typeof WEIGHTS];
  return request.reasoning === undefined || request.reasoning.effort === "none" ? sum : Math.max(sum, 0.5);
};

/**
 * A `classify` hook over `estimateDifficulty`: names of the registry's difficulties, each up to a score; the rest is the
 * hardest, as ever.
 *
 * @example createGateway({ providers, registry, classify: difficultyEstimator({ easy: 0.2, medium: 0.4 }) })
 */
export const difficultyEstimator = (
  upTo: Readonly<Record<string, number>>,
): ((request: Request) => string | undefined) => {
  const levels = Object.entries(upTo).sort(([, one], [, other]) => one - other);
  return (request) => {
    const score = estimateDifficulty(request);
    return levels.find(([, most]) => score <= most)?.[0];
  };
};

/** The last thing that the user said, with what came with it: what went before was answered. */
const askedOf = ({ prompt, messages = [] }: Request): { readonly text: string; readonly files: number } => {
  if (prompt !== undefined) return { text: prompt.slice(0, MOST_CHARACTERS), files: 0 };
  const last = messages.findLast((message: Message) => message.role === "user");
  if (last === undefined) return { text: "", files: 0 };
  const { content } = last;
  if (typeof content === "string") return { text: content.slice(0, MOST_CHARACTERS), files: 0 };
  const parts: readonly Part[] = content;
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  return { text: text.slice(0, MOST_CHARACTERS), files: parts.filter((part) => part.type === "file").length };
};

const count = (words: readonly string[], known: ReadonlySet<string>): number =>
  words.reduce((sum, word) => (known.has(word) ? sum + 1 : sum), 0);

/** From 0 towards 1; `half` gives a half. */
const saturated = (amount: number, half: number): number => {
  const sure = Math.max(0, amount);
  return sure / (sure + half);
};
