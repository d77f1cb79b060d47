import type { Json, ProviderModel, ReasoningEffort } from "../../src/kit/index.ts";

/** `providerOptions.google`: what Gemini alone has. */
export interface GoogleRequestOptions {
  /** What the vendor's filters let through, such as `{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }`. */
  readonly safetySettings?: readonly {
    readonly category: string;
    readonly threshold: string;
    readonly method?: string;
  }[];
  /** Name of a cached prompt, such as `cachedContents/abc`. Its system instruction and tools are in it, and not sent beside it. */
  readonly cachedContent?: string;
  /** Which queue; the answer's `providerMetadata` says which it was. */
  readonly serviceTier?: "standard" | "flex" | "priority";
  /** What the answer may be made of. Default: the model's own. */
  readonly responseModalities?: readonly ("TEXT" | "IMAGE" | "AUDIO")[];
  /** How closely images and videos are looked at. */
  readonly mediaResolution?: "MEDIA_RESOLUTION_LOW" | "MEDIA_RESOLUTION_MEDIUM" | "MEDIA_RESOLUTION_HIGH";
  /** For the bill (Vertex). */
  readonly labels?: Readonly<Record<string, string>>;
  /** Shape and size of images to make, such as `{ aspectRatio: "16:9" }`. */
  readonly imageConfig?: Readonly<Record<string, Json>>;
  /** Voices to speak with. */
  readonly speechConfig?: Readonly<Record<string, Json>>;
  /** Where the user is, for searches and maps. */
  readonly retrievalConfig?: Readonly<Record<string, Json>>;
  /** Whether inputs of tool calls come in pieces, so that a long one is no silence (Vertex). A call is handed out whole all the same. */
  readonly streamToolInput?: boolean;
  /** Further fields of the body, in the vendor's own spelling (`generationConfig: { logprobs: 2 }`); they win. */
  readonly body?: Readonly<Record<string, Json>>;
}

/** How a model wants to be asked to think: by `level` (Gemini 3 and later), by a `budget` of tokens (Gemini 2.5), or not at all. */
export type ThinkingKind = "level" | "budget" | "none";

/** What differs between Gemini's models, read from the registry entry's `options`. */
export interface ModelOptions {
  /** Registry: `thinking`. Default, where `capabilities.reasoning` is true: `level`, but `budget` for Gemini 1 and 2; else `none`. */
  readonly thinking: ThinkingKind;
  /** Registry: `effort`. The levels that the model takes. Default: low, medium, high. */
  readonly efforts: readonly ReasoningEffort[];
  /** Registry: `budget`, least and most tokens to think with, such as `[128, 32768]`. A least of 0 lets thinking be switched off. Default: 0 to 24,576. */
  readonly budget: readonly [least: number, most: number];
  /** Registry: `signatures`. Whether the model refuses calls in a history without a signature. Default: true from Gemini 3 on. */
  readonly signatures: boolean;
  /** Registry: `resultFiles`. Whether files may stand inside a tool's result. Default: true from Gemini 3 on; else they follow it. */
  readonly resultFiles: boolean;
  /** Registry: `searchBilledBy`. Whether searches are billed by the `query`, or once for each `prompt`. Default: by the query from Gemini 3 on. */
  readonly searchBilledBy: "query" | "prompt";
  /** Registry: `prefill`. Whether an answer may be begun for the model, by a last message of the assistant's. Default false: it is documented nowhere. */
  readonly prefill: boolean;
}

const KINDS: readonly ThinkingKind[] = ["level", "budget", "none"];
const LEVELS: readonly ReasoningEffort[] = ["minimal", "low", "medium", "high", "xhigh"];
const USUAL_LEVELS: readonly ReasoningEffort[] = ["low", "medium", "high"];
const USUAL_BUDGET = [0, 24_576] as const;

/** Gemini 3 and later, names without a number (`gemini-pro-latest`) among them. */
const isCurrent = (id: string): boolean => /gemini-(?![12](?:[.-]|$))/.test(id);

export const modelOptions = ({ id, options, capabilities }: ProviderModel): ModelOptions => {
  const current = isCurrent(id);
  const usual = capabilities.reasoning !== true ? "none" : current ? "level" : "budget";
  const { effort, budget, signatures, resultFiles, searchBilledBy } = options;
  return {
    thinking: KINDS.find((kind) => kind === options["thinking"]) ?? usual,
    efforts: Array.isArray(effort) ? LEVELS.filter((level) => effort.includes(level)) : USUAL_LEVELS,
    budget: budgetOf(budget) ?? USUAL_BUDGET,
    signatures: typeof signatures === "boolean" ? signatures : current,
    resultFiles: typeof resultFiles === "boolean" ? resultFiles : current,
    searchBilledBy:
      searchBilledBy === "query" || searchBilledBy === "prompt" ? searchBilledBy : current ? "query" : "prompt",
    prefill: options["prefill"] === true,
  };
};

const budgetOf = (told: Json | undefined): readonly [number, number] | undefined => {
  if (!Array.isArray(told)) return undefined;
  const [least, most] = told;
  return typeof least === "number" && typeof most === "number" && least <= most ? [least, most] : undefined;
};
