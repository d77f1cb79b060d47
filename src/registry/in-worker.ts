import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { Issue, Loaded } from "../contract/index.ts";
import { registryInvalid } from "./parse.ts";
import type { RegistryFile } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotOf } from "./snapshot-of.ts";

/** What the thread is asked. */
export interface Reading {
  readonly loaded: Loaded;
  readonly name: string;
  readonly providers: readonly string[] | undefined;
}

/** What it answers: the registry as text (which is cheaper to take over than objects), or what is wrong with it. */
export type Read =
  | { readonly content: string; readonly version: string }
  | { readonly issues: readonly Issue[] }
  /** It could not; it is tried without it. */
  | { readonly failed: true };

/**
 * A registry, parsed and checked in a thread that ends with it. What is left for this thread is to take it over: a few
 * milliseconds for 2,000 models. `undefined` where there can be no thread (the package was bundled into one file, threads
 * are forbidden): then this one has to do it.
 */
export const readInWorker = async (reading: Reading): Promise<Snapshot | undefined> => {
  const url = workerUrl();
  const read = url === undefined ? undefined : await answerOf(url, reading);
  if (read === undefined || "failed" in read) return undefined;
  if ("issues" in read) throw registryInvalid(reading.name, read.issues);
  return snapshotOf(JSON.parse(read.content) as RegistryFile, read.version);
};

/** From a source file, from the folder that shared parts are built into, and from the main file. */
const PLACES = ["./registry-worker.ts", "./src/registry/registry-worker.js", "./registry/registry-worker.js"];

const workerUrl = (): URL | undefined =>
  PLACES.map((place) => new URL(place, import.meta.url)).find(
    (url) => url.protocol === "file:" && existsSync(fileURLToPath(url)),
  );

const answerOf = async (url: URL, reading: Reading): Promise<Read | undefined> => {
  const { Worker } = await import("node:worker_threads");
  let worker: Worker | undefined;
  try {
    // It needs nothing of the environment, where the secrets are.
    worker = new Worker(url, { workerData: reading, env: {}, name: "headgate registry" });
    return await messageOf(worker);
  } catch {
    return undefined;
  } finally {
    await worker?.terminate();
  }
};

const messageOf = (worker: Worker): Promise<Read | undefined> =>
  new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => resolve(undefined));
  });
