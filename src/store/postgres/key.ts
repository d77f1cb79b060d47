import { createHash } from "node:crypto";

/** Longer ones do not fit into every index. */
const MAX_LENGTH = 160;
const SHOWN = 100;

/**
 * A key as text that PostgreSQL takes: as it is, or where it is long or holds what text cannot (zero, half a letter) its
 * beginning and a hash. What is hashed is longer than what is not, so that nobody's key is another's.
 */
export const keyText = (key: string): string => {
  if (key.length <= MAX_LENGTH && !key.includes("\0") && key.isWellFormed()) return key;
  const shown = key.slice(0, SHOWN).replaceAll("\0", "").toWellFormed().padEnd(SHOWN, ".");
  return `${shown}#${createHash("sha256").update(Buffer.from(key, "utf16le")).digest("hex")}`;
};
