/** The vendor's own limit (API reference, `DocumentBlock`). */
const LONGEST = 200;

/**
 * Names of a request's documents: without an extension, of letters, digits, hyphens, brackets and single spaces (API
 * reference, `DocumentBlock`), and no two alike, since Bedrock answers 400 to both.
 */
export const documentNames = (): ((filename: string | undefined) => string) => {
  const given = new Set<string>();
  let number = 0;
  return (filename) => {
    number += 1;
    const plain = cleaned(filename ?? "") || `document-${number}`;
    let name = plain;
    for (let copy = 2; given.has(name); copy += 1) name = `${plain.slice(0, LONGEST - 8)} (${copy})`;
    given.add(name);
    return name;
  };
};

const cleaned = (filename: string): string =>
  filename
    .slice(-2 * LONGEST)
    .replace(/\.[A-Za-z0-9]{1,8}$/, "")
    .replace(/[^A-Za-z0-9\s()[\]-]/g, "-")
    .replace(/\s+/g, " ")
    .slice(0, LONGEST)
    .replace(/^[\s-]+|[\s-]+$/g, "");
