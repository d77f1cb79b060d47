import { type FSWatcher, watch } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { setTimeout as waited } from "node:timers/promises";
import type { RegistrySource } from "../contract/index.ts";

/** Editors write in steps, and `fs.watch` says everything twice. */
const SETTLE_MS = 25;
/** Behind the watcher, for what it cannot see: network file systems, links far up. */
const POLL_MS = 500;
/** How often a file that changes under the reader is read again, before it is taken as it is. */
const MAX_READS = 4;

/**
 * A YAML or JSON file (by its ending: `.json` is JSON). Its folder is watched, so that replacing the file (editors) or the
 * link to it (ConfigMaps) is seen; a poll of the content stands behind it. Neither keeps the process alive.
 */
export const fileSource = (path: string): RegistrySource => {
  const file = resolve(path);
  return {
    contract: 1,
    name: path,
    load: async () => ({ text: await settledText(file), format: file.endsWith(".json") ? "json" : "yaml" }),
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

/** The text of a file that nobody is writing: one that changed meanwhile, or was just emptied, is read again. */
const settledText = async (file: string): Promise<string> => {
  for (let reads = 1; ; reads += 1) {
    const before = await stat(file, { bigint: true });
    const text = await readFile(file, "utf8");
    const after = await stat(file, { bigint: true });
    const isSame = before.mtimeNs === after.mtimeNs && before.size === after.size && before.ino === after.ino;
    if ((isSame && text !== "") || reads === MAX_READS) return text;
    await waited(SETTLE_MS);
  }
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
