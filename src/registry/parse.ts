import { GatewayError, type Issue, type Loaded } from "../contract/index.ts";

/** Finds the line and column, from 1, that a path of keys stands at. */
export type Locate = (path: readonly PropertyKey[]) => Pick<Issue, "line" | "column">;

export interface Parsed {
  readonly data: unknown;
  readonly locate: Locate;
}

/** Against files that grow without end when their aliases are resolved. */
const MAX_ALIASES = 100;

const nowhere: Locate = () => ({});

/** Text to data. The parser for YAML reads JSON too, and knows where everything stands; it is loaded when first needed. */
export const parse = async (loaded: Loaded, name: string): Promise<Parsed> => {
  if ("data" in loaded) return { data: loaded.data, locate: nowhere };
  const { LineCounter, parseDocument, isMap, isScalar, isSeq } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(loaded.text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    schema: "core",
    merge: false,
  });
  const place = (offset: number): Pick<Issue, "line" | "column"> => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const broken = document.errors.map((error) => ({ path: "", message: withoutSource(error), ...place(error.pos[0]) }));
  if (broken.length > 0) throw registryInvalid(name, broken);
  /** As deep as the document goes: a missing key is shown at its parent. */
  const locate: Locate = (path) => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const key of path) {
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
        : undefined;
      const found: unknown = isSeq(node) ? node.items[Number(key)] : pair?.value;
      if (found === undefined) break;
      const start = isScalar(pair?.key) ? pair.key : found;
      if (isScalar(start) || isMap(start)) offset = start.range?.[0] ?? offset;
      node = found;
    }
    return place(offset);
  };
  try {
    return { data: document.toJS({ maxAliasCount: MAX_ALIASES }), locate };
  } catch {
    // The parser's own words name the alias, which may be anything.
    const message = `expected every alias (*name) after its anchor (&name), and at most ${MAX_ALIASES} copies by them`;
    throw registryInvalid(name, [{ path: "", message }]);
  }
};

/** The parser quotes what it stumbled over, which may be anything: after a colon, or in what it says of tags. */
const withoutSource = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  ABOUT_TAGS.has(code) ? "expected no tags and no directives" : message.replace(/(?<=\w): .*/s, "");

const ABOUT_TAGS: ReadonlySet<string> = new Set(["TAG_RESOLVE_FAILED", "BAD_COLLECTION_TYPE", "BAD_DIRECTIVE"]);

export const registryInvalid = (name: string, issues: readonly Issue[]): GatewayError<"registry_invalid"> => {
  const said = issues.slice(0, 5).map(({ path, message, line }) => {
    const where = line === undefined ? path : `line ${line}${path === "" ? "" : `, ${path}`}`;
    return where === "" ? message : `${where}: ${message}`;
  });
  const more = issues.length > 5 ? `; and ${issues.length - 5} more` : "";
  return new GatewayError("registry_invalid", `${name} is not a valid registry. ${said.join("; ")}${more}.`, {
    details: { issues, source: name },
  });
};
