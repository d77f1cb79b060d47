import {
  type AttemptCall,
  type ContentEvent,
  type EmbedInput,
  GatewayError,
  type GenerateCall,
  type GenerateRequest,
  type Handler,
  type ProviderFact,
} from "../contract/index.ts";
import { isPlausible } from "../policy/plausible.ts";

/** The end of the chain: hands the attempt to its target's provider. */
export const provider: Handler<AttemptCall> = async (call) =>
  call.embed === undefined ? call.target.provider.generate(generateCall(call)) : vectors(call, call.embed);

/** Vectors come whole, as the output of an answer without parts: so they pass through the same layers. */
async function* vectors(call: AttemptCall, { texts, dimensions }: EmbedInput): AsyncGenerator<ContentEvent> {
  const { provider, model } = call.target;
  if (provider.embed === undefined) {
    throw new GatewayError("unsupported", `${provider.name} has no embeddings.`, {
      details: { provider: provider.name, model: model.name, sent: false },
      scope: "provider",
    });
  }
  const { request, mode: _mode, ...asked } = generateCall(call);
  const { providerOptions } = request;
  const { vectors, usage, response } = await provider.embed({
    ...asked,
    input: texts,
    ...(dimensions !== undefined && { dimensions }),
    ...(providerOptions !== undefined && { providerOptions }),
  });
  if (vectors.length !== texts.length) {
    throw new GatewayError("protocol", `${provider.name}: ${vectors.length} vectors for ${texts.length} texts.`, {
      details: { provider: provider.name, model: model.name },
      scope: "provider",
    });
  }
  yield { type: "finish", finishReason: "stop", usage, response, output: vectors };
}

const generateCall = (call: AttemptCall): GenerateCall => {
  const { scope, target, timeouts, mode } = call;
  return {
    request: requestFor(call.input, target.provider.name),
    model: target.model,
    credential: target.credential,
    mode,
    get signal() {
      return scope.signal;
    },
    connectMs: timeouts.connectMs,
    clock: scope.clock,
    report: (fact) => hear(call, fact),
  };
};

/** `providerOptions` as a provider sees them: its own alone. */
const requestFor = (input: GenerateRequest, name: string): GenerateRequest => {
  const { providerOptions, ...rest } = input;
  const own = providerOptions?.[name];
  return typeof own === "object" && own !== null ? { ...rest, providerOptions: own as Record<string, unknown> } : rest;
};

const hear = (call: AttemptCall, fact: ProviderFact): void => {
  const { meter, scope, target } = call;
  switch (fact.type) {
    case "alive":
      meter.aliveAtMs = scope.clock.now();
      break;
    case "usage":
      if (!meter.finished && isPlausible(fact.usage)) meter.reported = fact.usage;
      if (scope.outcome !== undefined && scope.outcome.type !== "ok") meter.late?.();
      break;
    case "warning":
      scope.report({ type: "warned", warning: fact.warning });
      break;
    case "response":
      scope.report({
        type: "responded",
        target: target.id,
        response: fact.response,
        rateLimits: fact.rateLimits ?? [],
      });
      break;
  }
};
