import type { OutputConfig } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Json, ProviderModel } from "../../src/kit/index.ts";

/** `providerOptions.anthropic`: what Anthropic alone has. */
export interface AnthropicRequestOptions {
  /** Whether priority capacity may be used, where the account has some. */
  readonly serviceTier?: "auto" | "standard_only";
  /** `fast` costs more (the usage says so in `providerMetadata.speed`). */
  readonly speed?: "standard" | "fast";
  /** Where inference may run, such as `us`. */
  readonly inferenceGeo?: string;
  /** Ask for citations of the files that are sent. Not together with `output`. */
  readonly citations?: boolean;
  /** Values of the `anthropic-beta` header. */
  readonly betas?: readonly string[];
  /** Further fields of the body, in Anthropic's own spelling (`container`, `context_management`); they win. */
  readonly body?: Readonly<Record<string, Json>>;
}

/**
 * How a model wants to be asked to think. `adaptive`: it decides, guided by effort; `always`: likewise, and it cannot be
 * switched off; `enabled`: it is given a budget of tokens (models before Opus 4.6); `none`: it cannot.
 */
export type ThinkingKind = "adaptive" | "always" | "enabled" | "none";

export type Effort = NonNullable<OutputConfig["effort"]>;

/** What differs between Anthropic's models, read from the registry entry's `options`. */
export interface ModelOptions {
  /** Registry: `thinking`. Default: `adaptive` where `capabilities.reasoning` is true, else `none`. */
  readonly thinking: ThinkingKind;
  /** Registry: `effort`. The steps of `output_config.effort` that the model takes, lowest first. Default: all, for models that think without a budget. */
  readonly efforts: readonly Effort[];
  /** Registry: `version`, the `anthropic-version` header. Default: the provider's, else the SDK's own. */
  readonly version: string | undefined;
  /** Registry: `systemMessages`. Whether system messages may stand among the others. Default false. */
  readonly systemMessages: boolean;
  /** Registry: `prefill`. Whether an answer may be begun for the model, by a last message of the assistant's. Default false: newer models answer 400. */
  readonly prefill: boolean;
}

const KINDS: readonly ThinkingKind[] = ["adaptive", "always", "enabled", "none"];
const EFFORTS: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

export const modelOptions = (model: ProviderModel, version: string | undefined): ModelOptions => {
  const { options, capabilities } = model;
  const usual = capabilities.reasoning === true ? "adaptive" : "none";
  const thinking = KINDS.find((kind) => kind === options["thinking"]) ?? usual;
  const own = options["effort"];
  const all = thinking === "adaptive" || thinking === "always" ? EFFORTS : [];
  return {
    thinking,
    efforts: Array.isArray(own) ? EFFORTS.filter((effort) => own.includes(effort)) : all,
    version: typeof options["version"] === "string" ? options["version"] : version,
    systemMessages: options["systemMessages"] === true,
    prefill: options["prefill"] === true,
  };
};
