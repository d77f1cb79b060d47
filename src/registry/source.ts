import type { RegistrySource } from "../contract/index.ts";

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
  readonly organization?: object;
  readonly tags?: Readonly<Record<string, object>>;
}

/** The registry itself: never changes. */
export const objectSource = (data: RegistryData): RegistrySource => ({
  contract: 1,
  name: "the registry object",
  load: async () => ({ data }),
});
