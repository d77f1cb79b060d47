import type { JsonObject, SourcePart } from "../../src/kit/index.ts";
import { object, objects, string } from "./fields.ts";

/** A text of the answer, and where it stands among its parts. */
export interface Said {
  readonly index: number;
  readonly text: string;
}

interface Found {
  readonly source: SourcePart;
  /** Words of the answer that lean on it. */
  readonly claims: string[];
}

/** What an answer leans on, as far as `groundingMetadata` and `citationMetadata` have told. Pieces of a stream repeat themselves. */
export class Sources {
  readonly #found = new Map<string, Found>();
  readonly #queries = new Set<string>();

  /** How many searches were made. */
  get searches(): number {
    return this.#queries.size;
  }

  ground(metadata: JsonObject): void {
    const chunks = Array.isArray(metadata["groundingChunks"]) ? metadata["groundingChunks"] : [];
    const found = chunks.map((chunk) => this.#find(sourceOf(object(chunk))));
    for (const { segment, groundingChunkIndices } of objects(metadata["groundingSupports"])) {
      const claim = string(object(segment)["text"]);
      const indices = Array.isArray(groundingChunkIndices) ? groundingChunkIndices : [];
      for (const index of indices) if (typeof index === "number") found[index]?.claims.push(claim);
    }
    const queries = metadata["webSearchQueries"];
    if (Array.isArray(queries)) for (const query of queries) if (string(query) !== "") this.#queries.add(string(query));
  }

  cite(metadata: JsonObject): void {
    for (const citation of objects(metadata["citations"])) this.#find(source(citation, "uri"));
  }

  /** `texts`: what the answer says. */
  parts(texts: readonly Said[]): readonly SourcePart[] {
    return [...this.#found.values()].map(({ source, claims }) => {
      const cites = texts.find(({ text }) => claims.some((claim) => claim !== "" && text.includes(claim)));
      const citing = cites ?? (texts.length === 1 && claims.length > 0 ? texts[0] : undefined);
      return citing === undefined ? source : { ...source, citedBy: citing.index };
    });
  }

  #find(source: SourcePart | undefined): Found | undefined {
    if (source === undefined) return undefined;
    const key = JSON.stringify([source.url, source.title, source.quote]);
    const found = this.#found.get(key) ?? { source, claims: [] };
    this.#found.set(key, found);
    return found;
  }
}

/** A page, an image, a place, or a document that was given. */
const sourceOf = (chunk: JsonObject): SourcePart | undefined =>
  source(object(chunk["web"]), "uri") ??
  source(object(chunk["image"]), "sourceUri") ??
  source(object(chunk["maps"]), "uri") ??
  source(object(chunk["retrievedContext"]), "uri");

const source = (told: JsonObject, address: string): SourcePart | undefined => {
  const url = string(told[address]);
  const title = string(told["title"]);
  const quote = string(told["text"]);
  if (url === "" && title === "" && quote === "") return undefined;
  return { type: "source", ...(url && { url }), ...(title && { title }), ...(quote && { quote }) };
};
