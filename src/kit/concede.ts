import { GatewayError, type GenerateCall, type Warning } from "../contract/index.ts";

/** Tells that something is not done as asked. Under `strict`, what would be dropped is refused instead. */
export type Concede = (code: Warning["code"], path: string, message: string) => void;

/** Only these take something away from the request; the others tell how it was carried out. */
const LOSSES: ReadonlySet<Warning["code"]> = new Set(["parameter_dropped", "part_dropped"]);

/** Concessions of one call: each is reported once, however many parts of a history it concerns. */
export const conceder = (call: GenerateCall, provider: string): Concede => {
  const told = new Set<string>();
  return (code, path, message) => {
    if (call.request.strict === true && LOSSES.has(code)) throw unsupported(provider, call.model.name, path, message);
    if (told.has(message)) return;
    told.add(message);
    call.report({ type: "warning", warning: { code, message, path } });
  };
};

/** What the vendor has no way to take: another target may. */
export const unsupported = (
  provider: string,
  model: string,
  path: string,
  message: string,
): GatewayError<"unsupported"> =>
  new GatewayError("unsupported", `${provider}: ${path}: ${message}`, { details: { provider, model }, scope: "model" });
