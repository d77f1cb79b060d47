import assert from "node:assert/strict";
import type { Loaded, RegistrySource } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import type { RegistrySourceSuiteOptions, SourceStage } from "./index.ts";

const registryOf = (models: readonly string[]): string =>
  JSON.stringify({ models: Object.fromEntries(models.map((name) => [name, { provider: "fake" }])) });
export const FIRST: string = registryOf(["first"]);
export const SECOND: string = registryOf(["second", "third"]);

export const textOf = (what: string): string =>
  what === "a long one"
    ? registryOf(Array.from({ length: 20_000 }, (_, index) => `model-${index}`))
    : registryOf(["größer", "水", "🐫", "a\u2028b", 'quo"ted', "back\\slash"]);

export const contentOf = (loaded: Loaded): unknown => ("text" in loaded ? JSON.parse(loaded.text) : loaded.data);

export interface Listener {
  /** Resolves at the next call back. */
  next(): Promise<void>;
  heard(): number;
  /** Of those, how many a change has been seen by. */
  spent: number;
  end(): void;
}

export const listen = (source: RegistrySource): Listener => {
  let heard = 0;
  let waiting: (() => void)[] = [];
  const end = source.subscribe?.(() => {
    heard += 1;
    for (const wake of waiting) wake();
    waiting = [];
  });
  assert(typeof end === "function", "subscribe answers with what ends it");
  return { next: () => new Promise((resolve) => waiting.push(resolve)), heard: () => heard, spent: 0, end };
};

/** A call back may come for nothing, or before all is written; one comes after which the change is there. */
export const seen = async (source: RegistrySource, text: string, listener: Listener): Promise<void> => {
  for (;;) {
    const heard = listener.heard();
    if (heard > listener.spent && isThere(await source.load().catch(() => undefined), text)) {
      listener.spent = heard;
      return;
    }
    if (listener.heard() === heard) await listener.next();
  }
};

const isThere = (loaded: Loaded | undefined, text: string): boolean => {
  try {
    return loaded !== undefined && JSON.stringify(contentOf(loaded)) === text;
  } catch {
    return false;
  }
};

export const tellsNone = (error: unknown, secrets: readonly string[] = []): void => {
  const shown = `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? `${error.stack} ${String(error.cause)}` : ""}`;
  for (const secret of secrets) assert.equal(shown.includes(secret), false, "a secret is in the error");
};

const CASE_MS = 10_000;

export const caseOf =
  ({ open, secrets = [], caseMs = CASE_MS }: RegistrySourceSuiteOptions) =>
  (name: string, play: (stage: SourceStage) => Promise<void>, skip?: string, text: string = FIRST): SuiteCase => ({
    name,
    ...(skip !== undefined && { skip }),
    async run() {
      const stage = await open(text);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new assert.AssertionError({ message: `not over within ${caseMs} ms` })),
          caseMs,
        );
      });
      try {
        for (const secret of secrets)
          assert.equal(stage.source.name.includes(secret), false, "a secret is in the name");
        await Promise.race([play(stage), late]);
      } finally {
        clearTimeout(timer);
        await stage.close?.();
      }
    },
  });
