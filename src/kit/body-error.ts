import { GatewayError } from "../contract/index.ts";
import { safeCause } from "./safe-cause.ts";

/** What went wrong after the headers came: an answer has begun, and is not whole. */
export const bodyError = (error: unknown, provider: string): GatewayError => {
  if (GatewayError.is(error)) return error;
  return new GatewayError("stream_truncated", `${provider}: the connection broke before the answer was whole.`, {
    details: { provider },
    scope: "provider",
    cause: safeCause(error),
  });
};
