/** Runs in a thread of its own; see `in-worker.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { GatewayError } from "../contract/index.ts";
import { checked } from "./check.ts";
import type { Read, Reading } from "./in-worker.ts";
import { parse } from "./parse.ts";
import { contentOf, versionOf } from "./snapshot-of.ts";

const read = async ({ loaded, name, providers }: Reading): Promise<Read> => {
  try {
    const content = contentOf(await checked(await parse(loaded, name), name, providers));
    return { content, version: versionOf(content) };
  } catch (error) {
    return GatewayError.is(error, "registry_invalid") ? { issues: error.details.issues } : { failed: true };
  }
};

read(workerData as Reading).then((answer) => parentPort?.postMessage(answer));
