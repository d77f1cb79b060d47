import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { RegistrySource } from "./source.ts";

/** Editors write in steps, and `fs.watch` says everything twice. */
const SETTLE_MS = 25;
/** Behind the watcher, for what it cannot see: network file systems, links far up. */
const POLL_MS = 1_000;

/**
 * A YAML or JSON file (by its ending: `.json` is JSON). Its folder is watched, so that replacing the file (editors) or the
 * link to it (ConfigMaps) is seen; a poll of the content stands behind it. Neither keeps the process alive.
 */
export const fileSource = (path: string): RegistrySource => {
  const file = resolve(path);
  return {
    contract: 1,
    name: path,
    load: async () => ({ text: await readFile(file, "utf8"), format: file.endsWith(".json") ? "json" : "yaml" }),
    subscribe: (changed) => {
      const soon = debounced(changed);
      const watcher = watchFolder(file, soon.call);
      const poll = setInterval(changed, POLL_MS);
      poll.unref();
      return () => {
        watcher?.close();
        clearInterval(poll);
        soon.cancel();
      };
    },
  };
};

/** A folder that cannot be watched (too many watches, no such folder yet) leaves the poll. */
const watchFolder = (file: string, changed: () => void): FSWatcher | undefined => {
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      // A swapped link shows under the name of what it points to, so anything but a known other file counts.
      if (name === null || name === basename(file) || name.startsWith("..")) changed();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
};

const debounced = (fn: () => void): { call(): void; cancel(): void } => {
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => clearTimeout(timer);
  const call = (): void => {
    cancel();
    timer = setTimeout(fn, SETTLE_MS);
    timer.unref();
  };
  return { call, cancel };
};
