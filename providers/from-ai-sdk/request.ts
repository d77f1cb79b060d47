import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import {
  type Concede,
  conceder,
  type GenerateCall,
  type JsonObject,
  pairedHistory,
  toolIdsOf,
} from "../../src/kit/index.ts";
import { cacheKeyOf, optionsKeyOf } from "./hints.ts";
import type { AiSdkModel, SpecificationVersion } from "./model.ts";
import { buildPrompt } from "./prompt.ts";
import { samplingOf } from "./sampling.ts";
import type { Sender } from "./sender.ts";
import { buildTools, outputFormat } from "./tools.ts";

/** Who translates. */
export interface Translator {
  readonly name: string;
  readonly optionsKey: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/** Ids of tool calls that nearly every vendor takes; Mistral has its own rule. */
const TOOL_IDS = /^[a-zA-Z0-9_-]{1,64}$/;
/** Models whose providers refuse a system message behind any other: it is moved to the front. */
const SYSTEM_FIRST: ReadonlySet<string> = new Set(["anthropic", "bedrock", "google", "vertex"]);
const OWN_TOOL_IDS: Readonly<Record<string, RegExp>> = { mistral: /^[a-zA-Z0-9]{9}$/ };

/** What a model is asked. Says by the call's `report` what could not be asked. */
export const buildOptions = async (
  call: GenerateCall,
  model: AiSdkModel,
  { name, optionsKey, headers }: Translator,
): Promise<LanguageModelV4CallOptions> => {
  const { request, credential } = call;
  const key = optionsKey ?? optionsKeyOf(model);
  const concede = conceder(call, name);
  const messages = pairedHistory(request.messages, concede);
  const sender: Sender = {
    provider: name,
    account: credential.account,
    model: call.model.name,
    version: model.specificationVersion,
    key,
    urls: (await model.supportedUrls) ?? {},
    cacheHints: request.promptCache !== "off",
    systemFirst: SYSTEM_FIRST.has(key),
    concede,
    toolId: toolIdsOf(messages, OWN_TOOL_IDS[key] ?? TOOL_IDS),
  };
  return {
    prompt: buildPrompt(messages, sender),
    ...samplingOf(call, concede),
    ...buildTools(request, sender),
    ...outputFormat(request),
    ...reasoningOf(call, model.specificationVersion, concede),
    ...providerOptions(call, key, concede),
    ...(headers !== undefined && { headers: { ...headers } }),
    abortSignal: call.signal,
  };
};

/** V4 has a word for effort; before it, and for the rest, every provider has its own. */
const reasoningOf = (
  { request }: GenerateCall,
  version: SpecificationVersion,
  concede: Concede,
): Pick<LanguageModelV4CallOptions, "reasoning"> => {
  const { effort, budgetTokens, summary } = request.reasoning ?? {};
  if (budgetTokens !== undefined) dropped("reasoning.budgetTokens", concede);
  if (summary !== undefined && summary !== "none") dropped("reasoning.summary", concede);
  if (effort === undefined) return {};
  if (version === "v4") return { reasoning: effort };
  dropped("reasoning.effort", concede);
  return {};
};

const dropped = (path: string, concede: Concede): void =>
  concede("parameter_dropped", path, `The AI SDK has no word for ${path} here: say it in providerOptions.`);

/** The caller's own, under the key that the model reads. */
const providerOptions = ({ request }: GenerateCall, key: string, concede: Concede): object => {
  const { promptCache, providerOptions: own, user } = request;
  if (user !== undefined) dropped("user", concede);
  const wished = typeof promptCache === "object" ? promptCache.key : undefined;
  const options: JsonObject = { ...cacheKeyOf(wished, key, concede), ...(own as JsonObject | undefined) };
  return Object.keys(options).length === 0 ? {} : { providerOptions: { [key]: options } };
};
