import type { CallContext } from "../contract/index.ts";

/** What was bound, overruled by what is said now; tags and timeouts are joined key by key. */
export const mergeContext = <Asked extends CallContext>(bound: CallContext, asked: Asked): Asked => {
  const merged = { ...bound, ...asked };
  if (bound.tags !== undefined && asked.tags !== undefined)
    Object.assign(merged, { tags: { ...bound.tags, ...asked.tags } });
  if (bound.timeouts !== undefined && asked.timeouts !== undefined) {
    Object.assign(merged, { timeouts: { ...bound.timeouts, ...asked.timeouts } });
  }
  return merged;
};
