import type { Model } from "../contract/index.ts";

/** A model's quality for a kind of work; `undefined` where the owner has not said. */
export const qualityOf = (
  { quality }: { readonly quality?: Model["quality"] | undefined },
  label: string | undefined,
): number | undefined => {
  if (typeof quality !== "object") return quality;
  return label !== undefined && Object.hasOwn(quality, label) ? quality[label] : quality["general"];
};
