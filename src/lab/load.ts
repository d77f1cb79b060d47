import type { Provider } from "../contract/index.ts";
import { isRecord } from "../policy/issues.ts";
import { check } from "../registry/check.ts";
import { fileSource } from "../registry/file-source.ts";
import { parse } from "../registry/parse.ts";
import type { RegistryFile } from "../registry/schema.ts";
import type { Snapshot } from "../registry/snapshot.ts";
import { objectSource, type RegistryData, type RegistryInput } from "../registry/source.ts";

/** A registry as the lab uses it: as it is written, checked, and with a provider for each that it names. */
export interface LabRegistry {
  readonly file: RegistryFile;
  readonly snapshot: Snapshot;
  readonly providers: ReadonlyMap<string, Provider>;
}

/** Reads a registry once, as a gateway would: every provider that it names counts as there. Throws `registry_invalid`. */
export const loadRegistry = async (input: RegistryInput): Promise<LabRegistry> => {
  const source = sourceOf(input);
  const parsed = await parse(await source.load(), source.name);
  const names = providersOf(parsed.data);
  const snapshot = await check(parsed, source.name, names);
  return { file: parsed.data as RegistryFile, snapshot, providers: new Map(names.map((name) => [name, nobody(name)])) };
};

type Source = Exclude<RegistryInput, string | RegistryData>;

const sourceOf = (input: RegistryInput): Source => {
  if (typeof input === "string") return fileSource(input);
  return "load" in input && typeof input.load === "function" ? (input as Source) : objectSource(input as RegistryData);
};

const providersOf = (data: unknown): readonly string[] => {
  const models = isRecord(data) && isRecord(data["models"]) ? Object.values(data["models"]) : [];
  const names = models.map((model) => (isRecord(model) ? model["provider"] : undefined));
  return [...new Set(names.filter((name) => typeof name === "string"))];
};

/** Stands for a provider where nothing is ever sent. */
const nobody = (name: string): Provider => ({
  contract: 1,
  name,
  credentials: [{ id: "lab", account: "lab" }],
  generate: () => Promise.reject(new TypeError("The lab sends nothing.")),
});
