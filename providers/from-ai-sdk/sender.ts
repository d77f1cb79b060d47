import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { CacheHint, Concede, FilePart, JsonObject, Owner } from "../../src/kit/index.ts";
import { concedeHints, hintsOf } from "./hints.ts";
import type { AiSdkUrls, SpecificationVersion } from "./model.ts";

/** Who sends a history, to which model, and who is told of what it loses. */
export interface Sender extends Owner {
  /** The registry's name of the model. */
  readonly model: string;
  readonly version: SpecificationVersion;
  /** Of `providerOptions`. */
  readonly key: string;
  readonly urls: AiSdkUrls;
  /** Whether hints of parts are passed on. */
  readonly cacheHints: boolean;
  /** Whether system messages have to come before all others. */
  readonly systemFirst: boolean;
  readonly concede: Concede;
  readonly toolId: (id: string) => string;
}

/** `providerOptions` of a part: what its vendor once said of it, and what it asks for. */
export const partOptions = (
  part: { readonly promptCache?: CacheHint; readonly detail?: FilePart["detail"] },
  metadata: JsonObject | undefined,
  path: string,
  sender: Sender,
): { providerOptions?: SharedV4ProviderOptions } => {
  const { promptCache: _, ...others } = part;
  concedeHints(sender.cacheHints ? part : others, sender.key, path, sender.concede);
  const hints = hintsOf(part, sender.key, sender.cacheHints);
  const options: Record<string, object> = {};
  for (const told of [metadata ?? {}, hints]) {
    for (const [key, each] of Object.entries(told)) {
      if (typeof each === "object" && each !== null) options[key] = { ...options[key], ...each };
    }
  }
  return Object.keys(options).length === 0 ? {} : { providerOptions: options as SharedV4ProviderOptions };
};
