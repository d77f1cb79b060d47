import type { GenerateContentConfig } from "@google/genai";
import {
  type Concede,
  conceder,
  type GenerateCall,
  type Message,
  pairedHistory,
  toolIdsOf,
  unsupported,
} from "../../src/kit/index.ts";
import { buildPrompt } from "./contents.ts";
import { type GoogleRequestOptions, modelOptions } from "./options.ts";
import type { Prompting, Turn } from "./prompting.ts";
import { geminiSchema } from "./schema.ts";
import { buildThinking } from "./thinking.ts";
import { buildTools, concedeSchema } from "./tools.ts";
import type { Worded } from "./worded.ts";

/** Most stop sequences that the API takes. */
const MOST_STOPS = 5;
/** What ids of calls may hold, wherever they come from. */
const TOOL_ID = /^[\w.:-]{1,128}$/;

type Config = Worded<Omit<GenerateContentConfig, "httpOptions" | "abortSignal" | "systemInstruction" | "tools">> &
  Pick<ReturnType<typeof buildTools>, "tools">;

/** A request as the SDK takes it. */
export interface GoogleRequest {
  readonly model: string;
  readonly contents: Turn[];
  readonly config: Config & { readonly systemInstruction?: Omit<Turn, "role"> };
}

/** Who translates. */
export interface Translator {
  readonly name: string;
  /** Whether it is Vertex that is asked. */
  readonly vertex: boolean;
  /** Where uploaded files (`files/abc`) are found. */
  readonly filesURL: string;
}

/** Translates; says by the call's `report` what could not be done as asked. */
export const buildRequest = (call: GenerateCall, translator: Translator): GoogleRequest => {
  const { request, model } = call;
  const concede = conceder(call, translator.name);
  const options = (request.providerOptions ?? {}) as GoogleRequestOptions;
  const own = modelOptions(model);
  const messages = pairedHistory(request.messages, concede);
  const prompting = promptingOf(call, messages, translator, concede);
  const { system, contents } = buildPrompt(messages, prompting);
  const tools = buildTools(request, options, { ...prompting, vertex: translator.vertex });
  if (options.cachedContent !== undefined && (system.length > 0 || tools.tools !== undefined)) {
    const message = "system messages and tools are part of cached content, and cannot be sent beside it.";
    throw prompting.unsupported("providerOptions.cachedContent", message);
  }
  const thinkingConfig = buildThinking(request.reasoning, own, concede);
  concedeUnknown(call, concede);
  return {
    model: model.id,
    contents,
    config: {
      ...(system.length > 0 && { systemInstruction: { parts: system } }),
      ...tools,
      ...output(call, concede),
      ...sampling(call, concede),
      ...stops(call, concede),
      ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
      ...(request.seed !== undefined && { seed: request.seed }),
      ...(request.presencePenalty !== undefined && { presencePenalty: request.presencePenalty }),
      ...(request.frequencyPenalty !== undefined && { frequencyPenalty: request.frequencyPenalty }),
      ...(thinkingConfig !== undefined && { thinkingConfig }),
      ...ownParams(options),
      // The gateway asks again itself, or not at all.
      automaticContinuation: false,
      automaticFunctionCalling: { disable: true },
    },
  };
};

const promptingOf = (
  { model, credential }: GenerateCall,
  messages: readonly Message[],
  translator: Translator,
  concede: Concede,
): Prompting => {
  const { signatures, resultFiles, prefill } = modelOptions(model);
  return {
    provider: translator.name,
    account: credential.account,
    model: model.id,
    filesURL: translator.filesURL,
    signatures,
    resultFiles,
    prefill,
    toolId: toolIdsOf(messages, TOOL_ID),
    concede,
    unsupported: (path, message) => unsupported(translator.name, model.name, path, message),
  };
};

const output = ({ request }: GenerateCall, concede: Concede): Config => {
  if (request.output === undefined) return {};
  const { schema, unenforced } = geminiSchema(request.output.schema);
  concedeSchema(unenforced, "output", concede);
  return { responseMimeType: "application/json", responseJsonSchema: schema };
};

const SAMPLING = ["temperature", "topP", "topK"] as const;

const sampling = ({ request, model }: GenerateCall, concede: Concede): Config => {
  const taken: Config = {};
  for (const name of SAMPLING) {
    const value = request[name];
    if (value === undefined) continue;
    if (model.capabilities.temperature !== false) taken[name] = value;
    else concede("parameter_dropped", name, `${name} is not taken by this model.`);
  }
  return taken;
};

const stops = ({ request, model }: GenerateCall, concede: Concede): Config => {
  const stop = request.stop ?? [];
  if (stop.length === 0) return {};
  if (model.capabilities.stop === false) {
    concede("parameter_dropped", "stop", "stop is not taken by this model.");
    return {};
  }
  if (stop.length > MOST_STOPS) {
    concede("parameter_dropped", "stop", `Gemini takes ${MOST_STOPS} stop sequences: the first ones were sent.`);
  }
  return { stopSequences: stop.slice(0, MOST_STOPS) };
};

const concedeUnknown = ({ request }: GenerateCall, concede: Concede): void => {
  if (request.user !== undefined) concede("parameter_dropped", "user", "Gemini takes no id of an end user.");
  if (typeof request.promptCache === "object") {
    const message = "Gemini caches by itself; a cache of one's own is named by providerOptions.cachedContent.";
    concede("other", "promptCache", message);
  }
};

const OWN = [
  "safetySettings",
  "cachedContent",
  "serviceTier",
  "responseModalities",
  "mediaResolution",
  "labels",
  "imageConfig",
  "speechConfig",
] as const satisfies readonly (keyof GoogleRequestOptions & keyof Config)[];

const ownParams = (options: GoogleRequestOptions): Config =>
  Object.fromEntries(OWN.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
