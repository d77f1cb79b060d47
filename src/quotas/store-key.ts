/** A scope's key in a store: its type and its names. No two scopes have the same, whatever they are called. */
export const storeKey = (type: string, ...names: readonly string[]): string =>
  [type, ...names.map((name) => (SPECIAL.test(name) ? name.replaceAll(EACH, escaped) : name))].join(":");

/** What parts a key, what stands for it, and what not every store can hold: zero, and halves of a surrogate pair. */
const SPECIAL = /[:%\0\p{Cs}]/u;
const EACH = new RegExp(SPECIAL, "gu");

const escaped = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
