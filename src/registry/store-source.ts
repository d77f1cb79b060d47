import type { Clock, RegistrySource, Store } from "../contract/index.ts";
import { systemTimers } from "../store/timers.ts";
import { registryInvalid } from "./parse.ts";
import { readRegistry } from "./read-registry.ts";

/** A registry that is kept in a store, and can be put there. */
export interface StoreSource extends RegistrySource {
  /**
   * Puts a registry there, for every process on this store. It is checked first, against everything but the providers' names,
   * which the gateways know: `registry_invalid` rejects, and what was there stays. Answers its version in the store.
   */
  write(text: string): Promise<string>;
}

export interface StoreSourceOptions {
  /** The document's name in the store: one for each registry. Default `registry`. */
  readonly document?: string;
  /** How often the version is asked for, in milliseconds, behind what the store tells by itself. Default 500. */
  readonly pollMs?: number;
  /** For tests. */
  readonly clock?: Pick<Clock, "after">;
}

const POLL_MS = 500;

/**
 * A registry (YAML or JSON) in a store's documents, so that every process has the same and sees a change within a second.
 * Neither the store's messages nor the poll keeps the process alive.
 *
 * @example
 * const registry = storeSource(store);
 * await registry.write(await readFile("headgate.yaml", "utf8"));
 * const gateway = createGateway({ registry, store, providers });
 */
export const storeSource = (
  store: Pick<Store, "name" | "documents" | "signals">,
  { document = "registry", pollMs = POLL_MS, clock = systemTimers }: StoreSourceOptions = {},
): StoreSource => {
  const { documents, signals } = store;
  const name = `the document "${document}" in ${store.name}`;
  if (documents === undefined) {
    throw new TypeError(`Expected \`store\` to keep documents, got ${store.name}, which does not`);
  }
  if (!Number.isSafeInteger(pollMs) || pollMs < 1) {
    throw new TypeError(`Expected \`pollMs\` to be an integer from 1 up, got \`${pollMs}\``);
  }
  const topic = `registry ${document}`;
  return {
    contract: 1,
    name,
    async load() {
      const found = await documents.read(document);
      if (found === undefined) throw registryInvalid(name, [{ path: "", message: "there is no such document" }]);
      return { text: found.text, format: isJson(found.text) ? "json" : "yaml" };
    },
    subscribe(changed) {
      const ends = [versionPoll(() => documents.version(document), changed, pollMs, clock)];
      const heard = signals?.subscribe?.(topic, changed);
      if (heard !== undefined) ends.push(heard);
      return () => {
        for (const end of ends) end();
      };
    },
    async write(text) {
      await readRegistry({ text, format: "yaml" }, name, undefined);
      const version = await documents.write(document, text);
      // Who does not hear of it asks: it is written.
      await signals?.publish?.(topic, version).catch(() => {});
      return version;
    },
  };
};

const isJson = (text: string): boolean => text.trimStart().startsWith("{");

/** Calls back when the version is another than at the last look, and at the first look, since it may have changed before it. */
const versionPoll = (
  version: () => Promise<string | undefined>,
  changed: () => void,
  pollMs: number,
  clock: Pick<Clock, "after">,
): (() => void) => {
  let known: string | undefined;
  let isOver = false;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    // One that cannot be asked is asked again.
    const found = await version().catch(() => known);
    if (isOver) return;
    if (found !== known) {
      known = found;
      changed();
    }
    cancel = clock.after(pollMs, look);
  };
  cancel = clock.after(pollMs, look);
  return () => {
    isOver = true;
    cancel();
  };
};
