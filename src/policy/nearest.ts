/** `names`, those most like `name` first: for "did you mean". */
export const nearest = (name: string, names: Iterable<string>): readonly string[] =>
  [...names]
    .map((each) => ({ each, far: distance(name.toLowerCase().slice(0, 64), each.toLowerCase().slice(0, 64)) }))
    .sort((one, other) => one.far - other.far)
    .map(({ each }) => each);

/** The name that was probably meant, if one is near enough. */
export const meant = (name: string, names: Iterable<string>): string | undefined => {
  const [first] = nearest(name, names);
  if (first === undefined) return undefined;
  const [one, other] = [name.toLowerCase().slice(0, 64), first.toLowerCase()];
  const near = distance(one, other) <= Math.max(2, Math.floor(name.length / 3)) || other.startsWith(one);
  return near ? first : undefined;
};

/** Levenshtein's edit distance, in one row. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
};

/** A few names, for a message. */
export const list = (names: readonly string[]): string => (names.length === 0 ? "none" : names.slice(0, 8).join(", "));
