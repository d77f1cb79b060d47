/** What differs between Anthropic's models (platform.claude.com: "Troubleshooting thinking", "Models overview"). */
export interface ModelTraits {
  /** Values of `thinking.type` that are taken. */
  readonly thinking: readonly string[];
  /** Whether an answer may be begun for it. */
  readonly prefill: boolean;
  /** Whether it takes sampling parameters, in versions of the API that have them. */
  readonly sampling: boolean;
  /** Whether system messages may stand among the others. */
  readonly systemMessages: boolean;
  /** Highest effort without thinking is `high`. */
  readonly thinksAtHighEffort: boolean;
}

const OLD: ModelTraits = {
  thinking: ["enabled", "disabled"],
  prefill: true,
  sampling: true,
  systemMessages: false,
  thinksAtHighEffort: false,
};
const BETWEEN: ModelTraits = { ...OLD, thinking: ["enabled", "disabled", "adaptive"], prefill: false };
const NEW: ModelTraits = { ...BETWEEN, thinking: ["disabled", "adaptive"], sampling: false };
const NEWEST: ModelTraits = { ...NEW, systemMessages: true, thinksAtHighEffort: true };
const ALWAYS: ModelTraits = { ...NEWEST, thinking: ["adaptive"] };
/** A model that nobody has heard of takes what some model takes, and is never begun for. */
const UNKNOWN: ModelTraits = { ...BETWEEN, systemMessages: true, thinksAtHighEffort: true };

const BY_ID: readonly (readonly [id: RegExp, traits: ModelTraits])[] = [
  [/^claude-(fable|mythos)-/, ALWAYS],
  [/^claude-opus-5/, NEWEST],
  [/^claude-opus-4-8/, { ...NEW, systemMessages: true }],
  [/^claude-(opus-4-7|sonnet-5)/, NEW],
  [/^claude-(opus|sonnet)-4-6/, BETWEEN],
  [/^claude-(3|opus-4|sonnet-4|haiku-4)/, OLD],
];

export const traitsOf = (model: string): ModelTraits => BY_ID.find(([id]) => id.test(model))?.[1] ?? UNKNOWN;
