import { randomUUID } from "node:crypto";
import type { DocumentStore, KeyValue } from "../../contract/index.ts";
import type { Update } from "./update.ts";

/** A line with the version, then the text. */
const SPLIT = "\n";

/** Documents over compare-and-set. */
export const keyValueDocuments = (kv: KeyValue, update: Update, keyOf: (name: string) => string): DocumentStore => {
  const read: DocumentStore["read"] = async (name) => {
    const { value } = (await kv.read(keyOf(name))) ?? {};
    if (value === undefined) return undefined;
    const end = value.indexOf(SPLIT);
    return { version: value.slice(0, end), text: value.slice(end + SPLIT.length) };
  };
  return {
    read,
    version: async (name) => (await read(name))?.version,
    write(name, text) {
      const version = randomUUID();
      return update(keyOf(name), () => ({ value: `${version}${SPLIT}${text}`, answer: version }));
    },
  };
};
