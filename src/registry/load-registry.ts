import { GatewayError, type RegistrySource } from "../contract/index.ts";
import { registryInvalid } from "./parse.ts";
import { readRegistry } from "./read-registry.ts";
import type { Snapshot } from "./snapshot.ts";

/** A source's registry as it is now, once. Rejects with `registry_invalid`. Without `providers` no model's is looked up. */
export const loadRegistry = async (source: RegistrySource, providers?: readonly string[]): Promise<Snapshot> => {
  const loaded = await source.load().catch((error: unknown) => {
    throw asInvalid(source.name, error);
  });
  return readRegistry(loaded, source.name, providers);
};

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read",
  EISDIR: "it is a folder",
};

/**
 * Whatever a source or a check failed with, as `registry_invalid`. The words of a source's own error stay inside: they may
 * hold an address with a password. A file's is told by its code.
 */
export const asInvalid = (name: string, error: unknown): GatewayError<"registry_invalid"> => {
  if (GatewayError.is(error, "registry_invalid")) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const kind = error instanceof Error ? error.name : typeof error;
  return registryInvalid(name, [{ path: "", message: WHY[code] ?? `it could not be loaded (${code || kind})` }]);
};
