import type { CallContext } from "../contract/index.ts";
import { isRecord } from "./issues.ts";
import { overrule } from "./overrule.ts";

/**
 * What was bound, overruled by what is said now; tags and timeouts are joined key by key. `undefined` says nothing: who
 * passes on an optional tenant does not lose the bound one.
 */
export const mergeContext = <Asked extends CallContext>(bound: CallContext, asked: Asked | undefined): Asked => {
  const merged = overrule(bound, asked);
  for (const key of ["tags", "timeouts"] as const) {
    const [usual, own] = [bound[key], asked?.[key]];
    if (isRecord(usual) && isRecord(own)) merged[key] = overrule(usual, own);
  }
  return merged as Asked;
};
