/** What a source hands over: text with its format, or the registry as data. */
export type Loaded = { readonly text: string; readonly format: "yaml" | "json" } | { readonly data: unknown };

/**
 * Where a registry comes from. Write one for HTTP, a database, a bucket: `load` answers the whole registry as it is now,
 * and may reject (the last good one then stays in force).
 */
export interface RegistrySource {
  readonly contract: 1;
  /** For messages and events, such as a path. No secrets. */
  readonly name: string;
  load(): Promise<Loaded>;
  /** Calls back when it may have changed; the result ends the subscription. Must not keep the process alive. */
  subscribe?(changed: () => void): () => void;
}

/** A path, the registry itself, or a source. */
export type RegistryInput = string | RegistrySource | RegistryData;

/** A registry as data, as `defineRegistry` and a parsed file have it. Checked when it is loaded. */
export interface RegistryData {
  readonly models: Readonly<Record<string, object>>;
  readonly tasks?: Readonly<Record<string, object>>;
  readonly difficulties?: Readonly<Record<string, number>>;
  readonly policy?: object;
  readonly plans?: Readonly<Record<string, object>>;
  readonly tenants?: Readonly<Record<string, object>>;
}

/** The registry itself: never changes. */
export const objectSource = (data: RegistryData): RegistrySource => ({
  contract: 1,
  name: "the registry object",
  load: async () => ({ data }),
});
