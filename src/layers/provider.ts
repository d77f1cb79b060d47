import type { AttemptCall, GenerateCall, GenerateRequest, Handler, ProviderFact } from "../contract/index.ts";

/** The end of the chain: hands the attempt to its target's provider. */
export const provider: Handler<AttemptCall> = async (call) => call.target.provider.generate(generateCall(call));

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
      if (!meter.finished) meter.reported = fact.usage;
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
