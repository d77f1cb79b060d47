import { hashOf, mixed } from "../policy/hash.ts";
import type { Example } from "./example.ts";

/** Two parts, the first of about `share`: by the hash of each id, so that an example is always on the same side. Pure. */
export const split = (
  examples: readonly Example[],
  share: number,
): readonly [first: readonly Example[], second: readonly Example[]] => {
  const isFirst = ({ id }: Example): boolean => mixed(hashOf(id), hashOf("held out")) < share;
  return [examples.filter(isFirst), examples.filter((example) => !isFirst(example))];
};
