import type { Json, ProviderModel, ReasoningEffort } from "../../src/kit/index.ts";

/** `providerOptions.bedrock`: what Bedrock alone has, in its own spelling. */
export interface BedrockRequestOptions {
  /** A guardrail that looks at prompt and answer. `streamProcessingMode` counts for streams alone. */
  readonly guardrailConfig?: {
    readonly guardrailIdentifier: string;
    readonly guardrailVersion: string;
    readonly trace?: "disabled" | "enabled" | "enabled_full";
    readonly streamProcessingMode?: "async" | "sync";
  };
  readonly performanceConfig?: { readonly latency: "standard" | "optimized" };
  /** What the request is processed as, which changes its price (the answer says it in `providerMetadata.serviceTier`). */
  readonly serviceTier?: "default" | "flex" | "priority" | "reserved";
  /** Labels for the invocation logs. */
  readonly requestMetadata?: Readonly<Record<string, string>>;
  /** Ask for citations of the documents that are sent. */
  readonly citations?: boolean;
  /** Fields of the model's own, in its vendor's spelling; they win over what is made from the request. */
  readonly additionalModelRequestFields?: Readonly<Record<string, Json>>;
  /** JSON pointers to fields of the model's own answer, told in `providerMetadata.additionalModelResponseFields`. */
  readonly additionalModelResponseFieldPaths?: readonly string[];
}

/** Whose model it is: what Converse does not make alike goes by it. */
export type Family = "anthropic" | "nova" | "openai" | "other";

/**
 * How a model is asked to reason. `adaptive`, `always`, `enabled` (Claude: by its own judgement and an effort; likewise, and
 * it cannot be switched off; by a budget of tokens), `nova` (`reasoningConfig`, by effort), `reasoning_effort` (a field of
 * that name, as gpt-oss has it), `none`.
 */
export type ReasoningKind = "adaptive" | "always" | "enabled" | "nova" | "reasoning_effort" | "none";

/** What differs between Bedrock's models, read from the registry entry's `options`. */
export interface ModelOptions {
  /**
   * Registry: `family`. Default: by the id (`us.anthropic.claude-…`); undefined where the id tells nothing, as the ARN of an
   * inference profile or an imported model does.
   */
  readonly family: Family | undefined;
  /** Registry: `thinking`. Default: the family's, where `capabilities.reasoning` is true. */
  readonly reasoning: ReasoningKind;
  /** Registry: `effort`. The steps that the model takes, lowest first. Default: the family's. */
  readonly efforts: readonly ReasoningEffort[];
  /** Registry: `promptCache`. Whether cache points may be set. Default: false for families that are known to have none. */
  readonly promptCache: boolean;
  /** Registry: `toolChoice`. Whether a tool may be forced. Default: false for families that are known not to let one. */
  readonly toolChoice: boolean;
  /** Registry: `systemMessages`. Whether system messages may stand among the others. Default false. */
  readonly systemMessages: boolean;
  /** Registry: `prefill`. Whether an answer may be begun for the model, by a last message of the assistant's. Default false. */
  readonly prefill: boolean;
  /** Registry: `embedding`. How texts are sent and vectors come. Default: by the id. */
  readonly embedding: "titan" | "cohere" | undefined;
  /**
   * Registry: `countModel`. The id that tokens are counted with. Default: the model's own without its region (`us.`, `eu.`,
   * `global.` …), since `CountTokens` takes foundation models alone (API reference); a model that is known by its profile only
   * may want the profile.
   */
  readonly countModel: string;
}

/** Vendors as they stand in the ids of their models. */
const FAMILIES: readonly (readonly [vendor: RegExp, family: Family])[] = [
  [/(^|[./])anthropic\./, "anthropic"],
  [/(^|[./])amazon\.nova/, "nova"],
  [/(^|[./])openai\./, "openai"],
  [
    /(^|[./])(amazon\.titan|ai21|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|qwen|stability|writer|zai)[.-]/,
    "other",
  ],
];

/** Before the id of a model that is called across regions. */
const REGION = /^(us|us-gov|eu|apac|jp|au|ca|sa|global)\./;

const KINDS: readonly ReasoningKind[] = ["adaptive", "always", "enabled", "nova", "reasoning_effort", "none"];
const USUAL_KINDS: Readonly<Record<Family, ReasoningKind>> = {
  anthropic: "adaptive",
  nova: "nova",
  openai: "reasoning_effort",
  other: "none",
};
const EFFORTS: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const USUAL_EFFORTS: Readonly<Record<ReasoningKind, readonly ReasoningEffort[]>> = {
  adaptive: ["low", "medium", "high", "xhigh", "max"],
  always: ["low", "medium", "high", "xhigh", "max"],
  enabled: [],
  nova: ["low", "medium", "high"],
  reasoning_effort: ["low", "medium", "high"],
  none: [],
};

export const modelOptions = ({ id, options, capabilities }: ProviderModel): ModelOptions => {
  const family = oneOf(Object.keys(USUAL_KINDS) as Family[], options["family"]) ?? familyOf(id);
  const usual = family === undefined || capabilities.reasoning !== true ? "none" : USUAL_KINDS[family];
  const reasoning = oneOf(KINDS, options["thinking"]) ?? usual;
  const own = options["effort"];
  const isKnown = (...families: readonly Family[]): boolean => family === undefined || families.includes(family);
  return {
    family,
    reasoning,
    efforts: Array.isArray(own) ? EFFORTS.filter((effort) => own.includes(effort)) : USUAL_EFFORTS[reasoning],
    promptCache: flag(options["promptCache"]) ?? isKnown("anthropic", "nova"),
    toolChoice: flag(options["toolChoice"]) ?? (isKnown("anthropic", "nova", "openai") || /(^|[./])mistral\./.test(id)),
    systemMessages: options["systemMessages"] === true,
    prefill: options["prefill"] === true,
    countModel: typeof options["countModel"] === "string" ? options["countModel"] : id.replace(REGION, ""),
    embedding: oneOf(["titan", "cohere"] as const, options["embedding"]) ?? embeddingOf(id),
  };
};

const familyOf = (id: string): Family | undefined => FAMILIES.find(([vendor]) => vendor.test(id))?.[1];

const embeddingOf = (id: string): "titan" | "cohere" | undefined => {
  if (id.includes("titan-embed")) return "titan";
  return id.includes("cohere.embed") ? "cohere" : undefined;
};

const oneOf = <T extends string>(all: readonly T[], value: Json | undefined): T | undefined =>
  all.find((each) => each === value);

const flag = (value: Json | undefined): boolean | undefined => (typeof value === "boolean" ? value : undefined);
