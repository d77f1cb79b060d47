import type { Loaded } from "../contract/index.ts";
import { check } from "./check.ts";
import { readInWorker } from "./in-worker.ts";
import { parse } from "./parse.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * A text longer than this is parsed and checked in a thread of its own: YAML with its lines takes about 2 ms of CPU a KiB,
 * which calls in flight would wait for.
 */
const THREAD_FROM_CHARACTERS = 16 << 10;

/** What a source handed over, as a snapshot. Throws `registry_invalid` with every issue. */
export const readRegistry = async (
  loaded: Loaded,
  name: string,
  providers: readonly string[] | undefined,
): Promise<Snapshot> => {
  const isLong = "text" in loaded && loaded.text.length > THREAD_FROM_CHARACTERS;
  const read = isLong ? await readInWorker({ loaded, name, providers }) : undefined;
  return read ?? check(await parse(loaded, name), name, providers);
};
