import type { ChatCompletionCreateParamsBase } from "openai/resources/chat/completions/completions";
import { type Concede, conceder, type GenerateCall, isObject, type Json } from "../../src/kit/index.ts";
import { chatMessages, senderOf } from "./messages.ts";
import type { ChatRequestOptions } from "./options.ts";
import type { ChatHost, ChatQuirks } from "./quirks.ts";
import { reasoningField } from "./reasoning.ts";
import { sampling, takesSampling, takesStop } from "./sampling.ts";
import { outputFormat, schemaInWords } from "./schema.ts";
import { chatTools } from "./tools.ts";

/** The body of `POST /chat/completions`. */
export const chatBody = (call: GenerateCall, { provider, quirks }: ChatHost): ChatCompletionCreateParamsBase => {
  const { request, model, credential } = call;
  const concede = conceder(call, provider);
  const options = (request.providerOptions ?? {}) as ChatRequestOptions;
  const owner = { provider, account: credential.account, model: model.name };
  const sender = senderOf(owner, request.messages, quirks, concede);
  const messages = [...schemaInWords(request, quirks), ...chatMessages(request.messages, sender)];
  const limit = request.maxOutputTokens;
  const body = {
    ...quirks.body,
    model: model.id,
    messages,
    ...(limit !== undefined && { [quirks.maxTokens]: limit }),
    ...sampling(call, concede),
    ...unevenly(call, quirks, concede),
    ...chatTools(request, sender),
    ...outputFormat(request, quirks, concede),
    ...reasoningField(call, quirks, concede),
    ...(quirks.promptCacheKey && cacheKey(call)),
    ...(request.user !== undefined && quirks.user !== "none" && { [quirks.user]: request.user }),
    ...(options.serviceTier !== undefined && { service_tier: options.serviceTier }),
    ...(options.verbosity !== undefined && { verbosity: options.verbosity }),
    ...(options.store !== undefined && { store: options.store }),
    ...(options.metadata !== undefined && { metadata: { ...options.metadata } }),
    ...registryBody(model.options["body"]),
    ...options.body,
  };
  return body as unknown as ChatCompletionCreateParamsBase;
};

/** Calls of one conversation share a prompt, and so the vendor's cache of it. */
export const cacheKey = ({ request }: GenerateCall): { readonly prompt_cache_key?: string } => {
  const { promptCache, conversation } = request;
  if (promptCache === "off") return {};
  const key = (typeof promptCache === "object" ? promptCache.key : undefined) ?? conversation;
  return key === undefined ? {} : { prompt_cache_key: key };
};

/** Further fields that the registry has for a model. */
const registryBody = (body: Json | undefined): object => (isObject(body) ? body : {});

/** What some hosts and models take and others do not. */
const unevenly = (call: GenerateCall, quirks: ChatQuirks, concede: Concede): object => {
  const { request, model } = call;
  const [sampled, stopped] = [takesSampling(model), takesStop(model)];
  const fields = [
    ["stop", "stop", quirks.stop && stopped],
    ["presencePenalty", "presence_penalty", quirks.penalties && sampled],
    ["frequencyPenalty", "frequency_penalty", quirks.penalties && sampled],
    ["topK", "top_k", quirks.topK && sampled],
    ["seed", quirks.seed, quirks.seed !== "none"],
  ] as const;
  const sent: Record<string, unknown> = {};
  for (const [name, field, taken] of fields) {
    const value = request[name];
    if (value === undefined) continue;
    if (taken) sent[field] = Array.isArray(value) ? [...value] : value;
    else concede("parameter_dropped", name, `${model.name} takes no ${name}.`);
  }
  return sent;
};
