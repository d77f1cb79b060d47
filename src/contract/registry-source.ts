/** What a source hands over: text with its format, or the registry as data. */
export type Loaded = { readonly text: string; readonly format: "yaml" | "json" } | { readonly data: unknown };

/**
 * Where a registry comes from. Write one for a database, a bucket, a store: `load` answers the whole registry as it is now,
 * and may reject (the last good one then stays in force). `registrySourceSuite` of `headgate/testing` holds it to this.
 */
export interface RegistrySource {
  readonly contract: 1;
  /** For messages and events, such as a path. No secrets. */
  readonly name: string;
  load(): Promise<Loaded>;
  /** Calls back when it may have changed; the result ends the subscription. Must not keep the process alive. */
  subscribe?(changed: () => void): () => void;
}
