import assert from "node:assert/strict";
import type { DocumentStore } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import {
  casesOn,
  clientsOf,
  ODD_NAMES,
  type Playing,
  type PlayStep,
  playSequences,
  type StoreStage,
  type StoreSuiteOptions,
} from "./stage.ts";

export type DocumentStoreSuiteOptions = StoreSuiteOptions<StoreStage<DocumentStore>>;

const LONG = "größer 水 🐫\n".repeat(100_000);

/** What every store of documents must do, as cases for any test runner: a text whole, and a version that tells it from the last. */
export const documentStoreSuite = (options: DocumentStoreSuiteOptions): readonly SuiteCase[] => {
  const on = casesOn<DocumentStore, StoreStage<DocumentStore>>(options);
  return [
    on("what nobody wrote is not there", async ({ port, own }) => {
      for (const name of ODD_NAMES) {
        assert.equal(await port.read(own(name)), undefined);
        assert.equal(await port.version(own(name)), undefined);
      }
    }),
    on("answers what was written last, under the version that writing it answered", async (stage) => {
      const [one, two] = clientsOf(stage) as [DocumentStore, DocumentStore];
      const name = stage.own("a");
      let last: string | undefined;
      for (const text of ["first", "second", "", LONG, "first"]) {
        const version = await one.write(name, text);
        assert.equal(typeof version, "string");
        assert.notEqual(version, last, "another text has another version");
        last = version;
        for (const client of [two, one]) {
          const found = await client.read(name);
          assert(found?.text === text, `another text: ${found?.text.slice(0, 20)}`);
          assert.equal(found.version, version);
          assert.equal(await client.version(name), version);
        }
      }
      assert.equal(await one.read(stage.own("b")), undefined, "another name is another document");
    }),
    on("odd names and texts are as good as others", async ({ port, own }) => {
      for (const odd of ODD_NAMES) await port.write(own(odd), `of ${odd}`);
      for (const odd of ODD_NAMES) assert.equal((await port.read(own(odd)))?.text, `of ${odd}`);
      for (const odd of ["__proto__", "constructor"]) await port.write(odd, odd);
      for (const odd of ["__proto__", "constructor"]) assert.equal((await port.read(odd))?.text, odd);
      assert.equal(({} as Record<string, unknown>)["text"], undefined, "the prototype of all objects was written to");
    }),
    on("of many that write at once, one stands whole, under its own version", async (stage) => {
      const clients = clientsOf(stage);
      const name = stage.own("a");
      const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(100 * (index + 1)));
      const versions = await Promise.all(
        texts.map((text, index) => (clients[index % 2] as DocumentStore).write(name, text)),
      );
      const found = await stage.port.read(name);
      const index = texts.indexOf(found?.text ?? "nothing");
      assert(index >= 0, "a mixture");
      assert.equal(found?.version, versions[index], "the version of another writer");
      assert.equal(await stage.port.version(name), found?.version);
      assert.equal(new Set(versions).size, versions.length, "two texts have one version");
    }),
    on("random operations: as a small model of it has it", (stage) =>
      playSequences(options, (sequence) => sequenceOn(stage, sequence)),
    ),
  ];
};

const NAMES = ["a", "b", "c"];

const sequenceOn = (stage: Playing<StoreStage<DocumentStore>>, sequence: number): PlayStep => {
  const model = new Map<string, { readonly text: string; readonly version: string }>();
  const own = (name: string): string => stage.own(`${sequence} ${name}`);
  return async (dice, told) => {
    const clients = clientsOf(stage);
    const [name, text] = [dice.one(NAMES), `${dice.whole(1_000)}`];
    told(`write ${name} ${text}`);
    const version = await dice.one(clients).write(own(name), text);
    const last = model.get(name);
    assert(last === undefined || last.text === text || last.version !== version, "another text has another version");
    model.set(name, { text, version });
    const reader = dice.one(clients);
    for (const each of NAMES) {
      assert.deepEqual(await reader.read(own(each)), model.get(each), `read ${each}`);
      assert.equal(await reader.version(own(each)), model.get(each)?.version, `version of ${each}`);
    }
  };
};
