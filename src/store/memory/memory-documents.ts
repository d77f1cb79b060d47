import type { DocumentStore } from "../../contract/index.ts";

/** Documents of this process. */
export const memoryDocuments = (): DocumentStore => {
  const documents = new Map<string, { readonly text: string; readonly version: string }>();
  let writes = 0;
  return {
    read: async (name) => documents.get(name),
    version: async (name) => documents.get(name)?.version,
    async write(name, text) {
      writes += 1;
      const version = `${writes}`;
      documents.set(name, { text, version });
      return version;
    },
  };
};
