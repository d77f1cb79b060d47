import { createHash } from "node:crypto";

/** What Redis runs at once, without anything between its steps. Takes one key. */
export interface Script {
  readonly source: string;
  /** By which Redis knows it once it has it. */
  readonly sha: string;
}

export const scriptOf = (source: string): Script => ({
  source,
  sha: createHash("sha1").update(source).digest("hex"),
});
