/** Writes the tables in docs/ that are made from the code. `npm run docs`; a test holds them to it. */
import { readFileSync, writeFileSync } from "node:fs";
import { providerTables } from "./provider-tables.ts";

const path = new URL("../docs/providers.md", import.meta.url);

/** A page with what stands between `<!-- name -->` and `<!-- /name -->` made anew. */
export const withTables = (page: string, tables: Readonly<Record<string, string>>): string =>
  Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/providers.md has no place for ${name}`);
    return `${text.slice(0, from)}${begin}${table}${text.slice(to)}`;
  }, page);

if (process.argv[1]?.endsWith("write-docs.ts") === true) {
  writeFileSync(path, withTables(readFileSync(path, "utf8"), providerTables()));
}
