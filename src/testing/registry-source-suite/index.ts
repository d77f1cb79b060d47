import assert from "node:assert/strict";
import type { RegistrySource } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import { caseOf, contentOf, FIRST, listen, SECOND, seen, tellsNone, textOf } from "./stage.ts";

/** A place that holds a registry, and a source that reads from it. */
export interface SourceStage {
  readonly source: RegistrySource;
  /** Puts another text there. Absent: it never changes, and what needs a change is skipped. */
  write?(text: string): Promise<void>;
  /** Makes the place unreadable until the next `write`. Absent: it cannot be, and what needs that is skipped. */
  lose?(): Promise<void>;
  close?(): Promise<void>;
}

export interface RegistrySourceSuiteOptions {
  /** A place of its own that holds `text`, which is JSON and so YAML too. A source of data hands over what it parses to. */
  readonly open: (text: string) => Promise<SourceStage>;
  /** What the stage never does, so that cases are listed as skipped. */
  readonly never?: { readonly write?: string; readonly lose?: string; readonly subscribe?: string };
  /** Stand in the source's options, and must stand in no name and no error: a token, a password. */
  readonly secrets?: readonly string[];
  /** How long a case may take, in milliseconds: longer than the source takes to see a change. @default 10_000 */
  readonly caseMs?: number;
}

const alive = (): number => process.getActiveResourcesInfo().length;
/** Connecting does, for a moment: a second and more. */
const MAX_LOOKS = 100;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/**
 * What every source of a registry must do, as cases for any test runner: all of what is there now, whole however long and in
 * whatever letters, a call back for every change, silence after the end, and errors that hold no secret.
 *
 * @example
 * for (const { name, skip, run } of registrySourceSuite({ open })) test(name, { skip }, run);
 */
export const registrySourceSuite = (options: RegistrySourceSuiteOptions): readonly SuiteCase[] => {
  const { write, lose, subscribe } = options.never ?? {};
  const on = caseOf(options);
  const changes = write ?? subscribe;
  return [
    on("says what it is: contract 1, and a name", async ({ source }) => {
      assert.equal(source.contract, 1);
      assert(typeof source.name === "string" && source.name !== "", "a name");
    }),
    on("load answers the whole registry, as text with its format or as data", async ({ source }) => {
      const loaded = await source.load();
      if ("text" in loaded) assert(["yaml", "json"].includes(loaded.format), `a format: ${loaded.format}`);
      assert.deepEqual(contentOf(loaded), contentOf({ text: FIRST, format: "json" }));
    }),
    on("load answers the same again, as often as it is asked, even at once", async ({ source }) => {
      const all = await Promise.all(Array.from({ length: 10 }, () => source.load()));
      for (const loaded of [...all, await source.load()]) assert.deepEqual(contentOf(loaded), JSON.parse(FIRST));
    }),
    ...["a long one", "letters of every kind"].map((what) =>
      on(
        `${what} comes whole`,
        async ({ source }) => assert.deepEqual(contentOf(await source.load()), JSON.parse(textOf(what))),
        undefined,
        textOf(what),
      ),
    ),
    on(
      "load answers what is there now, not what was",
      async (stage) => {
        for (const text of [SECOND, FIRST, SECOND]) {
          await stage.write?.(text);
          assert.deepEqual(contentOf(await stage.source.load()), JSON.parse(text));
        }
      },
      write,
    ),
    on(
      "a subscriber is called back after a change, and so is a second one",
      async (stage) => {
        const [one, two] = [listen(stage.source), listen(stage.source)];
        for (const text of [SECOND, FIRST]) {
          await stage.write?.(text);
          await seen(stage.source, text, one);
          await seen(stage.source, text, two);
        }
        one.end();
        two.end();
      },
      changes,
    ),
    on(
      "a subscription that has ended is silent, and may be ended twice",
      async (stage) => {
        const [gone, stays] = [listen(stage.source), listen(stage.source)];
        gone.end();
        gone.end();
        const heard = gone.heard();
        await stage.write?.(SECOND);
        await seen(stage.source, SECOND, stays);
        stays.end();
        assert.equal(gone.heard(), heard, "called back after its end");
      },
      changes,
    ),
    on(
      "subscribing keeps no process alive, once it has begun",
      async ({ source }) => {
        const before = alive();
        const end = source.subscribe?.(() => {});
        for (let looks = 0; alive() > before && looks < MAX_LOOKS; looks += 1) await turn();
        const subscribed = alive();
        end?.();
        assert(subscribed <= before && alive() >= subscribed, "something keeps the process alive");
      },
      subscribe,
    ),
    on(
      "a place that cannot be read rejects, and tells no secret; once it is back, so is the registry",
      async (stage) => {
        await stage.source.load();
        await stage.lose?.();
        const error = await stage.source.load().then(
          () => assert.fail("it cannot be read, and load answered"),
          (thrown: unknown) => thrown,
        );
        tellsNone(error, options.secrets);
        await stage.write?.(SECOND);
        assert.deepEqual(contentOf(await stage.source.load()), JSON.parse(SECOND));
      },
      lose ?? write,
    ),
    on(
      "a change is told of even after the place was away",
      async (stage) => {
        const one = listen(stage.source);
        await stage.lose?.();
        await stage.source.load().catch(() => {});
        await stage.write?.(SECOND);
        await seen(stage.source, SECOND, one);
        one.end();
      },
      lose ?? changes,
    ),
  ];
};
