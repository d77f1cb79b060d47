import type { RegistryFile } from "./schema.ts";

/**
 * A registry in TypeScript, with its names and shapes completed by the editor. It is checked when the gateway loads it,
 * like a file; unlike one, it cannot change while running.
 */
export const defineRegistry = <const Registry extends RegistryFile>(registry: Registry): Registry => registry;
