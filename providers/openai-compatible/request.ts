import { type Concede, conceder, type GenerateCall, isObject, pairedHistory } from "../../src/kit/index.ts";
import type { ChatBody, ChatFields } from "./body.ts";
import { promptCache } from "./cache.ts";
import { chatMessages, senderOf } from "./messages.ts";
import type { ChatRequestOptions } from "./options.ts";
import type { ChatHost, ChatQuirks } from "./quirks.ts";
import { reasoningField } from "./reasoning.ts";
import { sampling, takesSampling, takesStop } from "./sampling.ts";
import { outputFormat, schemaInWords } from "./schema.ts";
import { chatTools } from "./tools.ts";

/** The body of `POST /chat/completions`. What the registry and `providerOptions` add goes over what is made here. */
export const chatBody = (call: GenerateCall, { provider, quirks }: ChatHost): object => {
  const { request, model, credential } = call;
  const concede = conceder(call, provider);
  const options = (request.providerOptions ?? {}) as ChatRequestOptions;
  const owner = { provider, account: credential.account, model: model.name };
  const messages = pairedHistory(request.messages, concede);
  const sender = senderOf(owner, messages, quirks, concede);
  const body: ChatBody = {
    model: model.id,
    messages: [...schemaInWords(request, quirks), ...chatMessages(messages, sender)],
    ...outputLimit(call, quirks),
    ...sampling(call, concede),
    ...unevenly(call, quirks, concede),
    ...chatTools(request, sender),
    ...outputFormat(request, quirks, concede),
    ...reasoningField(call, quirks, concede),
    ...promptCache(call, quirks, concede),
    ...endUser(call, quirks, concede),
    ...own(options),
  };
  const { body: registryBody } = model.options;
  return { ...quirks.body, ...body, ...(isObject(registryBody) && registryBody), ...options.body };
};

const outputLimit = ({ request }: GenerateCall, { maxTokens }: ChatQuirks): ChatFields => {
  const limit = request.maxOutputTokens;
  if (limit === undefined) return {};
  return maxTokens === "max_tokens" ? { max_tokens: limit } : { max_completion_tokens: limit };
};

const endUser = ({ request, model }: GenerateCall, quirks: ChatQuirks, concede: Concede): ChatFields => {
  const { user } = request;
  if (user === undefined) return {};
  if (quirks.user === "none") concede("parameter_dropped", "user", `${model.name} takes no user.`);
  if (quirks.user === "safety_identifier") return { safety_identifier: user };
  return quirks.user === "user" ? { user } : {};
};

const own = ({ serviceTier, verbosity, store, metadata }: ChatRequestOptions): ChatFields => ({
  ...(serviceTier !== undefined && { service_tier: serviceTier }),
  ...(verbosity !== undefined && { verbosity }),
  ...(store !== undefined && { store }),
  ...(metadata !== undefined && { metadata: { ...metadata } }),
});

/** What some hosts and models take and others do not. */
const unevenly = ({ request, model }: GenerateCall, quirks: ChatQuirks, concede: Concede): ChatFields => {
  const { stop, presencePenalty, frequencyPenalty, topK, seed } = request;
  const sampled = takesSampling(model);
  const takes = (name: keyof typeof request, taken: boolean): boolean => {
    if (request[name] !== undefined && !taken) concede("parameter_dropped", name, `${model.name} takes no ${name}.`);
    return taken;
  };
  const penalized = quirks.penalties && sampled;
  return {
    ...(takes("stop", quirks.stop && takesStop(model)) && stop !== undefined && { stop: [...stop] }),
    ...(takes("presencePenalty", penalized) && presencePenalty !== undefined && { presence_penalty: presencePenalty }),
    ...(takes("frequencyPenalty", penalized) &&
      frequencyPenalty !== undefined && { frequency_penalty: frequencyPenalty }),
    ...(takes("topK", quirks.topK && sampled) && topK !== undefined && { top_k: topK }),
    ...(takes("seed", quirks.seed !== "none") && seed !== undefined && seeded(seed, quirks)),
  };
};

const seeded = (seed: number, quirks: ChatQuirks): ChatFields =>
  quirks.seed === "random_seed" ? { random_seed: seed } : { seed };
