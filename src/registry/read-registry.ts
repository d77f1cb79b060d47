import type { Loaded } from "../contract/index.ts";
import { check } from "./check.ts";
import { readInWorker } from "./in-worker.ts";
import { parse } from "./parse.ts";
import type { Snapshot } from "./snapshot.ts";

/** YAML with its lines takes about 2 ms of CPU a KiB, which calls in flight would wait for. */
const LONG_CHARACTERS = 16 << 10;
/** Data takes about 0.1 ms an entry. */
const LONG_ENTRIES = 200;

/**
 * What a source handed over, as a snapshot: a long one is read in a thread of its own. Throws `registry_invalid` with every
 * issue.
 */
export const readRegistry = async (
  loaded: Loaded,
  name: string,
  providers: readonly string[] | undefined,
): Promise<Snapshot> => {
  const read = isLong(loaded) ? await readInWorker({ loaded, name, providers }) : undefined;
  return read ?? check(await parse(loaded, name), name, providers);
};

const isLong = (loaded: Loaded): boolean =>
  "text" in loaded ? loaded.text.length > LONG_CHARACTERS : entriesIn(loaded.data) > LONG_ENTRIES;

/** Entries of the sections of what should be a registry. */
const entriesIn = (data: unknown): number => {
  if (typeof data !== "object" || data === null) return 0;
  const sections = Object.values(data).filter((section) => typeof section === "object" && section !== null);
  return sections.reduce<number>((sum, section) => sum + Object.keys(section).length, 0);
};
