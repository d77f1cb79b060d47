import { type AttemptCall, GatewayError } from "../contract/index.ts";
import { nameOf, tracedCause } from "../kit/safe-cause.ts";

/** A provider throws `GatewayError`; one that throws something else is broken in a way that another may not be. */
export const asGatewayError = (error: unknown, call: AttemptCall): GatewayError => {
  if (GatewayError.is(error)) return error;
  const { outcome } = call.scope;
  if (outcome?.type === "error") return outcome.error;
  const { provider, model } = call.target;
  return new GatewayError(
    "protocol",
    `${provider.name}: the provider threw a plain ${nameOf(error)}. Providers throw GatewayError (see headgate/kit).`,
    { details: { provider: provider.name, model: model.name }, scope: "provider" },
  );
};

/** What nobody foresaw. The message of an unknown error may hold anything: what it is and where it came from is kept. */
export const asInternal = (error: unknown): GatewayError => {
  if (GatewayError.is(error)) return error;
  return new GatewayError("internal", `headgate failed with a plain ${nameOf(error)}: please report it.`, {
    details: {},
    cause: tracedCause(error),
  });
};
